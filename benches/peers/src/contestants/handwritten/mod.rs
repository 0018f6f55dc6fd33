//! The limit: for each workload the fastest safe layout of rows that we can write, with generations, checked keys and O(1)
//! removal of children. Flat vectors, key records of plain integers apart from the rows, no catalog, no erased call.

mod accounts;
mod blocks;
mod campus;
mod library;

pub use accounts::HandAccounts;
pub use campus::HandCampus;
pub use library::HandLibrary;

/// A slot and its generation; odd while the slot is in use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key {
    slot: u32,
    generation: u32,
}

impl Key {
    #[inline]
    fn place(self) -> usize {
        self.slot as usize
    }
}
