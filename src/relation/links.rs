//! Many-to-many links in mirrored lists: each entry knows its place in the other end's list.
//!
//! Whether two rows are linked is found by scanning the shorter list, or, where both are longer than [`SCAN`], in a hash
//! of just those pairs. A symmetrical relation has one adjacency: a pair stands in both rows' lists, a link of a row with
//! itself once, as its own mirror.

use super::Relations;
use crate::arena::entries::Entries;
use crate::arena::lists::HEAD;
use crate::catalog::{Adjacency, Catalog, LinkStorage, Side};

/// Lists up to this length are scanned.
const SCAN: u32 = 32;

/// One list: the model of its owner, the owner, and where its head is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct List {
    model: u32,
    slot: u32,
    head: u32,
}

impl List {
    #[inline]
    fn new(model: usize, slot: u32, head: usize) -> Self {
        Self { model: model as u32, slot, head: head as u32 }
    }
}

/// The two lists that a link stands in.
#[derive(Clone, Copy)]
struct Ends {
    link: usize,
    symmetrical: bool,
    source: List,
    target: List,
}

#[inline]
fn ends(catalog: &Catalog, link: usize, source: u32, target: u32) -> Ends {
    let info = &catalog.links()[link];
    let list = |side: Side, slot| List::new(info.model(side), slot, info.heads[side as usize]);
    Ends {
        link,
        symmetrical: info.storage == LinkStorage::Symmetrical,
        source: list(Side::Source, source),
        target: list(Side::Target, target),
    }
}

impl Ends {
    /// A symmetrical link of a row with itself has one entry.
    #[inline]
    fn is_loop(&self) -> bool {
        self.source == self.target
    }
}

