//! Links changed on a store through its typed face.

use relarena::operation::{Cell, LinkStatement, Statement, Verb};
use relarena::prelude::*;
use relarena::reference::{Done, Face as _, Ids, Model as Reference, Standard};
use relarena::{Declared, DirectLinkable, Has, ThroughLinkable};

use crate::face::{Tx, id};
use crate::schema::{Club, Membership, Person, Tag, World};

pub(crate) fn typed(
    reference: &Reference<World>,
    tx: &mut Tx,
    change: &LinkStatement,
    ids: &Ids,
) -> Result<Done, Error> {
    match change.relation.as_ref() {
        "likes" => direct(tx, Person::LIKES, change, ids),
        "liked_by" => direct(tx, Person::LIKED_BY, change, ids),
        "friends" => direct(tx, Person::FRIENDS, change, ids),
        "tags" => direct(tx, Club::TAGS, change, ids),
        "carriers" => direct(tx, Tag::CARRIERS, change, ids),
        "clubs" => through(reference, tx, Person::CLUBS, change, ids),
        "members" => through(reference, tx, Club::MEMBERS, change, ids),
        other => unreachable!("the schema has no links {other}"),
    }
}

fn direct<R: DirectLinkable<World>>(tx: &mut Tx, relation: R, change: &LinkStatement, ids: &Ids) -> Result<Done, Error>
where
    World: Has<R::From> + Has<R::To>,
{
    let (row, mut done) = (id::<R::From>(change.row, ids), Done::default());
    let others = change.others.iter().map(|other| id::<R::To>(*other, ids));
    match (change.verb, change.others.as_slice()) {
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

fn through<R>(
    reference: &Reference<World>,
    tx: &mut Tx,
    relation: R,
    change: &LinkStatement,
    ids: &Ids,
) -> Result<Done, Error>
where
    R: ThroughLinkable<World, Through = Membership> + Declared<Person, Club>,
    World: Has<R::From> + Has<R::To>,
{
    let (row, mut done) = (id::<R::From>(change.row, ids), Done::default());
    let others = change.others.iter().map(|other| id::<R::To>(*other, ids));
    let (before, mut pairs) = (tx.rows::<Membership>().ids(), Vec::new());
    let mut make = |person, club| {
        let level = match change.extra(pairs.len()) {
            [(_, Cell::Int(level))] => u8::try_from(*level).expect("levels are small"),
            _ => unreachable!("a new row of the through model has a level besides its keys"),
        };
        pairs.push((person, club));
        Membership { level, person: None, club }
    };
    match (change.verb, change.others.as_slice()) {
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
                others.map(|other| tx.link_with(row, relation, other, &mut make).map(|made| made.is_some())).sum_true()
            })?;
        }
        (Verb::Unlink, [_]) => {
            others.map(|other| tx.unlink(row, relation, other)).sum_true()?;
            done.removed = before.len() - tx.len::<Membership>();
        }
        // A set of through rows deleted as one has no typed call.
        (Verb::Unlink, _) => return Standard.execute(reference, tx, &Statement::Links(change.clone()), ids),
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

/// Counts how many calls answered true, up to the first error.
trait SumTrue {
    fn sum_true(self) -> Result<usize, Error>;
}
impl<I: Iterator<Item = Result<bool, Error>>> SumTrue for I {
    fn sum_true(mut self) -> Result<usize, Error> {
        self.try_fold(0, |sum, answer| Ok(sum + usize::from(answer?)))
    }
}
