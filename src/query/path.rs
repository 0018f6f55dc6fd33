//! Paths: from the rows of a model along relations to a field, or to the rows themselves.
//!
//! A path is flat however long it is: the model it starts from, the model it ends at, and its value's type; the way between
//! is data. It knows no schema: hops are resolved when a query is run.

use alloc::vec::Vec;

use crate::id::Id;
use crate::model::{
    Field, FieldReads, ForeignKey, Indexed, KeyField, ManyToMany, Model, OneToOne, Reverse, Through, Unique,
};

/// One hop along a relation, as its model tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(unnameable_types, reason = "only the query engine looks inside")]
pub enum Hop {
    /// Along a key of this ordinal.
    Forward(u16),
    /// To the rows whose key of this ordinal, in the model of this name, points here.
    Referrers(&'static str, u16),
    /// Along a many-to-many relation of this ordinal.
    Links(u16),
    /// Along a many-to-many relation that the model of this name declares.
    LinksBack(&'static str, u16),
}

/// What a path ends with.
pub(crate) enum Leaf<L: 'static, V: 'static> {
    /// A field.
    Field(&'static FieldReads<L, V>),
    /// The row itself.
    Row(&'static RowReads<L, V>),
}

/// How a row's id is a value, and a value its id.
pub(crate) struct RowReads<L, V> {
    pub(crate) make: fn(Id<L>) -> V,
    pub(crate) id: fn(&V) -> Id<L>,
}

/// A way from the rows of `R` along relations to rows of `L`, and there to a value of type `V`: a field, or the row itself.
///
/// ```
/// use relarena::prelude::*;
///
/// #[derive(Model, Clone)]
/// struct Author { name: String }
/// #[derive(Model, Clone)]
/// struct Book { pages: u32, #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
/// #[derive(Schema)]
/// struct Library { authors: Table<Author>, books: Table<Book> }
///
/// let mut db = Store::<Library>::new();
/// let author = db.insert(Author { name: "Lem".into() })?;
/// let book = db.insert(Book { pages: 204, author })?;
/// assert_eq!(db.query(Book::AUTHOR.then(Author::NAME).eq("Lem")).ids(), [book]);
/// assert_eq!(db.query(Author::BOOKS.then(Book::PAGES).gt(200)).ids(), [author]);
/// # Ok::<(), Error>(())
/// ```
pub struct Path<R, L: 'static, V: 'static> {
    pub(crate) hops: Vec<Hop>,
    pub(crate) leaf: Leaf<L, V>,
    root: core::marker::PhantomData<fn() -> R>,
}

/// What conditions, orders, aggregates and values are made of: a field, a relation, or a path of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a field nor a relation nor a path",
    label = "takes a constant such as `Book::TITLE`, or a path such as `Book::AUTHOR.then(Author::NAME)`"
)]
pub trait Operand: Sized {
    /// The model whose rows are asked.
    type Root: Model;
    /// The model in which the path ends.
    type Leaf: Model;
    /// The value's type: of an optional field without its `Option`, of a relation the id of the row it leads to.
    type Value: 'static;

    /// The operand as a path. O(length).
    fn path(self) -> Path<Self::Root, Self::Leaf, Self::Value>;

    /// Goes on from the row that a relation leads to. O(length).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Model, Clone)] struct Book { #[foreign_key(on_delete = cascade)] author: Id<Author> }
    /// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// let author = db.insert(Author { name: "Lem".into() })?;
    /// db.insert(Book { author })?;
    /// assert_eq!(db.query(Book::AUTHOR.then(Author::NAME).starts_with("L")).count(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    fn then<O: Operand<Root = Self::Leaf>>(self, next: O) -> Path<Self::Root, O::Leaf, O::Value>
    where
        Self::Value: RowOf<Self::Leaf>,
    {
        let (mut hops, next) = (self.path().hops, next.path());
        hops.extend(next.hops);
        Path { hops, leaf: next.leaf, root: core::marker::PhantomData }
    }
}

/// What a path ends with that leads to rows: an id.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` leads to no rows",
    label = "only a relation such as `Book::AUTHOR` or `Author::BOOKS` leads further"
)]
pub trait RowOf<M> {}
#[diagnostic::do_not_recommend]
impl<M> RowOf<M> for Id<M> {}

