//! Many-to-many links in mirrored lists: each entry knows its place in the other end's list.
//!
//! Whether two rows are linked is found by scanning the shorter list, or, where both are longer than [`SCAN`], in a hash
//! of just those pairs. A symmetrical relation has one adjacency: a pair stands in both rows' lists, a link of a row with
//! itself once, as its own mirror.

use super::Relations;
use super::ends::{both, heads};
use super::keys::head_of;
use super::pairs::{HashPairs, find_in_index, pair, pair_hash};
use crate::arena::entries::Entries;
use crate::arena::lists::{HEAD, Pool};
use crate::catalog::{Adjacency, Catalog, LinkPlace, LinkStorage, Side};
use crate::id::RawId;

/// Lists up to this length are scanned.
pub(super) const SCAN: u32 = 32;

/// One list: the model of its owner, where its head is, and the owner. Passed in a register.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct List {
    model: u16,
    head: u16,
    pub(super) slot: u32,
}

/// The two lists that a link stands in.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) link: usize,
    pub(super) symmetrical: bool,
    pub(super) source: List,
    pub(super) target: List,
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
    pub(super) fn is_loop(&self) -> bool {
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
        let Some(found) = self.heads(lists, source, target) else { return false };
        find(&self.pool, &self.pairs[link], lists, (source.slot(), target.slot()), found).is_some()
    }

    /// Links two rows; answers whether they were not linked before, or nothing if one of them is not there. O(1) amortized.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the engine's one call of it is the function that programs wait for")]
    pub(crate) fn link(&mut self, link: usize, lists: LinkPlace, source: RawId, target: RawId) -> Option<bool> {
        if lists.source == lists.target {
            return self.link_within(link, lists, source, target);
        }
        let [sources, targets] = both(&mut self.slots, lists.source.into(), lists.target.into());
        let own = sources.find_live(source)?;
        let other = targets.find_live(target)?;
        let (own, other) = (head_of(own, lists.source_head.into()), head_of(other, lists.target_head.into()));
        if find(&self.pool, &self.pairs[link], lists, (source.slot(), target.slot()), [own, other]).is_some() {
            return Some(false);
        }
        let (place, mirror) = (own[0], other[0]);
        self.pool.push(own, [target.slot(), mirror]);
        self.pool.push(other, [source.slot(), place]);
        // Most lists are short for good: one comparison keeps the pair index out of their way.
        if place.max(mirror) >= SCAN {
            self.index_after_growth(Ends::new(link, lists, source.slot(), target.slot()), place);
        }
        Some(true)
    }

    /// `link` for two rows of one model, or one row twice, whose records cannot be held together.
    #[cold]
    #[inline(never)]
    fn link_within(&mut self, link: usize, lists: LinkPlace, source: RawId, target: RawId) -> Option<bool> {
        let found = self.heads(lists, source, target)?;
        let (place, mirror) = (found[0][0], found[1][0]);
        if find(&self.pool, &self.pairs[link], lists, (source.slot(), target.slot()), found).is_some() {
            return Some(false);
        }
        let ends = Ends::new(link, lists, source.slot(), target.slot());
        let records = &mut self.slots[usize::from(lists.source)].records;
        self.pool.push(records.part_mut(source.slot(), lists.source_head.into()), [target.slot(), mirror]);
        if !ends.is_loop() {
            self.pool.push(records.part_mut(target.slot(), lists.target_head.into()), [source.slot(), place]);
        }
        if place.max(mirror) >= SCAN {
            self.index_after_growth(ends, place);
        }
        Some(true)
    }

    /// Unlinks two rows if they are there and linked; answers the places that they had in each other's list. O(1).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the engine's one call of it is the function that programs wait for")]
    pub(crate) fn unlink(&mut self, link: usize, lists: LinkPlace, source: RawId, target: RawId) -> Option<(u32, u32)> {
        if lists.source == lists.target {
            return self.unlink_within(link, lists, source, target);
        }
        let (pool, [sources, targets]) =
            (&mut self.pool, both(&mut self.slots, lists.source.into(), lists.target.into()));
        let own = sources.find_live(source)?;
        let other = targets.find_live(target)?;
        let (own, other) = (head_of(own, lists.source_head.into()), head_of(other, lists.target_head.into()));
        let (place, mirror) = find(pool, &self.pairs[link], lists, (source.slot(), target.slot()), [own, other])?;
        if own[0].max(other[0]) > SCAN {
            self.unlink_any(Ends::new(link, lists, source.slot(), target.slot()), (place, mirror));
            return Some((place, mirror));
        }
        let (own, other) = (pool.swap_remove::<2>(own, place), pool.swap_remove::<2>(other, mirror));
        // Whoever came into a gap is told to its mirror, in a third row's list.
        if let Some([neighbour, there]) = own {
            let head = targets.records.part_mut(neighbour, lists.target_head.into());
            pool.set_entry(head, there, [source.slot(), place]);
        }
        if let Some([neighbour, there]) = other {
            let head = sources.records.part_mut(neighbour, lists.source_head.into());
            pool.set_entry(head, there, [target.slot(), mirror]);
        }
        Some((place, mirror))
    }

    /// `unlink` for two rows of one model, or one row twice.
    #[cold]
    #[inline(never)]
    fn unlink_within(&mut self, link: usize, lists: LinkPlace, source: RawId, target: RawId) -> Option<(u32, u32)> {
        let found = self.heads(lists, source, target)?;
        let places = find(&self.pool, &self.pairs[link], lists, (source.slot(), target.slot()), found)?;
        self.unlink_any(Ends::new(link, lists, source.slot(), target.slot()), places);
        Some(places)
    }

    /// Unlinks any two linked rows, whose places these are.
    #[cold]
    #[inline(never)]
    fn unlink_any(&mut self, ends: Ends, (place, mirror): (u32, u32)) {
        self.unindex_before_shrinking(ends);
        self.remove(ends, ends.source, place, true);
        if !ends.is_loop() {
            self.remove(ends, ends.target, mirror, false);
        }
    }

    /// The heads of the lists of two rows, if both are there. O(1).
    #[inline]
    fn heads(&self, lists: LinkPlace, source: RawId, target: RawId) -> Option<[&[u32; HEAD]; 2]> {
        let (sources, targets) = (&self.slots[usize::from(lists.source)], &self.slots[usize::from(lists.target)]);
        heads((sources, (source, lists.source_head)), (targets, (target, lists.target_head)))
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
    pub(super) fn length(&self, list: List) -> u32 {
        self.head(list)[0]
    }

    pub(super) fn entry(&self, list: List, place: u32) -> [u32; 2] {
        self.pool.entry(self.head(list), place)
    }

    /// The list that the entries of `list` are mirrored in, at the neighbour `slot`.
    #[inline]
    pub(super) fn mirror_list(ends: Ends, in_source: bool, slot: u32) -> List {
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
