//! Results in groups by columns, each with its aggregates.

use alloc::vec::Vec;
use core::hash::Hash;

use foldhash::fast::FixedState;
use indexmap::IndexSet;

use super::Query;
use super::accumulate::{Accumulator, Lined};
use super::results::sorted;
use super::tuples::{Aggregates, Columns, read_in_blocks};
use crate::arena::block::{LANES, places as places_of};
use crate::model::Model;
use crate::table::Has;

/// A query whose results are grouped.
#[must_use = "a query reads nothing until its results are asked for"]
pub struct Grouped<'q, S, M, C> {
    pub(super) query: Query<'q, S, M>,
    pub(super) columns: C,
}

impl<'q, S: Has<M>, M: Model, C: Columns<S, M, Output: Hash + Eq>> Grouped<'q, S, M, C> {
    /// As [`each`](Self::each), in the order of a key that is computed from the aggregates. O(results + groups × log).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # use relarena::query::sum;
    /// # #[derive(Model, Clone)] struct Book { shelf: u8, pages: u32 }
    /// # #[derive(Schema)] struct Library { books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// db.insert_many([(1, 300), (2, 90)].map(|(shelf, pages)| Book { shelf, pages }))?;
    /// let shelves = db.all().group_by((Book::SHELF,)).each_by((sum(Book::PAGES),), |(pages,)| *pages);
    /// assert_eq!(shelves, [((2,), (Some(90),)), ((1,), (Some(300),))]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn each_by<A: Aggregates<'q, S, M>, K: Ord>(
        self,
        aggregates: A,
        key: impl FnMut(&A::Output) -> K,
    ) -> Vec<(C::Output, A::Output)> {
        sorted(self.each(aggregates), key, (0, usize::MAX))
    }

    /// Aggregates for each group, in the order in which groups first occur. O(results).
    pub fn each<A: Aggregates<'q, S, M>>(self, aggregates: A) -> Vec<(C::Output, A::Output)> {
        let (hops, readers) = self.columns.readers();
        let (computations, converters) = aggregates.computations();
        let mut asked = self.query.ask();
        let places = asked.locate(S::MODEL, &hops);
        let computations = asked.bind(S::MODEL, computations);
        let mut groups = IndexSet::<C::Output, FixedState>::default();
        let mut totals = alloc::vec![Vec::new(); computations.len()];
        let (view, mut owners) = (asked.view, [0; LANES]);
        if asked.is_walk() {
            // No list of what is found: each block is grouped as it comes.
            let mut columns = alloc::vec![Vec::with_capacity(LANES); places.len()];
            asked.each_block(S::MODEL, |lanes, set| {
                for (at, column) in places.iter().zip(&mut columns) {
                    let slots = places_of(set).map(|lane| lanes.slot(lane));
                    column.clear();
                    if at.is_here() {
                        column.extend(slots.map(Some));
                    } else {
                        column.extend(slots.map(|slot| at.slot(&view.engine, &[slot])));
                    }
                }
                for (lane, key) in places_of(set).zip(C::read(&readers, view, &columns)) {
                    owners[lane] = groups.insert_full(key).0 as u32;
                }
                for (computation, totals) in computations.iter().zip(&mut totals) {
                    totals.resize_with(groups.len(), Accumulator::default);
                    computation.add(view, Lined { lanes, set, owners: &owners }, totals);
                }
            });
        } else {
            let (found, results) = asked.run(S::MODEL);
            read_in_blocks::<S, M, C>(view, (&places, &readers), (&found, &results), |block, keys| {
                for (owner, key) in owners.iter_mut().zip(keys) {
                    *owner = groups.insert_full(key).0 as u32;
                }
                for (computation, totals) in computations.iter().zip(&mut totals) {
                    totals.resize_with(groups.len(), Accumulator::default);
                    for (&result, &owner) in block.iter().zip(&owners) {
                        totals[owner as usize].add(computation, view, found.binding(result), found.values(result));
                    }
                }
            });
        }
        let finish = |(group, key): (usize, C::Output)| {
            let totals = totals.iter().zip(&computations);
            let values: Vec<_> =
                totals.map(|(totals, computation)| totals[group].clone().finish(computation.kind)).collect();
            (key, A::convert(&converters, &values))
        };
        groups.into_iter().enumerate().map(finish).collect()
    }
}
