//! Many-to-many links, from either end: link, unlink, set, clear; with through rows where the relation has a model.
//!
//! The typed calls; what they share with the by-name face is in `end`.

use alloc::vec::Vec;
use indexmap::IndexSet;

use super::Store;
use super::end::{End, through_rows};
use crate::catalog::Side;
use crate::error::Error;
use crate::id::{Id, RawId};
use crate::model::{ManyToMany, Model, Reverse, RowGlue as _, Through};
use crate::table::{Has, Schema};
use crate::view::{DirectLinkable, Linkable, ThroughLinkable};

pub(crate) type SlotSet = IndexSet<u32, foldhash::fast::FixedState>;

/// How many links a `set_links` changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkChanges {
    /// Links that are new.
    pub added: usize,
    /// Links that are gone.
    pub removed: usize,
}

impl<S: Schema> Store<S> {
    /// Links two rows; answers whether they were not linked before (Django's `add`). O(1).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`] for `from`, [`Error::DanglingTarget`] for `to`.
    #[expect(clippy::missing_panics_doc, reason = "the relation's type says that it has lists")]
    pub fn link<R: DirectLinkable<S>>(&mut self, from: Id<R::From>, relation: R, to: Id<R::To>) -> Result<bool, Error>
    where
        S: Has<R::From> + Has<R::To>,
    {
        let end = End::new(relation.place(), R::SIDE, from.raw());
        let (source, target) = end.pair(to.raw());
        let lists = relation.lists(self.catalog()).expect("links that are no rows have lists");
        let Some(is_new) = self.view.engine.link(end.link, lists, source, target) else {
            self.end_towards(from, relation, to)?;
            unreachable!("a link that is not made has an end that is not there")
        };
        self.end_statement();
        Ok(is_new)
    }

    /// Links a row with others; answers how many were not linked before (Django's `add`). All of them or, on an error, none.
    /// O(rows).
    ///
    /// # Errors
    ///
    /// As [`link`](Self::link).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] #[many_to_many(COURSES: Course, reverse = STUDENTS)] struct Student {}
    /// # #[derive(Model, Clone)] struct Course {}
    /// # #[derive(Schema)] struct Campus { students: Table<Student>, courses: Table<Course> }
    /// # let mut db = Store::<Campus>::new();
    /// let ann = db.insert(Student {})?;
    /// let courses = db.insert_many([Course {}, Course {}])?;
    /// db.link(ann, Student::COURSES, courses[0])?;
    /// assert_eq!(db.link_many(ann, Student::COURSES, courses.iter().copied())?, 1);
    /// assert_eq!(db.follow(ann, Student::COURSES).ids(), courses);
    /// # Ok::<(), Error>(())
    /// ```
    #[expect(clippy::missing_panics_doc, reason = "the rows' liveness is checked first")]
    pub fn link_many<R: DirectLinkable<S>>(
        &mut self,
        from: Id<R::From>,
        relation: R,
        to: impl IntoIterator<Item = Id<R::To>>,
    ) -> Result<usize, Error>
    where
        S: Has<R::From> + Has<R::To>,
    {
        self.view.engine.check_live(<S as Has<R::From>>::MODEL, from.raw())?;
        let end = End::new(relation.place(), R::SIDE, from.raw());
        let lists = relation.lists(self.catalog()).expect("links that are no rows have lists");
        // The iterator is the program's code, so it comes before the first change.
        let others: Vec<RawId> = to.into_iter().map(Id::raw).collect();
        end.check_others(&self.view.engine, &others)?;
        let (engine, mut added) = (&mut self.view.engine, 0);
        for other in others {
            let (source, target) = end.pair(other);
            let is_new = engine.link(end.link, lists, source, target);
            added += usize::from(is_new.expect("both rows were found to be there"));
        }
        self.end_statement();
        Ok(added)
    }

    /// The end at `from`, if both rows exist.
    #[inline]
    fn end_towards<R: Linkable<S>>(&self, from: Id<R::From>, relation: R, to: Id<R::To>) -> Result<End, Error>
    where
        S: Has<R::From> + Has<R::To>,
    {
        let end = End::new(relation.place(), R::SIDE, from.raw());
        if self.contains(from) && self.contains(to) {
            return Ok(end);
        }
        self.view.engine.check_live(<S as Has<R::From>>::MODEL, from.raw())?;
        end.check_others(&self.view.engine, &[to.raw()])?;
        Ok(end)
    }

