//! Typed reads: rows by id, by unique value and along relations.
//!
//! Everything borrows; nothing allocates unless it answers owned data. Absent here: any write.

mod by;
mod digest;
mod follow;
pub(crate) mod layout;
mod row;
mod walk;

pub use by::RowsBy;
pub use follow::{
    DirectLinkable, FollowForward, Linkable, Neighbours, Relation, Sources, ThroughLinkable, ThroughRows,
};
pub use row::{Row, Rows};
pub use walk::{Ancestors, Descendants};

use core::ops::Index;

use crate::catalog::Catalog;
use crate::engine::Engine;
use crate::error::Error;
use crate::id::{Id, RawId, RowKey};
use crate::model::{IndexKey, Model, UniqueKey};
use crate::table::{Has, Schema};

/// What can be read of a store. [`Store`](crate::Store) derefs to it.
pub struct View<S> {
    pub(crate) tables: S,
    pub(crate) engine: Engine,
}

impl<S: Schema> View<S> {
    pub(crate) fn new() -> Self {
        Self { tables: S::empty(), engine: Engine::new(S::catalog()) }
    }

    /// The schema as data. O(1).
    pub fn catalog(&self) -> &Catalog {
        &self.engine.catalog
    }

    /// The row, if it exists. O(1).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Schema)] struct Library { authors: Table<Author> }
    /// let mut db = Store::<Library>::new();
    /// let id = db.insert(Author { name: "Lem".into() })?;
    /// assert_eq!(db.get(id).map(|author| author.name.as_str()), Some("Lem"));
    /// db.delete(id)?;
    /// assert!(db.get(id).is_none());
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn get<M: Model>(&self, id: Id<M>) -> Option<&M>
    where
        S: Has<M>,
    {
        if self.engine.is_live(S::MODEL, id.raw()) { self.tables.of().row(id.slot()) } else { None }
    }

    /// The row with its store, to follow relations from. O(1).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`].
    pub fn row<M: Model>(&self, id: Id<M>) -> Result<Row<'_, S, M>, Error>
    where
        S: Has<M>,
    {
        match self.get(id) {
            Some(row) => Ok(Row::new(self, id.slot(), row)),
            None => Err(Error::RowNotFound { row: self.key_of(id) }),
        }
    }

    /// Whether the row exists. O(1).
    #[inline]
    pub fn contains<M: Model>(&self, id: Id<M>) -> bool
    where
        S: Has<M>,
    {
        self.engine.is_live(S::MODEL, id.raw())
    }

    /// How many rows a model has. O(1).
    pub fn len<M: Model>(&self) -> usize
    where
        S: Has<M>,
    {
        self.engine.relations.slots[S::MODEL].live() as usize
    }

    /// Whether a model has no rows. O(1).
    pub fn is_empty<M: Model>(&self) -> bool
    where
        S: Has<M>,
    {
        self.len::<M>() == 0
    }

    /// The id that the next insert of a model hands out. O(1).
    ///
    /// Two stores with the same history agree on it, also after rollbacks; lock-step peers compare it.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Schema)] struct Library { authors: Table<Author> }
    /// let mut db = Store::<Library>::new();
    /// let next = db.next_id::<Author>();
    /// assert_eq!(db.rehearse(|tx| Ok(tx.insert(Author { name: "Lem".into() })?))?, next);
    /// assert_eq!(db.next_id::<Author>(), next);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn next_id<M: Model>(&self) -> Id<M>
    where
        S: Has<M>,
    {
        Id::from_raw(self.engine.relations.slots[S::MODEL].next_id())
    }

    /// All rows of a model in slot order. O(slots) for the whole walk.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Schema)] struct Library { authors: Table<Author> }
    /// let mut db = Store::<Library>::new();
    /// for name in ["Lem", "Le Guin"] {
    ///     db.insert(Author { name: name.into() })?;
    /// }
    /// let names: Vec<&str> = db.rows::<Author>().map(|author| author.get().name.as_str()).collect();
    /// assert_eq!(names, ["Lem", "Le Guin"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn rows<M: Model>(&self) -> Rows<'_, S, M>
    where
        S: Has<M>,
    {
        Rows::new(self)
    }

    /// The row that has this value in a `#[unique]` field, or these in the fields of a `#[unique_together]`, whose constant is
    /// named after all of them. O(1) expected.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct User { #[unique] username: String }
    /// # #[derive(Schema)] struct Site { users: Table<User> }
    /// let mut db = Store::<Site>::new();
    /// let ann = db.insert(User { username: "ann".into() })?;
    /// assert_eq!(db.by(User::USERNAME, "ann").map(|user| user.id()), Some(ann));
    /// assert!(db.by(User::USERNAME, "bob").is_none());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// #[derive(Model, Clone)]
    /// #[unique_together(user, title)]
    /// struct Note {
    ///     title: String,
    ///     #[foreign_key(on_delete = cascade, reverse = NOTES)]
    ///     user: Id<User>,
    /// }
    /// # #[derive(Model, Clone)] struct User { #[unique] username: String }
    /// # #[derive(Schema)] struct Site { users: Table<User>, notes: Table<Note> }
    /// # let mut db = Store::<Site>::new();
    /// let ann = db.insert(User { username: "ann".into() })?;
    /// let note = db.insert(Note { title: "milk".into(), user: ann })?;
    /// assert_eq!(db.by(Note::USER_TITLE, (&ann, "milk")).map(|note| note.id()), Some(note));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "what is looked up is a reference, or a tuple of references")]
    pub fn by<K: UniqueKey<Q>, Q>(&self, key: K, looked_up: Q) -> Option<Row<'_, S, K::Model>>
    where
        S: Has<K::Model>,
    {
        let same = |row: &K::Model| key.is_same(row, &looked_up);
        let (slot, row) = self.tables.of().find_unique(key.constraint(), |state| key.hash(&looked_up, state), same)?;
        Some(Row::new(self, slot, row))
    }

