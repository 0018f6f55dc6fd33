//! Pages, and how they are owned: uniquely, or shared between forks until one of them writes.
//!
//! The difference is in the type, so that a uniquely owned page is written without touching a reference count, and reading
//! is the same for both. Whoever writes a shared page copies it first; for rows that runs their `Clone`, so a statement makes
//! its pages [`unique`](Owned::make_unique) while it is prepared.

use alloc::boxed::Box;
use alloc::vec::Vec;
use triomphe::{Arc, UniqueArc};

/// A page of larger rows is made on the heap, not moved there.
const MOST_ON_STACK: usize = 1 << 16;

/// Content on the heap that several forks may share.
pub(crate) enum Owned<T: ?Sized> {
    Unique(UniqueArc<T>),
    Shared(Arc<T>),
}

/// A fixed number of cells.
pub(crate) type Page<T> = Owned<[T]>;

/// Content that can be copied from one allocation into another.
pub(crate) trait Duplicate {
    fn duplicate(&self) -> UniqueArc<Self>;
}

impl<T: Clone> Duplicate for [T] {
    fn duplicate(&self) -> UniqueArc<Self> {
        // By way of a vector, which drops what it has if a `Clone` panics; the arc's own collecting would leak it.
        let copies = Vec::from(self);
        copies.into_iter().collect()
    }
}

/// Content of a fresh page.
pub(crate) trait Vacant {
    const VACANT: Self;
}

impl Vacant for u32 {
    const VACANT: Self = 0;
}

impl<T> Vacant for Option<T> {
    const VACANT: Self = None;
}

impl<T: Clone + Vacant, const CELLS: usize> Duplicate for [T; CELLS] {
    fn duplicate(&self) -> UniqueArc<Self> {
        let mut copies = vacant_cells();
        let (cells, mut place): (&mut Self, _) = (&mut copies, 0);
        while place < CELLS {
            cells[place] = self[place].clone();
            place += 1;
        }
        copies
    }
}

fn vacant_cells<T: Vacant, const CELLS: usize>() -> UniqueArc<[T; CELLS]> {
    // A constant, so that only one of the two ways is compiled for each model.
    if const { size_of::<[T; CELLS]>() <= MOST_ON_STACK } {
        return UniqueArc::new([const { T::VACANT }; CELLS]);
    }
    let mut cells = Vec::with_capacity(CELLS);
    cells.resize_with(CELLS, || T::VACANT);
    let cells: Result<Box<[T; CELLS]>, _> = cells.into_boxed_slice().try_into();
    let Ok(cells) = cells else { unreachable!("a page has its number of cells") };
    let Ok(page) = UniqueArc::try_from(Arc::from(cells)) else { unreachable!("nobody shares a page just made") };
    page
}

impl<T> Page<T> {
    /// A page of `length` cells made by `cell`. O(length).
    pub(crate) fn filled(length: usize, mut cell: impl FnMut() -> T) -> Self {
        Self::Unique((0..length).map(|_| cell()).collect())
    }
}

impl<T: Vacant, const CELLS: usize> Owned<[T; CELLS]> {
    /// A page of as many vacant cells as its type says. O(cells).
    pub(crate) fn vacant() -> Self {
        Self::Unique(vacant_cells())
    }
}

impl<T: ?Sized> Owned<T> {
    /// The content, to read. O(1).
    #[inline]
    pub(crate) fn read(&self) -> &T {
        match self {
            Self::Unique(content) => content,
            Self::Shared(content) => content,
        }
    }
}

impl<T: ?Sized + Duplicate> Owned<T> {
    /// The content, to write. O(1), or a copy if others share it.
    #[inline]
    pub(crate) fn write(&mut self) -> &mut T {
        match self {
            Self::Unique(content) => content,
            Self::Shared(_) => self.write_shared(),
        }
    }

    #[cold]
    #[inline(never)]
    fn write_shared(&mut self) -> &mut T {
        self.make_unique();
        match self {
            Self::Unique(content) => content,
            Self::Shared(content) => Arc::get_mut(content).expect("content that others share was copied just now"),
        }
    }

    /// Copies the content if others share it. O(1) or O(content).
    #[inline]
    pub(crate) fn make_unique(&mut self) {
        if let Self::Shared(content) = self
            && !content.is_unique()
        {
            *self = Self::Unique(content.duplicate());
        }
    }
}

impl<T: ?Sized> Owned<T> {
    /// The same content for two, until either writes. O(1).
    pub(crate) fn into_two(self) -> (Self, Self) {
        let content = match self {
            Self::Unique(content) => content.shareable(),
            Self::Shared(content) => content,
        };
        (Self::Shared(content.clone()), Self::Shared(content))
    }
}

/// Shares all pages of a directory with a second one. O(pages).
pub(crate) fn share_all<T: ?Sized>(pages: &mut Vec<Owned<T>>) -> Vec<Owned<T>> {
    let mut shared = Vec::with_capacity(pages.len());
    for page in core::mem::take(pages) {
        let (own, other) = page.into_two();
        pages.push(own);
        shared.push(other);
    }
    shared
}

impl<T: ?Sized + Duplicate> Clone for Owned<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Unique(content) => Self::Unique(content.duplicate()),
            Self::Shared(content) => Self::Shared(content.clone()),
        }
    }
}
