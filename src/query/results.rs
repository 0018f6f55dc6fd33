//! Asking a query for its results.

use alloc::vec::Vec;
use core::hash::Hash;

use foldhash::fast::FixedState;
use indexmap::{IndexMap, IndexSet};

use super::Query;
use super::access::{Choice, Explanation, Way, along_index, choose};
use super::aggregate::{Accumulator, BoundComputation, Computation};
use super::joins::Located;
use super::run::{BoundKey, Found, Part, Plan};
use super::tuples::{Aggregates, Columns, slots_at};
use crate::arena::rows::RowsIter;
use crate::error::Error;
use crate::id::Id;
use crate::model::Model;
use crate::table::{Has, Schema};
use crate::view::{Row, View};

/// The rows that a query finds, borrowed from the store.
pub struct Matches<'q, S, M> {
    view: &'q View<S>,
    walk: Walk<'q, S, M>,
    left: usize,
}

enum Walk<'q, S, M> {
    /// Rows are tried one after another, as far as the caller goes.
    Tried(Plan<'q, S>, Candidates<'q, M>),
    Found(alloc::vec::IntoIter<u32>),
}

/// The rows that may be results.
enum Candidates<'q, M> {
    All(RowsIter<'q, M>),
    Chosen(alloc::vec::IntoIter<u32>),
}

impl<M> Iterator for Candidates<'_, M> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match self {
            Self::All(rows) => rows.next().map(|(slot, _)| slot),
            Self::Chosen(slots) => slots.next(),
        }
    }
}

/// A query about to be run: its plan, its order, and which results are asked for.
struct Asked<'q, S> {
    view: &'q View<S>,
    plan: Plan<'q, S>,
    order: Vec<BoundKey<'q, S>>,
    choice: Choice,
    is_distinct: bool,
    offset: usize,
    limit: usize,
}

const IN_SCHEMA: &str = "a path of a typed query goes over models of the schema that is asked";

