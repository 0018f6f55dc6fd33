//! Trees that a self relation makes: walked up and down without recursion, without a stack, without allocation.

use alloc::vec::Vec;

use super::{Row, View};
use crate::catalog::RelationInfo;
use crate::id::Id;
use crate::model::{ForeignKey, KeyField, Model};
use crate::relation::Target;
use crate::table::{Has, Schema};

impl<S: Schema> View<S> {
    /// The row that a row's self relation names, the one that names, and so on; each row once, even if they form a
    /// ring. O(rows on the way), and as much before the first: the walk is measured to find rings.
    ///
    /// # Panics
    ///
    /// If the row does not exist.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Employee { name: &'static str,
    /// #     #[foreign_key(on_delete = set_null, reverse = REPORTS)] reports_to: Option<Id<Employee>> }
    /// # #[derive(Schema)] struct Firm { employees: Table<Employee> }
    /// # let mut db = Store::<Firm>::new();
    /// let boss = db.insert(Employee { name: "boss", reports_to: None })?;
    /// let lead = db.insert(Employee { name: "lead", reports_to: Some(boss) })?;
    /// let clerk = db.insert(Employee { name: "clerk", reports_to: Some(lead) })?;
    /// let above: Vec<&str> = db.ancestors(clerk, Employee::REPORTS_TO).map(|row| row.name).collect();
    /// assert_eq!(above, ["lead", "boss"]);
    /// let below: Vec<&str> = db.descendants(boss, Employee::REPORTS_TO).map(|row| row.name).collect();
    /// assert_eq!(below, ["lead", "clerk"]);
    /// # Ok::<(), Error>(())
    /// ```
    #[track_caller]
    pub fn ancestors<M: Model, K: KeyField<Target = M>>(
        &self,
        row: Id<M>,
        relation: ForeignKey<M, K>,
    ) -> Ancestors<'_, S, M>
    where
        S: Has<M>,
    {
        let _ = &self[row];
        let relation = &self.engine.catalog.relations()[self.engine.relation_of(S::MODEL, relation.ordinal.into())];
        let mut walk =
            Ancestors { view: self, relation, next: Some(row.slot()), left: u32::MAX, rows: core::marker::PhantomData };
        walk.left = walk.distinct();
        walk.next = walk.up(row.slot());
        walk
    }

    /// All rows below a row along a self relation, each owner before the rows that name it (preorder); never the row
    /// itself, even if it is part of a ring. O(rows below) for the whole walk.
    ///
    /// # Panics
    ///
    /// If the row does not exist.
    #[track_caller]
    pub fn descendants<M: Model, K: KeyField<Target = M>>(
        &self,
        row: Id<M>,
        relation: ForeignKey<M, K>,
    ) -> Descendants<'_, S, M>
    where
        S: Has<M>,
    {
        let _ = &self[row];
        let relation = &self.engine.catalog.relations()[self.engine.relation_of(S::MODEL, relation.ordinal.into())];
        Descendants { view: self, relation, root: row.slot(), at: Some(row.slot()), rows: core::marker::PhantomData }
    }
}

/// Rows above a row along a self relation, nearest first.
pub struct Ancestors<'a, S, M> {
    view: &'a View<S>,
    relation: &'a RelationInfo,
    next: Option<u32>,
    left: u32,
    rows: core::marker::PhantomData<&'a M>,
}

impl<S: Schema, M: Model> Ancestors<'_, S, M> {
    fn up(&self, slot: u32) -> Option<u32> {
        match self.view.engine.relations.target(self.relation, slot) {
            Target::Slot(slot) => Some(slot),
            Target::Null | Target::Dangling => None,
        }
    }

    /// How many different rows lie above the start, by Brent's cycle detection (R. Brent, "An improved Monte Carlo
    /// factorization algorithm", 1980).
    fn distinct(&self) -> u32 {
        let start = self.next.expect("the walk has a start");
        let (mut tortoise, mut steps, mut power, mut ring) = (start, 0_u32, 1_u32, 0_u32);
        let mut hare = start;
        loop {
            let Some(next) = self.up(hare) else {
                return steps;
            };
            hare = next;
            steps += 1;
            ring += 1;
            if hare == tortoise {
                break;
            }
            if ring == power {
                (tortoise, power, ring) = (hare, power.saturating_mul(2), 0);
            }
        }
        // `ring` rows form the ring; count the ones that lead to it. A start in the ring is not its own ancestor.
        let (mut behind, mut ahead) = (start, start);
        for _ in 0..ring {
            ahead = self.up(ahead).expect("a ring has no end");
        }
        let mut tail = 0;
        while behind != ahead {
            behind = self.up(behind).expect("a ring has no end");
            ahead = self.up(ahead).expect("a ring has no end");
            tail += 1;
        }
        tail + ring - 1
    }
}

impl<S: Has<M>, M: Model> Ancestors<'_, S, M> {
    /// The ids of the rows that are left, as owned data: ends the borrow, so that the store can be written. O(rows).
    pub fn ids(self) -> Vec<Id<M>> {
        self.map(|row| row.id()).collect()
    }
}

impl<'a, S: Has<M>, M: Model> Iterator for Ancestors<'a, S, M> {
    type Item = Row<'a, S, M>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let slot = self.next?;
        self.left -= 1;
        self.next = self.up(slot);
        Some(Row::at(self.view, slot))
    }
}

/// Rows below a row along a self relation, in preorder.
///
/// A row knows its place among its siblings, so that the next one needs no stack.
pub struct Descendants<'a, S, M> {
    view: &'a View<S>,
    relation: &'a RelationInfo,
    root: u32,
    at: Option<u32>,
    rows: core::marker::PhantomData<&'a M>,
}

impl<S: Schema, M: Model> Descendants<'_, S, M> {
    /// The child at a place or after it, leaving out the root where a ring leads back to it.
    fn child(&self, parent: u32, place: u32) -> Option<u32> {
        let relations = &self.view.engine.relations;
        let count = relations.source_count(self.relation, parent) as u32;
        (place..count).map(|place| relations.source_at(self.relation, parent, place)).find(|&child| child != self.root)
    }

    fn step(&self, from: u32) -> Option<u32> {
        let relations = &self.view.engine.relations;
        if let Some(child) = self.child(from, 0) {
            return Some(child);
        }
        let mut at = from;
        while at != self.root {
            let Target::Slot(parent) = relations.target(self.relation, at) else {
                return None;
            };
            if let Some(sibling) = self.child(parent, relations.position(self.relation, at) + 1) {
                return Some(sibling);
            }
            at = parent;
        }
        None
    }
}

impl<S: Has<M>, M: Model> Descendants<'_, S, M> {
    /// The ids of the rows that are left, as owned data: ends the borrow, so that the store can be written. O(rows).
    pub fn ids(self) -> Vec<Id<M>> {
        self.map(|row| row.id()).collect()
    }
}

impl<'a, S: Has<M>, M: Model> Iterator for Descendants<'a, S, M> {
    type Item = Row<'a, S, M>;

    fn next(&mut self) -> Option<Self::Item> {
        self.at = self.step(self.at?);
        Some(Row::at(self.view, self.at?))
    }
}
