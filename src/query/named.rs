//! Queries by name: paths and lookups as texts, values as [`Value`]s, run by the engine of the typed ones.
//!
//! Names are resolved when a step is added, so that a query that is built can be run.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::aggregate::{Computation, Read, Sorted};
use super::asked::Asked;
use super::explain::Explanation;
use super::extreme::extremes;
use super::found::{Found, Held, Nulls, SortBy, SortKey, compare_values};
use super::lookup::{NamedAggregate, NamedCondition, NamedOrder, wrong};
use super::named_path::{NamedLeaf, key, read};
use super::run::Part;
use super::tree::Tree;
use crate::error::Error;
use crate::id::RowKey;
use crate::table::Schema;
use crate::value::Value;
use crate::view::View;

/// A query by name: made by [`View::query_by_name`].
#[must_use = "a query reads nothing until its results are asked for"]
pub struct NamedQuery<'q, S> {
    pub(super) view: &'q View<S>,
    pub(super) model: usize,
    parts: Vec<Part<'q, S>>,
    annotations: Vec<String>,
    group: Vec<String>,
    order: Vec<NamedOrder>,
    is_distinct: bool,
    offset: usize,
    limit: usize,
}

impl<S: Schema> View<S> {
    /// The rows of a model by name, to be filtered, ordered, aggregated. O(1) expected until asked.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`].
    ///
    /// ```
    /// use relarena::prelude::*;
    /// use relarena::query::{Lookup, NamedCondition, NamedOperand};
    ///
    /// #[derive(Model, Clone)]
    /// struct Author { name: String }
    /// #[derive(Model, Clone)]
    /// struct Book { title: String, #[foreign_key(on_delete = cascade)] author: Id<Author> }
    /// #[derive(Schema)]
    /// struct Library { authors: Table<Author>, books: Table<Book> }
    ///
    /// let mut db = Store::<Library>::new();
    /// let author = db.insert(Author { name: "Lem".into() })?;
    /// let book = db.insert(Book { title: "Eden".into(), author })?;
    /// let by_lem = NamedCondition::Compare {
    ///     path: "author.name".into(),
    ///     lookup: Lookup::Exact,
    ///     operand: NamedOperand::Value("Lem".into()),
    /// };
    /// let books = db.query_by_name("Book")?.filter(&by_lem)?;
    /// assert_eq!(books.values(&["id", "title"])?, [[Value::Key(db.key_of(book)), "Eden".into()]]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn query_by_name(&self, model: &str) -> Result<NamedQuery<'_, S>, Error> {
        Ok(NamedQuery {
            view: self,
            model: self.catalog().model(model)?,
            parts: Vec::new(),
            annotations: Vec::new(),
            group: Vec::new(),
            order: Vec::new(),
            is_distinct: false,
            offset: 0,
            limit: usize::MAX,
        })
    }
}

/// A query about to be run, and itself without its steps.
type Planned<'q, S> = (Asked<'q, S>, NamedQuery<'q, S>);

impl<'q, S: Schema> NamedQuery<'q, S> {
    /// Those that satisfy a condition; see [`Query::filter`](super::Query::filter).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownField`]; [`Error::WrongQuery`] for a comparison that makes no sense, and for a condition that nests
    /// deeper than 128.
    pub fn filter(mut self, condition: &NamedCondition) -> Result<Self, Error> {
        let tree = self.condition(condition)?;
        self.parts.push(Part::Filter(tree));
        Ok(self)
    }

    /// Those that do not satisfy a condition.
    ///
    /// # Errors
    ///
    /// As [`filter`](Self::filter).
    pub fn exclude(mut self, condition: &NamedCondition) -> Result<Self, Error> {
        let tree = Tree::Not(Box::new(self.condition(condition)?));
        self.parts.push(Part::Filter(tree));
        Ok(self)
    }

    /// Aggregates for each row, or after `group_by` for each group, under names that later steps can use.
    ///
    /// # Errors
    ///
    /// As [`filter`](Self::filter).
    pub fn annotate(mut self, aggregates: &[(&str, NamedAggregate)]) -> Result<Self, Error> {
        let computations = self.computations(aggregates)?;
        self.annotations.extend(aggregates.iter().map(|(name, _)| (*name).to_owned()));
        self.parts.push(Part::Annotate(computations));
        Ok(self)
    }

    /// Groups what comes by the values of paths; the next `annotate` computes over each group.
    ///
    /// # Errors
    ///
    /// As [`filter`](Self::filter).
    pub fn group_by(mut self, paths: &[&str]) -> Result<Self, Error> {
        if paths.is_empty() {
            return Err(wrong("groups have at least one path; `aggregate` makes one of all results"));
        }
        let mut group = Vec::new();
        for path in paths {
            let path = self.path(path)?;
            let read = read(&path);
            group.push((path.hops, read));
        }
        self.group = paths.iter().map(|path| (*path).to_owned()).collect();
        self.parts.push(Part::Group(group));
        Ok(self)
    }

