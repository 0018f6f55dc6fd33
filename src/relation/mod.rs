//! Key indexes of all relations: key records, reverse sets, adjacencies.
//!
//! Knows keys, never rows: this module must not import `table`. Upholds I3 and I4. A foreign key's truth is the row's
//! field; what is here is derived from it and rebuilt by `audit` (I2). A link is primary data and lives here only.
//! Positions make removal O(1) at any fan-out, and nothing hashes but links between two hubs.

mod ends;
mod families;
mod keys;
mod links;
mod pairs;
mod reads;

pub(crate) use keys::{Detached, Sources, Target};

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::arena::lists::Pool;
use crate::arena::slots::{Slots, is_of};
use crate::catalog::Catalog;
use crate::id::RawId;

/// Key records of all models, and what hangs on them.
#[derive(Clone)]
pub(crate) struct Relations {
    pub(crate) slots: Vec<Slots>,
    pool: Pool,
    /// References to rows that do not exist, by relation, target and source: deferred ones, inside a transaction only.
    /// Ordered by content, so that its order needs no undoing.
    pub(crate) dangling: BTreeSet<(usize, RawId, u32)>,
    /// Links between two rows that have many, with their position in the source's list.
    pairs: Vec<pairs::HashPairs>,
}

impl Relations {
    /// Second relations in the same state, which share all pages until either writes. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self {
            slots: self.slots.iter_mut().map(Slots::share).collect(),
            pool: self.pool.share(),
            dangling: self.dangling.clone(),
            pairs: self.pairs.iter_mut().map(pairs::HashPairs::share).collect(),
        }
    }

    pub(crate) fn new(catalog: &Catalog) -> Self {
        Self {
            slots: catalog.models().iter().map(|model| Slots::new(model.stride)).collect(),
            pool: Pool::new(),
            dangling: BTreeSet::new(),
            pairs: alloc::vec![pairs::HashPairs::new(); catalog.links().len()],
        }
    }
}
