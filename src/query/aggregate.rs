//! Aggregates: what is computed over the bindings of a row, of a group, or of everything.
//!
//! They work on [`Value`]s, for typed queries too: whoever asks for a sum asks once for each group, not once for each row.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::marker::PhantomData;

use super::accumulate::{Counted, Measure, Valued};
use super::bound::Bound;
use super::condition::Condition;
use super::joins::Located;
use super::path::{Hop, Leaf, Operand, Path};
use super::tree::Tree;
use crate::id::RowKey;
use crate::model::Model;
use crate::table::{Has, Schema};
use crate::value::{FieldValue, Value};
use crate::view::View;

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregateKind {
    /// How many values there are; over a relation how many related rows.
    Count,
    /// Their sum; null over none.
    Sum,
    /// Their average; null over none.
    Average,
    /// The least; null over none.
    Min,
    /// The greatest; null over none.
    Max,
}

/// Reads the value that a path leads to.
pub(crate) type Read<'q, S> = Box<dyn Fn(&View<S>, Option<u32>) -> Value + 'q>;

/// An aggregate before its hops are resolved.
#[expect(unnameable_types, reason = "only the query engine looks inside")]
pub struct Computation<'q, S> {
    pub(crate) kind: AggregateKind,
    pub(crate) hops: Vec<Hop>,
    pub(crate) measure: Box<dyn Measure<S> + 'q>,
    /// The annotation that is measured instead of what a path leads to.
    pub(crate) annotation: Option<usize>,
    pub(crate) is_distinct: bool,
    pub(crate) filter: Option<Tree<'q, S>>,
}

/// An aggregate with its paths found in the query's bindings.
pub(crate) struct BoundComputation<'q, S> {
    pub(crate) kind: AggregateKind,
    pub(crate) at: Located,
    pub(crate) measure: Box<dyn Measure<S> + 'q>,
    pub(crate) annotation: Option<usize>,
    pub(crate) is_distinct: bool,
    pub(crate) filter: Option<Bound<'q, S>>,
}

/// A typed aggregate over rows of model `M`, whose result is an `A`: made by [`count`], [`sum`], [`average`], [`min`], [`max`].
pub struct Aggregate<'q, S, M, A> {
    pub(crate) computation: Computation<'q, S>,
    pub(crate) convert: fn(Value) -> A,
    model: PhantomData<fn(M)>,
}

impl<'q, S: Schema, M: Model, A> Aggregate<'q, S, M, A> {
    fn new<L, V, F: Measure<S> + 'q>(
        kind: AggregateKind,
        path: Path<M, L, V>,
        convert: fn(Value) -> A,
        measure: fn(Leaf<L, V>) -> F,
    ) -> Self {
        let Path { hops, leaf, .. } = path;
        let measure = Box::new(measure(leaf));
        let computation = Computation { kind, hops, measure, annotation: None, is_distinct: false, filter: None };
        Self { computation, convert, model: PhantomData }
    }

    /// Over different values only: each counts once. O(1).
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.computation.is_distinct = true;
        self
    }

    /// Over the bindings that satisfy a condition only. O(1).
    #[must_use]
    pub fn filter(mut self, condition: Condition<'q, S, M>) -> Self {
        self.computation.filter = Some(condition.tree);
        self
    }
}

/// How many values there are that are not null; of a relation, how many related rows.
///
/// ```
/// use relarena::prelude::*;
/// use relarena::query::{count, sum};
///
/// #[derive(Model, Clone)]
/// struct Author { name: String }
/// #[derive(Model, Clone)]
/// struct Book { pages: u32, #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
/// #[derive(Schema)]
/// struct Library { authors: Table<Author>, books: Table<Book> }
///
/// let mut db = Store::<Library>::new();
/// let author = db.insert(Author { name: "Lem".into() })?;
/// db.insert_many([90, 300].map(|pages| Book { pages, author }))?;
/// let totals = db.all::<Author>().each((count(Author::BOOKS), sum(Author::BOOKS.then(Book::PAGES))));
/// assert_eq!(totals, [(author, (2, Some(390)))]);
/// # Ok::<(), Error>(())
/// ```
pub fn count<'q, S, O: Operand>(operand: O) -> Aggregate<'q, S, O::Root, usize>
where
    S: Has<O::Leaf>,
{
    Aggregate::new(AggregateKind::Count, operand.path(), count_of, Counted)
}