    /// Links two rows by a row of the through model, made by `make` from the ids on the declaring and the other side,
    /// only if they are not linked; answers the new row's id. Whatever `make` writes into the two keys, they name the two
    /// rows. O(links of `from`).
    ///
    /// # Errors
    ///
    /// As [`link`](Self::link), and as [`insert`](Self::insert) for the new row.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] #[many_to_many(MEMBERS: User, reverse = CLUBS, through = Membership)] struct Club {}
    /// # #[derive(Model, Clone)] struct User {}
    /// # #[derive(Model, Clone)] struct Membership { level: u32,
    /// #     #[foreign_key(on_delete = cascade)] club: Id<Club>, #[foreign_key(on_delete = cascade)] user: Id<User> }
    /// # #[derive(Schema)] struct Site { clubs: Table<Club>, users: Table<User>, memberships: Table<Membership> }
    /// # let mut db = Store::<Site>::new();
    /// let (chess, ann) = (db.insert(Club {})?, db.insert(User {})?);
    /// let row = db.link_with(ann, User::CLUBS, chess, |club, user| Membership { level: 1, club, user })?;
    /// assert!(row.is_some() && db.linked(chess, Club::MEMBERS, ann));
    /// assert!(db.link_with(chess, Club::MEMBERS, ann, |_, _| unreachable!())?.is_none());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn link_with<R, A: Model, B: Model>(
        &mut self,
        from: Id<R::From>,
        relation: R,
        to: Id<R::To>,
        make: impl FnOnce(Id<A>, Id<B>) -> R::Through,
    ) -> Result<Option<Id<R::Through>>, Error>
    where
        R: ThroughLinkable<S> + Declared<A, B>,
        S: Has<R::From> + Has<R::To> + Has<R::Through>,
    {
        let end = self.end_towards(from, relation, to)?;
        if relation.is_linked(self, from.raw(), to.raw()) {
            return Ok(None);
        }
        Ok(Some(self.insert_through(end, relation, from.raw(), to.raw(), make)?))
    }

    fn insert_through<R: ThroughLinkable<S> + Declared<A, B>, A: Model, B: Model>(
        &mut self,
        end: End,
        _: R,
        from: RawId,
        to: RawId,
        make: impl FnOnce(Id<A>, Id<B>) -> R::Through,
    ) -> Result<Id<R::Through>, Error>
    where
        S: Has<R::Through>,
    {
        let (source, target) = if end.side == Side::Source { (from, to) } else { (to, from) };
        let mut row = make(Id::from_raw(source), Id::from_raw(target));
        let (source_key, target_key) = end.through_keys(&self.view.engine).expect("a through relation has two keys");
        let relations = self.view.engine.catalog.relations();
        row.set_key(relations[source_key].ordinal, Some(source));
        row.set_key(relations[target_key].ordinal, Some(target));
        Ok(self.insert(row)?)
    }

    /// Unlinks two rows; answers whether they were linked (Django's `remove`). With a through model, all its rows that
    /// link the two are deleted. O(1); with a through model as [`delete_many`](Self::delete_many).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`] for `from`; rows that do not exist are linked with nothing. With a through model as
    /// [`delete`](Self::delete).
    pub fn unlink<R: Linkable<S>>(&mut self, from: Id<R::From>, relation: R, to: Id<R::To>) -> Result<bool, Error>
    where
        S: Has<R::From> + Has<R::To>,
    {
        let end = End::new(relation.place(), R::SIDE, from.raw());
        let was_linked = match relation.lists(self.catalog()) {
            Some(lists) => {
                let (source, target) = end.pair(to.raw());
                self.view.engine.unlink(end.link, lists, source, target)
            }
            None if self.contains(from) && self.contains(to) => self.unlink_slots(end, &[to.slot()])? > 0,
            None => false,
        };
        if was_linked {
            self.end_statement();
        } else {
            self.view.engine.check_live(<S as Has<R::From>>::MODEL, from.raw())?;
        }
        Ok(was_linked)
    }

    /// Makes the links of a row exactly these: unlinks what is not among them, links what is missing, leaves the rest
    /// (Django's `set`). O(links + rows).
    ///
    /// # Errors
    ///
    /// As [`link`](Self::link); nothing has changed then.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] #[many_to_many(COURSES: Course, reverse = STUDENTS)] struct Student {}
    /// # #[derive(Model, Clone)] struct Course {}
    /// # #[derive(Schema)] struct Campus { students: Table<Student>, courses: Table<Course> }
    /// # let mut db = Store::<Campus>::new();
    /// let ann = db.insert(Student {})?;
    /// let courses = db.insert_many([Course {}, Course {}, Course {}])?;
    /// db.set_links(ann, Student::COURSES, courses[..2].iter().copied())?;
    /// let changes = db.set_links(ann, Student::COURSES, courses[1..].iter().copied())?;
    /// assert_eq!((changes.added, changes.removed), (1, 1));
    /// assert_eq!(db.follow(ann, Student::COURSES).ids(), courses[1..]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set_links<R: DirectLinkable<S>>(
        &mut self,
        from: Id<R::From>,
        relation: R,
        to: impl IntoIterator<Item = Id<R::To>>,
    ) -> Result<LinkChanges, Error>
    where
        S: Has<R::From> + Has<R::To>,
    {
        self.view.engine.check_live(<S as Has<R::From>>::MODEL, from.raw())?;
        let end = End::new(relation.place(), R::SIDE, from.raw());
        let wanted: Vec<RawId> = to.into_iter().map(Id::raw).collect();
        end.check_others(&self.view.engine, &wanted)?;
        let slots: SlotSet = wanted.iter().map(|to| to.slot()).collect();
        let removed = self.unlink_slots(end, &end.unwanted(&self.view.engine, &slots))?;
        let added = wanted.into_iter().filter(|&to| end.link(&mut self.view.engine, to)).count();
        self.end_statement();
        Ok(LinkChanges { added, removed })
    }

    /// [`set_links`](Self::set_links) for a relation with a through model: `make` makes the rows of new links, as in
    /// [`link_with`](Self::link_with); links that stay keep their rows. O(links × rows).
    ///
    /// # Errors
    ///
    /// As [`link_with`](Self::link_with) and [`delete_many`](Self::delete_many); nothing has changed then.
    pub fn set_links_with<R, A: Model, B: Model>(
        &mut self,
        from: Id<R::From>,
        relation: R,
        to: impl IntoIterator<Item = Id<R::To>>,
        mut make: impl FnMut(Id<A>, Id<B>) -> R::Through,
    ) -> Result<LinkChanges, Error>
    where
        R: ThroughLinkable<S> + Declared<A, B>,
        S: Has<R::From> + Has<R::To> + Has<R::Through>,
    {
        self.view.engine.check_live(<S as Has<R::From>>::MODEL, from.raw())?;
        let end = End::new(relation.place(), R::SIDE, from.raw());
        let wanted: Vec<RawId> = to.into_iter().map(Id::raw).collect();
        end.check_others(&self.view.engine, &wanted)?;
        let slots: SlotSet = wanted.iter().map(|to| to.slot()).collect();
        self.transaction(|tx| {
            let removed = tx.unlink_slots(end, &end.unwanted(&tx.view.engine, &slots))?;
            let mut changes = LinkChanges { added: 0, removed };
            for to in wanted {
                if !relation.is_linked(tx, from.raw(), to) {
                    tx.insert_through(end, relation, from.raw(), to, &mut make)?;
                    changes.added += 1;
                }
            }
            Ok(changes)
        })
    }

    /// Unlinks a row from all; answers how many links there were (Django's `clear`). O(links); with a through model as
    /// [`delete_many`](Self::delete_many).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`]. With a through model as [`delete`](Self::delete).
    pub fn clear_links<R: Linkable<S>>(&mut self, from: Id<R::From>, relation: R) -> Result<usize, Error>
    where
        S: Has<R::From>,
    {
        self.view.engine.check_live(<S as Has<R::From>>::MODEL, from.raw())?;
        self.clear_slots(End::new(relation.place(), R::SIDE, from.raw()))
    }

    pub(crate) fn clear_slots(&mut self, end: End) -> Result<usize, Error> {
        let unwanted = end.unwanted(&self.view.engine, &SlotSet::default());
        let Some((_, _)) = end.through_keys(&self.view.engine) else {
            let cut = self.unlink_slots(end, &unwanted)?;
            self.end_statement();
            return Ok(cut);
        };
        // Through rows whose other key is null or dangles are cleared too.
        let rows = end.all_through_rows(&self.view.engine);
        let count = rows.len();
        self.delete_slots(&rows)?;
        Ok(count)
    }

    /// Unlinks a row from others; through rows are deleted together, as one set. Answers how many links
    /// went; the caller ends the statement.
    pub(crate) fn unlink_slots(&mut self, end: End, others: &[u32]) -> Result<usize, Error> {
        let engine = &mut self.view.engine;
        let Some((source_key, _)) = end.through_keys(engine) else {
            return Ok(others.iter().filter(|&&other| end.unlink(engine, other)).count());
        };
        let model = engine.catalog.relations()[source_key].source;
        let others: SlotSet = others.iter().copied().collect();
        let rows: Vec<_> = through_rows(engine, end, |other| others.contains(&other)).map(|row| (model, row)).collect();
        let count = rows.len();
        self.delete_slots(&rows)?;
        Ok(count)
    }
}

/// The declaring model `A` and the other model `B` of a relation, whichever end a constant names.
pub trait Declared<A, B> {}
impl<A, B, L> Declared<A, B> for Through<A, B, L> {}
impl<A, B, L> Declared<A, B> for Reverse<Through<A, B, L>> {}
// Without a through model, so that `link_with` on such a relation is refused once: for having none.
impl<A, B> Declared<A, B> for ManyToMany<A, B> {}
impl<A, B> Declared<A, B> for Reverse<ManyToMany<A, B>> {}
