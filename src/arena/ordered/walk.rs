//! Walking the pairs of an ordered index, from both ends.

use super::{OrderedIndex, Position};

/// Pairs of key and slot, in order: by key, then by slot.
pub(crate) struct Walk<'a, K> {
    index: &'a OrderedIndex<K>,
    front: Position,
    /// The position after the last pair.
    back: Position,
}

impl<'a, K> Walk<'a, K> {
    pub(super) const fn new(index: &'a OrderedIndex<K>, front: Position, back: Position) -> Self {
        Self { index, front, back }
    }
}

impl<K> Clone for Walk<'_, K> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<K: Copy + Ord> Iterator for Walk<'_, K> {
    type Item = (K, u32);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.front == self.back {
            return None;
        }
        let Position { block, chunk, place } = self.front;
        let pair = self.index.blocks[block].chunks[chunk].page.read()[place];
        self.front = self.index.normal(Position { block, chunk, place: place + 1 });
        Some((pair.key, pair.slot))
    }
}

impl<K: Copy + Ord> DoubleEndedIterator for Walk<'_, K> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front == self.back {
            return None;
        }
        // No block and no chunk is empty, so that there is a last pair in the one before.
        let Position { block, chunk, place } = &mut self.back;
        if *place == 0 {
            if *chunk == 0 {
                *block -= 1;
                *chunk = self.index.blocks[*block].chunks.len();
            }
            *chunk -= 1;
            *place = self.index.blocks[*block].chunks[*chunk].length;
        }
        *place -= 1;
        let pair = self.index.blocks[*block].chunks[*chunk].page.read()[*place];
        Some((pair.key, pair.slot))
    }
}
