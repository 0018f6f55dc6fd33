//! The audit: rebuilds every derived index from the rows, compares, and lists every violation of I1 to I5.
//!
//! Slow and plain on purpose: it shares no code with what keeps the indexes up to date.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::catalog::RelationInfo;
use crate::engine::Engine;
use crate::id::{RawId, RowKey};
use crate::relation::Target;
use crate::table::{Schema, Tables};
use crate::view::View;

/// One violation: which invariant, where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Number of the invariant in `docs/ARCHITECTURE.md`.
    pub invariant: u8,
    /// The row concerned, if it is one.
    pub row: Option<RowKey>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "I{}: ", self.invariant)?;
        if let Some(row) = self.row {
            write!(formatter, "{row}: ")?;
        }
        formatter.write_str(&self.what)
    }
}

impl<S: Schema> View<S> {
    /// Rebuilds every derived index from the rows, compares, and answers every violation: none, unless there is a bug in
    /// this library or in a field type's `Hash` or `Eq`. Inside a transaction deferred references are no violation.
    /// O(everything).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Schema)] struct Library { authors: Table<Author> }
    /// let mut db = Store::<Library>::new();
    /// db.insert(Author { name: "Lem".into() })?;
    /// assert_eq!(db.audit(), []);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn audit(&self) -> Vec<Violation> {
        audit(&self.engine, &self.tables)
    }
}

fn audit(engine: &Engine, tables: &dyn Tables) -> Vec<Violation> {
    let mut audit = Audit { engine, tables, found: Vec::new() };
    for model in 0..engine.catalog.models().len() {
        audit.slots(model);
        audit.uniques(model);
        audit.indexes(model);
    }
    for relation in 0..engine.catalog.relations().len() {
        audit.relation(relation);
    }
    audit.links();
    audit.journal();
    audit.found
}

struct Audit<'a> {
    engine: &'a Engine,
    tables: &'a dyn Tables,
    found: Vec<Violation>,
}

impl Audit<'_> {
    fn report(&mut self, invariant: u8, row: Option<(usize, u32)>, what: String) {
        let row = row.map(|(model, slot)| self.engine.row_key(model, slot));
        self.found.push(Violation { invariant, row, what });
    }

    /// Rows and generations agree, and every slot is in use or free or reserved or retired, once.
    fn slots(&mut self, model: usize) {
        let slots = &self.engine.relations.slots[model];
        let rows = self.tables.table(model).slots();
        let live: Vec<u32> = (0..slots.used()).filter(|&slot| slots.id_at(slot).is_some()).collect();
        if rows != live || live.len() != slots.live() as usize {
            self.report(2, None, format!("{}: live slots and rows differ", self.tables.table(model).descriptor().name));
        }
        let mut free = slots.free().to_vec();
        free.sort_unstable();
        let doubled = free.windows(2).any(|pair| pair[0] == pair[1]);
        if doubled || free.iter().any(|&slot| slots.id_at(slot).is_some() || slot >= slots.used()) {
            self.report(2, None, format!("{}: the free list is wrong", self.tables.table(model).descriptor().name));
        }
    }

    fn uniques(&mut self, model: usize) {
        let table = self.tables.table(model);
        for (slot, constraint) in table.audit_uniques() {
            let name = table.descriptor().uniques[constraint].name;
            self.report(5, Some((model, slot)), format!("the unique index `{name}` differs from the rows"));
        }
    }

    fn indexes(&mut self, model: usize) {
        let table = self.tables.table(model);
        for (slot, index) in table.audit_indexes() {
            let name = table.descriptor().indexes[index].name;
            self.report(2, slot.map(|slot| (model, slot)), format!("the index `{name}` differs from the rows"));
        }
    }

    fn relation(&mut self, place: usize) {
        let engine = self.engine;
        let info = &engine.catalog.relations()[place];
        let mut expected: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for source in self.tables.table(info.source).slots() {
            self.key(place, info, source, &mut expected);
        }
        for target in 0..engine.relations.slots[info.target].used() {
            let mut sources: Vec<u32> = engine.relations.sources(info, target).collect();
            if sources.len() != engine.relations.source_count(info, target) {
                self.report(
                    3,
                    Some((info.target, target)),
                    format!("{}: the reverse set's length is wrong", info.name),
                );
            }
            for (position, &source) in sources.iter().enumerate() {
                if engine.relations.position(info, source) as usize != position {
                    self.report(
                        3,
                        Some((info.source, source)),
                        format!("{}: the position in the reverse set is wrong", info.name),
                    );
                }
            }
            sources.sort_unstable();
            let expected = expected.remove(&target).unwrap_or_default();
            if sources != expected {
                self.report(
                    2,
                    Some((info.target, target)),
                    format!("{}: the reverse set differs from the rows", info.name),
                );
            }
            if info.is_one_to_one() && expected.len() > 1 {
                self.report(4, Some((info.target, target)), format!("{}: has {} sources", info.name, expected.len()));
            }
        }
        if !expected.is_empty() {
            self.report(1, None, format!("{}: keys name slots that were never used", info.name));
        }
    }

    fn key(&mut self, place: usize, info: &RelationInfo, source: u32, expected: &mut BTreeMap<u32, Vec<u32>>) {
        let engine = self.engine;
        let key = self.tables.table(info.source).key(source, info.ordinal);
        let record = engine.relations.target(info, source);
        let agrees = match key {
            None => record == Target::Null,
            Some(target) if engine.is_live(info.target, target) => record == Target::Slot(target.slot()),
            Some(target) => record == Target::Dangling && engine.relations.dangling.contains(&(place, target, source)),
        };
        if !agrees {
            self.report(2, Some((info.source, source)), format!("{}: the key record differs from the row", info.name));
        }
        let live = key.filter(|target: &RawId| engine.is_live(info.target, *target));
        if let Some(target) = live {
            expected.entry(target.slot()).or_default().push(source);
        }
        if key.is_some() && live.is_none() && !engine.in_transaction() {
            self.report(1, Some((info.source, source)), format!("{} names a row that does not exist", info.name));
        }
    }

    fn links(&mut self) {
        for (link, info) in self.engine.catalog.links().iter().enumerate() {
            if matches!(info.storage, crate::catalog::LinkStorage::Through { .. }) {
                continue;
            }
            for (side, slot) in self.engine.relations.audit_links(&self.engine.catalog, link) {
                self.report(
                    3,
                    Some((info.model(side), slot)),
                    format!("{}: links and their mirrors disagree", info.name),
                );
            }
        }
    }

    /// Every row that is kept waits for a change that is kept, and a change is kept only for history.
    fn journal(&mut self) {
        let models = self.engine.catalog.models().len();
        let mut waiting = alloc::vec![0; models];
        for model in self.engine.journal.latest_first().filter_map(crate::journal::Change::keeper) {
            waiting[model] += 1;
        }
        let kept: Vec<usize> = (0..models).map(|model| self.tables.table(model).kept()).collect();
        if kept != waiting {
            self.report(10, None, "rows are kept for no change".into());
        }
        if self.engine.in_transaction() {
            return;
        }
        let changes = if self.engine.journal.keeps() { 0 } else { self.engine.journal.bytes() };
        if changes + self.engine.relations.dangling.len() + self.engine.reserved() > 0 {
            self.report(10, None, "changes are kept outside a transaction".into());
        }
    }
}
