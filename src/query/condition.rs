//! Conditions: comparisons of paths, combined by and, or, not, and quantified over related rows.
//!
//! A condition is a tree (`tree`) of closures with the paths that they look at beside them, so that typed conditions and those
//! by name run on the same engine.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::marker::PhantomData;
use core::ops::RangeBounds;

use super::comparison::{Accept, Beyond, Compared, Equal, Null, OfRow, OneOf, Otherwise, Within};
use super::literal::{Literal, TextValue};
use super::lookup::MOST_DEPTH;
use super::path::{Leaf, Operand, Path, RowOf};
use super::tree::{OfRelated, Pair, PairTest, Quantifier, Tree};
use crate::model::Model;
use crate::table::{Has, Schema};
use crate::view::{Row, View};

/// A condition on the rows of model `M`.
///
/// A comparison with null (a null value, or nothing at the end of the path) is false, except `is_null`; `not` is plain negation of
/// that. Along a path over several rows see [`filter`](super::Query::filter), [`exclude`](super::Query::exclude), and the quantifiers.
///
/// ```
/// use relarena::prelude::*;
///
/// #[derive(Model, Clone)]
/// struct Book { title: String, pages: Option<u32> }
/// #[derive(Schema)]
/// struct Library { books: Table<Book> }
///
/// let mut db = Store::<Library>::new();
/// let solaris = db.insert(Book { title: "Solaris".into(), pages: Some(204) })?;
/// let eden = db.insert(Book { title: "Eden".into(), pages: None })?;
/// assert_eq!(db.query(Book::PAGES.ge(200).and(Book::TITLE.contains("lar"))).ids(), [solaris]);
/// assert_eq!(db.query(Book::PAGES.lt(200).or(Book::PAGES.is_null())).ids(), [eden]);
/// assert_eq!(db.query(Book::PAGES.ge(200).not()).ids(), [eden]);
/// # Ok::<(), Error>(())
/// ```
pub struct Condition<'q, S, M> {
    pub(crate) tree: Tree<'q, S>,
    depth: usize,
    model: PhantomData<fn(M)>,
}

impl<'q, S: Schema, M: Model> Condition<'q, S, M> {
    /// A comparison.
    pub(super) fn new(tree: Tree<'q, S>) -> Self {
        Self { tree, depth: 1, model: PhantomData }
    }

    /// One around others, of which the deepest nests so deep.
    fn around(tree: Tree<'q, S>, depth: usize) -> Self {
        assert!(
            depth < MOST_DEPTH,
            "a condition nests deeper than {MOST_DEPTH}: join many parts by `and` alone or by `or` alone"
        );
        Self { tree, depth: depth + 1, model: PhantomData }
    }

    /// A condition by a closure over the row: the escape hatch, which no index serves. O(1).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # use relarena::Condition;
    /// # #[derive(Model, Clone)] struct Book { title: String }
    /// # #[derive(Schema)] struct Library { books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// db.insert(Book { title: "Solaris".into() })?;
    /// assert!(db.query(Condition::of(|book: Row<'_, _, Book>| book.title.len() == 7)).exists());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of(holds: impl Fn(Row<'_, S, M>) -> bool + 'q) -> Self
    where
        S: Has<M>,
    {
        Self::new(Tree::One { hops: Vec::new(), test: Box::new(OfRow { holds, model: PhantomData }) })
    }

    /// Both. O(1) amortized.
    ///
    /// # Panics
    ///
    /// If conditions are nested deeper than 128, as all that join conditions do. Parts joined by `and` alone, or by `or`
    /// alone, nest no deeper for being many.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Book { pages: u32 }
    /// # #[derive(Schema)] struct Library { books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// db.insert_many([204, 276, 322].map(|pages| Book { pages }))?;
    /// let others = (0..10_000).filter(|pages| *pages != 276).map(|pages| Book::PAGES.ne(pages));
    /// let found = db.query(others.reduce(relarena::Condition::and).expect("there are many"));
    /// assert_eq!(found.values((Book::PAGES,)), [(276,)]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (mut parts, depth) = match self.tree {
            Tree::All(parts) => (parts, self.depth - 1),
            one => (alloc::vec![one], self.depth),
        };
        parts.push(other.tree);
        Self::around(Tree::All(parts), depth.max(other.depth))
    }

    /// Either or both. O(1) amortized.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let (mut parts, depth) = match self.tree {
            Tree::Any(parts) => (parts, self.depth - 1),
            one => (alloc::vec![one], self.depth),
        };
        parts.push(other.tree);
        Self::around(Tree::Any(parts), depth.max(other.depth))
    }

    /// Plain negation, which twice is none. A condition inside on a path over several rows means: there is none that
    /// satisfies it. O(1).
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "`!` reads as a question of Rust, `not` as one of the data")]
    pub fn not(self) -> Self {
        match self.tree {
            Tree::Not(inner) => Self { tree: *inner, depth: self.depth - 1, model: PhantomData },
            other => Self::around(Tree::Not(Box::new(other)), self.depth),
        }
    }
}

