//! Queries: typed questions about the rows of a model, on top of the view.
//!
//! A query is data until it is asked: filters, annotations, groups, orders. Typed queries and those by name are the same
//! data with other closures at the leaves, resolved (`joins`, `bound`) and run (`run`) by the same code. Absent here: any
//! write; `update_matching` and `delete_matching` are statements of the store.

mod access;
mod accumulate;
mod aggregate;
mod asked;
mod bindings;
mod bound;
mod comparison;
mod condition;
mod count_back;
mod explain;
mod extreme;
mod few;
mod found;
mod grouped;
mod joined;
mod joins;
mod literal;
mod lookup;
mod matches;
mod memory;
mod named;
mod named_path;
mod named_tree;
mod order;
mod path;
mod related;
mod results;
mod run;
mod serve;
mod shortcut;
mod tree;
mod tried;
mod tuples;
mod walk;

pub use aggregate::{Aggregate, AggregateKind, average, count, count_distinct, max, min, sum, sum_float};
pub use condition::{Compare, Condition, Quantify};
pub use explain::{Explanation, Way};
pub use found::Nulls;
pub use grouped::Grouped;
pub use literal::{Literal, TextValue};
pub use lookup::{Lookup, NamedAggregate, NamedCondition, NamedOperand, NamedOrder};
pub use matches::Matches;
pub use named::NamedQuery;
pub use order::{Order, OrderKey, Ordered};
pub use path::{Operand, Path, RowOf};
pub use tuples::{Aggregates, Column, Columns};

use alloc::boxed::Box;
use core::marker::PhantomData;

use self::few::Few;
use self::found::SortKey;
use self::run::Part;
use self::tree::Tree;
use crate::id::Id;
use crate::model::Model;
use crate::table::{Has, Schema};
use crate::view::View;

/// A question about the rows of model `M`: made by [`View::query`] and [`View::all`].
///
/// Nothing is read before a method such as [`rows`](Self::rows), [`count`](Self::count) or [`values`](Self::values) asks for the results.
/// Rows come in slot order unless an order is given.
#[must_use = "a query reads nothing until its results are asked for"]
pub struct Query<'q, S, M> {
    view: &'q View<S>,
    parts: Few<Part<'q, S>>,
    order: Few<SortKey<'q, S>>,
    is_distinct: bool,
    offset: usize,
    /// Results at most; all ones without a limit.
    limit: usize,
    model: PhantomData<fn(M)>,
}

impl<S: Schema> View<S> {
    /// The rows of a model that satisfy a condition. O(1) until asked.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Book { title: String, pages: u32 }
    /// # #[derive(Schema)] struct Library { books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// for (title, pages) in [("Solaris", 204), ("Eden", 276), ("Fiasco", 322)] {
    ///     db.insert(Book { title: title.into(), pages })?;
    /// }
    /// let long = db.query(Book::PAGES.gt(250)).order_by(Book::TITLE.desc());
    /// assert_eq!(long.values((Book::TITLE,)), [("Fiasco".into(),), ("Eden".into(),)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn query<'q, M: Model>(&'q self, condition: Condition<'q, S, M>) -> Query<'q, S, M>
    where
        S: Has<M>,
    {
        Query::new(self, Few::one(Part::Filter(condition.tree)))
    }

    /// All rows of a model, to be filtered, ordered, aggregated. O(1) until asked.
    pub fn all<M: Model>(&self) -> Query<'_, S, M>
    where
        S: Has<M>,
    {
        Query::new(self, Few::NONE)
    }
}

impl<'q, S, M> Query<'q, S, M> {
    #[inline]
    fn new(view: &'q View<S>, parts: Few<Part<'q, S>>) -> Self {
        Self { view, parts, order: Few::NONE, is_distinct: false, offset: 0, limit: usize::MAX, model: PhantomData }
    }
}

impl<'q, S: Has<M>, M: Model> Query<'q, S, M> {
    /// Those that satisfy a condition (Django's `filter`).
    ///
    /// Along a path over several rows one call asks for *some related row that satisfies all of these*, and a row is a
    /// result once for each related row that does ([`distinct`](Self::distinct) makes them one). Another call asks anew, perhaps of
    /// another related row. Inside `not`, each condition by itself means that there is no such row.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Model, Clone)] struct Book { pages: u32, stars: u32,
    /// #     #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
    /// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// let lem = db.insert(Author { name: "Lem".into() })?;
    /// db.insert_many([(90, 5), (300, 2)].map(|(pages, stars)| Book { pages, stars, author: lem }))?;
    /// let (pages, stars) = (Author::BOOKS.then(Book::PAGES), Author::BOOKS.then(Book::STARS));
    /// // No book is long and good ...
    /// assert!(!db.query(pages.clone().gt(200).and(stars.clone().gt(4))).exists());
    /// // ... but one is long, and one is good.
    /// assert!(db.query(pages.gt(200)).filter(stars.gt(4)).exists());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn filter(mut self, condition: Condition<'q, S, M>) -> Self {
        self.parts.push(Part::Filter(condition.tree));
        self
    }

    /// Those that do not satisfy a condition (Django's `exclude`): `filter` of its negation.
    pub fn exclude(mut self, condition: Condition<'q, S, M>) -> Self {
        self.parts.push(Part::Filter(Tree::Not(Box::new(condition.tree))));
        self
    }

    /// Orders the results by a key or a tuple of keys; a later call replaces an earlier one. What compares equal stays in
    /// slot order.
    pub fn order_by(mut self, order: impl Order<'q, S, M>) -> Self {
        self.order = order.keys();
        self
    }

    /// Turns the order round; without one, by id.
    pub fn reverse(mut self) -> Self {
        if self.order.as_slice().is_empty() {
            self.order = Path::<M, M, Id<M>>::rows().asc().into_keys();
        }
        for key in self.order.as_mut_slice() {
            key.is_descending = !key.is_descending;
            key.nulls = if key.nulls == Nulls::First { Nulls::Last } else { Nulls::First };
        }
        self
    }

    /// Each row once, or each tuple of values once.
    pub fn distinct(mut self) -> Self {
        self.is_distinct = true;
        self
    }

    /// At most this many results.
    pub fn limit(mut self, results: usize) -> Self {
        self.limit = self.limit.min(results);
        self
    }

    /// Without this many at the beginning, which do not count for the limit.
    pub fn offset(mut self, results: usize) -> Self {
        self.offset += results;
        self
    }
}