    /// Orders the results; a later call replaces an earlier one.
    pub fn order_by(mut self, order: &[NamedOrder]) -> Self {
        self.order = order.to_vec();
        self
    }

    /// Each row, or each list of values, once.
    pub fn distinct(mut self) -> Self {
        self.is_distinct = true;
        self
    }

    /// The results from one place up to another, which is not among them; places count from 0.
    pub fn slice(mut self, from: usize, to: usize) -> Self {
        (self.offset, self.limit) = (from, to.saturating_sub(from));
        self
    }

    /// The rows. O(rows tried), with an order O(results × log).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownField`] of the order; [`Error::WrongQuery`] if the results are groups.
    pub fn keys(self) -> Result<Vec<RowKey>, Error> {
        let (mut asked, query) = self.plan_of_rows()?;
        Ok(query.keys_asked(&mut asked))
    }

    /// How many results there are, repetitions included.
    ///
    /// # Errors
    ///
    /// As [`keys`](Self::keys).
    pub fn count(mut self) -> Result<usize, Error> {
        self.order.clear();
        let (view, model) = (self.view, self.model);
        let result = |found: &Found, place: usize| match found.binding(place).first() {
            Some(&slot) => alloc::vec![Sorted(key(view, model, slot))],
            None => found.values(place).iter().cloned().map(Sorted).collect(),
        };
        let (mut asked, query) = self.plan()?;
        // What is distinct is sliced after it was read.
        let counted = if query.is_distinct { None } else { asked.count(query.model) };
        Ok(counted.unwrap_or_else(|| query.asked(&mut asked, result).len()))
    }

    /// Whether there is any result.
    ///
    /// # Errors
    ///
    /// As [`keys`](Self::keys).
    pub fn exists(mut self) -> Result<bool, Error> {
        // Repetitions of the first are none.
        self.is_distinct &= self.offset > 0;
        self.limit = self.limit.min(1);
        Ok(self.count()? > 0)
    }

    /// The first row, by id if there is no order.
    ///
    /// # Errors
    ///
    /// As [`keys`](Self::keys).
    pub fn first(mut self) -> Result<Option<RowKey>, Error> {
        self.limit = self.limit.min(1);
        Ok(self.keys()?.into_iter().next())
    }

    /// The last row, by id if there is no order.
    ///
    /// # Errors
    ///
    /// As [`keys`](Self::keys).
    pub fn last(self) -> Result<Option<RowKey>, Error> {
        let (mut asked, query) = self.plan_of_rows()?;
        if asked.is_walk() && !query.is_distinct {
            return Ok(asked.last(query.model).map(|slot| query.view.engine.row_key(query.model, slot)));
        }
        Ok(query.keys_asked(&mut asked).pop())
    }

    /// Values of paths and annotations, a list for each result. A path that ends at a row gives its key.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownField`]; [`Error::WrongQuery`] for a path of rows after `group_by`.
    pub fn values(self, paths: &[&str]) -> Result<Vec<Vec<Value>>, Error> {
        let (mut asked, query) = self.plan()?;
        let mut columns = Vec::new();
        for path in paths {
            columns.push(match query.place_of(path) {
                Some(place) => Err(place),
                None if !query.group.is_empty() => {
                    let what = alloc::format!("groups have the values of their paths and annotations, not `{path}`");
                    return Err(Error::WrongQuery { what: what.into() });
                }
                None => {
                    let path = query.path(path)?;
                    Ok((asked.plan.locate(query.view, query.model, &path.hops)?, read(&path)))
                }
            });
        }
        let value = |found: &Found, place: usize| {
            let column = |column: &Result<(super::joins::Located, Read<'q, S>), usize>| match column {
                Ok((at, read)) => read(query.view, at.slot(&query.view.engine, found.binding(place))),
                Err(value) => found.values(place)[*value].clone(),
            };
            columns.iter().map(column).map(Sorted).collect()
        };
        let rows = query.asked(&mut asked, value);
        Ok(rows.into_iter().map(|row| row.into_iter().map(|value| value.0).collect()).collect())
    }

    /// Aggregates over all results: of paths, or of annotations, of which groups have nothing else; see
    /// [`Query::aggregate`](super::Query::aggregate).
    ///
    /// # Errors
    ///
    /// As [`filter`](Self::filter); [`Error::WrongQuery`] after `group_by` for a path.
    pub fn aggregate(self, aggregates: &[(&str, NamedAggregate)]) -> Result<Vec<(String, Value)>, Error> {
        let mut computations = Vec::new();
        for aggregate in aggregates {
            computations.push(match self.annotation(&aggregate.1.path) {
                Some(place) => self.of_annotation(&aggregate.1, place)?,
                None => self.computation(&aggregate.1)?,
            });
        }
        let is_of_groups =
            |computation: &Computation<'q, S>| computation.annotation.is_some() && computation.filter.is_none();
        if !self.group.is_empty() && !computations.iter().all(is_of_groups) {
            let what = "groups have no rows to be folded; aggregate their annotations, leave `group_by` out, or read the groups with `values`";
            return Err(Error::WrongQuery { what: what.into() });
        }
        let is_whole = (self.offset, self.limit) == (0, usize::MAX);
        let served = is_whole.then(|| extremes(self.view, self.model, &self.parts, &computations));
        let values = match served.flatten() {
            Some(values) => values,
            None => {
                let (mut asked, query) = self.plan()?;
                asked.aggregated(query.model, computations, (query.offset, query.limit))?
            }
        };
        Ok(aggregates.iter().map(|(name, _)| (*name).to_owned()).zip(values).collect())
    }