impl<'q, S: Has<M>, M: Model> Query<'q, S, M> {
    /// The rows, lazily where no order, grouping or path over several rows is involved. O(rows tried); with an order
    /// O(results × log).
    ///
    /// # Panics
    ///
    /// If a path goes over a model that has no table in this schema; so do all methods that ask for results.
    pub fn rows(self) -> Matches<'q, S, M> {
        let (view, mut asked) = (self.view, self.ask());
        if asked.plan.is_plain() && asked.order.is_empty() {
            let candidates = candidates(view, asked.choice.slots);
            let mut matches = Matches { view, walk: Walk::Tried(asked.plan, candidates), left: usize::MAX };
            if asked.offset > 0 {
                matches.nth(asked.offset - 1);
            }
            matches.left = asked.limit;
            return matches;
        }
        let (found, results) = asked.run::<M>();
        let slots: Vec<u32> = results.into_iter().map(|result| found.binding(result)[0]).collect();
        Matches { view, left: slots.len(), walk: Walk::Found(slots.into_iter()) }
    }

    /// The ids of the rows, as owned data: ends the borrow, so that the store can be written. As [`rows`](Self::rows).
    pub fn ids(self) -> Vec<Id<M>> {
        self.rows().map(|row| row.id()).collect()
    }

    /// The first row, by id if there is no order. As [`rows`](Self::rows), as far as needed.
    pub fn first(self) -> Option<Row<'q, S, M>> {
        self.limit(1).rows().next()
    }

    /// The last row, by id if there is no order. As [`rows`](Self::rows).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Book { pages: u32 }
    /// # #[derive(Schema)] struct Library { books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// db.insert_many([90, 300, 200].map(|pages| Book { pages }))?;
    /// let by_pages = || db.all::<Book>().order_by(Book::PAGES.asc());
    /// assert_eq!(by_pages().first().map(|book| book.pages), Some(90));
    /// assert_eq!(by_pages().last().map(|book| book.pages), Some(300));
    /// assert_eq!(db.all::<Book>().last().map(|book| book.pages), Some(200));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn last(self) -> Option<Row<'q, S, M>> {
        if self.offset == 0 && self.limit.is_none() {
            return self.reverse().first();
        }
        self.rows().last()
    }

    /// The only row. As [`rows`](Self::rows), as far as the second.
    ///
    /// # Errors
    ///
    /// [`Error::NoRow`], [`Error::SeveralRows`] (Django's `DoesNotExist`, `MultipleObjectsReturned`).
    pub fn get(self) -> Result<Row<'q, S, M>, Error> {
        let mut rows = self.limit(2).rows();
        match (rows.next(), rows.next()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(Error::NoRow { model: M::DESCRIPTOR.name }),
            (Some(_), Some(_)) => Err(Error::SeveralRows { model: M::DESCRIPTOR.name }),
        }
    }

    /// Whether there is any result. As [`rows`](Self::rows), as far as the first.
    pub fn exists(self) -> bool {
        self.first().is_some()
    }

    /// How many results there are, repetitions included. O(rows tried).
    pub fn count(mut self) -> usize {
        self.order.clear();
        self.rows().count()
    }

    /// Values of columns, one tuple for each result; along a path over several rows one for each of them.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Model, Clone)] struct Book { title: String, #[foreign_key(on_delete = cascade)] author: Id<Author> }
    /// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// let author = db.insert(Author { name: "Lem".into() })?;
    /// db.insert(Book { title: "Eden".into(), author })?;
    /// let found = db.all::<Book>().values((Book::TITLE, Book::AUTHOR.then(Author::NAME)));
    /// assert_eq!(found, [("Eden".to_string(), Some("Lem".to_string()))]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn values<C: Columns<S, M>>(self, columns: C) -> Vec<C::Output> {
        let (hops, readers) = columns.readers();
        let mut asked = self.ask();
        let places = asked.locate(S::MODEL, &hops);
        let (found, results) = asked.run::<M>();
        let mut slots = Vec::new();
        let read = |result: usize| {
            slots_at(asked.view, &places, found.binding(result), &mut slots);
            C::read(&readers, asked.view, &slots)
        };
        results.into_iter().map(read).collect()
    }

    /// Values of columns, each different tuple once, in the order in which they first occur.
    pub fn distinct_values<C: Columns<S, M, Output: Hash + Eq>>(self, columns: C) -> Vec<C::Output> {
        let values: IndexSet<C::Output, FixedState> = self.values(columns).into_iter().collect();
        values.into_iter().collect()
    }

    /// Aggregates for each row of its own (Django's `annotate`), in the query's order.
    ///
    /// The filters before it decide which related rows count. Two relations multiply each other's rows, as in SQL: use
    /// `distinct` then.
    pub fn each<A: Aggregates<'q, S, M>>(mut self, aggregates: A) -> Vec<(Id<M>, A::Output)> {
        let (computations, converters) = aggregates.computations();
        self.parts.push(Part::Annotate(computations));
        let mut asked = self.ask();
        let (found, results) = asked.run::<M>();
        let answer =
            |result: usize| (asked.view.id_at(found.binding(result)[0]), A::convert(&converters, found.values(result)));
        results.into_iter().map(answer).collect()
    }

    /// Aggregates over all results.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # use relarena::query::{average, max};
    /// # #[derive(Model, Clone)] struct Book { pages: u32 }
    /// # #[derive(Schema)] struct Library { books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// db.insert_many([90, 300].map(|pages| Book { pages }))?;
    /// assert_eq!(db.all().aggregate((average(Book::PAGES), max(Book::PAGES))), (Some(195.0), Some(300)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn aggregate<A: Aggregates<'q, S, M>>(self, aggregates: A) -> A::Output {
        let (computations, converters) = aggregates.computations();
        let mut asked = self.ask();
        let computations = asked.bind(S::MODEL, computations);
        let (found, results) = asked.run::<M>();
        A::convert(&converters, &found.fold(asked.view, &results, &computations))
    }

    /// Groups the results by columns, to be aggregated with [`each`](Grouped::each).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # use relarena::query::{count, sum};
    /// # #[derive(Model, Clone)] struct Book { shelf: u8, pages: u32 }
    /// # #[derive(Schema)] struct Library { books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// db.insert_many([(1, 90), (2, 300), (1, 10)].map(|(shelf, pages)| Book { shelf, pages }))?;
    /// let shelves = db.all().group_by((Book::SHELF,)).each((count(Book::PAGES), sum(Book::PAGES)));
    /// assert_eq!(shelves, [((1,), (2, Some(100))), ((2,), (1, Some(300)))]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn group_by<C: Columns<S, M, Output: Hash + Eq>>(self, columns: C) -> Grouped<'q, S, M, C> {
        Grouped { query: self, columns }
    }

    /// The ids of both queries' results, each once, in slot order.
    pub fn union(self, other: Self) -> Vec<Id<M>> {
        let mut ids = self.ids();
        ids.extend(other.ids());
        in_order(ids)
    }

    /// The ids that are results of both queries, each once, in slot order.
    pub fn intersection(self, other: Self) -> Vec<Id<M>> {
        let others = in_order(other.ids());
        in_order(self.ids()).into_iter().filter(|id| others.binary_search(id).is_ok()).collect()
    }

    /// The ids that are results of this query and not of the other, each once, in slot order.
    pub fn difference(self, other: Self) -> Vec<Id<M>> {
        let others = in_order(other.ids());
        in_order(self.ids()).into_iter().filter(|id| others.binary_search(id).is_err()).collect()
    }

    /// Answers the query, and tells how: as data, and as text for people.
    pub fn explain(self) -> Explanation {
        let mut asked = self.ask();
        let tried = asked.choice.slots.as_ref().map_or(asked.view.len::<M>(), Vec::len);
        let (way, relations, touched) = (asked.choice.way.clone(), asked.choice.relations, asked.choice.touched);
        let (_, results) = asked.run::<M>();
        let touched_rows = if matches!(way, Way::Order { .. }) { touched } else { touched + tried };
        Explanation {
            model: M::DESCRIPTOR.name,
            way,
            relations,
            estimated_rows: tried,
            touched_rows,
            results: results.len(),
        }
    }

    fn ask(self) -> Asked<'q, S> {
        let (view, wanted) = (self.view, self.limit.map_or(usize::MAX, |limit| limit.saturating_add(self.offset)));
        let mut choice = choose(view, S::MODEL, &self.parts).expect(IN_SCHEMA);
        let mut plan = Plan::new(view, S::MODEL, self.parts).expect(IN_SCHEMA);
        let mut sort = self.order;
        // Few rows are sorted sooner than an index is walked through for them.
        let few = choice.slots.as_ref().is_some_and(|slots| slots.len() / 8 <= wanted);
        if !few
            && plan.is_plain()
            && let Some(along) = along_index(view, S::MODEL, &sort, wanted, |slot| plan.accepts(view, slot))
        {
            (choice, sort) = (along, Vec::new());
        }
        let order = plan.bind_order(view, S::MODEL, sort).expect(IN_SCHEMA);
        Asked {
            view: self.view,
            plan,
            order,
            choice,
            is_distinct: self.is_distinct,
            offset: self.offset,
            limit: self.limit.unwrap_or(usize::MAX),
        }
    }
}

