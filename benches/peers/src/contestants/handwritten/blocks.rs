//! A pool of power-of-two blocks for lists: one flat vector, a list of free blocks for each size.

/// Places of a block of the smallest size.
const SMALLEST: usize = 4;

/// Where a list's entries are.
#[derive(Clone, Copy, Default)]
pub(super) struct Block {
    pub(super) start: u32,
    /// The block has `SMALLEST << class` places.
    pub(super) class: u32,
}

impl Block {
    #[inline]
    pub(super) const fn places(self) -> usize {
        SMALLEST << self.class
    }

    #[inline]
    pub(super) fn at(self, place: u32) -> usize {
        self.start as usize + place as usize
    }
}

/// Storage of many lists.
#[derive(Clone)]
pub(super) struct Blocks<T> {
    pub(super) entries: Vec<T>,
    free: [Vec<u32>; 28],
}

impl<T: Copy + Default> Blocks<T> {
    pub(super) const fn new() -> Self {
        Self { entries: Vec::new(), free: [const { Vec::new() }; 28] }
    }

    #[inline]
    pub(super) fn allocate(&mut self, class: u32) -> Block {
        let start = self.free[class as usize].pop().unwrap_or_else(|| {
            let start = self.entries.len() as u32;
            self.entries.resize(self.entries.len() + (SMALLEST << class), T::default());
            start
        });
        Block { start, class }
    }

    #[inline]
    pub(super) fn release(&mut self, block: Block) {
        self.free[block.class as usize].push(block.start);
    }

    /// A block of twice the size with the same entries.
    #[inline(never)]
    pub(super) fn grow(&mut self, block: Block) -> Block {
        let larger = self.allocate(block.class + 1);
        let start = block.start as usize;
        self.entries.copy_within(start..start + block.places(), larger.start as usize);
        self.release(block);
        larger
    }
}
