//! A reference model of any schema: slow, obvious, written from the rules and from nothing else.
//!
//! [`Model`] holds rows in maps and finds everything by full scans; savepoints are clones on a stack. Check your own store,
//! repository or SQL against it, or this library by a [`Session`]. Absent here: indexes, ids, journals, orders.

mod face;
mod links;
mod outcome;
mod prepare;
mod rows;
mod session;
mod state;

pub use face::{Done, Face, Ids, Standard};
pub use outcome::{Effect, Pointer, Refusal};
pub use rows::KitSchema;
#[doc(hidden)]
pub use rows::{KitGlue, ModelKit, ModelRows};
pub use session::{Divergence, Outcome, Outcomes, Session};

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use self::links::End;
use self::state::Draft;
pub(crate) use self::state::State;
use crate::catalog::{Accessor, Catalog, LinkStorage};
use crate::error::Error;
use crate::id::RawId;
use crate::journal::Substitute;
use crate::operation::{Cell, Label, Operation, Statement};
use crate::view::View;

/// The state that a program of [`Operation`]s ought to lead to, whatever carries it out.
///
/// Rows have labels: numbers given in the order of creation, over all models, and never twice. Operations name rows by
/// position; [`prepare`](Self::prepare) finds them, and [`execute`](Self::execute) says what ought to come of it.
///
/// ```
/// use relarena::operation::{Cell, Operation};
/// use relarena::prelude::*;
/// use relarena::reference::{Model as Reference, Refusal};
///
/// #[derive(Model, Clone, Debug)]
/// struct Author { #[unique] name: String }
/// #[derive(Model, Clone, Debug)]
/// struct Book { #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
/// #[derive(Schema)]
/// struct Library { authors: Table<Author>, books: Table<Book> }
///
/// let mut library = Reference::<Library>::new();
/// let lem = Operation::insert("Author", [("name", Cell::text("Lem"))]);
/// let created = library.play(&lem)?.expect("a living row is not needed").expect("no rule is broken").created;
/// assert_eq!(library.value(created[0], "name"), Some(Cell::text("Lem")));
/// assert_eq!(library.play(&lem)?, Some(Err(Refusal::Unique)));
///
/// library.play(&Operation::insert("Book", [("author", Cell::row(0))]))?;
/// let deleted = library.play(&Operation::delete("Author", 0))?.expect("there is an author").expect("nothing protects it");
/// assert_eq!(deleted.deleted["Book"], 1);
/// # Ok::<(), Error>(())
/// ```
pub struct Model<S> {
    context: Rc<Context<S>>,
    state: State<S>,
    saved: Vec<State<S>>,
}

/// What all states of a schema share.
struct Context<S> {
    catalog: Catalog,
    kits: Vec<Box<dyn ModelKit<S>>>,
}

impl<S: KitSchema> Model<S> {
    /// No rows. O(models + relations).
    pub fn new() -> Self {
        let kits = S::kits();
        let state = State {
            tables: kits.iter().map(|kit| kit.empty()).collect(),
            links: Rc::default(),
            reserved: Rc::default(),
            gone: Rc::default(),
            substitutes: Rc::default(),
            next: 0,
        };
        Self { context: Rc::new(Context { catalog: S::catalog(), kits }), state, saved: Vec::new() }
    }

    /// A copy of a store's rows, links and substitutes, with the ids that its labels stand for: labels are given by model,
    /// then by slot. What the store has open or keeps of its past does not count. O(everything).
    #[expect(clippy::missing_panics_doc, reason = "the view is asked for what its own catalog lists")]
    pub fn of(view: &View<S>) -> (Self, Ids) {
        let (mut model, mut ids) = (Self::new(), Ids::default());
        let context = Rc::clone(&model.context);
        let catalog = &context.catalog;
        for info in catalog.models() {
            for row in view.keys_of(info.descriptor.name).expect("the model is the catalog's own") {
                model.state.next += 1;
                ids.add(model.state.next, row);
            }
        }
        for (place, info) in catalog.models().iter().enumerate() {
            let targets: Vec<usize> = catalog.keys_of(place).map(|key| catalog.relations()[key].target).collect();
            let label_of = |ordinal: usize, raw: RawId| ids.label(catalog.row_key(targets[ordinal], raw));
            let label_of = |ordinal, raw| label_of(ordinal, raw).unwrap_or(Label::MAX);
            for row in view.keys_of(info.descriptor.name).expect("as above") {
                let label = ids.label(row).expect("every row has got one");
                model.state.table_mut(place).copy(label, view, row, &label_of);
            }
        }
        for (relation, info) in catalog.relations().iter().enumerate() {
            let substitute = match view.engine.substitute(relation) {
                Substitute::Unnamed => continue,
                Substitute::Null => None,
                Substitute::Row(raw) => Some(ids.label(catalog.row_key(info.target, raw)).unwrap_or(Label::MAX)),
            };
            Rc::make_mut(&mut model.state.substitutes).insert(relation, substitute);
        }
        let links = Rc::make_mut(&mut model.state.links);
        for (link, info) in catalog.links().iter().enumerate() {
            if matches!(info.storage, LinkStorage::Through { .. }) {
                continue;
            }
            for source in view.keys_of(info.name.model).expect("as above") {
                let label = |row| ids.label(row).expect("every row has got one");
                let others = view.follow_by_name(source, info.name.field).expect("the relation is the catalog's own");
                links.extend(others.into_iter().map(|target| (link, label(source), label(target))));
            }
        }
        (model, ids)
    }
}

