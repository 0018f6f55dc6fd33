//! The schema as data, and where each relation lives in the key records.
//!
//! A key record is `[generation, (target, position) for each foreign key, target for each one-to-one key, heads]`: a head
//! is four words for a reverse set or an adjacency, one for the reverse side of a one-to-one key. Zero is empty; other
//! words hold `slot + 1`. Absent here: rows, tables, any state of a store.

mod family;
pub(crate) mod layout;
mod unknown;
mod validate;

pub use validate::{Message, Pointer, fault, places};

use alloc::vec::Vec;
use foldhash::fast::FixedState;
use indexmap::IndexMap;

pub(crate) use self::layout::{KeyPlace, LinkPlace};
use self::validate::through_key;
use crate::arena::lists::HEAD;
use crate::arena::slots::GENERATION;
use crate::error::{Error, RelationName};
use crate::id::{RawId, RowKey};
use crate::model::{Cardinality, LinkKind, ModelDescriptor, OnDelete};

/// A model of a schema with the places of its relations' targets; written by the derives.
#[derive(Clone, Copy, Debug)]
pub struct ModelEntry {
    /// The model as data.
    pub descriptor: &'static ModelDescriptor,
    /// For each key its target's place; then for each link its target's and its through model's (or `NO_MODEL`).
    pub targets: &'static [u16],
}

/// Stands in [`ModelEntry::targets`] where a link has no through model, and where a model has no table, which [`fault`] refuses.
pub const NO_MODEL: u16 = u16::MAX;

/// Everything a store knows about its schema, readable at run time.
#[derive(Debug)]
pub struct Catalog {
    models: Vec<ModelInfo>,
    relations: Vec<RelationInfo>,
    links: Vec<LinkInfo>,
    by_name: IndexMap<&'static str, usize, FixedState>,
}

/// A model in its schema.
#[derive(Debug)]
pub struct ModelInfo {
    /// The model as data.
    pub descriptor: &'static ModelDescriptor,
    pub(crate) first_relation: usize,
    pub(crate) first_link: usize,
    /// Words of a key record.
    pub(crate) stride: usize,
    /// Relations that point at this model.
    pub(crate) incoming: Vec<usize>,
    /// Offsets of the heads of its reverse sets and adjacencies: all zero where nobody points at a row or is linked with it.
    pub(crate) heads: Vec<HeadPlace>,
    /// Whether a check or unique rule may depend on a key, so that rewriting one must be checked.
    pub(crate) guarded: bool,
    /// Whether a row can be doomed in one way only: through its one cascading key. Others are marked, to be doomed once.
    pub(crate) cascades_once: bool,
    /// Whether a delete of its rows needs no plan: what points at them goes along, in one way each.
    pub(crate) is_tree: bool,
    /// Adjacencies of this model.
    pub(crate) adjacencies: Vec<Adjacency>,
    accessors: IndexMap<&'static str, Accessor, FixedState>,
}

/// Where the rows that point at a row or are linked with it hang on its record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadPlace {
    pub(crate) offset: u16,
    /// Else one word: the source of a one-to-one key.
    pub(crate) is_list: bool,
}

/// One end of a many-to-many relation whose links the store keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Adjacency {
    pub(crate) link: usize,
    pub(crate) side: Side,
    /// Offset of the head in this end's records.
    pub(crate) head: usize,
}

/// An end of a many-to-many relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The model that declares the relation.
    Source,
    /// The other one.
    Target,
}

/// What a name on a model stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Accessor {
    /// A field: its place.
    Field(usize),
    /// The other end of a key: the relation's place in [`Catalog::relations`].
    Referrers(usize),
    /// An end of a many-to-many relation: its place in [`Catalog::links`], and which end the model is.
    Links(usize, Side),
}

/// A foreign key or one-to-one key in its schema.
#[derive(Debug)]
pub struct RelationInfo {
    /// Model and field.
    pub name: RelationName,
    /// Place of the model that points.
    pub source: usize,
    /// Place of the model pointed at.
    pub target: usize,
    /// Place of the field among its model's.
    pub field: usize,
    /// Foreign key or one-to-one.
    pub cardinality: Cardinality,
    /// What happens when the target is deleted.
    pub on_delete: OnDelete,
    /// Whether the key may be null.
    pub nullable: bool,
    /// Name of the other end.
    pub reverse: Option<&'static str>,
    pub(crate) ordinal: usize,
    pub(crate) place: KeyPlace,
}

impl ModelInfo {
    /// Gives back room that nothing more needs: a store keeps its catalog.
    fn shrink(&mut self) {
        self.incoming.shrink_to_fit();
        self.heads.shrink_to_fit();
        self.adjacencies.shrink_to_fit();
        self.accessors.shrink_to_fit();
    }
}

impl RelationInfo {
    #[inline]
    pub(crate) fn is_one_to_one(&self) -> bool {
        self.cardinality == Cardinality::OneToOne
    }
}

