//! Lists of changes read by type: rows of a model, keys of a relation, links of a many-to-many.

use super::{Changes, SlotChange};
use crate::catalog::Side;
use crate::id::{Id, RawId};
use crate::model::{Key, KeyField, Model, RawKey as _};
use crate::table::{Has, Schema};
use crate::view::DirectLinkable;

/// What became of a row of model `M`.
#[derive(Debug)]
pub enum ChangedRow<'c, M> {
    /// It is new.
    Inserted {
        /// Its id.
        id: Id<M>,
        /// The row as it is now.
        row: &'c M,
    },
    /// It is there before and after, and differs.
    Updated {
        /// Its id.
        id: Id<M>,
        /// The row as it was.
        old: &'c M,
        /// The row as it is now.
        new: &'c M,
    },
    /// It is gone.
    Deleted {
        /// Its id.
        id: Id<M>,
        /// The row as it was.
        row: &'c M,
    },
}

/// A key that names another row than before, or no row.
#[derive(Debug, PartialEq, Eq)]
pub struct ChangedKey<M, T> {
    /// The row that points.
    pub source: Id<M>,
    /// What it pointed at; `None` for nothing, and for a row that was not there.
    pub old: Option<Id<T>>,
    /// What it points at now; `None` for nothing, and for a row that is gone.
    pub new: Option<Id<T>>,
}

/// A link made or cut.
#[derive(Debug, PartialEq, Eq)]
pub struct ChangedLink<A, B> {
    /// The row at this end.
    pub from: Id<A>,
    /// The row at the other end.
    pub to: Id<B>,
    /// Whether they are linked now.
    pub is_linked: bool,
}

impl<'c, M> ChangedRow<'c, M> {
    /// The row's id. O(1).
    pub fn id(&self) -> Id<M> {
        match self {
            Self::Inserted { id, .. } | Self::Updated { id, .. } | Self::Deleted { id, .. } => *id,
        }
    }

    /// The row as it was; `None` if it is new. O(1).
    pub fn before(&self) -> Option<&'c M> {
        match self {
            Self::Inserted { .. } => None,
            Self::Updated { old, .. } => Some(old),
            Self::Deleted { row, .. } => Some(row),
        }
    }

    /// The row as it is now; `None` if it is gone. O(1).
    pub fn after(&self) -> Option<&'c M> {
        match self {
            Self::Inserted { row, .. } => Some(row),
            Self::Updated { new, .. } => Some(new),
            Self::Deleted { .. } => None,
        }
    }
}

impl<S: Schema> Changes<S> {
    /// What became of the rows of a model. O(changed rows of all models) for the whole walk.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # use relarena::ChangedRow;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Schema)] struct Library { authors: Table<Author> }
    /// # let mut db = Store::<Library>::new();
    /// let mark = db.mark()?;
    /// db.insert(Author { name: "Lem".into() })?;
    /// let changes = db.changes_since(mark)?;
    /// let names: Vec<&str> = changes.of::<Author>().filter_map(|change| Some(change.after()?.name.as_str())).collect();
    /// assert_eq!(names, ["Lem"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of<M: Model>(&self) -> impl Iterator<Item = ChangedRow<'_, M>>
    where
        S: Has<M>,
    {
        let kept = |place: u32| self.kept_row(place);
        self.slots(S::MODEL).flat_map(move |row| {
            let inserted =
                |new: super::Version| ChangedRow::Inserted { id: Id::from_raw(new.id), row: kept(new.place) };
            let deleted = |old: super::Version| ChangedRow::Deleted { id: Id::from_raw(old.id), row: kept(old.place) };
            match (row.old, row.new) {
                (Some(old), Some(new)) if old.id == new.id => {
                    let (id, old, new) = (Id::from_raw(old.id), kept(old.place), kept(new.place));
                    [Some(ChangedRow::Updated { id, old, new }), None]
                }
                (old, new) => [old.map(deleted), new.map(inserted)],
            }
            .into_iter()
            .flatten()
        })
    }

    /// The rows whose key names another row than before, those that are new or gone included.
    /// O(changed rows of all models) for the whole walk.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Squad {}
    /// # #[derive(Model, Clone)] struct Unit { #[foreign_key(on_delete = cascade, reverse = UNITS)] squad: Id<Squad> }
    /// # #[derive(Schema)] struct Game { squads: Table<Squad>, units: Table<Unit> }
    /// # let mut db = Store::<Game>::new();
    /// let (red, blue) = (db.insert(Squad {})?, db.insert(Squad {})?);
    /// let unit = db.insert(Unit { squad: red })?;
    /// let mark = db.mark()?;
    /// db.set(unit, Unit::SQUAD, blue)?;
    /// let changes = db.changes_since(mark)?;
    /// let moved: Vec<_> = changes.keys(Unit::SQUAD).map(|key| (key.source, key.old, key.new)).collect();
    /// assert_eq!(moved, [(unit, Some(red), Some(blue))]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn keys<F: Key>(
        &self,
        relation: F,
    ) -> impl Iterator<Item = ChangedKey<F::Model, <F::Value as KeyField>::Target>>
    where
        S: Has<F::Model>,
    {
        let target = move |row: Option<&F::Model>| row.and_then(|row| relation.read(row).to_raw()).map(Id::from_raw);
        let keys = self.of::<F::Model>().map(move |row| ChangedKey {
            source: row.id(),
            old: target(row.before()),
            new: target(row.after()),
        });
        keys.filter(|key| key.old != key.new)
    }

    /// The links of a many-to-many relation that were made or cut, from either end; of a symmetrical one each pair once.
    /// O(changed links of all relations) for the whole walk.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] #[many_to_many(COURSES: Course, reverse = STUDENTS)] struct Student {}
    /// # #[derive(Model, Clone)] struct Course {}
    /// # #[derive(Schema)] struct Campus { students: Table<Student>, courses: Table<Course> }
    /// # let mut db = Store::<Campus>::new();
    /// let (ann, logic) = (db.insert(Student {})?, db.insert(Course {})?);
    /// let mark = db.mark()?;
    /// db.link(ann, Student::COURSES, logic)?;
    /// let changes = db.changes_since(mark)?;
    /// let made: Vec<_> = changes.links(Course::STUDENTS).map(|link| (link.from, link.to, link.is_linked)).collect();
    /// assert_eq!(made, [(logic, ann, true)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn links<R: DirectLinkable<S>>(&self, relation: R) -> impl Iterator<Item = ChangedLink<R::From, R::To>> {
        let place = relation.place();
        self.links.iter().filter(move |link| link.link == place).map(|link| {
            let (from, to): (RawId, RawId) = match R::SIDE {
                Side::Source => (link.source, link.target),
                Side::Target => (link.target, link.source),
            };
            ChangedLink { from: Id::from_raw(from), to: Id::from_raw(to), is_linked: link.is_linked }
        })
    }

    fn kept_row<M: Model>(&self, place: u32) -> &M
    where
        S: Has<M>,
    {
        self.kept.tables.of().row(place).expect("a list keeps the rows it names")
    }

    fn slots(&self, model: usize) -> impl Iterator<Item = SlotChange> {
        self.rows.iter().filter(move |row| row.model == model).copied()
    }
}
