//! Where relations lie in the key records, worked out by the compiler for typed reads and at run time for the catalog.
//!
//! A record is the generation, then the model's keys, then the heads of the sets and lists that stand at it, in the order of the
//! schema's relations and links.

use super::{ModelEntry, Side};
use crate::arena::lists::HEAD;
use crate::arena::slots::GENERATION;
use crate::model::{Cardinality, FieldKind, LinkKind};

/// Keys and links of a model whose places the tables of typed reads hold; the catalog is asked for those beyond.
pub(crate) const TABLED: usize = 16;

/// Where a key lies in the key records. Of small numbers, so that it is passed in a register.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyPlace {
    source: u16,
    target: u16,
    offset: u16,
    head: u16,
}

impl KeyPlace {
    /// Place of the model that points.
    #[inline]
    pub(crate) const fn source(self) -> usize {
        self.source as usize
    }

    /// Place of the model pointed at.
    #[inline]
    pub(crate) const fn target(self) -> usize {
        self.target as usize
    }

    /// Offset in the source's records: target word, then position word for a foreign key.
    #[inline]
    pub(crate) const fn offset(self) -> usize {
        self.offset as usize
    }

    /// Offset of the head in the target's records.
    #[inline]
    pub(crate) const fn head(self) -> usize {
        self.head as usize
    }
}

/// Where the two lists of a link lie in the key records; the same one twice where the relation is symmetrical.
#[derive(Clone, Copy, Debug)]
#[expect(unnameable_types, reason = "only hidden methods of sealed traits name it")]
pub struct LinkPlace {
    pub(crate) source: u16,
    pub(crate) target: u16,
    pub(crate) source_head: u16,
    pub(crate) target_head: u16,
}

impl LinkPlace {
    /// Whether both ends are one.
    #[inline]
    pub(crate) const fn is_symmetrical(self) -> bool {
        self.source == self.target && self.source_head == self.target_head
    }

    /// Offset of the head of one end's list.
    #[inline]
    pub(crate) const fn head(self, side: Side) -> usize {
        match side {
            Side::Source => self.source_head as usize,
            Side::Target => self.target_head as usize,
        }
    }
}

const fn key_count(entry: &ModelEntry) -> usize {
    entry.targets.len() - 2 * entry.descriptor.links.len()
}

/// Words of a key in its row's record, and of the head at its target.
const fn key_words(entry: &ModelEntry, ordinal: usize) -> (usize, usize) {
    let (fields, mut field, mut seen) = (entry.descriptor.fields, 0, 0);
    while field < fields.len() {
        if let FieldKind::Key(key) = &fields[field].kind {
            if seen == ordinal {
                return match key.cardinality {
                    Cardinality::ManyToOne => (2, HEAD),
                    Cardinality::OneToOne => (1, 1),
                };
            }
            seen += 1;
        }
        field += 1;
    }
    (0, 0)
}

/// Offset of a key in its row's record: target word, then position word for a foreign key. O(fields × ordinal).
const fn key_offset(entry: &ModelEntry, ordinal: usize) -> usize {
    let (mut offset, mut earlier) = (GENERATION + 1, 0);
    while earlier < ordinal {
        offset += key_words(entry, earlier).0;
        earlier += 1;
    }
    offset
}

/// Offset of the head of a key's reverse set in its target's record; `key` is model and ordinal. O(fields of the schema).
const fn key_head(entries: &[ModelEntry], key: (usize, usize)) -> usize {
    let target = entries[key.0].targets[key.1];
    let mut head = key_offset(&entries[target as usize], key_count(&entries[target as usize]));
    let mut model = 0;
    while model <= key.0 {
        let count = if model == key.0 { key.1 } else { key_count(&entries[model]) };
        let mut ordinal = 0;
        while ordinal < count {
            if entries[model].targets[ordinal] == target {
                head += key_words(&entries[model], ordinal).1;
            }
            ordinal += 1;
        }
        model += 1;
    }
    head
}