fn candidates<S: Has<M>, M: Model>(view: &View<S>, slots: Option<Vec<u32>>) -> Candidates<'_, M> {
    slots.map_or_else(|| Candidates::All(view.tables.of().walk()), |slots| Candidates::Chosen(slots.into_iter()))
}

fn in_order<M>(mut ids: Vec<Id<M>>) -> Vec<Id<M>> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl<'q, S: Schema> Asked<'q, S> {
    fn locate(&mut self, model: usize, columns: &[Vec<super::path::Hop>]) -> Vec<Located> {
        columns.iter().map(|hops| self.plan.locate(self.view, model, hops).expect(IN_SCHEMA)).collect()
    }

    fn bind(&mut self, model: usize, computations: Vec<Computation<'q, S>>) -> Vec<BoundComputation<'q, S>> {
        self.plan.bind_computations(self.view, model, computations).expect(IN_SCHEMA)
    }

    /// All results, and which of them are asked for, in their order.
    fn run<M: Model>(&mut self) -> (Found, Vec<usize>)
    where
        S: Has<M>,
    {
        let found = self.plan.run(self.view, candidates::<S, M>(self.view, self.choice.slots.take()));
        let mut results: Vec<usize> = (0..found.count).collect();
        if self.is_distinct {
            let mut seen = IndexSet::<u32, FixedState>::default();
            results.retain(|&result| found.binding(result).first().is_none_or(|&slot| seen.insert(slot)));
        }
        let end = self.offset.saturating_add(self.limit).min(results.len());
        if !self.order.is_empty() {
            let compare =
                |one: &usize, other: &usize| found.compare(self.view, &self.order, *one, *other).then(one.cmp(other));
            if end < results.len() && end > 0 {
                results.select_nth_unstable_by(end - 1, compare);
            }
            results.truncate(end);
            results.sort_unstable_by(compare);
        }
        results.truncate(end);
        results.drain(..self.offset.min(end));
        (found, results)
    }
}

/// A query whose results are grouped.
#[must_use = "a query reads nothing until its results are asked for"]
pub struct Grouped<'q, S, M, C> {
    query: Query<'q, S, M>,
    columns: C,
}

