//! The planner: the cheapest way to the rows that may satisfy a query's filters.
//!
//! A comparison that an index serves leads to rows at the end of its path, and from there back along the path to rows that
//! are asked. All such ways are tried against each other and against a scan, each only as far as it is cheaper than the
//! best so far; whatever is chosen, the filters decide.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::ops::Bound;

use super::condition::{Quantifier, Tree};
use super::joins::{Step, each, resolve};
use super::path::Hop;
use super::run::{Part, SortBy, SortKey};
use super::serve::{Access, ordered_index, serve};
use crate::catalog::{Catalog, Side};
use crate::error::Error;
use crate::table::{IndexLookup, IndexPlace, Schema};
use crate::view::View;

/// The way to a query's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// Every row of the model is tried.
    Scan,
    /// From rows that the query names.
    Rows,
    /// From a unique rule or an index.
    Index {
        /// The model whose index it is.
        model: &'static str,
        /// Its field, the first of several.
        field: &'static str,
    },
    /// Along an ordered index, which gives the order that is asked for, as far as results are asked for.
    Order {
        /// The field.
        field: &'static str,
    },
}

/// How a query was answered.
///
/// ```
/// use relarena::prelude::*;
/// use relarena::query::Way;
///
/// #[derive(Model, Clone)]
/// struct Author { #[unique] name: String }
/// #[derive(Model, Clone)]
/// struct Book { pages: u32, #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
/// #[derive(Schema)]
/// struct Library { authors: Table<Author>, books: Table<Book> }
///
/// let mut db = Store::<Library>::new();
/// for name in ["Lem", "Verne", "Wells"] {
///     let author = db.insert(Author { name: name.into() })?;
///     db.insert_many((0..4).map(|pages| Book { pages, author }))?;
/// }
/// let explained = db.query(Book::AUTHOR.then(Author::NAME).eq("Lem").and(Book::PAGES.gt(1))).explain();
/// assert_eq!(explained.way, Way::Index { model: "Author", field: "name" });
/// assert_eq!((explained.estimated_rows, explained.touched_rows, explained.results), (4, 5, 2));
/// assert_eq!(explained.to_string(), "Book by Author.name and back over 1 relation: 4 rows to try, 5 touched, 2 results");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The model that is asked.
    pub model: &'static str,
    /// Where it began.
    pub way: Way,
    /// Over how many relations it came back from there.
    pub relations: usize,
    /// Rows that were to be tried.
    pub estimated_rows: usize,
    /// Rows that were looked at, those on the way included.
    pub touched_rows: usize,
    /// Results.
    pub results: usize,
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.model)?;
        match &self.way {
            Way::Scan => formatter.write_str(" by a scan")?,
            Way::Rows => formatter.write_str(" by named rows")?,
            Way::Index { model, field } => write!(formatter, " by {model}.{field}")?,
            Way::Order { field } => write!(formatter, " in the order of {field}")?,
        }
        match self.relations {
            0 => {}
            1 => formatter.write_str(" and back over 1 relation")?,
            relations => write!(formatter, " and back over {relations} relations")?,
        }
        let (tried, touched, results) = (self.estimated_rows, self.touched_rows, self.results);
        write!(formatter, ": {tried} rows to try, {touched} touched, {results} results")
    }
}

/// What the planner chose.
pub(crate) struct Choice {
    pub(crate) way: Way,
    pub(crate) relations: usize,
    /// The slots to try, in order; none for a scan.
    pub(crate) slots: Option<Vec<u32>>,
    /// Rows that were looked at to find them.
    pub(crate) touched: usize,
}

