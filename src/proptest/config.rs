//! What generated stores and programs are like.

use alloc::collections::BTreeMap;
use core::ops::RangeInclusive;

use crate::operation::Name;

/// How the rows of a model are spread over the rows that a key, or the links of a relation, may lead to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// All alike.
    #[default]
    Uniform,
    /// Few have many, many have few.
    Skewed,
    /// Nearly all lead to one.
    Hub,
    /// Each leads to the one before it.
    Chain,
    /// Where there is a choice, to a row that is reached in another way already.
    Diamond,
}

/// What [`any_store`](super::any_store) makes. The default: up to 12 rows of a model, a quarter of what may be null is null,
/// keys and links evenly spread, up to 3 links from a row.
///
/// ```
/// use relarena::proptest::{Shape, StoreConfig};
///
/// let config = StoreConfig::default()
///     .rows(1..=20)
///     .rows_of("Book", 50..=100)
///     .null_rate(0.5)
///     .shape_of("Book", "author", Shape::Skewed);
/// # let _ = config;
/// ```
#[derive(Clone, Debug)]
pub struct StoreConfig {
    pub(super) rows: RangeInclusive<usize>,
    pub(super) rows_of: BTreeMap<Name, RangeInclusive<usize>>,
    pub(super) null_rate: f64,
    pub(super) null_rate_of: BTreeMap<(Name, Name), f64>,
    pub(super) shape: Shape,
    pub(super) shape_of: BTreeMap<(Name, Name), Shape>,
    pub(super) links: RangeInclusive<usize>,
    pub(super) links_of: BTreeMap<(Name, Name), RangeInclusive<usize>>,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            rows: 0..=12,
            rows_of: BTreeMap::new(),
            null_rate: 0.25,
            null_rate_of: BTreeMap::new(),
            shape: Shape::Uniform,
            shape_of: BTreeMap::new(),
            links: 0..=3,
            links_of: BTreeMap::new(),
        }
    }
}

impl StoreConfig {
    /// How many rows each model has. There are fewer where rules leave no room for so many.
    ///
    /// # Panics
    ///
    /// If the range is empty.
    #[must_use]
    #[track_caller]
    pub fn rows(mut self, count: RangeInclusive<usize>) -> Self {
        self.rows = filled("rows", count);
        self
    }

    /// How many rows a model has.
    ///
    /// # Panics
    ///
    /// If the range is empty.
    #[must_use]
    #[track_caller]
    pub fn rows_of(mut self, model: impl Into<Name>, count: RangeInclusive<usize>) -> Self {
        self.rows_of.insert(model.into(), filled("rows_of", count));
        self
    }

    /// How often a field or key is null that may be; a field with a strategy of its own follows that one instead.
    ///
    /// # Panics
    ///
    /// Unless the rate is from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn null_rate(mut self, rate: f64) -> Self {
        self.null_rate = checked(rate);
        self
    }

    /// How often a field or key of a model is null.
    ///
    /// # Panics
    ///
    /// Unless the rate is from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn null_rate_of(mut self, model: impl Into<Name>, field: impl Into<Name>, rate: f64) -> Self {
        self.null_rate_of.insert((model.into(), field.into()), checked(rate));
        self
    }

    /// How keys and links are spread.
    #[must_use]
    pub fn shape(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }

    /// How a key, or the links of a many-to-many relation as its declaring model names it, are spread.
    #[must_use]
    pub fn shape_of(mut self, model: impl Into<Name>, relation: impl Into<Name>, shape: Shape) -> Self {
        self.shape_of.insert((model.into(), relation.into()), shape);
        self
    }

    /// How many links lead from a row by each many-to-many relation without a through model.
    ///
    /// # Panics
    ///
    /// If the range is empty.
    #[must_use]
    #[track_caller]
    pub fn links(mut self, count: RangeInclusive<usize>) -> Self {
        self.links = filled("links", count);
        self
    }

    /// How many links lead from a row by a many-to-many relation, as its declaring model names it.
    ///
    /// # Panics
    ///
    /// If the range is empty.
    #[must_use]
    #[track_caller]
    pub fn links_of(mut self, model: impl Into<Name>, relation: impl Into<Name>, count: RangeInclusive<usize>) -> Self {
        self.links_of.insert((model.into(), relation.into()), filled("links_of", count));
        self
    }

    pub(super) fn null_rate_at(&self, model: &'static str, field: &'static str) -> f64 {
        *self.null_rate_of.get(&(Name::Borrowed(model), Name::Borrowed(field))).unwrap_or(&self.null_rate)
    }

    pub(super) fn shape_at(&self, model: &'static str, relation: &'static str) -> Shape {
        *self.shape_of.get(&(Name::Borrowed(model), Name::Borrowed(relation))).unwrap_or(&self.shape)
    }
}

#[track_caller]
fn filled(call: &str, count: RangeInclusive<usize>) -> RangeInclusive<usize> {
    assert!(!count.is_empty(), "`{call}` was given {count:?}, in which there is no number");
    count
}

#[track_caller]
fn checked(rate: f64) -> f64 {
    assert!((0.0..=1.0).contains(&rate), "a rate is from 0 to 1, not {rate}");
    rate
}