impl<R, L, V> Path<R, L, V> {
    fn field<T>(field: Field<L, T, V>) -> Self {
        Self { hops: Vec::new(), leaf: Leaf::Field(field.reads), root: core::marker::PhantomData }
    }

    /// A second one over the same field or rows. O(length).
    pub(crate) fn copy(&self) -> Self {
        Self { hops: self.hops.clone(), leaf: self.leaf, root: core::marker::PhantomData }
    }
}

impl<L> Leaf<L, Id<L>> {
    /// The row itself, by its id.
    const ROW: Self = Self::Row(&RowReads { make: |id| id, id: |id| *id });
}

impl<R, L> Path<R, L, Id<L>> {
    fn hop(hop: Hop) -> Self {
        Self { hops: alloc::vec![hop], leaf: Leaf::ROW, root: core::marker::PhantomData }
    }

    /// The rows of the model themselves.
    pub(crate) fn rows() -> Self {
        Self { hops: Vec::new(), leaf: Leaf::ROW, root: core::marker::PhantomData }
    }
}

impl<R, L, V> Clone for Path<R, L, V> {
    fn clone(&self) -> Self {
        self.copy()
    }
}
impl<L, V> Clone for Leaf<L, V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<L, V> Copy for Leaf<L, V> {}

#[diagnostic::do_not_recommend]
impl<R: Model, L: Model, V: 'static> Operand for Path<R, L, V> {
    type Root = R;
    type Leaf = L;
    type Value = V;
    fn path(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, T, V: 'static> Operand for Field<M, T, V> {
    type Root = M;
    type Leaf = M;
    type Value = V;
    fn path(self) -> Path<M, M, V> {
        Path::field(self)
    }
}

macro_rules! keyed_fields {
    ($($constant:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, T, V: 'static> Operand for $constant<M, T, V> {
            type Root = M;
            type Leaf = M;
            type Value = V;
            fn path(self) -> Path<M, M, V> {
                Path::field(self.field())
            }
        }
    )*};
}
keyed_fields!(Unique, Indexed);

macro_rules! operands {
    ($([$($parameter:ident: $bound:path),*] $relation:ty, $from:ty, $to:ty, $constant:ident => $hop:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($parameter: $bound),*> Operand for $relation {
            type Root = $from;
            type Leaf = $to;
            type Value = Id<$to>;
            fn path(self) -> Path<$from, $to, Id<$to>> {
                let $constant = self;
                Path::hop($hop)
            }
        }
    )*};
}
operands! {
    [M: Model, K: KeyField] ForeignKey<M, K>, M, K::Target, key => Hop::Forward(key.ordinal);
    [M: Model, K: KeyField] OneToOne<M, K>, M, K::Target, key => Hop::Forward(key.ordinal);
    [M: Model, K: KeyField] Reverse<ForeignKey<M, K>>, K::Target, M, key => Hop::Referrers(M::DESCRIPTOR.name, key.0.ordinal);
    [M: Model, K: KeyField] Reverse<OneToOne<M, K>>, K::Target, M, key => Hop::Referrers(M::DESCRIPTOR.name, key.0.ordinal);
    [M: Model, T: Model] ManyToMany<M, T>, M, T, link => Hop::Links(link.ordinal);
    [M: Model, T: Model] Reverse<ManyToMany<M, T>>, T, M, link => Hop::LinksBack(M::DESCRIPTOR.name, link.0.ordinal);
    [M: Model, T: Model, L: Model] Through<M, T, L>, M, T, link => Hop::Links(link.ordinal);
    [M: Model, T: Model, L: Model] Reverse<Through<M, T, L>>, T, M, link => Hop::LinksBack(M::DESCRIPTOR.name, link.0.ordinal);
}
