//! Comparing the indexes of a table with its rows.

use alloc::vec::Vec;

use super::Table;
use crate::model::Model;

impl<M: Model> Table<M> {
    pub(super) fn wrong_uniques(&self) -> Vec<(u32, usize)> {
        let mut wrong = Vec::new();
        for (constraint, unique) in self.indexes.uniques.iter().enumerate() {
            let mut indexed = 0;
            for (slot, row) in self.rows.iter() {
                let hash = self.unique_hash(constraint, row);
                let kept = self.indexes.record(slot)[constraint];
                let found = hash == 0 || unique.find(hash, |other| other == slot).is_some();
                let doubled = self.holder(constraint, hash, row, |other| other != slot).is_some();
                if hash != kept || !found || doubled {
                    wrong.push((slot, constraint));
                }
                indexed += usize::from(hash != 0);
            }
            if indexed != unique.len() {
                wrong.push((u32::MAX, constraint));
            }
        }
        wrong
    }

    pub(super) fn wrong_indexes(&self) -> Vec<(Option<u32>, usize)> {
        let (mut wrong, mut indexed) = (Vec::new(), alloc::vec![0; self.indexes.others.len()]);
        if indexed.is_empty() {
            return wrong;
        }
        for (slot, row) in self.rows.iter() {
            let (expected, kept) = (self.index_words(row), self.indexes.record(slot));
            for (place, index) in self.indexes.others.iter().enumerate() {
                let is_in = index.has(&expected);
                if !index.agree(&expected, kept) || is_in && !index.finds(slot, kept) {
                    wrong.push((Some(slot), place));
                }
                indexed[place] += usize::from(is_in);
            }
        }
        for (place, index) in self.indexes.others.iter().enumerate() {
            if index.kind.rows() != indexed[place] {
                wrong.push((None, place));
            }
        }
        wrong
    }
}
