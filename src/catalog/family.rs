//! Which deletes need no plan: those that cascades alone make, one way to each row.

use alloc::vec::Vec;

use super::Catalog;
use crate::model::OnDelete;

impl Catalog {
    /// Whether all that points at a model's rows, and at those that point at them, goes along by its only key, and nothing
    /// of it has links: then no delete can be refused or rewrite a key, and none reaches a row twice. O(models).
    pub(super) fn is_tree(&self, root: usize) -> bool {
        let (mut family, mut next) = (Vec::from([root]), 0);
        while let Some(&model) = family.get(next) {
            if !self.models[model].adjacencies.is_empty() {
                return false;
            }
            for &relation in &self.models[model].incoming {
                let info = &self.relations[relation];
                // With one key each, none but the root can be reached twice.
                if info.on_delete != OnDelete::Cascade || info.source == root || self.keys_of(info.source).len() != 1 {
                    return false;
                }
                family.push(info.source);
            }
            next += 1;
        }
        true
    }
}
