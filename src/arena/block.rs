//! Blocks: up to 64 slots that queries look at together, and sets of their places as bits of one word.
//!
//! What is asked of a block is asked in one tight loop that the compiler sees whole, whatever the question is made of.

/// Slots of a block at most; a page of rows is some blocks.
pub(crate) const LANES: usize = 64;
/// Blocks of neighbours that are asked with one call at most.
pub(crate) const BLOCKS: usize = 16;

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

    /// The block so many blocks further on; of listed slots there is one. O(1).
    #[inline]
    pub(crate) fn further(self, blocks: usize) -> Self {
        match self {
            Self::Page(first) => Self::Page(first + (blocks * LANES) as u32),
            Self::Listed(slots) => Self::Listed(slots),
        }
    }
}

/// Leaves in the sets of some blocks the places that a question leaves in each. O(blocks × question).
#[inline]
pub(crate) fn retain_each(lanes: Lanes<'_>, sets: &mut [u64], mut select: impl FnMut(Lanes<'_>, u64) -> u64) {
    for (block, set) in sets.iter_mut().enumerate() {
        if *set != 0 {
            *set = select(lanes.further(block), *set);
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
    places(set).fold(0, |found, lane| found | u64::from(holds(lane)) << lane)
}

/// The places of a set that satisfy a test that may be asked of places outside too, for no harm: mostly all are asked, in a
/// loop without branches.
#[inline]
pub(crate) fn any_places_where(set: u64, mut holds: impl FnMut(usize) -> bool) -> u64 {
    if !is_dense(set) {
        return places_where(set, holds);
    }
    // Upwards, as memory is fetched; eight at a time, which the compiler writes out where the test is short.
    let mut found = 0_u64;
    for first in (0..LANES).step_by(8) {
        let eight = (0..8).fold(0, |eight, lane| eight | u64::from(holds(first + lane)) << lane);
        // Those that follow move it to its place.
        found = (found | eight).rotate_right(8);
    }
    found & set
}

/// Whether it is sooner to go through all places than from one of a set to the next.
#[inline]
pub(crate) const fn is_dense(set: u64) -> bool {
    set == u64::MAX || set.count_ones() as usize >= LANES / 2
}

/// The set of the first places. O(1).
pub(crate) const fn first_places(count: usize) -> u64 {
    if count >= LANES { u64::MAX } else { (1 << count) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_asked_of_the_places_of_a_set_however_many_they_are() {
        for set in [0, 1, 1 << 63, 0xFFFF_FFFF, 0xFFFF_FFFF_0000_0000, 0x5555_5555_5555_5555, u64::MAX] {
            let odd = |lane: usize| lane % 2 == 1;
            let expected = set & 0xAAAA_AAAA_AAAA_AAAA;
            assert_eq!((places_where(set, odd), any_places_where(set, odd)), (expected, expected));
        }
    }

    #[test]
    fn the_first_places_are_as_many_as_asked_for_and_all_at_most() {
        assert_eq!([0, 1, 5, 63, 64, 1000].map(first_places), [0, 1, 0b1_1111, u64::MAX >> 1, u64::MAX, u64::MAX]);
    }

    #[test]
    fn a_block_knows_the_slots_at_its_places() {
        let listed: [u32; LANES] = core::array::from_fn(|lane| lane as u32 * 7);
        assert_eq!([0, 63].map(|lane| Lanes::Listed(&listed).slot(lane)), [0, 441]);
        assert_eq!([0, 63].map(|lane| Lanes::Page(128).slot(lane)), [128, 191]);
    }
}