impl<L, V> Leaf<L, V> {
    /// The value at a slot, or none for null, shown to `look`.
    #[inline]
    pub(crate) fn with<S: Has<L>, A>(&self, view: &View<S>, slot: Option<u32>, look: impl FnOnce(Option<&V>) -> A) -> A
    where
        L: Model,
    {
        match (self, slot) {
            (_, None) => look(None),
            (Self::Field(field), Some(slot)) => look(view.tables.of().row(slot).and_then(field.value)),
            (Self::Row(row), Some(slot)) => look(Some(&(row.make)(view.id_at(slot)))),
        }
    }
}

/// Comparisons: each answers a [`Condition`]. A trait, so that fields, relations and paths share them.
#[expect(
    clippy::wrong_self_convention,
    reason = "operands are a few words, and are used up like the paths they become"
)]
pub trait Compare: Operand {
    /// Whether the value is this one. An index on the field, or a relation's other end, leads to its rows.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Model, Clone)] struct Book { #[foreign_key(on_delete = cascade)] author: Id<Author> }
    /// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// let author = db.insert(Author { name: "Lem".into() })?;
    /// let book = db.insert(Book { author })?;
    /// assert_eq!(db.query(Author::NAME.eq("Lem")).ids(), [author]);
    /// assert_eq!(db.query(Book::AUTHOR.eq(author)).ids(), [book]);
    /// # Ok::<(), Error>(())
    /// ```
    fn eq<'q, S>(self, literal: impl Literal<Self::Value>) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: PartialEq,
    {
        compare(self.path(), Equal(literal.into_value()))
    }

    /// Whether there is a value, and it is another.
    fn ne<'q, S>(self, literal: impl Literal<Self::Value>) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: PartialEq,
    {
        let literal = literal.into_value();
        compare(self.path(), Otherwise(move |value: &Self::Value| *value != literal))
    }

    /// Whether the value is less.
    fn lt<'q, S>(self, literal: impl Literal<Self::Value>) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: PartialOrd,
    {
        compare(self.path(), Beyond::<_, false, false>(literal.into_value()))
    }

    /// Whether the value is less or this one.
    fn le<'q, S>(self, literal: impl Literal<Self::Value>) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: PartialOrd,
    {
        compare(self.path(), Beyond::<_, false, true>(literal.into_value()))
    }

    /// Whether the value is greater.
    fn gt<'q, S>(self, literal: impl Literal<Self::Value>) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: PartialOrd,
    {
        compare(self.path(), Beyond::<_, true, false>(literal.into_value()))
    }

    /// Whether the value is greater or this one.
    fn ge<'q, S>(self, literal: impl Literal<Self::Value>) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: PartialOrd,
    {
        compare(self.path(), Beyond::<_, true, true>(literal.into_value()))
    }

    /// Whether the value lies in a range. An ordered index on the field leads to its rows.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Book { pages: u32 }
    /// # #[derive(Schema)] struct Library { books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// db.insert_many([90, 100, 200].map(|pages| Book { pages }))?;
    /// assert_eq!(db.query(Book::PAGES.range(100..200)).count(), 1);
    /// assert_eq!(db.query(Book::PAGES.range(100..=200)).count(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    fn range<'q, S>(self, range: impl RangeBounds<Self::Value> + 'q) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: PartialOrd,
    {
        compare(self.path(), Within(range))
    }

