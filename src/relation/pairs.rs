//! The index of linked pairs both of whose lists are long: where the pair stands in the first one's list.

use super::Relations;
use super::links::{Ends, List, SCAN};
use crate::arena::lists::{HEAD, Pool};
use crate::catalog::LinkPlace;

impl Relations {
    /// Indexes what has become long with a new pair, which stands at `place` in the source's list: a pair is indexed exactly
    /// while both its lists are longer than `SCAN`. O(`SCAN`).
    #[cold]
    #[inline(never)]
    pub(super) fn index_after_growth(&mut self, ends: Ends, place: u32) {
        for (list, in_source) in [(ends.source, true), (ends.target, false)] {
            if self.length(list) == SCAN + 1 && (in_source || !ends.is_loop()) {
                self.for_long_neighbours(ends, list, in_source, |pairs, key, place| {
                    if pairs.find(pair_hash(key), |one| (one[0], one[1]) == key).is_none() {
                        pairs.insert(pair_hash(key), [key.0, key.1, place]);
                    }
                });
            }
        }
        if self.length(ends.source) > SCAN && self.length(ends.target) > SCAN {
            let (key, in_first) = pair(ends.symmetrical, true, ends.source.slot, ends.target.slot);
            let place = if in_first { place } else { self.entry(ends.source, place)[1] };
            let pairs = &mut self.pairs[ends.link];
            if pairs.find(pair_hash(key), |one| (one[0], one[1]) == key).is_none() {
                pairs.insert(pair_hash(key), [key.0, key.1, place]);
            }
        }
    }

    /// Takes out of the index what is long no more once this pair is gone. O(`SCAN`).
    #[cold]
    #[inline(never)]
    pub(super) fn unindex_before_shrinking(&mut self, ends: Ends) {
        if self.length(ends.source) > SCAN && self.length(ends.target) > SCAN {
            let (key, _) = pair(ends.symmetrical, true, ends.source.slot, ends.target.slot);
            self.pairs[ends.link].remove(pair_hash(key), |one| (one[0], one[1]) == key);
        }
        for (list, in_source) in [(ends.source, true), (ends.target, false)] {
            if self.length(list) == SCAN + 1 && (in_source || !ends.is_loop()) {
                self.for_long_neighbours(ends, list, in_source, |pairs, key, _| {
                    if pairs.find(pair_hash(key), |one| (one[0], one[1]) == key).is_some() {
                        pairs.remove(pair_hash(key), |one| (one[0], one[1]) == key);
                    }
                });
            }
        }
    }

    /// Calls `visit` with the pair index, the key and the place in the first list of each pair of `list` whose other
    /// list is long too. Bounded: `list` has `SCAN + 1` entries.
    fn for_long_neighbours(
        &mut self,
        ends: Ends,
        list: List,
        in_source: bool,
        visit: impl Fn(&mut HashPairs, (u32, u32), u32),
    ) {
        for place in 0..self.length(list) {
            let [neighbour, mirror] = self.entry(list, place);
            if self.length(Self::mirror_list(ends, in_source, neighbour)) > SCAN {
                let (key, in_first) = pair(ends.symmetrical, in_source, list.slot, neighbour);
                visit(&mut self.pairs[ends.link], key, if in_first { place } else { mirror });
            }
        }
    }

    /// A pair stands at another place in the list whose places are kept, if that is the list that changed. O(1).
    #[cold]
    #[inline(never)]
    pub(super) fn moved_in_index(&mut self, (key, in_first): ((u32, u32), bool), link: usize, place: u32) {
        if in_first && let Some(found) = self.pairs[link].find_mut(pair_hash(key), |one| (one[0], one[1]) == key) {
            found[2] = place;
        }
    }
}

/// Places of an indexed pair in the source's list and in the target's. O(1).
#[cold]
#[inline(never)]
pub(super) fn find_in_index(
    pool: &Pool,
    pairs: &HashPairs,
    lists: LinkPlace,
    (source, target): (u32, u32),
    [own, other]: [&[u32; HEAD]; 2],
) -> Option<(u32, u32)> {
    let (key, in_first) = pair(lists.is_symmetrical(), true, source, target);
    let found = pairs.find(pair_hash(key), |one| (one[0], one[1]) == key)?;
    let [_, mirror] = pool.entry(if in_first { own } else { other }, found[2]);
    Some(if in_first { (found[2], mirror) } else { (mirror, found[2]) })
}