    /// The rows that have this value in a field with `#[index]`, or these in the fields of an `#[index(city, street)]` of the
    /// struct, whose constant is named after all of them, in slot order. O(1) expected, then O(1) for each; where more than 64
    /// have it, O(rows × log rows) to put them in order.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Book { title: String, #[index] shelf: u32 }
    /// # #[derive(Schema)] struct Library { books: Table<Book> }
    /// let mut db = Store::<Library>::new();
    /// for (title, shelf) in [("Solaris", 7), ("Emma", 3), ("Eden", 7)] {
    ///     db.insert(Book { title: title.into(), shelf })?;
    /// }
    /// let titles: Vec<&str> = db.rows_by(Book::SHELF, &7).map(|book| book.get().title.as_str()).collect();
    /// assert_eq!(titles, ["Solaris", "Eden"]);
    /// # Ok::<(), Error>(())
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "what is looked up is a reference, or a tuple of references")]
    pub fn rows_by<K: IndexKey<Q>, Q>(&self, key: K, looked_up: Q) -> RowsBy<'_, S, K::Model, K>
    where
        S: Has<K::Model>,
    {
        let same = |row: &K::Model| key.is_same(row, &looked_up);
        let (found, others) = self.tables.of().find_indexed(key.index(), |state| key.hash(&looked_up, state), same);
        RowsBy::new(self, found, others, (key, |key, row, other| key.is_like(row, other)))
    }

    /// What a relation leads to from a row: a row, an optional row or an iterator, by the relation's type. O(1), then
    /// O(1) for each row.
    ///
    /// # Panics
    ///
    /// If the row does not exist: check with [`View::get`], or start from [`View::row`]. A required key that dangles
    /// for now, inside a transaction, panics too.
    #[track_caller]
    #[inline]
    pub fn follow<R: Relation<S>>(&self, from: Id<R::From>, relation: R) -> R::Answer<'_>
    where
        S: Has<R::From>,
    {
        if !self.contains(from) {
            self.dead(from);
        }
        relation.follow(self, from.slot())
    }

    /// Whether two rows are linked. O(1); with a through model O(links of `from`).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] #[many_to_many(COURSES: Course, reverse = STUDENTS)] struct Student { name: String }
    /// # #[derive(Model, Clone)] struct Course { name: String }
    /// # #[derive(Schema)] struct Campus { students: Table<Student>, courses: Table<Course> }
    /// let mut db = Store::<Campus>::new();
    /// let ann = db.insert(Student { name: "Ann".into() })?;
    /// let logic = db.insert(Course { name: "Logic".into() })?;
    /// assert!(!db.linked(ann, Student::COURSES, logic));
    /// db.link(ann, Student::COURSES, logic)?;
    /// assert!(db.linked(logic, Course::STUDENTS, ann));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn linked<R: Linkable<S>>(&self, from: Id<R::From>, relation: R, to: Id<R::To>) -> bool
    where
        S: Has<R::From> + Has<R::To>,
    {
        relation.is_linked(self, from.raw(), to.raw())
    }

    /// The row's key for the by-name face and for messages. O(1).
    pub fn key_of<M: Model>(&self, id: Id<M>) -> RowKey
    where
        S: Has<M>,
    {
        self.engine.catalog.row_key(S::MODEL, id.raw())
    }

    /// The typed id of a row key, if it is of model `M`. O(1).
    pub fn id_of<M: Model>(&self, row: RowKey) -> Option<Id<M>>
    where
        S: Has<M>,
    {
        (row.model_index() == S::MODEL).then(|| Id::from_raw(row.raw()))
    }

    pub(crate) fn id_at<M: Model>(&self, slot: u32) -> Id<M>
    where
        S: Has<M>,
    {
        Id::from_raw(self.raw_at(S::MODEL, slot))
    }

    pub(crate) fn raw_at(&self, model: usize, slot: u32) -> RawId {
        self.engine.relations.slots[model].id_at(slot).expect("an indexed slot is live")
    }

    #[track_caller]
    #[cold]
    fn dead<M: Model>(&self, id: Id<M>) -> !
    where
        S: Has<M>,
    {
        panic!("{} does not exist; `get` or `row` answer without a panic", self.key_of(id))
    }
}

/// `db[id]`: the row. Panics with model and id if it does not exist; [`View::get`] does not.
impl<S: Has<M>, M: Model> Index<Id<M>> for View<S> {
    type Output = M;

    #[track_caller]
    #[inline]
    fn index(&self, id: Id<M>) -> &M {
        match self.get(id) {
            Some(row) => row,
            None => self.dead(id),
        }
    }
}
