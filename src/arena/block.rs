//! Blocks: up to 64 slots that queries look at together, and sets of their places as bits of one word.
//!
//! What is asked of a block is asked in one tight loop that the compiler sees whole, whatever the question is made of.

/// Slots of a block at most; as many as rows of a page.
pub(crate) const LANES: usize = 64;

/// The slots of a block.
#[derive(Clone, Copy)]
#[expect(unnameable_types, reason = "only derived code passes it on")]
pub enum Lanes<'b> {
    /// Neighbours, from this multiple of 64 on.
    Page(u32),
    /// Any.
    Listed(&'b [u32; LANES]),
}

impl Lanes<'_> {
    /// The slot at a place. O(1).
    #[inline]
    pub(crate) fn slot(self, lane: usize) -> u32 {
        match self {
            Self::Page(first) => first + lane as u32,
            Self::Listed(slots) => slots[lane],
        }
    }
}

/// The places of a set.
#[inline]
pub(crate) fn places(mut set: u64) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let lane = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(lane)
    })
}

/// The places of a set that satisfy a test.
#[inline]
pub(crate) fn places_where(set: u64, mut holds: impl FnMut(usize) -> bool) -> u64 {
    if set == u64::MAX {
        return (0..LANES).fold(0, |found, lane| found | u64::from(holds(lane)) << lane);
    }
    places(set).fold(0, |found, lane| found | u64::from(holds(lane)) << lane)
}

/// The set of the first places. O(1).
pub(crate) const fn first_places(count: usize) -> u64 {
    if count >= LANES { u64::MAX } else { (1 << count) - 1 }
}
