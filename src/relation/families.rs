//! Rows that go together with all that point at them: their sets are emptied at once, and nobody brings them back.

use alloc::vec::Vec;
use core::ops::Range;

use super::Relations;
use super::keys::{head_of, part_of};
use crate::catalog::{Catalog, HeadPlace, RelationInfo};

impl Relations {
    /// Empties the sets of rows, which stand in a part of a list of slots, and appends what was in them to that list.
    /// O(rows + sources).
    pub(crate) fn take_sources(&mut self, relation: &RelationInfo, targets: Range<usize>, rows: &mut Vec<u32>) {
        let (key, records) = (relation.place, &mut self.slots[relation.target].records);
        if relation.is_one_to_one() {
            for place in targets {
                let [word] = core::mem::take(records.part_mut(rows[place], key.head()));
                if word != 0 {
                    rows.push(word - 1);
                }
            }
            return;
        }
        for place in targets {
            let head = records.part_mut(rows[place], key.head());
            if head[0] != 0 {
                self.pool.take_all(head, rows);
            }
        }
    }

    /// Takes rows of a model out of use, the last first, at which nobody points any more; nor do they stand in a set
    /// themselves but for that of the key that they go because of. O(rows).
    pub(crate) fn release_childless(&mut self, model: usize, came_by: Option<&RelationInfo>, rows: &[u32]) {
        let released = &mut self.slots[model];
        // A loop for each, since this is what a row costs.
        match OwnKey::of(came_by) {
            OwnKey::None => released.release_all(rows, |_| {}),
            OwnKey::Foreign(offset) => released.release_all(rows, |record| *part_of(record, offset) = [0; 2]),
            OwnKey::OneToOne(offset) => released.release_all(rows, |record| record[offset] = 0),
        }
    }

    /// The same of rows at which others point, that all go along: their sets are emptied too. O(rows × relations).
    pub(crate) fn release_family(
        &mut self,
        catalog: &Catalog,
        model: usize,
        came_by: Option<&RelationInfo>,
        rows: &[u32],
    ) {
        let (came_by, pool) = (OwnKey::of(came_by), &mut self.pool);
        self.slots[model].release_all(rows, |record| {
            for &HeadPlace { offset, is_list } in &catalog.models()[model].heads {
                let head = usize::from(offset);
                if record[head] == 0 {
                    continue;
                }
                if is_list {
                    pool.clear::<1>(head_of(record, head));
                } else {
                    record[head] = 0;
                }
            }
            came_by.empty(record);
        });
    }
}

/// Where the key lies that a row goes because of.
#[derive(Clone, Copy)]
enum OwnKey {
    None,
    Foreign(usize),
    OneToOne(usize),
}

impl OwnKey {
    fn of(relation: Option<&RelationInfo>) -> Self {
        match relation {
            None => Self::None,
            Some(info) if info.is_one_to_one() => Self::OneToOne(info.place.offset()),
            Some(info) => Self::Foreign(info.place.offset()),
        }
    }

    #[inline]
    fn empty(self, record: &mut [u32]) {
        match self {
            Self::None => {}
            Self::Foreign(offset) => *part_of(record, offset) = [0; 2],
            Self::OneToOne(offset) => record[offset] = 0,
        }
    }
}
