//! Links changed on a store, through its typed face or by names.

use relarena::prelude::*;
use relarena::{Declared, DirectLinkable, Has, NamedValues, RowKey, ThroughLinkable};

use crate::face::{Done, Face, Ids, Tx, id, key};
use crate::operations::Verb;
use crate::schema::{Club, End, Label, Membership, Person, Tag, World};

/// What is to become of which links.
#[derive(Clone, Copy)]
pub(crate) struct LinkChange<'a> {
    pub(crate) verb: Verb,
    pub(crate) end: End,
    pub(crate) row: Label,
    pub(crate) others: &'a [Label],
    pub(crate) level: u8,
}

impl LinkChange<'_> {
    pub(crate) fn execute(self, face: Face, tx: &mut Tx, ids: &Ids) -> Result<Done, Error> {
        match (face, self.end) {
            (Face::ByName, _) => self.by_name(tx, ids),
            (Face::Typed, End::Likes) => self.direct(tx, Person::LIKES, ids),
            (Face::Typed, End::LikedBy) => self.direct(tx, Person::LIKED_BY, ids),
            (Face::Typed, End::Friends) => self.direct(tx, Person::FRIENDS, ids),
            (Face::Typed, End::Tags) => self.direct(tx, Club::TAGS, ids),
            (Face::Typed, End::Carriers) => self.direct(tx, Tag::CARRIERS, ids),
            (Face::Typed, End::Clubs) => self.through(tx, Person::CLUBS, ids),
            (Face::Typed, End::Members) => self.through(tx, Club::MEMBERS, ids),
        }
    }

    fn direct<R: DirectLinkable<World>>(self, tx: &mut Tx, relation: R, ids: &Ids) -> Result<Done, Error>
    where
        World: Has<R::From> + Has<R::To>,
    {
        let (row, mut done) = (id::<R::From>(self.row, ids), Done::default());
        let others = self.others.iter().map(|other| id::<R::To>(*other, ids));
        match (self.verb, self.others) {
            (Verb::Link, [_]) => done.added = others.map(|other| tx.link(row, relation, other)).sum_true()?,
            (Verb::Unlink, [_]) => done.removed = others.map(|other| tx.unlink(row, relation, other)).sum_true()?,
            (Verb::Link, _) => {
                tx.row(row)?;
                done.added = tx.transaction(|tx| others.map(|other| tx.link(row, relation, other)).sum_true())?;
            }
            (Verb::Unlink, _) => {
                tx.row(row)?;
                done.removed = tx.transaction(|tx| others.map(|other| tx.unlink(row, relation, other)).sum_true())?;
            }
            (Verb::Set, _) => {
                let changes = tx.set_links(row, relation, others)?;
                (done.added, done.removed) = (changes.added, changes.removed);
            }
            (Verb::Clear, _) => done.removed = tx.clear_links(row, relation)?,
        }
        Ok(done)
    }

    fn through<R>(self, tx: &mut Tx, relation: R, ids: &Ids) -> Result<Done, Error>
    where
        R: ThroughLinkable<World, Through = Membership> + Declared<Person, Club>,
        World: Has<R::From> + Has<R::To>,
    {
        let (row, mut done) = (id::<R::From>(self.row, ids), Done::default());
        let others = self.others.iter().map(|other| id::<R::To>(*other, ids));
        let (before, mut pairs) = (tx.rows::<Membership>().ids(), Vec::new());
        let mut make = |person, club| {
            let level = usize::from(self.level) + pairs.len();
            pairs.push((person, club));
            Membership { level: u8::try_from(level).expect("few rows are linked at once"), person: None, club }
        };
        match (self.verb, self.others) {
            (Verb::Link, [_]) => {
                let new = |other| tx.link_with(row, relation, other, &mut make).map(|made| made.is_some());
                done.added = others.map(new).sum_true()?;
            }
            (Verb::Link, _) => {
                tx.row(row)?;
                // Several calls stand for one statement, which looks at its whole list first.
                if let Some(dead) = others.clone().find(|other| !tx.contains(*other)) {
                    tx.link_with(row, relation, dead, &mut make)?;
                }
                done.added = tx.transaction(|tx| {
                    others
                        .map(|other| tx.link_with(row, relation, other, &mut make).map(|made| made.is_some()))
                        .sum_true()
                })?;
            }
            (Verb::Unlink, [_]) => {
                others.map(|other| tx.unlink(row, relation, other)).sum_true()?;
                done.removed = before.len() - tx.len::<Membership>();
            }
            // A set of through rows deleted as one has no typed call.
            (Verb::Unlink, _) => return self.by_name(tx, ids),
            (Verb::Set, _) => {
                let changes = tx.set_links_with(row, relation, others, &mut make)?;
                (done.added, done.removed) = (changes.added, changes.removed);
            }
            (Verb::Clear, _) => done.removed = tx.clear_links(row, relation)?,
        }
        for (person, club) in pairs {
            let joins = |row: &Row<'_, _, Membership>| row.person == Some(person) && row.club == club;
            let mut rows = tx.rows::<Membership>().filter(joins).filter(|row| !before.contains(&row.id()));
            let created = rows.next().expect("a through row was made for the pair").id();
            done.created.push(tx.key_of(created));
        }
        Ok(done)
    }

    fn by_name(self, tx: &mut Tx, ids: &Ids) -> Result<Done, Error> {
        let (relation, here, there) = self.end.names();
        let row = key(tx, here, self.row, ids);
        let others: Vec<RowKey> = self.others.iter().map(|other| key(tx, there, *other, ids)).collect();
        let (mut done, mut next) = (Done::default(), usize::from(self.level));
        let extra = |_| {
            next += 1;
            &LEVELS[next - 1] as NamedValues<'static>
        };
        match self.verb {
            Verb::Link => {
                let before = tx.follow_by_name(row, relation)?.len();
                done.created = tx.link_by_name(row, relation, &others, extra)?;
                done.added = tx.follow_by_name(row, relation)?.len() - before;
            }
            Verb::Unlink => done.removed = tx.unlink_by_name(row, relation, &others)?,
            Verb::Set => {
                let (changes, created) = tx.set_links_by_name(row, relation, &others, extra)?;
                (done.added, done.removed, done.created) = (changes.added, changes.removed, created);
            }
            Verb::Clear => done.removed = tx.clear_links_by_name(row, relation)?,
        }
        Ok(done)
    }
}

/// Counts how many calls answered true, up to the first error.
trait SumTrue {
    fn sum_true(self) -> Result<usize, Error>;
}
impl<I: Iterator<Item = Result<bool, Error>>> SumTrue for I {
    fn sum_true(mut self) -> Result<usize, Error> {
        self.try_fold(0, |sum, answer| Ok(sum + usize::from(answer?)))
    }
}

/// Values of new through rows by name, which must outlive the closure that answers them.
static LEVELS: [[(&str, Value); 1]; 12] = {
    const fn level(level: i128) -> [(&'static str, Value); 1] {
        [("level", Value::Int(level))]
    }
    [
        level(0),
        level(1),
        level(2),
        level(3),
        level(4),
        level(5),
        level(6),
        level(7),
        level(8),
        level(9),
        level(10),
        level(11),
    ]
};