impl<S: KitSchema> Default for Model<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Clone for Model<S> {
    fn clone(&self) -> Self {
        Self { context: Rc::clone(&self.context), state: self.state.clone(), saved: self.saved.clone() }
    }
}

impl<S> Model<S> {
    /// The schema as data. O(1).
    pub fn catalog(&self) -> &Catalog {
        &self.context.catalog
    }

    /// Carries a statement out, or says why it ought to be refused. O(everything).
    ///
    /// # Errors
    ///
    /// [`Refusal`]; nothing has changed then.
    pub fn execute(&mut self, statement: &Statement) -> Result<Effect, Refusal> {
        let (effect, state) = self.attempt(statement)?;
        self.state = state;
        Ok(effect)
    }

    /// What a statement does and the state that it leads to, which [`accept`](Self::accept) takes over.
    pub(crate) fn attempt(&self, statement: &Statement) -> Result<(Effect, State<S>), Refusal> {
        let mut draft = Draft { catalog: &self.context.catalog, state: self.state.clone() };
        let effect = draft.run(statement, !self.saved.is_empty())?;
        Ok((effect, draft.state))
    }

    pub(crate) fn accept(&mut self, state: State<S>) {
        self.state = state;
    }

    /// Carries an operation out, a transaction with all that it does. Answers `None` where there was no row for it to work on.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`], [`Error::UnknownField`]: the operation is of another schema.
    pub fn play(&mut self, operation: &Operation) -> Result<Option<Result<Effect, Refusal>>, Error> {
        let Operation::Transaction { commits, operations } = operation else {
            return Ok(self.prepare(operation)?.map(|statement| self.execute(&statement)));
        };
        self.begin();
        for operation in operations {
            self.play(operation)?;
        }
        if *commits {
            return Ok(Some(self.commit().map(|()| Effect::default())));
        }
        self.rollback();
        Ok(Some(Ok(Effect::default())))
    }

    /// Opens a transaction, or a savepoint in one. O(rows).
    pub fn begin(&mut self) {
        self.saved.push(self.state.clone());
    }

    /// Ends the innermost transaction as if it had never run. Without one there is nothing to do.
    pub fn rollback(&mut self) {
        if let Some(saved) = self.saved.pop() {
            self.state = saved;
        }
    }

    /// Ends the innermost transaction. O(rows).
    ///
    /// # Errors
    ///
    /// [`Refusal::Dangling`] if it was the outermost and references point at nothing; it is rolled back then.
    pub fn commit(&mut self) -> Result<(), Refusal> {
        if self.saved.len() == 1 {
            let dangling = self.state.dangling(&self.context.catalog);
            if !dangling.is_empty() {
                self.rollback();
                return Err(Refusal::Dangling(dangling));
            }
            Rc::make_mut(&mut self.state.reserved).clear();
        }
        self.saved.pop();
        Ok(())
    }

    /// How many transactions are open. O(1).
    pub fn depth(&self) -> usize {
        self.saved.len()
    }

    /// Rows of a model in the order of creation; none where the schema has no such model. O(rows).
    pub fn rows(&self, model: &str) -> Vec<Label> {
        self.context.catalog.model(model).map_or_else(|_| Vec::new(), |model| self.state.tables[model].labels())
    }

    /// Rows of the model at this place. O(rows).
    pub(crate) fn labels(&self, model: usize) -> Vec<Label> {
        self.state.tables[model].labels()
    }

    /// How many rows the model at this place has. O(1).
    pub(crate) fn count(&self, model: usize) -> usize {
        self.state.tables[model].count()
    }

