//! Many-to-many links in mirrored lists: each entry knows its place in the other end's list.
//!
//! Whether two rows are linked is found by scanning the shorter list, or, where both are longer than [`SCAN`], in a hash
//! of just those pairs. A symmetrical relation has one adjacency: a pair stands in both rows' lists, a link of a row with
//! itself once, as its own mirror.

use super::Relations;
use super::ends::{EndRecords, heads};
use crate::arena::entries::Entries;
use crate::arena::lists::{HEAD, Pool};
use crate::catalog::{Adjacency, Catalog, LinkPlace, LinkStorage, Side};
use crate::id::RawId;

/// Lists up to this length are scanned.
const SCAN: u32 = 32;

/// One list: the model of its owner, where its head is, and the owner. Passed in a register.
#[derive(Clone, Copy, PartialEq, Eq)]
struct List {
    model: u16,
    head: u16,
    slot: u32,
}

/// The two lists that a link stands in.
#[derive(Clone, Copy)]
struct Ends {
    link: usize,
    symmetrical: bool,
    source: List,
    target: List,
}

impl Ends {
    #[inline]
    fn new(link: usize, place: LinkPlace, source: u32, target: u32) -> Self {
        Self {
            link,
            symmetrical: place.is_symmetrical(),
            source: List { model: place.source, head: place.source_head, slot: source },
            target: List { model: place.target, head: place.target_head, slot: target },
        }
    }

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
        self.entry(List { model: model as u16, head: adjacency.head as u16, slot }, place)[0]
    }

    /// Whether two rows are there and linked. O(1): at most 32 entries, or one hash.
    #[inline]
    pub(crate) fn is_linked(&self, link: usize, lists: LinkPlace, source: RawId, target: RawId) -> bool {
        let (sources, targets) = (&self.slots[usize::from(lists.source)], &self.slots[usize::from(lists.target)]);
        let found = heads((sources, (source, lists.source_head)), (targets, (target, lists.target_head)));
        let Some(found) = found else { return false };
        find(&self.pool, &self.pairs[link], lists, (source.slot(), target.slot()), found).is_some()
    }

    /// Links two rows; answers whether they were not linked before, or nothing if one of them is not there. O(1) amortized.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the engine's one call of it is the function that programs wait for")]
    pub(crate) fn link(&mut self, link: usize, lists: LinkPlace, source: RawId, target: RawId) -> Option<bool> {
        let (place, mirror) = match self.places(link, lists, source, target)? {
            Places::Linked { .. } => return Some(false),
            Places::Ends { place, mirror } => (place, mirror),
        };
        let (mut ends, pool) = self.ends(lists.source.into(), lists.target.into());
        pool.push(ends.own.records.part_mut(source.slot(), lists.source_head.into()), [target.slot(), mirror]);
        if !(lists.is_symmetrical() && source == target) {
            pool.push(ends.other().records.part_mut(target.slot(), lists.target_head.into()), [source.slot(), place]);
        }
        // Most lists are short for good: one comparison keeps the pair index out of their way.
        if place.max(mirror) >= SCAN {
            self.index_after_growth(Ends::new(link, lists, source.slot(), target.slot()), place);
        }
        Some(true)
    }

    /// Unlinks two rows if they are there and linked; answers the places that they had in each other's list. O(1).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the engine's one call of it is the function that programs wait for")]
    pub(crate) fn unlink(&mut self, link: usize, lists: LinkPlace, source: RawId, target: RawId) -> Option<(u32, u32)> {
        let Places::Linked { place, mirror, is_long } = self.places(link, lists, source, target)? else { return None };
        // Most lists are short for good: one comparison keeps the pair index out of their way.
        if is_long {
            self.unlink_long(Ends::new(link, lists, source.slot(), target.slot()), (place, mirror));
            return Some((place, mirror));
        }
        let (mut ends, pool) = self.ends(lists.source.into(), lists.target.into());
        let (own, other) = ((source.slot(), lists.source_head), (target.slot(), lists.target_head));
        ends.take_out(pool, own, lists.target_head, place);
        if own != other || !lists.is_symmetrical() {
            ends.turned().take_out(pool, other, lists.source_head, mirror);
        }
        Some((place, mirror))
    }

    #[cold]
    #[inline(never)]
    fn unlink_long(&mut self, ends: Ends, (place, mirror): (u32, u32)) {
        self.unindex_before_shrinking(ends);
        self.remove(ends, ends.source, place, true);
        if !ends.is_loop() {
            self.remove(ends, ends.target, mirror, false);
        }
    }

    /// Where two rows stand in each other's list, or would; nothing if one of them is not there. O(1).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what one look at a record finds is used by all that follows")]
    fn places(&mut self, link: usize, lists: LinkPlace, source: RawId, target: RawId) -> Option<Places> {
        let pairs = &self.pairs[link];
        let pool = &self.pool;
        let (sources, targets) = (&self.slots[usize::from(lists.source)], &self.slots[usize::from(lists.target)]);
        let found = heads((sources, (source, lists.source_head)), (targets, (target, lists.target_head)))?;
        let (place, mirror) = (found[0][0], found[1][0]);
        Some(match find(pool, pairs, lists, (source.slot(), target.slot()), found) {
            None => Places::Ends { place, mirror },
            Some(places) => Places::Linked { place: places.0, mirror: places.1, is_long: place.max(mirror) > SCAN },
        })
    }

    /// The inverse of `unlink`. O(1).
    pub(crate) fn undo_unlink(
        &mut self,
        (link, place): (usize, LinkPlace),
        (source, target): (u32, u32),
        (place_there, mirror): (u32, u32),
    ) {
        let ends = Ends::new(link, place, source, target);
        if !ends.is_loop() {
            self.put_back(ends, ends.target, mirror, [source, place_there], false);
        }
        self.put_back(ends, ends.source, place_there, [target, mirror], true);
        if self.length(ends.source).max(self.length(ends.target)) > SCAN {
            self.index_after_growth(ends, place_there);
        }
    }

    #[inline]
    fn head(&self, list: List) -> &[u32; HEAD] {
        self.slots[usize::from(list.model)].records.part(list.slot, list.head.into()).unwrap_or(&[0; HEAD])
    }

    #[inline]
    fn length(&self, list: List) -> u32 {
        self.head(list)[0]
    }

    fn entry(&self, list: List, place: u32) -> [u32; 2] {
        self.pool.entry(self.head(list), place)
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
        let mirror = if other == list { place } else { mirror };
        let head = self.slots[usize::from(other.model)].records.part_mut(other.slot, other.head.into());
        self.pool.set_entry(head, mirror, [list.slot, place]);
        if length > SCAN && head[0] > SCAN {
            self.moved_in_index(pair(ends.symmetrical, in_source, list.slot, neighbour), ends.link, place);
        }
    }

    #[cold]
    #[inline(never)]
    fn moved_in_index(&mut self, (key, in_first): ((u32, u32), bool), link: usize, place: u32) {
        if in_first && let Some(found) = self.pairs[link].find_mut(pair_hash(key), |one| (one[0], one[1]) == key) {
            found[2] = place;
        }
    }

    fn remove(&mut self, ends: Ends, list: List, place: u32, in_source: bool) {
        let head = self.slots[usize::from(list.model)].records.part_mut(list.slot, list.head.into());
        if let Some(entry) = self.pool.swap_remove(head, place) {
            let length = head[0];
            self.moved(ends, (list, length), in_source, entry, place);
        }
    }

    fn put_back(&mut self, ends: Ends, list: List, place: u32, entry: [u32; 2], in_source: bool) {
        let head = self.slots[usize::from(list.model)].records.part_mut(list.slot, list.head.into());
        if let Some(entry) = self.pool.undo_swap_remove(head, place, entry) {
            let length = head[0];
            self.moved(ends, (list, length), in_source, entry, length - 1);
        }
    }

    /// A pair is indexed exactly while both its lists are longer than `SCAN`.
    #[cold]
    #[inline(never)]
    fn index_after_growth(&mut self, ends: Ends, place: u32) {
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

    #[cold]
    #[inline(never)]
    fn unindex_before_shrinking(&mut self, ends: Ends) {
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
                let ends = Ends::new(link, info.place, slot, slot);
                let list = if side == Side::Source { ends.source } else { ends.target };
                let in_source = side == Side::Source;
                for place in 0..self.length(list) {
                    let [neighbour, mirror] = self.entry(list, place);
                    let other = Self::mirror_list(ends, in_source, neighbour);
                    let agrees = mirror < self.length(other) && self.entry(other, mirror) == [slot, place];
                    let live = self.slots[model].id_at(slot).is_some()
                        && self.slots[other.model as usize].id_at(neighbour).is_some();
                    let (key, in_first) = pair(ends.symmetrical, in_source, slot, neighbour);
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

/// Where two rows stand in each other's list.
enum Places {
    Linked {
        place: u32,
        mirror: u32,
        /// Whether one of the lists is longer than those that are scanned.
        is_long: bool,
    },
    /// They are not linked; these are the ends of their lists.
    Ends { place: u32, mirror: u32 },
}

impl EndRecords<'_> {
    /// Takes the entry at a place out of a row's list, which is short; the last one takes its place, and its mirror is told.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what one look at a record finds is used by all that follows")]
    fn take_out(&mut self, pool: &mut Pool, own: (u32, u16), other_head: u16, place: u32) {
        let head = self.own.records.part_mut(own.0, own.1.into());
        let Some([neighbour, mirror]) = pool.swap_remove(head, place) else { return };
        // A symmetrical link of the row with itself is its own mirror.
        let mirror = if (neighbour, other_head) == own && self.is_one() { place } else { mirror };
        let head = self.other().records.part_mut(neighbour, other_head.into());
        pool.set_entry(head, mirror, [own.0, place]);
    }
}

/// Places of a link in the source's list and in the target's, of rows and the heads of their lists.
#[inline(always)]
#[expect(clippy::inline_always, reason = "what one look at a record finds is used by all that follows")]
fn find(
    pool: &Pool,
    pairs: &HashPairs,
    lists: LinkPlace,
    (source, target): (u32, u32),
    [own, other]: [&[u32; HEAD]; 2],
) -> Option<(u32, u32)> {
    if own[0].min(other[0]) > SCAN {
        return find_in_index(pool, pairs, lists, (source, target), [own, other]);
    }
    let is_source = own[0] <= other[0];
    let (head, wanted) = if is_source { (own, target) } else { (other, source) };
    let (entries, _) = pool.words::<2>(head).as_chunks::<2>();
    let place = entries.iter().position(|entry| entry[0] == wanted)?;
    let (place, mirror) = (place as u32, entries[place][1]);
    Some(if is_source { (place, mirror) } else { (mirror, place) })
}

#[cold]
#[inline(never)]
fn find_in_index(
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

type HashPairs = crate::arena::hash_index::HashIndex<[u32; 3]>;

/// The key under which a pair is indexed, and whether `slot`'s list is the one whose place is kept: the source's, or in
/// a symmetrical relation the smaller slot's.
fn pair(is_symmetrical: bool, in_source: bool, slot: u32, neighbour: u32) -> ((u32, u32), bool) {
    if is_symmetrical {
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