/// A many-to-many relation in its schema.
#[derive(Debug)]
pub struct LinkInfo {
    /// Declaring model and link name.
    pub name: RelationName,
    /// Name of the other end.
    pub reverse: Option<&'static str>,
    /// Place of the declaring model.
    pub source: usize,
    /// Place of the other model.
    pub target: usize,
    /// How the links are kept.
    pub storage: LinkStorage,
    pub(crate) place: LinkPlace,
}

/// How a many-to-many relation's links are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkStorage {
    /// By the store, in an adjacency on either end.
    Direct,
    /// By the store, in one adjacency: a pair always in both directions.
    Symmetrical,
    /// As rows of a through model: places of its two keys in [`Catalog::relations`].
    Through {
        /// The key to the declaring model.
        source_key: usize,
        /// The key to the other model.
        target_key: usize,
    },
}

impl LinkInfo {
    /// The through model's place, if the links are its rows. O(1).
    #[cfg(feature = "proptest")]
    pub(crate) fn through_model(&self, catalog: &Catalog) -> Option<usize> {
        match self.storage {
            LinkStorage::Through { source_key, .. } => Some(catalog.relations[source_key].source),
            LinkStorage::Direct | LinkStorage::Symmetrical => None,
        }
    }

    #[inline]
    pub(crate) fn model(&self, side: Side) -> usize {
        match side {
            Side::Source => self.source,
            Side::Target => self.target,
        }
    }
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Source => Self::Target,
            Self::Target => Self::Source,
        }
    }
}

impl Catalog {
    /// Lays the records of a schema out. O(models × models + relations).
    pub(crate) fn new(entries: &[ModelEntry]) -> Self {
        let mut catalog =
            Self { models: Vec::new(), relations: Vec::new(), links: Vec::new(), by_name: IndexMap::default() };
        for (place, entry) in entries.iter().enumerate() {
            catalog.by_name.insert(entry.descriptor.name, place);
            catalog.add_model(place, entry, entries);
        }
        for relation in 0..catalog.relations.len() {
            catalog.place_head(relation);
        }
        for (place, entry) in entries.iter().enumerate() {
            catalog.add_links(place, entry, entries);
        }
        for model in 0..catalog.models.len() {
            catalog.models[model].is_tree = catalog.is_tree(model);
            catalog.models[model].shrink();
        }
        catalog
    }

    /// All models in the order of the schema. O(1).
    pub fn models(&self) -> &[ModelInfo] {
        &self.models
    }

    /// All foreign keys and one-to-one keys, by model and field. O(1).
    pub fn relations(&self) -> &[RelationInfo] {
        &self.relations
    }

    /// All many-to-many relations, by declaring model. O(1).
    pub fn links(&self) -> &[LinkInfo] {
        &self.links
    }

    /// A model's place by its name. O(1) expected.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`].
    pub fn model(&self, name: &str) -> Result<usize, Error> {
        self.by_name.get(name).copied().ok_or_else(|| Error::UnknownModel { name: name.into() })
    }

    /// A key of the model at this place that never names a row. O(1).
    pub fn null_key(&self, model: usize) -> RowKey {
        self.row_key(model, RawId::NULL)
    }

    /// What a name on a model stands for: a field, the reverse side of a key, an end of a many-to-many. O(1) expected.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownField`].
    pub fn accessor(&self, model: usize, name: &str) -> Result<Accessor, Error> {
        let info = &self.models[model];
        let accessor = info.accessors.get(name).copied();
        accessor.ok_or_else(|| self.unknown(model, name))
    }

    /// The field of this name. O(1) expected.
    pub(crate) fn field(&self, model: usize, name: &str) -> Result<usize, Error> {
        match self.accessor(model, name)? {
            Accessor::Field(field) => Ok(field),
            _ => Err(self.unknown(model, name)),
        }
    }

    /// All names on a model with what they stand for: fields first. O(1).
    pub fn accessors(&self, model: usize) -> impl Iterator<Item = (&str, Accessor)> {
        self.models[model].accessors.iter().map(|(name, accessor)| (*name, *accessor))
    }

    /// The key held by a field, if it is one. O(1).
    pub fn relation_of_field(&self, model: usize, field: usize) -> Option<usize> {
        self.keys_of(model).find(|&relation| self.relations[relation].field == field)
    }

    pub(crate) fn keys_of(&self, model: usize) -> core::ops::Range<usize> {
        let end = self.models.get(model + 1).map_or(self.relations.len(), |next| next.first_relation);
        self.models[model].first_relation..end
    }

    pub(crate) fn row_key(&self, model: usize, raw: RawId) -> RowKey {
        RowKey::new(model as u16, self.models[model].descriptor.name, raw)
    }