/// A kind of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// `Operation::insert`
    Insert,
    /// `Operation::insert_many`
    InsertMany,
    /// `Operation::reserve`, inside transactions
    Reserve,
    /// `Operation::insert_reserved`, inside transactions
    InsertReserved,
    /// `Operation::set`
    Set,
    /// `Operation::update`
    Update,
    /// `Operation::delete`
    Delete,
    /// `Operation::delete_many`
    DeleteMany,
    /// `Operation::delete_where`
    DeleteWhere,
    /// `Operation::links(Verb::Link, ...)`
    Link,
    /// `Operation::links(Verb::Unlink, ...)`
    Unlink,
    /// `Operation::links(Verb::Set, ...)`
    SetLinks,
    /// `Operation::links(Verb::Clear, ...)`
    ClearLinks,
    /// `Operation::replace`
    Replace,
    /// `Operation::swap`
    Swap,
    /// `Operation::set_substitute`
    SetSubstitute,
    /// `Operation::transaction`
    Transaction,
}

/// All kinds with the weights they have by default.
const WEIGHTS: [(Kind, u32); 17] = [
    (Kind::Insert, 30),
    (Kind::InsertMany, 4),
    (Kind::Reserve, 4),
    (Kind::InsertReserved, 6),
    (Kind::Set, 12),
    (Kind::Update, 8),
    (Kind::Delete, 14),
    (Kind::DeleteMany, 4),
    (Kind::DeleteWhere, 2),
    (Kind::Link, 10),
    (Kind::Unlink, 5),
    (Kind::SetLinks, 4),
    (Kind::ClearLinks, 2),
    (Kind::Replace, 2),
    (Kind::Swap, 2),
    (Kind::SetSubstitute, 4),
    (Kind::Transaction, 8),
];

/// What [`any_operations`](super::any_operations) makes. The default: up to 40 operations, transactions in transactions up to 3
/// deep, of which a quarter rolls back, one operation in ten is refused by a rule, and every row that is named is living.
///
/// ```
/// use relarena::proptest::{Kind, OperationsConfig};
///
/// let config = OperationsConfig::default()
///     .length(1..=20)
///     .only(&[Kind::Insert, Kind::Update, Kind::Delete, Kind::Transaction])
///     .weight(Kind::Delete, 40)
///     .refused_rate(0.0);
/// # let _ = config;
/// ```
#[derive(Clone, Debug)]
pub struct OperationsConfig {
    pub(super) length: RangeInclusive<usize>,
    pub(super) weights: BTreeMap<Kind, u32>,
    pub(super) weights_of: BTreeMap<Name, u32>,
    pub(super) null_rate: f64,
    pub(super) refused_rate: f64,
    pub(super) gone_rate: f64,
    pub(super) rollback_rate: f64,
    pub(super) depth: usize,
    pub(super) as_drawn: bool,
}

impl Default for OperationsConfig {
    fn default() -> Self {
        Self {
            length: 0..=40,
            weights: WEIGHTS.into_iter().collect(),
            weights_of: BTreeMap::new(),
            null_rate: 0.25,
            refused_rate: 0.1,
            gone_rate: 0.0,
            rollback_rate: 0.25,
            depth: 3,
            as_drawn: false,
        }
    }
}

impl OperationsConfig {
    /// How many operations there are, those inside transactions included.
    ///
    /// # Panics
    ///
    /// If the range is empty.
    #[must_use]
    #[track_caller]
    pub fn length(mut self, count: RangeInclusive<usize>) -> Self {
        self.length = filled("length", count);
        self
    }

    /// How often an operation is of this kind, beside the weights of the others; never for 0.
    #[must_use]
    pub fn weight(mut self, kind: Kind, weight: u32) -> Self {
        self.weights.insert(kind, weight);
        self
    }

    /// How often an operation is about rows of this model, beside 10 for each of the others; never for 0.
    #[must_use]
    pub fn weight_of(mut self, model: impl Into<Name>, weight: u32) -> Self {
        self.weights_of.insert(model.into(), weight);
        self
    }

    /// Whether one of these kinds may occur.
    pub(super) fn weighs(&self, kinds: &[Kind]) -> bool {
        kinds.iter().any(|kind| self.weights.get(kind).is_some_and(|weight| *weight > 0))
    }

    /// Operations of these kinds only, with the weights that they have.
    #[must_use]
    pub fn only(mut self, kinds: &[Kind]) -> Self {
        self.weights.retain(|kind, _| kinds.contains(kind));
        self
    }

    /// How often a field or key is null that may be.
    ///
    /// # Panics
    ///
    /// Unless the rate is from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn null_rate(mut self, rate: f64) -> Self {
        self.null_rate = checked(rate);
        self
    }

    /// How many of the operations are to be refused, as far as such are found: for a unique rule, a check, an `on_delete`
    /// that protects. The others are chosen so that they succeed.
    ///
    /// # Panics
    ///
    /// Unless the rate is from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn refused_rate(mut self, rate: f64) -> Self {
        self.refused_rate = checked(rate);
        self
    }

    /// Takes every operation as it is drawn, whatever it comes to: longer runs in less time, of which more is refused. Then
    /// [`refused_rate`](Self::refused_rate) says only how often a refusal is looked for.
    #[must_use]
    pub fn as_drawn(mut self) -> Self {
        self.as_drawn = true;
        self
    }

    /// How often a row is named that was deleted before. Such an operation is refused.
    ///
    /// # Panics
    ///
    /// Unless the rate is from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn gone_rate(mut self, rate: f64) -> Self {
        self.gone_rate = checked(rate);
        self
    }

    /// How many of the transactions roll back.
    ///
    /// # Panics
    ///
    /// Unless the rate is from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn rollback_rate(mut self, rate: f64) -> Self {
        self.rollback_rate = checked(rate);
        self
    }

    /// How deep transactions nest.
    #[must_use]
    pub fn depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }
}
