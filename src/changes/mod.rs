//! Lists of changes: what turns one state of a store into another, netted for each row and link.
//!
//! A list is data of its own: it keeps copies of the rows, and neither reads nor holds the store. It is made from the
//! journal (`net`), turned round and chained (`compose`), and read by type (`typed`) or by name (`named`). Absent here:
//! applying one, which writes (`store`).

mod compose;
#[cfg(feature = "serde")]
mod data;
mod named;
mod net;
mod typed;

#[cfg(feature = "serde")]
pub use data::ChangesData;
pub use named::{Changed, ChangedLinkByName, ChangedRowByName};
pub(crate) use net::since;
pub use typed::{ChangedKey, ChangedLink, ChangedRow};

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::catalog::Catalog;
#[cfg(feature = "serde")]
use crate::error::Error;
use crate::id::RawId;
use crate::journal::Substitute;
#[cfg(feature = "serde")]
use crate::model::Input;
use crate::table::{CopyTo, PileName, RowPlace, Schema};

/// What turns one state of a store into another: rows inserted, updated and deleted, links made and cut, each netted, so
/// that what was done and undone again does not occur.
///
/// Rows come in the order in which they were first touched, then links, then named substitutes. The list also carries
/// which slots went in and out of use, so that a store to which it is [applied](crate::Store::apply) goes on with the same
/// next ids. It does not carry iteration orders of reverse sets and links.
///
/// ```
/// use relarena::prelude::*;
/// use relarena::ChangedRow;
///
/// #[derive(Model, Clone)]
/// struct Piece { square: u8 }
/// #[derive(Schema)]
/// struct Board { pieces: Table<Piece> }
///
/// let mut db = Store::<Board>::new();
/// let rook = db.insert(Piece { square: 3 })?;
/// let mut replica = db.clone();
/// let mark = db.mark()?;
/// db.set(rook, Piece::SQUARE, 5)?;
/// db.set(rook, Piece::SQUARE, 7)?;
/// let changes = db.changes_since(mark)?;
/// assert_eq!(changes.len(), 1);
/// for change in changes.of::<Piece>() {
///     let ChangedRow::Updated { id, old, new } = change else { unreachable!("one row was updated") };
///     assert_eq!((id, old.square, new.square), (rook, 3, 7));
/// }
/// replica.apply(&changes)?;
/// assert_eq!(replica.digest(), db.digest());
/// # Ok::<(), Error>(())
/// ```
pub struct Changes<S> {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) kept: Kept<S>,
    pub(crate) rows: Vec<SlotChange>,
    pub(crate) links: Vec<LinkChange>,
    pub(crate) substitutes: Vec<SubstituteChange>,
    pub(crate) allocations: Vec<Allocation>,
}

/// What became of the rows of a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotChange {
    pub(crate) model: usize,
    pub(crate) slot: u32,
    pub(crate) old: Option<Version>,
    pub(crate) new: Option<Version>,
}

/// A row as it was at one time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version {
    pub(crate) id: RawId,
    /// Where the list keeps it.
    pub(crate) place: u32,
}

/// A link made or cut. A symmetrical one has the lower slot first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LinkChange {
    pub(crate) link: usize,
    pub(crate) source: RawId,
    pub(crate) target: RawId,
    pub(crate) is_linked: bool,
}

/// Another row, or none, that a key falls back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SubstituteChange {
    pub(crate) relation: usize,
    pub(crate) old: Substitute,
    pub(crate) new: Substitute,
}

/// What became of a model's free slots: those below `common` stayed as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allocation {
    pub(crate) model: usize,
    pub(crate) common: usize,
    pub(crate) old: Free,
    pub(crate) new: Free,
    /// Slot, old and new generation.
    pub(crate) generations: Vec<(u32, u32, u32)>,
}

/// Free slots above the common ones, next to be handed out last, and how many slots were ever used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Free {
    pub(crate) slots: Vec<u32>,
    pub(crate) used: u32,
}

/// The rows that a list keeps, in tables that serve as plain vectors.
pub(crate) struct Kept<S> {
    pub(crate) tables: S,
    counts: Vec<u32>,
}

impl<S: Schema> Kept<S> {
    fn new(models: usize) -> Self {
        Self { tables: S::empty(), counts: alloc::vec![0; models] }
    }

    /// Keeps a copy of a row. O(size of the row).
    fn keep(&mut self, model: usize, tables: &S, from: RowPlace) -> u32 {
        let place = self.counts[model];
        tables.copy_row(model, from, &mut self.tables, CopyTo::Slot(place));
        self.counts[model] = place + 1;
        place
    }

    /// Keeps a row built by name. O(fields).
    #[cfg(feature = "serde")]
    fn build(&mut self, model: usize, input: &mut Input) -> Result<u32, Error> {
        let (place, table) = (self.counts[model], self.tables.table_mut(model));
        table.stage_built(input)?;
        table.put_staged(place);
        self.counts[model] = place + 1;
        Ok(place)
    }

    /// Forgets the row kept last. O(1).
    fn forget_last(&mut self, model: usize) {
        self.counts[model] -= 1;
        let table = self.tables.table_mut(model);
        table.withdraw(&[self.counts[model]], PileName::Bin);
        table.clear_bin();
    }
}

impl<S: Schema> Changes<S> {
    fn empty(catalog: Arc<Catalog>) -> Self {
        Self {
            kept: Kept::new(catalog.models().len()),
            catalog,
            rows: Vec::new(),
            links: Vec::new(),
            substitutes: Vec::new(),
            allocations: Vec::new(),
        }
    }

    /// How many rows, links and named substitutes differ; a slot whose row was deleted and that another row took counts
    /// twice. O(changed rows).
    pub fn len(&self) -> usize {
        let rows = self.rows.iter().map(|row| usize::from(row.old.is_some()) + usize::from(row.new.is_some()));
        let updated = self.rows.iter().filter(|row| row.is_update()).count();
        rows.sum::<usize>() - updated + self.links.len() + self.substitutes.len()
    }

    /// Whether the two states are the same in everything that a program can read by key: what was inserted and deleted
    /// again is no change. O(1).
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.links.is_empty() && self.substitutes.is_empty()
    }
}

/// A copy. O(sizes of changed rows).
impl<S: Schema> Clone for Changes<S> {
    fn clone(&self) -> Self {
        Self {
            catalog: Arc::clone(&self.catalog),
            kept: Kept { tables: self.kept.tables.duplicate(), counts: self.kept.counts.clone() },
            rows: self.rows.clone(),
            links: self.links.clone(),
            substitutes: self.substitutes.clone(),
            allocations: self.allocations.clone(),
        }
    }
}

impl SlotChange {
    /// Whether it is still the same row.
    pub(crate) fn is_update(&self) -> bool {
        matches!((self.old, self.new), (Some(old), Some(new)) if old.id == new.id)
    }
}

/// Counts, not rows: a list is for programs, and rows need not be `Debug`.
impl<S: Schema> fmt::Debug for Changes<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}