pub(super) type HashPairs = crate::arena::hash_index::HashIndex<[u32; 3], 3>;

/// The key under which a pair is indexed, and whether `slot`'s list is the one whose place is kept: the source's, or in
/// a symmetrical relation the smaller slot's.
pub(super) fn pair(is_symmetrical: bool, in_source: bool, slot: u32, neighbour: u32) -> ((u32, u32), bool) {
    if is_symmetrical {
        ((slot.min(neighbour), slot.max(neighbour)), slot <= neighbour)
    } else if in_source {
        ((slot, neighbour), true)
    } else {
        ((neighbour, slot), false)
    }
}

/// Never zero.
pub(super) fn pair_hash((first, second): (u32, u32)) -> u32 {
    let product = (u64::from(first) << 32 | u64::from(second)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let product = (product ^ (product >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((product >> 32) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use relarena::prelude::*;

    #[derive(Model, Clone)]
    #[many_to_many(COURSES: Course, reverse = STUDENTS)]
    struct Student {}

    #[derive(Model, Clone)]
    struct Course {}

    #[derive(Schema)]
    struct School {
        students: Table<Student>,
        courses: Table<Course>,
    }

    /// Many students in so many courses that the pairs are indexed; and after them two students in two courses.
    fn school() -> Store<School> {
        let mut db = Store::new();
        for size in [SCAN + 1, 2] {
            let courses = db.insert_many((0..size).map(|_| Course {})).expect("a course has no rules");
            for _ in 0..size {
                let student = db.insert(Student {}).expect("a student has no rules");
                db.link_many(student, Student::COURSES, courses.iter().copied()).expect("the courses are living");
            }
        }
        db
    }

    /// Something that must never happen to the links of a school.
    type Harm = fn(&mut Relations, LinkPlace);

    const HARMS: [(&str, Harm); 5] = [
        ("an entry with another mirror than its own", |relations, place| {
            let Relations { pool, slots, .. } = relations;
            let records = &mut slots[usize::from(place.source)].records;
            let head = records.part_mut(SCAN + 1, place.source_head.into());
            let [neighbour, mirror] = pool.entry(head, 0);
            pool.set_entry(head, 0, [neighbour, 1 - mirror]);
        }),
        ("a link with a row that is gone", |relations, place| {
            relations.slots[usize::from(place.target)].release(SCAN + 1);
        }),
        ("a pair of long lists that is not indexed", |relations, _| {
            relations.pairs[0].remove(pair_hash((3, 5)), |one| (one[0], one[1]) == (3, 5));
        }),
        ("a pair that is indexed at another place than its own", |relations, _| {
            let found = relations.pairs[0].find_mut(pair_hash((3, 5)), |one| (one[0], one[1]) == (3, 5));
            found.expect("the pair is indexed")[2] = 6;
        }),
        ("a pair that is indexed and not linked", |relations, _| {
            relations.pairs[0].insert(pair_hash((3, SCAN + 1)), [3, SCAN + 1, 0]);
        }),
    ];

    #[test]
    fn an_audit_finds_whatever_is_wrong_with_links() {
        for (what, harm) in HARMS {
            let mut db = school();
            let engine = &mut db.view.engine;
            assert_eq!(engine.relations.audit_links(&engine.catalog, 0), []);
            harm(&mut engine.relations, engine.catalog.links()[0].place);
            assert_ne!(engine.relations.audit_links(&engine.catalog, 0), [], "{what}");
        }
    }

    #[test]
    fn the_pairs_of_two_hubs_have_different_hashes() {
        let pairs = (0..4096).flat_map(|other| [(7, other), (other, 7)]);
        let hashes: BTreeSet<u32> = pairs.map(pair_hash).collect();
        // One pair is there twice, and some may fall together by chance.
        assert!(hashes.len() > 8180, "{} hashes", hashes.len());
    }
}
