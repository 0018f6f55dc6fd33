//! The planner: the cheapest way to the rows that may satisfy a query's filters.
//!
//! A comparison that an index serves leads to rows at the end of its path, and from there back along the path to rows that
//! are asked. All such ways are tried against each other and against a scan, each only as far as it is cheaper than the
//! best so far; whatever is chosen, the filters decide.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::condition::{Quantifier, Tree};
use super::joins::{Step, each, resolve};
use super::path::{Hop, Leaf, Path};
use super::run::Part;
use crate::catalog::{Catalog, Side};
use crate::error::Error;
use crate::id::RawId;
use crate::model::Model;
use crate::table::{Has, IndexLookup, IndexPlace, Schema};
use crate::view::View;

/// The hashes of the values that a comparison accepts.
type Hashes<'q, S> = Box<dyn Fn(&View<S>) -> Vec<u32> + 'q>;

/// How rows at the end of a path that may satisfy a comparison are found.
pub(crate) enum Access<'q, S> {
    /// They are named.
    Rows(Vec<RawId>),
    /// By the hashes of a field's values.
    Hashed(usize, Hashes<'q, S>),
}

impl<S: Schema> Access<'_, S> {
    /// The way to rows with one of these values.
    pub(crate) fn equal<R, L: Model, V: 'static>(path: &Path<R, L, V>, literals: Vec<V>) -> Option<Self>
    where
        S: Has<L>,
    {
        match path.leaf {
            Leaf::Row(_, id) => Some(Self::Rows(literals.iter().map(|literal| id(literal).raw()).collect())),
            Leaf::Field(field, _, keys) => {
                let hash = keys.hash?;
                let hashes = move |view: &View<S>| {
                    literals.iter().map(|literal| view.tables.of().hash_by(|hasher| hash(literal, hasher))).collect()
                };
                Some(Self::Hashed(field.into(), Box::new(hashes)))
            }
        }
    }
}

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
        /// Its field.
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

/// A way to rows: by any of several accesses at the ends of paths.
type Alternatives<'t, 'q, S> = Vec<(Vec<Hop>, &'t Access<'q, S>)>;

/// Chooses the cheapest way to the rows of a model. O(rows on the ways that are tried), never more than a scan.
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
        // What one way costs that is given up is paid for, too: together they never cost more than a scan.
        let budget = cheapest.min(live.saturating_sub(touched));
        let Some(found) = follow(view, model, alternatives, budget, &mut touched)? else { continue };
        if found.slots.as_ref().is_some_and(|slots| slots.len() < cheapest) {
            cheapest = found.slots.as_ref().map_or(cheapest, Vec::len);
            best = found;
        }
    }
    best.touched = touched;
    Ok(best)
}

/// The comparisons that every result must satisfy and that an index serves.
fn collect<'t, 'q, S>(tree: &'t Tree<'q, S>, prefix: &[Hop], ways: &mut Vec<Alternatives<'t, 'q, S>>) {
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
    alternatives: &Alternatives<'_, '_, S>,
    budget: usize,
    touched: &mut usize,
) -> Result<Option<Choice>, Error> {
    let (mut slots, mut way, mut relations) = (Vec::new(), Way::Rows, 0);
    let start = *touched;
    for (hops, access) in alternatives {
        let (steps, leaf) = resolve(view.catalog(), model, hops)?;
        let mut found = Vec::new();
        match access {
            Access::Rows(rows) => {
                let slots = &view.engine.relations.slots[leaf];
                found.extend(rows.iter().filter(|row| slots.is_live(**row)).map(|row| row.slot()));
            }
            Access::Hashed(field, hashes) => {
                let descriptor = view.catalog().models()[leaf].descriptor;
                let serves = |rule: &crate::model::UniqueDescriptor| {
                    !rule.conditional && matches!(rule.fields, [only] if usize::from(*only) == *field)
                };
                let Some(rule) = descriptor.uniques.iter().position(serves) else { return Ok(None) };
                for hash in hashes(view) {
                    found.extend(
                        view.tables.table(leaf).index_slots(IndexPlace::Unique(rule), &IndexLookup::Hash(hash)),
                    );
                }
                way = Way::Index { model: descriptor.name, field: descriptor.fields[*field].name };
            }
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