    /// Whether the value is one of these.
    fn is_in<'q, S, L: Literal<Self::Value>>(
        self,
        literals: impl IntoIterator<Item = L>,
    ) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: PartialEq,
    {
        compare(self.path(), OneOf(literals.into_iter().map(Literal::into_value).collect()))
    }

    /// Whether there is no value: the field is null, or the path leads to no row.
    fn is_null<'q, S>(self) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
    {
        compare(self.path(), Null)
    }

    /// Whether a text contains another, case and all.
    fn contains<'q, S>(self, part: &str) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: TextValue,
    {
        let part = alloc::string::String::from(part);
        compare(self.path(), Otherwise(move |value: &Self::Value| value.as_ref().contains(&*part)))
    }

    /// Whether a text starts with another, case and all.
    fn starts_with<'q, S>(self, start: &str) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: TextValue,
    {
        let start = alloc::string::String::from(start);
        compare(self.path(), Otherwise(move |value: &Self::Value| value.as_ref().starts_with(&*start)))
    }

    /// Whether a text ends with another, case and all.
    fn ends_with<'q, S>(self, end: &str) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf>,
        Self::Value: TextValue,
    {
        let end = alloc::string::String::from(end);
        compare(self.path(), Otherwise(move |value: &Self::Value| value.as_ref().ends_with(&*end)))
    }

    /// Compares two paths of the same row (Django's `F`): whether both lead to values that stand in this order. Where the
    /// other path has no value because it leads to no row, the comparison does not hold, and its negation does not either.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # use core::cmp::Ordering;
    /// # #[derive(Model, Clone)] struct Shop { sold: u32, planned: u32 }
    /// # #[derive(Schema)] struct Town { shops: Table<Shop> }
    /// # let mut db = Store::<Town>::new();
    /// let shop = db.insert(Shop { sold: 3, planned: 2 })?;
    /// assert_eq!(db.query(Shop::SOLD.is(Ordering::Greater, Shop::PLANNED)).ids(), [shop]);
    /// # Ok::<(), Error>(())
    /// ```
    fn is<'q, S, O>(self, order: Ordering, other: O) -> Condition<'q, S, Self::Root>
    where
        S: Has<Self::Root> + Has<Self::Leaf> + Has<O::Leaf>,
        O: Operand<Root = Self::Root, Value = Self::Value>,
        Self::Value: PartialOrd,
    {
        let (left, right) = (self.path(), other.path());
        let (one, another) = (left.leaf, right.leaf);
        let test: PairTest<'q, S> = Box::new(move |view, left, right| {
            one.with(view, left, |left| {
                another.with(view, right, |right| match (left, right) {
                    (Some(left), Some(right)) => Ok(left.partial_cmp(right) == Some(order)),
                    (left, right) => Err((left.is_none(), right.is_none())),
                })
            })
        });
        let field = if let Leaf::Field(field) = another { Some(field.index.into()) } else { None };
        Condition::new(Tree::Two(Box::new(Pair { left: left.hops, right: (right.hops, field), test })))
    }
}

impl<O: Operand> Compare for O {}

/// Quantifiers over the rows that a relation leads to: each answers a [`Condition`].
pub trait Quantify: Operand {
    /// Whether some related row satisfies the condition.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Model, Clone)] struct Book { pages: u32,
    /// #     #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
    /// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// let (lem, verne) = (db.insert(Author { name: "Lem".into() })?, db.insert(Author { name: "Verne".into() })?);
    /// db.insert_many([(90, lem), (300, lem), (400, verne)].map(|(pages, author)| Book { pages, author }))?;
    /// assert_eq!(db.query(Author::BOOKS.any(Book::PAGES.lt(100))).ids(), [lem]);
    /// assert_eq!(db.query(Author::BOOKS.all(Book::PAGES.gt(100))).ids(), [verne]);
    /// assert_eq!(db.query(Author::BOOKS.none(Book::PAGES.gt(350))).ids(), [lem]);
    /// assert_eq!(db.query(Author::BOOKS.count(|books| books == 2)).ids(), [lem]);
    /// # Ok::<(), Error>(())
    /// ```
    fn any<S: Schema>(self, condition: Condition<'_, S, Self::Leaf>) -> Condition<'_, S, Self::Root>
    where
        Self::Value: RowOf<Self::Leaf>,
    {
        quantified(self, Quantifier::Any, condition)
    }

    /// Whether all related rows satisfy the condition; true if there is none.
    fn all<S: Schema>(self, condition: Condition<'_, S, Self::Leaf>) -> Condition<'_, S, Self::Root>
    where
        Self::Value: RowOf<Self::Leaf>,
    {
        quantified(self, Quantifier::All, condition)
    }

    /// Whether no related row satisfies the condition.
    fn none<S: Schema>(self, condition: Condition<'_, S, Self::Leaf>) -> Condition<'_, S, Self::Root>
    where
        Self::Value: RowOf<Self::Leaf>,
    {
        quantified(self, Quantifier::None, condition)
    }

    /// Whether the number of related rows is one that `accepts` accepts.
    fn count<'q, S: Schema>(self, accepts: impl Fn(usize) -> bool + 'q) -> Condition<'q, S, Self::Root>
    where
        Self::Value: RowOf<Self::Leaf>,
    {
        quantified(self, Quantifier::Count(Box::new(accepts)), Condition::new(Tree::All(Vec::new())))
    }
}

impl<O: Operand> Quantify for O {}

fn quantified<'q, S: Schema, O: Operand>(
    operand: O,
    quantifier: Quantifier<'q>,
    condition: Condition<'q, S, O::Leaf>,
) -> Condition<'q, S, O::Root> {
    let Condition { tree: condition, depth, .. } = condition;
    Condition::around(Tree::Related(Box::new(OfRelated { hops: operand.path().hops, quantifier, condition })), depth)
}

fn compare<'q, S, R, L, V>(path: Path<R, L, V>, accept: impl Accept<V> + 'q) -> Condition<'q, S, R>
where
    S: Has<L>,
    R: Model,
    L: Model,
    V: 'static,
{
    Condition::new(Tree::One { hops: path.hops, test: Box::new(Compared { leaf: path.leaf, accept }) })
}