/// Rows in the order of an ordered index, if one gives the order that is asked for: none if the order is another, or if
/// the index lacks rows, which have null there. Filters decide, and no more rows are looked at than `wanted` results need.
/// Rows whose values share an order key are put into order here. O(rows looked at).
pub(crate) fn along_index<S: Schema>(
    view: &View<S>,
    model: usize,
    order: &[SortKey<'_, S>],
    wanted: usize,
    accepts: impl Fn(u32) -> bool,
) -> Option<Choice> {
    let [SortKey { by: SortBy::Path { field: Some(field), compare, .. }, is_descending, .. }] = order else {
        return None;
    };
    let (descriptor, table) = (view.catalog().models()[model].descriptor, view.tables.table(model));
    let index = ordered_index(descriptor, *field)?;
    let all = IndexLookup::Range { lower: Bound::Unbounded, upper: Bound::Unbounded };
    if table.index_count(IndexPlace::Index(index), &all) != view.engine.relations.slots[model].live() as usize {
        return None;
    }
    let mut entries = table.index_entries(index, Bound::Unbounded, Bound::Unbounded);
    let mut next = || if *is_descending { entries.next_back() } else { entries.next() };
    let (mut slots, mut run, mut key, mut touched) = (Vec::new(), Vec::<u32>::new(), None, 0);
    loop {
        let entry = next();
        let at = entry.map(|(keys, _)| keys[0]);
        if at != key {
            run.sort_by(|&one, &other| {
                let ordering = compare(view, Some(one), Some(other)).unwrap_or(Ordering::Equal);
                (if *is_descending { ordering.reverse() } else { ordering }).then(one.cmp(&other))
            });
            slots.append(&mut run);
            key = at;
        }
        let Some((_, slot)) = entry.filter(|_| slots.len() < wanted) else { break };
        touched += 1;
        if accepts(slot) {
            run.push(slot);
        }
    }
    slots.truncate(wanted);
    let way = Way::Order { field: descriptor.fields[*field].name };
    Some(Choice { way, relations: 0, slots: Some(slots), touched })
}

/// A way to rows: by any of several accesses at the ends of paths.
type Alternatives<'t, 'q> = Vec<(Vec<Hop>, &'t Access<'q>)>;

/// Chooses the cheapest way to the rows of a model. O(entries on the ways that are tried), at most half of a scan's.
pub(crate) fn choose<S: Schema>(view: &View<S>, model: usize, parts: &[Part<'_, S>]) -> Result<Choice, Error> {
    let live = view.engine.relations.slots[model].live() as usize;
    let mut best = Choice { way: Way::Scan, relations: 0, slots: None, touched: 0 };
    let (mut cheapest, mut touched) = (live, 0);
    let filters = parts.iter().map_while(|part| match part {
        Part::Filter(tree) => Some(tree),
        Part::Annotate(_) | Part::Group(_) => None,
    });
    let mut ways = Vec::new();
    for tree in filters {
        collect(tree, &[], &mut ways);
    }
    for alternatives in &ways {
        // A way is taken only if it costs less than half of the best so far. Those that are given up have looked at
        // entries of indexes and sets, not at rows, and together at no more than half of a scan's.
        let (budget, before) = ((cheapest / 2).min((live / 2).saturating_sub(touched)), touched);
        let Some(mut found) = follow(view, model, alternatives, budget, &mut touched)? else { continue };
        found.touched = touched - before;
        if found.slots.as_ref().is_some_and(|slots| slots.len() < cheapest) {
            cheapest = found.slots.as_ref().map_or(cheapest, Vec::len);
            best = found;
        }
    }
    Ok(best)
}

/// The comparisons that every result must satisfy and that an index serves.
fn collect<'t, 'q, S>(tree: &'t Tree<'q, S>, prefix: &[Hop], ways: &mut Vec<Alternatives<'t, 'q>>) {
    match tree {
        Tree::All(parts) => parts.iter().for_each(|part| collect(part, prefix, ways)),
        Tree::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                let mut of_part = Vec::new();
                collect(part, prefix, &mut of_part);
                let Some(first) = of_part.into_iter().next() else { return };
                all.extend(first);
            }
            ways.push(all);
        }
        Tree::One { hops, access: Some(access), .. } => {
            ways.push(alloc::vec![([prefix, hops].concat(), access)]);
        }
        Tree::Related { hops, quantifier: Quantifier::Any, condition } => {
            collect(condition, &[prefix, hops].concat(), ways);
        }
        Tree::One { .. } | Tree::Two { .. } | Tree::Not(_) | Tree::Related { .. } | Tree::Annotation { .. } => {}
    }
}

/// Follows a way to its end; none if no index serves it or it costs more than the budget.
fn follow<S: Schema>(
    view: &View<S>,
    model: usize,
    alternatives: &Alternatives<'_, '_>,
    budget: usize,
    touched: &mut usize,
) -> Result<Option<Choice>, Error> {
    let (mut slots, mut way, mut relations) = (Vec::new(), Way::Rows, 0);
    let start = *touched;
    for (hops, access) in alternatives {
        let (steps, leaf) = resolve(view.catalog(), model, hops)?;
        let mut found = Vec::new();
        if let Access::Rows(rows) = access {
            let slots = &view.engine.relations.slots[leaf];
            found.extend(rows.iter().filter(|row| slots.is_live(**row)).map(|row| row.slot()));
        } else {
            let Some(served) = serve(view, leaf, access) else { return Ok(None) };
            let table = view.tables.table(leaf);
            let count: usize = served.lookups.iter().map(|lookup| table.index_count(served.index, lookup)).sum();
            if *touched - start + count > budget {
                return Ok(None);
            }
            for lookup in &served.lookups {
                found.extend(table.index_slots(served.index, lookup));
            }
            let descriptor = view.catalog().models()[leaf].descriptor;
            way = Way::Index { model: descriptor.name, field: descriptor.fields[served.field].name };
        }
        relations = relations.max(steps.len());
        if !steps.is_empty() {
            *touched += found.len();
        }
        for (place, &step) in steps.iter().enumerate().rev() {
            let mut before = Vec::new();
            let back = turned(view.catalog(), step);
            for slot in found {
                let goes_on = each(&view.engine, back, slot, &mut |slot| {
                    before.push(slot);
                    *touched - start + before.len() <= budget
                });
                if !goes_on {
                    *touched += before.len();
                    return Ok(None);
                }
            }
            before.sort_unstable();
            before.dedup();
            // The rows that are asked are counted when they are tried.
            *touched += if place == 0 { 0 } else { before.len() };
            found = before;
        }
        slots.extend(found);
    }
    slots.sort_unstable();
    slots.dedup();
    Ok((*touched - start + slots.len() <= budget).then_some(Choice { way, relations, slots: Some(slots), touched: 0 }))
}

/// A step the other way round.
fn turned(catalog: &Catalog, step: Step) -> Step {
    match step {
        Step::Key(relation) if catalog.relations()[relation].is_one_to_one() => Step::Holder(relation),
        Step::Key(relation) => Step::Sources(relation),
        Step::Holder(relation) | Step::Sources(relation) => Step::Key(relation),
        Step::Neighbours(_, adjacency) => {
            let info = &catalog.links()[adjacency.link];
            let other = match adjacency.side {
                Side::Source => Side::Target,
                Side::Target => Side::Source,
            };
            let adjacency = catalog.adjacency(adjacency.link, other);
            Step::Neighbours(info.model(other), adjacency)
        }
        Step::Through { here, there } => Step::Through { here: there, there: here },
    }
}