    /// Answers the query, and tells how; see [`Query::explain`](super::Query::explain).
    ///
    /// # Errors
    ///
    /// As [`keys`](Self::keys).
    pub fn explain(self) -> Result<Explanation, Error> {
        let (mut asked, query) = self.plan()?;
        asked.plan.count_exactly();
        let found = asked.found(query.model);
        let results = query.ordered(&asked, &found).len();
        Ok(asked.explained(query.model, results))
    }

    /// The plan of a query whose results are rows.
    fn plan_of_rows(self) -> Result<Planned<'q, S>, Error> {
        if !self.group.is_empty() {
            return Err(wrong("groups are no rows; ask for `values`"));
        }
        self.plan()
    }

    fn keys_asked(&self, asked: &mut Asked<'q, S>) -> Vec<RowKey> {
        let slot =
            |found: &Found, place: usize| alloc::vec![Sorted(key(self.view, self.model, found.binding(place)[0]))];
        let row = |values: Vec<Sorted>| match values.into_iter().next() {
            Some(Sorted(Value::Key(row))) => row,
            _ => self.view.catalog().null_key(self.model),
        };
        self.asked(asked, slot).into_iter().map(row).collect()
    }

    fn asked(&self, asked: &mut Asked<'q, S>, result: impl Fn(&Found, usize) -> Vec<Sorted>) -> Vec<Vec<Sorted>> {
        let found = asked.found(self.model);
        let mut results: Vec<Vec<Sorted>> =
            asked.sorted(&found).into_iter().map(|place| result(&found, place)).collect();
        if self.is_distinct {
            let mut seen = BTreeSet::new();
            results.retain(|result| seen.insert(result.clone()));
        }
        results.into_iter().skip(self.offset).take(self.limit).collect()
    }

    fn ordered(&self, asked: &Asked<'q, S>, found: &Found) -> Vec<usize> {
        let mut places = asked.sorted(found);
        if self.is_distinct {
            let mut seen = BTreeSet::new();
            places.retain(|&place| found.binding(place).first().is_none_or(|&slot| seen.insert(slot)));
        }
        places.into_iter().skip(self.offset).take(self.limit).collect()
    }

    /// The query resolved, and itself without its steps.
    fn plan(mut self) -> Result<Planned<'q, S>, Error> {
        let mut keys = Vec::new();
        for NamedOrder { path, is_descending, nulls } in &self.order {
            let default = if *is_descending { Nulls::Last } else { Nulls::First };
            let by = match self.place_of(path) {
                Some(place) if place < self.group.len() => SortBy::Group(place),
                Some(place) => SortBy::Annotation(place - self.group.len()),
                None => {
                    let path = self.path(path)?;
                    let read = read(&path);
                    let field = match path.leaf {
                        NamedLeaf::Field(field) if path.hops.is_empty() => u16::try_from(field).ok(),
                        NamedLeaf::Field(_) | NamedLeaf::Row | NamedLeaf::Key(_) => None,
                    };
                    let compare = move |view: &View<S>, one: Option<u32>, other: Option<u32>| {
                        compare_values(&read(view, one), &read(view, other))
                    };
                    SortBy::Path { hops: path.hops, field, sorter: Held::Boxed(Box::new(compare)) }
                }
            };
            keys.push(SortKey { by, is_descending: *is_descending, nulls: nulls.unwrap_or(default) });
        }
        // Of what is made distinct after it was read, nobody knows beforehand how many rows it takes.
        let slice = if self.is_distinct { (0, usize::MAX) } else { (self.offset, self.limit) };
        let parts = core::mem::take(&mut self.parts);
        let asked = Asked::new(self.view, self.model, parts, keys, (self.is_distinct, slice.0, slice.1))?;
        Ok((asked, self))
    }

    /// Where a result has the value of a group's path or of an annotation.
    fn place_of(&self, path: &str) -> Option<usize> {
        let in_group = self.group.iter().position(|other| other == path);
        in_group.or_else(|| self.annotation(path).map(|place| self.group.len() + place))
    }

    pub(super) fn annotation(&self, name: &str) -> Option<usize> {
        self.annotations.iter().rposition(|other| other == name)
    }
}