impl Relations {
    /// Neighbours of a row, in the order of its list. O(1) to start, then O(1) each.
    #[inline]
    pub(crate) fn neighbours(&self, model: usize, adjacency: Adjacency, slot: u32) -> Entries<'_, 2> {
        self.list_at(model, adjacency.head, slot)
    }

    /// How many neighbours a row has. O(1).
    pub(crate) fn neighbour_count(&self, model: usize, adjacency: Adjacency, slot: u32) -> u32 {
        self.slots[model].records.word(slot, adjacency.head)
    }

    /// The neighbour at a place of a row's list. O(1).
    pub(crate) fn neighbour_at(&self, model: usize, adjacency: Adjacency, slot: u32, place: u32) -> u32 {
        self.entry(List::new(model, slot, adjacency.head), place)[0]
    }

    /// Whether two rows are linked. O(1): at most 32 entries, or one hash.
    #[inline]
    pub(crate) fn is_linked(&self, catalog: &Catalog, link: usize, source: u32, target: u32) -> bool {
        let found = ends(catalog, link, source, target);
        self.find(found.source, found.target, || found).is_some()
    }

    /// The same, for lists whose model, row and head the caller knows. O(1).
    #[inline]
    pub(crate) fn is_linked_at(
        &self,
        (catalog, link): (&Catalog, usize),
        [source, target]: [(usize, u32, usize); 2],
    ) -> bool {
        let list = |(model, slot, head)| List::new(model, slot, head);
        self.find(list(source), list(target), || ends(catalog, link, source.1, target.1)).is_some()
    }

    /// Links two rows that are not linked. O(1) amortized.
    #[inline]
    pub(crate) fn link(&mut self, catalog: &Catalog, link: usize, source: u32, target: u32) {
        let ends = ends(catalog, link, source, target);
        let mirror = self.length(ends.target);
        let place = self.push(ends.source, [target, mirror]);
        if !ends.is_loop() {
            self.push(ends.target, [source, place]);
        }
        // Most lists are short for good: one comparison keeps the pair index out of their way.
        if place.max(mirror) >= SCAN {
            self.index_after_growth(catalog, link, (source, target), place);
        }
    }

    /// Unlinks two linked rows; answers the places they had. O(1).
    pub(crate) fn unlink(&mut self, catalog: &Catalog, link: usize, source: u32, target: u32) -> Option<(u32, u32)> {
        let ends = ends(catalog, link, source, target);
        let (place, mirror) = self.find(ends.source, ends.target, || ends)?;
        if self.length(ends.source).max(self.length(ends.target)) > SCAN {
            self.unindex_before_shrinking(catalog, link, (source, target));
        }
        self.remove(ends, ends.source, place, true);
        if !ends.is_loop() {
            self.remove(ends, ends.target, mirror, false);
        }
        Some((place, mirror))
    }

    /// The inverse of `unlink`. O(1).
    pub(crate) fn undo_unlink(
        &mut self,
        catalog: &Catalog,
        link: usize,
        (source, target): (u32, u32),
        (place, mirror): (u32, u32),
    ) {
        let ends = ends(catalog, link, source, target);
        if !ends.is_loop() {
            self.put_back(ends, ends.target, mirror, [source, place], false);
        }
        self.put_back(ends, ends.source, place, [target, mirror], true);
        if self.length(ends.source).max(self.length(ends.target)) > SCAN {
            self.index_after_growth(catalog, link, (source, target), place);
        }
    }

    #[inline]
    fn head(&self, list: List) -> &[u32; HEAD] {
        self.slots[list.model as usize].records.part(list.slot, list.head as usize).unwrap_or(&[0; HEAD])
    }

    #[inline]
    fn length(&self, list: List) -> u32 {
        self.head(list)[0]
    }

    fn entry(&self, list: List, place: u32) -> [u32; 2] {
        self.pool.entry(self.head(list), place)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what one look at a record finds is used by all that follows")]
    fn push(&mut self, list: List, entry: [u32; 2]) -> u32 {
        let head: &mut [u32; HEAD] = self.slots[list.model as usize].records.part_mut(list.slot, list.head as usize);
        let place = head[0];
        self.pool.push(head, entry);
        place
    }

    /// The list that the entries of `list` are mirrored in, at the neighbour `slot`.
    #[inline]
    fn mirror_list(ends: Ends, in_source: bool, slot: u32) -> List {
        let other = if in_source { ends.target } else { ends.source };
        List { slot, ..other }
    }

    /// An entry of `list`, which has this length, now stands at `place`: tell its mirror, and the pair index.
    #[inline]
    fn moved(&mut self, ends: Ends, (list, length): (List, u32), in_source: bool, entry: [u32; 2], place: u32) {
        let [neighbour, mirror] = entry;
        let other = Self::mirror_list(ends, in_source, neighbour);
        let is_loop = other == list;
        let head: &mut [u32; HEAD] = self.slots[other.model as usize].records.part_mut(other.slot, other.head as usize);
        self.pool.set_entry(head, if is_loop { place } else { mirror }, [list.slot, place]);
        if length > SCAN && head[0] > SCAN {
            self.moved_in_index(pair(ends, in_source, list.slot, neighbour), ends.link, place);
        }
    }

    #[cold]
    #[inline(never)]
    fn moved_in_index(&mut self, (key, in_first): ((u32, u32), bool), link: usize, place: u32) {
        if in_first && let Some(found) = self.pairs[link].find_mut(pair_hash(key), |one| (one[0], one[1]) == key) {
            found[2] = place;
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what one look at a record finds is used by all that follows")]
    fn remove(&mut self, ends: Ends, list: List, place: u32, in_source: bool) {
        let head: &mut [u32; HEAD] = self.slots[list.model as usize].records.part_mut(list.slot, list.head as usize);
        if let Some(entry) = self.pool.swap_remove(head, place) {
            let length = head[0];
            self.moved(ends, (list, length), in_source, entry, place);
        }
    }

    fn put_back(&mut self, ends: Ends, list: List, place: u32, entry: [u32; 2], in_source: bool) {
        let head: &mut [u32; HEAD] = self.slots[list.model as usize].records.part_mut(list.slot, list.head as usize);
        if let Some(entry) = self.pool.undo_swap_remove(head, place, entry) {
            let length = head[0];
            self.moved(ends, (list, length), in_source, entry, length - 1);
        }
    }

    /// Places in the source's list and in the target's.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what one look at a record finds is used by all that follows")]
    fn find(&self, source_list: List, target_list: List, ends: impl FnOnce() -> Ends) -> Option<(u32, u32)> {
        let (source, target) = (self.head(source_list), self.head(target_list));
        if source[0].min(target[0]) > SCAN {
            return self.find_in_index(ends());
        }
        let is_source = source[0] <= target[0];
        let (head, wanted) = if is_source { (source, target_list.slot) } else { (target, source_list.slot) };
        let (entries, _) = self.pool.words::<2>(head).as_chunks::<2>();
        let place = entries.iter().position(|entry| entry[0] == wanted)?;
        let (place, mirror) = (place as u32, entries[place][1]);
        Some(if is_source { (place, mirror) } else { (mirror, place) })
    }

    #[cold]
    #[inline(never)]
    fn find_in_index(&self, ends: Ends) -> Option<(u32, u32)> {
        let (key, in_first) = pair(ends, true, ends.source.slot, ends.target.slot);
        let found = self.pairs[ends.link].find(pair_hash(key), |one| (one[0], one[1]) == key)?;
        let mirror = self.entry(if in_first { ends.source } else { ends.target }, found[2])[1];
        Some(if in_first { (found[2], mirror) } else { (mirror, found[2]) })
    }

    /// A pair is indexed exactly while both its lists are longer than `SCAN`.
    #[cold]
    #[inline(never)]
    fn index_after_growth(&mut self, catalog: &Catalog, link: usize, (source, target): (u32, u32), place: u32) {
        let ends = ends(catalog, link, source, target);
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
            let (key, in_first) = pair(ends, true, ends.source.slot, ends.target.slot);
            let place = if in_first { place } else { self.entry(ends.source, place)[1] };
            let pairs = &mut self.pairs[ends.link];
            if pairs.find(pair_hash(key), |one| (one[0], one[1]) == key).is_none() {
                pairs.insert(pair_hash(key), [key.0, key.1, place]);
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn unindex_before_shrinking(&mut self, catalog: &Catalog, link: usize, (source, target): (u32, u32)) {
        let ends = ends(catalog, link, source, target);
        if self.length(ends.source) > SCAN && self.length(ends.target) > SCAN {
            let (key, _) = pair(ends, true, ends.source.slot, ends.target.slot);
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
                let (key, in_first) = pair(ends, in_source, list.slot, neighbour);
                visit(&mut self.pairs[ends.link], key, if in_first { place } else { mirror });
            }
        }
    }

    /// Compares lists and pair index of a link; answers the slots of the owners that disagree. O(links).
    pub(crate) fn audit_links(&self, catalog: &Catalog, link: usize) -> alloc::vec::Vec<(Side, u32)> {
        let mut wrong = alloc::vec::Vec::new();
        let info = &catalog.links()[link];
        let mut indexed = 0;
        for side in [Side::Source, Side::Target] {
            let model = info.model(side);
            if info.storage == LinkStorage::Symmetrical && side == Side::Target {
                continue;
            }
            for slot in 0..self.slots[model].used() {
                let ends = ends(catalog, link, slot, slot);
                let list = if side == Side::Source { ends.source } else { ends.target };
                let in_source = side == Side::Source;
                for place in 0..self.length(list) {
                    let [neighbour, mirror] = self.entry(list, place);
                    let other = Self::mirror_list(ends, in_source, neighbour);
                    let agrees = mirror < self.length(other) && self.entry(other, mirror) == [slot, place];
                    let live = self.slots[model].id_at(slot).is_some()
                        && self.slots[other.model as usize].id_at(neighbour).is_some();
                    let (key, in_first) = pair(ends, in_source, slot, neighbour);
                    let found = self.pairs[link].find(pair_hash(key), |one| (one[0], one[1]) == key);
                    let expected = (self.length(list) > SCAN && self.length(other) > SCAN).then_some([
                        key.0,
                        key.1,
                        if in_first { place } else { mirror },
                    ]);
                    if !agrees || !live || found != expected {
                        wrong.push((side, slot));
                    }
                    indexed += usize::from(found.is_some() && in_first);
                }
            }
        }
        if indexed != self.pairs[link].len() {
            wrong.push((Side::Source, u32::MAX));
        }
        wrong
    }
}

type HashPairs = crate::arena::hash_index::HashIndex<[u32; 3]>;

/// The key under which a pair is indexed, and whether `slot`'s list is the one whose place is kept: the source's, or in
/// a symmetrical relation the smaller slot's.
fn pair(ends: Ends, in_source: bool, slot: u32, neighbour: u32) -> ((u32, u32), bool) {
    if ends.symmetrical {
        ((slot.min(neighbour), slot.max(neighbour)), slot <= neighbour)
    } else if in_source {
        ((slot, neighbour), true)
    } else {
        ((neighbour, slot), false)
    }
}

fn pair_hash((first, second): (u32, u32)) -> u32 {
    let product = (u64::from(first) << 32 | u64::from(second)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let product = (product ^ (product >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (product >> 32) as u32
}
