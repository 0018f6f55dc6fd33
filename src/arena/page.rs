//! A page: a fixed number of cells on the heap.
//!
//! The only place that knows how pages are owned, so that sharing them between forks is decided here.

use alloc::boxed::Box;

/// A fixed number of cells.
#[derive(Clone)]
pub(crate) struct Page<T>(Box<[T]>);

impl<T> Page<T> {
    /// A page of `length` cells made by `cell`. O(length).
    pub(crate) fn filled(length: usize, cell: impl FnMut() -> T) -> Self {
        Self(core::iter::repeat_with(cell).take(length).collect())
    }

    /// The cells to read. O(1).
    #[inline]
    pub(crate) fn read(&self) -> &[T] {
        &self.0
    }

    /// The cells to write. O(1).
    #[inline]
    pub(crate) fn write(&mut self) -> &mut [T] {
        &mut self.0
    }
}