impl<'q, S: Has<M>, M: Model, C: Columns<S, M, Output: Hash + Eq>> Grouped<'q, S, M, C> {
    /// Aggregates for each group, in the order in which groups first occur. O(results).
    pub fn each<A: Aggregates<'q, S, M>>(self, aggregates: A) -> Vec<(C::Output, A::Output)> {
        let (hops, readers) = self.columns.readers();
        let (computations, converters) = aggregates.computations();
        let mut asked = self.query.ask();
        let places = asked.locate(S::MODEL, &hops);
        let computations = asked.bind(S::MODEL, computations);
        let (found, results) = asked.run::<M>();
        let mut groups = IndexMap::<C::Output, Vec<Accumulator>, FixedState>::default();
        let mut slots = Vec::new();
        for result in results {
            let binding = found.binding(result);
            slots_at(asked.view, &places, binding, &mut slots);
            let key = C::read(&readers, asked.view, &slots);
            let group = groups.entry(key).or_insert_with(|| alloc::vec![Accumulator::default(); computations.len()]);
            for (accumulator, computation) in group.iter_mut().zip(&computations) {
                accumulator.add(computation, asked.view, binding, found.values(result));
            }
        }
        let finish = |(key, accumulators): (C::Output, Vec<Accumulator>)| {
            let values: Vec<_> =
                accumulators.into_iter().zip(&computations).map(|(one, by)| one.finish(by.kind)).collect();
            (key, A::convert(&converters, &values))
        };
        groups.into_iter().map(finish).collect()
    }
}

impl<'q, S: Has<M>, M: Model> Iterator for Matches<'q, S, M> {
    type Item = Row<'q, S, M>;

    fn next(&mut self) -> Option<Row<'q, S, M>> {
        if self.left == 0 {
            return None;
        }
        let view = self.view;
        let slot = match &mut self.walk {
            Walk::Tried(plan, candidates) => candidates.find(|&slot| plan.accepts(view, slot)),
            Walk::Found(slots) => slots.next(),
        };
        self.left -= 1;
        slot.map(|slot| Row::at(view, slot))
    }
}
