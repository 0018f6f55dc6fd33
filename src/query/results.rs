//! Asking a query for its results.

use alloc::vec::Vec;
use core::hash::Hash;

use foldhash::fast::FixedState;
use indexmap::IndexSet;

use super::Query;
use super::asked::Asked;
use super::explain::Explanation;
use super::extreme::extremes;
use super::few::Few;
use super::grouped::Grouped;
use super::matches::Matches;
use super::run::Part;
use super::tuples::{Aggregates, Columns, read_in_blocks};
use crate::error::Error;
use crate::id::Id;
use crate::model::Model;
use crate::table::Has;
use crate::view::Row;

pub(super) const IN_SCHEMA: &str = "a path of a typed query goes over models of the schema that is asked";

impl<'q, S: Has<M>, M: Model> Query<'q, S, M> {
    /// The rows, lazily where no order, grouping or path over several rows is involved. O(rows tried); with an order
    /// O(results × log).
    ///
    /// # Panics
    ///
    /// If a path goes over a model that has no table in this schema; so do all methods that ask for results.
    pub fn rows(self) -> Matches<'q, S, M> {
        match self.shortcut() {
            Some(slots) => Matches::found(self.view, slots),
            None => self.ask().into_rows(),
        }
    }

    /// The ids of the rows, as owned data: ends the borrow, so that the store can be written. As [`rows`](Self::rows).
    pub fn ids(self) -> Vec<Id<M>> {
        let mut ids = Vec::new();
        // Not collected: an iterator asked for one after the other does not know that all are wanted.
        self.rows().for_each(|row| ids.push(row.id()));
        ids
    }

    /// The first row, by id if there is no order. As [`rows`](Self::rows), as far as needed.
    pub fn first(self) -> Option<Row<'q, S, M>> {
        // By reference, since what was just written is slow to move.
        if let Some(slots) = &mut self.few() {
            let slot = slots.nth(self.offset).filter(|_| self.limit > 0);
            return slot.map(|slot| Row::at(self.view, slot));
        }
        self.limit(1).rows().next()
    }

    /// The last row, by id if there is no order. As [`rows`](Self::rows), from the end as far as needed.
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
        if (self.offset, self.limit) != (0, usize::MAX) {
            return self.rows().last();
        }
        if !self.order.as_slice().is_empty() {
            return self.reverse().first();
        }
        let mut asked = self.ask();
        if asked.is_walk() {
            asked.last(S::MODEL).map(|slot| Row::at(asked.view, slot))
        } else {
            asked.into_rows().last()
        }
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

    /// How many results there are, repetitions included. O(rows tried); of one comparison along keys that lead to fewer
    /// rows O(those), since each knows how many point at it.
    pub fn count(mut self) -> usize {
        self.order = Few::NONE;
        if let Some(counted) = self.count_back() {
            return counted.results;
        }
        if let Some(matches) = self.shortcut() {
            return matches.count();
        }
        let mut asked = self.ask();
        asked.count(S::MODEL).unwrap_or_else(|| asked.into_rows().count())
    }

    /// Counts the results, and tells how: as [`explain`](Self::explain), but for [`count`](Self::count), which may need no
    /// rows.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # use relarena::query::Way;
    /// # #[derive(Model, Clone)] struct Author { born: u32 }
    /// # #[derive(Model, Clone)] struct Book { #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
    /// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// for born in [1921, 1929] {
    ///     let author = db.insert(Author { born })?;
    ///     db.insert_many((0..30).map(|_| Book { author }))?;
    /// }
    /// let explained = db.query(Book::AUTHOR.then(Author::BORN).lt(1925)).explain_count();
    /// assert_eq!(explained.way, Way::Lists { model: "Author" });
    /// assert_eq!((explained.touched_rows, explained.results), (2, 30));
    /// assert_eq!(explained.to_string(), "Book by the lengths of lists at Author: 2 rows to try, 2 touched, 30 results");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn explain_count(mut self) -> Explanation {
        self.order = Few::NONE;
        match self.count_back() {
            Some(counted) => counted,
            None => self.explain(),
        }
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
        let (found, results) = asked.run(S::MODEL);
        let mut values = Vec::with_capacity(results.len());
        let take = |_: &[usize], block: Vec<C::Output>| values.extend(block);
        read_in_blocks::<S, M, C>(asked.view, (&places, &readers), (&found, &results), take);
        values
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
        let (found, results) = asked.run(S::MODEL);
        let answer =
            |result: usize| (asked.view.id_at(found.binding(result)[0]), A::convert(&converters, found.values(result)));
        results.into_iter().map(answer).collect()
    }

    /// As [`each`](Self::each), in the order of a key that is computed from the aggregates, and of that the slice that
    /// [`limit`](Self::limit) and [`offset`](Self::offset) ask for. What has equal keys stays in the query's order. O(rows × log).
    ///
    /// ```
    /// # use core::cmp::Reverse;
    /// # use relarena::prelude::*;
    /// # use relarena::query::count;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Model, Clone)] struct Book { #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
    /// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// let (lem, verne) = (db.insert(Author { name: "Lem".into() })?, db.insert(Author { name: "Verne".into() })?);
    /// db.insert_many([lem, verne, verne].map(|author| Book { author }))?;
    /// let most = db.all::<Author>().limit(1).each_by((count(Author::BOOKS),), |(books,)| Reverse(*books));
    /// assert_eq!(most, [(verne, (2,))]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn each_by<A: Aggregates<'q, S, M>, K: Ord>(
        mut self,
        aggregates: A,
        key: impl FnMut(&A::Output) -> K,
    ) -> Vec<(Id<M>, A::Output)> {
        let slice = (core::mem::take(&mut self.offset), core::mem::replace(&mut self.limit, usize::MAX));
        sorted(self.each(aggregates), key, slice)
    }

    /// Aggregates over all results. O(rows tried); the least and the greatest of a field with an ordered index, of all rows
    /// or of those of one comparison of that field, O(log rows).
    ///
    /// # Panics
    ///
    /// As [`rows`](Self::rows).
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
        if (self.offset, self.limit) == (0, usize::MAX)
            && let Some(values) = extremes(self.view, S::MODEL, self.parts.as_slice(), &computations)
        {
            return A::convert(&converters, &values);
        }
        let mut asked = self.ask();
        let slice = (asked.offset, asked.limit);
        A::convert(&converters, &asked.aggregated(S::MODEL, computations, slice).expect(IN_SCHEMA))
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
        asked.plan.count_exactly();
        let (_, results) = asked.run(S::MODEL);
        asked.explained(S::MODEL, results.len())
    }

    pub(super) fn ask(self) -> Asked<'q, S> {
        let slice = (self.is_distinct, self.offset, self.limit);
        Asked::new(self.view, S::MODEL, self.parts.into_vec(), self.order.into_vec(), slice).expect(IN_SCHEMA)
    }
}

/// Results by a key of their aggregates, sliced.
pub(super) fn sorted<T, A, K: Ord>(
    mut results: Vec<(T, A)>,
    mut key: impl FnMut(&A) -> K,
    (offset, limit): (usize, usize),
) -> Vec<(T, A)> {
    results.sort_by_key(|(_, aggregates)| key(aggregates));
    results.truncate(limit.saturating_add(offset));
    results.drain(..offset.min(results.len()));
    results
}

fn in_order<M>(mut ids: Vec<Id<M>>) -> Vec<Id<M>> {
    ids.sort_unstable();
    ids.dedup();
    ids
}
