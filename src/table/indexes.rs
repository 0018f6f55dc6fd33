//! The indexes of a table: its unique rules', and those that `#[index]` asks for.
//!
//! Knows slots and index words, never rows. A row's index words are computed while a statement is prepared, which runs user
//! code, and kept for each slot, so that nothing in here runs any (I2): for each unique rule the hash, zero where the row
//! takes no part; then for each hash index hash and, in a long group, place, and for each ordered index a one and the key's
//! words, all zero for a row with a null.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::arena::groups::Groups;
use crate::arena::hash_index::HashIndex;
use crate::arena::ordered::OrderedIndex;
use crate::arena::words::Words;
use crate::model::{IndexDescriptor, IndexKind, ModelDescriptor, OrderKey};

/// Slots by hash.
pub(super) type SlotIndex = HashIndex<u32, 7>;

/// All indexes of one table.
#[derive(Clone)]
pub(super) struct Indexes {
    pub(super) uniques: Vec<SlotIndex>,
    pub(super) others: Vec<Index>,
    /// For each slot the index words of its row; zeros without one.
    words: Words,
    width: usize,
}

/// An index that is no rule.
#[derive(Clone)]
pub(super) struct Index {
    /// Where its words are among a row's index words.
    pub(super) offset: usize,
    pub(super) kind: Kind,
}

#[derive(Clone)]
pub(super) enum Kind {
    Hash(Box<Groups>),
    Ordered(OrderedIndex<u64>),
    OrderedPair(OrderedIndex<OrderKey>),
}

/// Appends the words of a row for a hash index; it goes to the end of its group.
pub(super) fn add_hash_words(hash: u32, words: &mut Vec<u32>) {
    words.extend(if hash == 0 { [0; 2] } else { [hash, u32::MAX] });
}

/// Appends the words of a row for an ordered index of so many fields.
pub(super) fn add_key_words(key: Option<OrderKey>, fields: usize, words: &mut Vec<u32>) {
    let high = |key: u64| (key >> 32) as u32;
    let all = key.map_or([0; 5], |[first, second]| [1, high(first), first as u32, high(second), second as u32]);
    words.extend(&all[..key_width(fields)]);
}

const fn key_width(fields: usize) -> usize {
    1 + 2 * fields
}

fn key_of(words: &[u32]) -> u64 {
    u64::from(words[0]) << 32 | u64::from(words[1])
}

impl Indexes {
    pub(super) fn new(descriptor: &ModelDescriptor) -> Self {
        let mut width = descriptor.uniques.len();
        let others = descriptor.indexes.iter().map(|index| {
            let index = Index { offset: width, kind: Kind::new(index) };
            width += index.kind.width();
            index
        });
        let others = others.collect();
        let uniques = alloc::vec![SlotIndex::new(); descriptor.uniques.len()];
        Self { uniques, others, words: Words::new(width), width }
    }

    /// Second indexes with the same entries, which share all pages until either writes. O(pages).
    pub(super) fn share(&mut self) -> Self {
        Self {
            uniques: self.uniques.iter_mut().map(SlotIndex::share).collect(),
            others: self.others.iter_mut().map(Index::share).collect(),
            words: self.words.share(),
            width: self.width,
        }
    }

    /// Index words of a row. O(1).
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// The index words of a slot's row. O(1).
    #[inline]
    pub(super) fn record(&self, slot: u32) -> &[u32] {
        self.words.record(slot)
    }

    /// Whether a row has this hash under a unique rule: as a rule none has, and then nobody need compare any. O(1) expected.
    #[inline(never)]
    pub(super) fn has_hash(&self, constraint: usize, hash: u32) -> bool {
        self.uniques[constraint].get(hash).is_some()
    }

    /// Enters a row under its index words; into a group at the place where it was, or at the end. O(indexes).
    pub(super) fn enter(&mut self, slot: u32, entry: &[u32]) {
        self.words.grow_to(slot);
        let (hashes, rest) = self.words.record_mut(slot).split_at_mut(self.uniques.len());
        for ((unique, word), &hash) in self.uniques.iter_mut().zip(hashes).zip(entry) {
            *word = hash;
            if hash != 0 {
                unique.insert(hash, slot);
            }
        }
        if !rest.is_empty() {
            rest.copy_from_slice(&entry[self.uniques.len()..]);
        }
        for index in &mut self.others {
            index.enter(slot, entry, &mut self.words);
        }
    }

    /// Takes a row out. O(indexes).
    pub(super) fn leave(&mut self, slot: u32) {
        let record = self.words.record(slot);
        if record.is_empty() {
            // A list of changes keeps its rows in tables without entering them.
            return;
        }
        for (unique, &hash) in self.uniques.iter_mut().zip(record).filter(|(_, hash)| **hash != 0) {
            unique.remove(hash, |other| other == slot);
        }
        for index in &mut self.others {
            index.leave(slot, &mut self.words);
        }
        self.words.record_mut(slot).fill(0);
    }