/// Offset of the head of one end's list, if the store keeps the links; `link` is model and ordinal. O(fields of the schema).
const fn link_head(entries: &[ModelEntry], link: (usize, usize), side: Side) -> usize {
    let is_source = matches!(side, Side::Source) || is_symmetrical(entries, link);
    let owner = if is_source { link.0 } else { link_target(entries, link) };
    let mut head = key_offset(&entries[owner], key_count(&entries[owner]));
    let mut model = 0;
    while model < entries.len() {
        let mut ordinal = 0;
        while ordinal < key_count(&entries[model]) {
            if entries[model].targets[ordinal] as usize == owner {
                head += key_words(&entries[model], ordinal).1;
            }
            ordinal += 1;
        }
        model += 1;
    }
    model = 0;
    while model <= link.0 {
        let count = if model == link.0 { link.1 } else { entries[model].descriptor.links.len() };
        let mut ordinal = 0;
        while ordinal < count {
            let one = (model, ordinal);
            let is_kept = !matches!(entries[model].descriptor.links[ordinal].kind, LinkKind::Through { .. });
            if is_kept && model == owner {
                head += HEAD;
            }
            if is_kept && !is_symmetrical(entries, one) && link_target(entries, one) == owner {
                head += HEAD;
            }
            ordinal += 1;
        }
        model += 1;
    }
    // Where a model is linked with itself, the target's list follows the source's.
    if !is_source && owner == link.0 { head + HEAD } else { head }
}

const fn is_symmetrical(entries: &[ModelEntry], link: (usize, usize)) -> bool {
    matches!(entries[link.0].descriptor.links[link.1].kind, LinkKind::Symmetrical)
}

const fn link_target(entries: &[ModelEntry], link: (usize, usize)) -> usize {
    entries[link.0].targets[key_count(&entries[link.0]) + 2 * link.1] as usize
}

/// The place of a model's first key among the relations of the schema. O(models), at compile time.
pub(crate) const fn first_relation(entries: &[ModelEntry], model: usize) -> u16 {
    let (mut relations, mut earlier) = (0, 0);
    while earlier < model {
        relations += key_count(&entries[earlier]);
        earlier += 1;
    }
    relations as u16
}

/// Places of a model's keys. O(fields of the schema × keys), at compile time.
pub(crate) const fn key_places(entries: &[ModelEntry], model: usize) -> [KeyPlace; TABLED] {
    let (mut places, mut ordinal) = ([KeyPlace { source: 0, target: 0, offset: 0, head: 0 }; TABLED], 0);
    while ordinal < TABLED && ordinal < key_count(&entries[model]) {
        places[ordinal] = key_place(entries, (model, ordinal));
        ordinal += 1;
    }
    places
}

/// Where a key lies; `key` is model and ordinal. O(fields of the schema).
pub(crate) const fn key_place(entries: &[ModelEntry], key: (usize, usize)) -> KeyPlace {
    KeyPlace {
        source: key.0 as u16,
        target: entries[key.0].targets[key.1],
        offset: key_offset(&entries[key.0], key.1) as u16,
        head: key_head(entries, key) as u16,
    }
}

/// Places of a model's links. O(fields of the schema × links), at compile time.
pub(crate) const fn link_places(entries: &[ModelEntry], model: usize) -> [LinkPlace; TABLED] {
    let (mut places, mut ordinal) = ([LinkPlace { source: 0, target: 0, source_head: 0, target_head: 0 }; TABLED], 0);
    while ordinal < TABLED && ordinal < entries[model].descriptor.links.len() {
        places[ordinal] = link_place(entries, (model, ordinal));
        ordinal += 1;
    }
    places
}

/// Where the lists of a link lie; `link` is model and ordinal. Of no meaning where the links are rows of a through model.
/// O(fields of the schema).
pub(crate) const fn link_place(entries: &[ModelEntry], link: (usize, usize)) -> LinkPlace {
    LinkPlace {
        source: link.0 as u16,
        target: link_target(entries, link) as u16,
        source_head: link_head(entries, link, Side::Source) as u16,
        target_head: link_head(entries, link, Side::Target) as u16,
    }
}

/// The place of a model's first link among those of the schema. O(models), at compile time.
pub(crate) const fn first_link(entries: &[ModelEntry], model: usize) -> usize {
    let (mut links, mut earlier) = (0, 0);
    while earlier < model {
        links += entries[earlier].descriptor.links.len();
        earlier += 1;
    }
    links
}