/// How many different values there are that are not null.
pub fn count_distinct<'q, S, O: Operand>(operand: O) -> Aggregate<'q, S, O::Root, usize>
where
    S: Has<O::Leaf>,
    O::Value: FieldValue,
{
    Aggregate::new(AggregateKind::Count, operand.path(), count_of, Valued).distinct()
}

/// The sum of whole numbers; none over no values.
pub fn sum<'q, S, O: Operand>(operand: O) -> Aggregate<'q, S, O::Root, Option<i128>>
where
    S: Has<O::Leaf>,
    O::Value: FieldValue,
{
    let convert = |value| if let Value::Int(sum) = value { Some(sum) } else { None };
    Aggregate::new(AggregateKind::Sum, operand.path(), convert, Valued)
}

/// The sum of numbers as a float; none over no values.
pub fn sum_float<'q, S, O: Operand>(operand: O) -> Aggregate<'q, S, O::Root, Option<f64>>
where
    S: Has<O::Leaf>,
    O::Value: FieldValue,
{
    Aggregate::new(AggregateKind::Sum, operand.path(), |value| number(&value), Valued)
}

/// The average of numbers; none over no values.
pub fn average<'q, S, O: Operand>(operand: O) -> Aggregate<'q, S, O::Root, Option<f64>>
where
    S: Has<O::Leaf>,
    O::Value: FieldValue,
{
    Aggregate::new(AggregateKind::Average, operand.path(), |value| number(&value), Valued)
}

/// The least value; none over no values.
pub fn min<'q, S, O: Operand>(operand: O) -> Aggregate<'q, S, O::Root, Option<O::Value>>
where
    S: Has<O::Leaf>,
    O::Value: FieldValue,
{
    Aggregate::new(AggregateKind::Min, operand.path(), |value| O::Value::from_value(value).ok(), Valued)
}

/// The greatest value; none over no values.
pub fn max<'q, S, O: Operand>(operand: O) -> Aggregate<'q, S, O::Root, Option<O::Value>>
where
    S: Has<O::Leaf>,
    O::Value: FieldValue,
{
    Aggregate::new(AggregateKind::Max, operand.path(), |value| O::Value::from_value(value).ok(), Valued)
}

#[expect(clippy::needless_pass_by_value, reason = "converters of other aggregates take the value apart")]
fn count_of(value: Value) -> usize {
    match value {
        Value::Int(count) => usize::try_from(count).expect("a count of bindings is no more than the memory holds"),
        _ => 0,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "an average of whole numbers is a float")]
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Values in the order of `order_by`: null apart, false before true, texts by code point, rows by id, kinds among
/// themselves as they are listed in [`Value`]; a whole number and a float by their size.
pub(crate) fn order(one: &Value, other: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Float(_) => 2,
        Value::Text(_) => 3,
        Value::Key(_) => 4,
    };
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Int(one), Value::Int(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Key(one), Value::Key(other)) => row_order(*one).cmp(&row_order(*other)),
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            let (one, other) = (number(one).unwrap_or_default(), number(other).unwrap_or_default());
            // `-0.0` and `0.0` are the same value, as a field's own comparison says.
            one.partial_cmp(&other).unwrap_or_else(|| one.total_cmp(&other))
        }
        _ => rank(one).cmp(&rank(other)),
    }
}

fn row_order(row: RowKey) -> (usize, u32, u32) {
    (row.model_index(), row.raw().slot(), row.raw().generation())
}

/// A value as a key of a sorted map.
#[derive(Clone)]
pub(crate) struct Sorted(pub(crate) Value);

impl PartialEq for Sorted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Sorted {}
impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> Ordering {
        order(&self.0, &other.0)
    }
}