    fn add_model(&mut self, place: usize, entry: &ModelEntry, entries: &[ModelEntry]) {
        let descriptor = entry.descriptor;
        let (first_relation, mut stride) = (self.relations.len(), GENERATION + 1);
        let mut accessors = IndexMap::default();
        for (field, description) in descriptor.fields.iter().enumerate() {
            accessors.insert(description.name, Accessor::Field(field));
        }
        for (ordinal, (field, description, key)) in descriptor.keys().enumerate() {
            self.relations.push(RelationInfo {
                name: RelationName { model: descriptor.name, field: description.name },
                source: place,
                target: entry.targets[ordinal].into(),
                field,
                cardinality: key.cardinality,
                on_delete: key.on_delete,
                nullable: description.nullable,
                reverse: key.reverse,
                ordinal,
                place: layout::key_place(entries, (place, ordinal)),
            });
            stride += match key.cardinality {
                Cardinality::ManyToOne => 2,
                Cardinality::OneToOne => 1,
            };
        }
        self.models.push(ModelInfo {
            descriptor,
            first_relation,
            first_link: 0,
            stride,
            incoming: Vec::new(),
            heads: Vec::new(),
            cascades_once: descriptor.keys().filter(|(_, _, key)| key.on_delete == OnDelete::Cascade).count() <= 1,
            is_tree: false,
            guarded: descriptor.is_guarded(),
            adjacencies: Vec::new(),
            accessors,
        });
    }

    fn place_head(&mut self, relation: usize) {
        let info = &self.relations[relation];
        let target = &mut self.models[info.target];
        debug_assert_eq!(info.place.head(), target.stride, "heads follow each other in the order of the relations");
        target.stride += if info.is_one_to_one() { 1 } else { HEAD };
        target.incoming.push(relation);
        target.heads.push(HeadPlace { offset: info.place.head() as u16, is_list: !info.is_one_to_one() });
        if let Some(reverse) = info.reverse {
            target.accessors.insert(reverse, Accessor::Referrers(relation));
        }
    }

    fn add_links(&mut self, place: usize, entry: &ModelEntry, entries: &[ModelEntry]) {
        self.models[place].first_link = self.links.len();
        for (ordinal, description) in entry.descriptor.links.iter().enumerate() {
            let (target, link) = (link_target(entry, ordinal), self.links.len());
            let lists = layout::link_place(entries, (place, ordinal));
            let storage = match description.kind {
                LinkKind::Direct => {
                    self.add_adjacency(place, link, Side::Source, lists);
                    self.add_adjacency(target, link, Side::Target, lists);
                    LinkStorage::Direct
                }
                LinkKind::Symmetrical => {
                    self.add_adjacency(place, link, Side::Source, lists);
                    LinkStorage::Symmetrical
                }
                LinkKind::Through { source, target: target_field } => {
                    let through = link_through(entry, ordinal);
                    let first = self.models[through].first_relation;
                    let key = |model, field, last| match through_key(&entries[through], model, field, last) {
                        Some(ordinal) => first + ordinal,
                        None => unreachable!("`fault` has refused the schema at compile time"),
                    };
                    let (source_key, target_key) = (key(place, source, false), key(target, target_field, true));
                    LinkStorage::Through { source_key, target_key }
                }
            };
            self.models[place].accessors.insert(description.name, Accessor::Links(link, Side::Source));
            if let Some(reverse) = description.reverse {
                self.models[target].accessors.insert(reverse, Accessor::Links(link, Side::Target));
            }
            self.links.push(LinkInfo {
                name: RelationName { model: entry.descriptor.name, field: description.name },
                reverse: description.reverse,
                source: place,
                target,
                storage,
                place: lists,
            });
        }
    }

    fn add_adjacency(&mut self, model: usize, link: usize, side: Side, lists: LinkPlace) {
        let (info, head) = (&mut self.models[model], lists.head(side));
        debug_assert_eq!(head, info.stride, "lists follow the heads in the order of the links");
        info.adjacencies.push(Adjacency { link, side, head });
        info.heads.push(HeadPlace { offset: head as u16, is_list: true });
        info.stride += HEAD;
    }

    /// The adjacency of one end of a link that the store keeps. O(1).
    #[inline]
    pub(crate) fn adjacency(&self, link: usize, side: Side) -> Adjacency {
        let info = &self.links[link];
        let side = if info.storage == LinkStorage::Symmetrical { Side::Source } else { side };
        Adjacency { link, side, head: info.place.head(side) }
    }
}

fn link_target(entry: &ModelEntry, ordinal: usize) -> usize {
    let keys = entry.targets.len() - 2 * entry.descriptor.links.len();
    entry.targets[keys + 2 * ordinal].into()
}

fn link_through(entry: &ModelEntry, ordinal: usize) -> usize {
    let keys = entry.targets.len() - 2 * entry.descriptor.links.len();
    entry.targets[keys + 2 * ordinal + 1].into()
}