    /// Moves a row to where other index words put it. O(indexes).
    pub(super) fn change(&mut self, slot: u32, entry: &[u32]) {
        for (constraint, unique) in self.uniques.iter_mut().enumerate() {
            let (old, new) = (self.words.word(slot, constraint), entry[constraint]);
            if old == new {
                continue;
            }
            if old != 0 {
                unique.remove(old, |other| other == slot);
            }
            if new != 0 {
                unique.insert(new, slot);
            }
            self.words.set(slot, constraint, new);
        }
        for index in &mut self.others {
            index.change(slot, entry, &mut self.words);
        }
    }
}

impl Index {
    fn share(&mut self) -> Self {
        let kind = match &mut self.kind {
            Kind::Hash(groups) => Kind::Hash(Box::new(groups.share())),
            Kind::Ordered(index) => Kind::Ordered(index.share()),
            Kind::OrderedPair(index) => Kind::OrderedPair(index.share()),
        };
        Self { offset: self.offset, kind }
    }

    /// This index's words among all of a row's.
    pub(super) fn part<'w>(&self, words: &'w [u32]) -> &'w [u32] {
        &words[self.offset..][..self.kind.width()]
    }

    /// Whether a row's words put it into this index.
    pub(super) fn has(&self, words: &[u32]) -> bool {
        words[self.offset] != 0
    }

    /// Whether a slot is where its row's words say.
    pub(super) fn finds(&self, slot: u32, words: &[u32]) -> bool {
        let part = self.part(words);
        match &self.kind {
            Kind::Hash(groups) => groups.has(part[0], slot, part[1]),
            Kind::Ordered(index) => index.contains(key_of(&part[1..]), slot),
            Kind::OrderedPair(index) => index.contains([key_of(&part[1..]), key_of(&part[3..])], slot),
        }
    }

    /// Whether two rows' words put them under the same hash or key.
    pub(super) fn agree(&self, one: &[u32], other: &[u32]) -> bool {
        match self.kind {
            Kind::Hash(_) => one[self.offset] == other[self.offset],
            Kind::Ordered(_) | Kind::OrderedPair(_) => self.part(one) == self.part(other),
        }
    }

    fn enter(&mut self, slot: u32, entry: &[u32], words: &mut Words) {
        if !self.has(entry) {
            return;
        }
        let part = self.part(entry);
        match &mut self.kind {
            Kind::Hash(groups) => {
                groups.insert(part[0], slot, part[1], |slot, place| words.set(slot, self.offset + 1, place));
            }
            Kind::Ordered(index) => index.insert(key_of(&part[1..]), slot),
            Kind::OrderedPair(index) => index.insert([key_of(&part[1..]), key_of(&part[3..])], slot),
        }
    }

    fn leave(&mut self, slot: u32, words: &mut Words) {
        let record = words.record(slot);
        if !self.has(record) {
            return;
        }
        let part = self.part(record);
        match &mut self.kind {
            Kind::Hash(groups) => {
                let (hash, place) = (part[0], part[1]);
                groups.remove(hash, slot, place, |slot, place| words.set(slot, self.offset + 1, place));
            }
            Kind::Ordered(index) => index.remove(key_of(&part[1..]), slot),
            Kind::OrderedPair(index) => index.remove([key_of(&part[1..]), key_of(&part[3..])], slot),
        }
    }

    fn change(&mut self, slot: u32, entry: &[u32], words: &mut Words) {
        if self.agree(words.record(slot), entry) {
            return;
        }
        self.leave(slot, words);
        words.record_mut(slot)[self.offset..][..self.kind.width()].copy_from_slice(self.part(entry));
        self.enter(slot, entry, words);
    }
}

impl Kind {
    fn new(index: &IndexDescriptor) -> Self {
        match (index.kind, index.fields.len()) {
            (IndexKind::Hash, _) => Self::Hash(Box::new(Groups::new())),
            (IndexKind::Ordered, 1) => Self::Ordered(OrderedIndex::new()),
            (IndexKind::Ordered, _) => Self::OrderedPair(OrderedIndex::new()),
        }
    }

    /// Index words of a row.
    pub(super) const fn width(&self) -> usize {
        match self {
            Self::Hash(_) => 2,
            Self::Ordered(_) => key_width(1),
            Self::OrderedPair(_) => key_width(2),
        }
    }

    /// How many rows are in it, for the audit. O(1), or O(blocks).
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Hash(groups) => groups.len(),
            Self::Ordered(index) => index.len(),
            Self::OrderedPair(index) => index.len(),
        }
    }
}