    /// The n-th row of the model at this place, in the order of creation. O(n).
    pub(crate) fn nth(&self, model: usize, place: usize) -> Option<Label> {
        self.state.tables[model].nth(place)
    }

    /// The label that was given last. O(1).
    pub(crate) fn last_label(&self) -> Label {
        self.state.next
    }

    /// Reserved ids of the model at this place. O(reserved).
    pub(crate) fn reserved(&self, model: usize) -> Vec<Label> {
        self.state.reserved.iter().filter(|(_, place)| **place == model).map(|(label, _)| *label).collect()
    }

    /// How many rows there are of all models. O(models).
    pub fn len(&self) -> usize {
        self.state.tables.iter().map(|rows| rows.count()).sum()
    }

    /// Whether there is no row at all. O(models).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a label stands for a row that is, was or may yet be. O(models × log rows).
    pub fn knows(&self, row: Label) -> bool {
        self.model_of(row).is_some() || self.state.gone.contains_key(&row) || self.state.reserved.contains_key(&row)
    }

    /// Name of a living row's model. O(models × log rows).
    pub fn model_name(&self, row: Label) -> Option<&'static str> {
        self.model_of(row).map(|model| self.context.catalog.models()[model].descriptor.name)
    }

    fn model_of(&self, row: Label) -> Option<usize> {
        self.state.tables.iter().position(|rows| rows.contains(row))
    }

    /// A living row's field; `None` if there is no such row or field. A field that is not read by name is null.
    pub fn value(&self, row: Label, field: &str) -> Option<Cell<Label>> {
        let model = self.model_of(row)?;
        let field = self.context.catalog.field(model, field).ok()?;
        Some(self.cell(model, row, field))
    }

    /// A living row's fields in the order of the struct; none if there is no such row. O(fields).
    pub fn values(&self, row: Label) -> Vec<(&'static str, Cell<Label>)> {
        let Some(model) = self.model_of(row) else { return Vec::new() };
        let fields = self.context.catalog.models()[model].descriptor.fields.iter().enumerate();
        fields.map(|(place, field)| (field.name, self.cell(model, row, place))).collect()
    }

    fn cell(&self, model: usize, row: Label, field: usize) -> Cell<Label> {
        let (catalog, rows) = (&self.context.catalog, &self.state.tables[model]);
        match catalog.relation_of_field(model, field) {
            Some(relation) => rows.key(row, catalog.relations()[relation].ordinal).map_or(Cell::Null, Cell::Row),
            None => Cell::from_value(rows.value(row, field), |_| Label::MAX),
        }
    }

    /// The rows that a relation leads to from a living row: a key, the other end of one, or an end of a many-to-many, in
    /// the order of labels. O(rows).
    pub fn follow(&self, row: Label, relation: &str) -> Vec<Label> {
        let catalog = &self.context.catalog;
        let Some(model) = self.model_of(row) else { return Vec::new() };
        let mut rows = match catalog.accessor(model, relation) {
            Ok(Accessor::Field(field)) => match self.cell(model, row, field) {
                Cell::Row(target) if self.model_of(target).is_some() => alloc::vec![target],
                _ => Vec::new(),
            },
            Ok(Accessor::Referrers(place)) => {
                let info = &catalog.relations()[place];
                let sources = &self.state.tables[info.source];
                let points = |source: &Label| sources.key(*source, info.ordinal) == Some(row);
                sources.labels().into_iter().filter(points).collect()
            }
            Ok(Accessor::Links(link, side)) => self.state.linked(catalog, End { link, side }, row),
            Err(_) => Vec::new(),
        };
        rows.sort_unstable();
        rows
    }

    /// Links that the store keeps, as relation, source and target, in order: a symmetrical pair in both directions. O(links).
    pub fn links(&self) -> Vec<(String, Label, Label)> {
        let name = |link: usize| alloc::format!("{}", self.context.catalog.links()[link].name);
        self.state.links.iter().map(|&(link, source, target)| (name(link), source, target)).collect()
    }

    /// References that point at nothing for now. O(rows).
    pub fn dangling(&self) -> BTreeSet<Pointer> {
        self.state.dangling(&self.context.catalog)
    }
}

/// All rows with their fields, then all links.
impl<S> fmt::Debug for Model<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = formatter.debug_map();
        for (place, info) in self.context.catalog.models().iter().enumerate() {
            for label in self.state.tables[place].labels() {
                map.entry(&format_args!("{} {label}", info.descriptor.name), &self.values(label));
            }
        }
        map.entry(&"links", &self.links()).finish()
    }
}
