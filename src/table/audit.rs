//! Comparing the indexes of a table with its rows. Knows no model, so that it is compiled once.

use alloc::vec::Vec;

use super::{ErasedTable, RowPlace};

impl dyn ErasedTable + '_ {
    /// Compares the unique indexes with the rows, and answers the slots that disagree. O(rows).
    pub(crate) fn audit_uniques(&self) -> Vec<(u32, usize)> {
        let (mut wrong, uniques) = (Vec::new(), &self.indexes().uniques);
        if uniques.is_empty() {
            return wrong;
        }
        let mut indexed = alloc::vec![0; uniques.len()];
        for slot in self.slots() {
            let (expected, kept) = (self.words_of(slot), self.indexes().record(slot));
            for (constraint, unique) in uniques.iter().enumerate() {
                let hash = expected[constraint];
                let same = |other| self.same_unique(constraint, RowPlace::Slot(slot), RowPlace::Slot(other));
                let found = hash == 0 || unique.find(hash, |other| other == slot).is_some();
                let doubled = hash != 0 && unique.find(hash, |other| other != slot && same(other)).is_some();
                if hash != kept[constraint] || !found || doubled {
                    wrong.push((slot, constraint));
                }
                indexed[constraint] += usize::from(hash != 0);
            }
        }
        let counts = uniques.iter().zip(indexed).enumerate();
        wrong.extend(counts.filter(|(_, (unique, rows))| unique.len() != *rows).map(|(place, _)| (u32::MAX, place)));
        wrong.sort_by_key(|&(_, constraint)| constraint);
        wrong
    }

    /// Compares the other indexes with the rows, and answers the slots that disagree, or none where there are others than
    /// the rows'. O(rows × log rows).
    pub(crate) fn audit_indexes(&self) -> Vec<(Option<u32>, usize)> {
        let (mut wrong, others) = (Vec::new(), &self.indexes().others);
        if others.is_empty() {
            return wrong;
        }
        let mut indexed = alloc::vec![0; others.len()];
        for slot in self.slots() {
            let (expected, kept) = (self.words_of(slot), self.indexes().record(slot));
            for (place, index) in others.iter().enumerate() {
                let is_in = index.has(&expected);
                if !index.agree(&expected, kept) || is_in && !index.finds(slot, kept) {
                    wrong.push((Some(slot), place));
                }
                indexed[place] += usize::from(is_in);
            }
        }
        let counts = others.iter().zip(indexed).enumerate();
        wrong.extend(counts.filter(|(_, (index, rows))| index.kind.rows() != *rows).map(|(place, _)| (None, place)));
        wrong
    }
}
