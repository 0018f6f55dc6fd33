//! Replays recorded runs of Django on any schema, through the by-name face alone.
//!
//! Formats: the README of the recorded runs. Rows are named by labels; a label undone by a rollback stands for a row that
//! never existed, since the store hands its id out again.

use std::collections::BTreeMap;

use relarena::{Accessor, DeleteReport, Error, FieldKind, LinkStorage, RowKey, Schema, Store, Value};
use serde_json::{Map, Value as Json, json};

/// A schema that recorded runs can be replayed on.
pub(crate) trait Recorded: Schema {
    /// The rows that `set_default` and `set_with` keys fall back to.
    const SUBSTITUTES: &'static [Substitute];
}

/// The row that a key falls back to: a label, or null.
pub(crate) struct Substitute {
    pub(crate) model: &'static str,
    pub(crate) field: &'static str,
    pub(crate) row: Option<&'static str>,
}

/// Replays one trace; `check` looks at the audit after each operation. Answers `{"seed", "outcomes", "counts", "final"}`.
pub(crate) type Replay = fn(trace: &Json, check: &mut dyn FnMut(usize, &[relarena::Violation])) -> Json;

/// Replays a trace on a fresh store.
pub(crate) fn replay<S: Recorded>(trace: &Json, check: &mut dyn FnMut(usize, &[relarena::Violation])) -> Json {
    let (store, labels, outcomes, counts) = run::<S>(trace, check);
    json!({ "seed": trace["seed"], "outcomes": outcomes, "counts": counts, "final": state(&store, &labels) })
}

/// Builds a recorded state, to be asked queries.
///
/// # Panics
///
/// If it comes out other than recorded.
pub(crate) fn build<S: Recorded>(recorded: &Json) -> (Store<S>, Labels) {
    let (store, labels, outcomes, _) = run::<S>(recorded, &mut |_, _| {});
    assert!(outcomes.iter().all(|outcome| outcome.get("ok").is_some()), "a recorded state is built without refusals");
    assert_eq!(state(&store, &labels), recorded["final"], "a recorded state comes out as recorded");
    (store, labels)
}

fn run<S: Recorded>(
    trace: &Json,
    check: &mut dyn FnMut(usize, &[relarena::Violation]),
) -> (Store<S>, Labels, Vec<Json>, Vec<Json>) {
    let mut store = Store::<S>::new();
    for substitute in S::SUBSTITUTES.iter().filter(|substitute| substitute.row.is_none()) {
        store.set_substitute_by_name(substitute.model, substitute.field, None).expect("a substitute may be null");
    }
    let mut replayer = Replayer {
        operations: trace["ops"].as_array().expect("a trace has operations"),
        next: 0,
        labels: Labels::default(),
        outcomes: Vec::new(),
        counts: Vec::new(),
        check,
    };
    replayer.run_block::<S>(&mut store);
    let Replayer { labels, outcomes, counts, .. } = replayer;
    (store, labels, outcomes, counts)
}

/// Labels of rows, both ways.
#[derive(Default)]
pub(crate) struct Labels {
    rows: BTreeMap<String, RowKey>,
    names: BTreeMap<RowKey, String>,
    /// Labels given in each open block, outermost first.
    given: Vec<Vec<String>>,
}

impl Labels {
    fn give(&mut self, label: &str, row: RowKey) {
        self.rows.insert(label.into(), row);
        self.names.insert(row, label.into());
        if let Some(block) = self.given.last_mut() {
            block.push(label.into());
        }
    }

    /// The label's row, or one of its model that never exists.
    pub(crate) fn row<S: Schema>(&self, store: &Store<S>, label: &str) -> RowKey {
        self.rows.get(label).copied().unwrap_or_else(|| {
            let model = label.split('#').next().unwrap_or(label);
            store.catalog().null_key(store.catalog().model(model).expect("a label begins with its model"))
        })
    }

    pub(crate) fn name(&self, row: RowKey) -> &str {
        self.names.get(&row).map_or("?", String::as_str)
    }

    fn keep_block(&mut self) {
        let block = self.given.pop().unwrap_or_default();
        if let Some(outer) = self.given.last_mut() {
            outer.extend(block);
        }
    }

    fn forget_block(&mut self) {
        for label in self.given.pop().unwrap_or_default() {
            if let Some(row) = self.rows.remove(&label) {
                self.names.remove(&row);
            }
        }
    }
}

enum BlockEnd {
    Commit,
    Rollback,
    Trace,
}

struct Replayer<'t> {
    operations: &'t [Json],
    next: usize,
    labels: Labels,
    outcomes: Vec<Json>,
    counts: Vec<Json>,
    check: &'t mut dyn FnMut(usize, &[relarena::Violation]),
}

impl<'t> Replayer<'t> {
    /// Runs operations up to the end of the innermost block. Blocks nest at most four deep in the recordings.
    fn run_block<S: Recorded>(&mut self, tx: &mut Store<S>) -> BlockEnd {
        while let Some(operation) = self.operations.get(self.next) {
            self.next += 1;
            match text(operation, "op") {
                "begin" => self.run_inner(tx),
                "commit" => return BlockEnd::Commit,
                "rollback" => return BlockEnd::Rollback,
                _ => {
                    let outcome = self.run_operation(tx, operation);
                    let outcome = outcome.unwrap_or_else(|error| self.error_outcome(&error));
                    self.record(tx, outcome);
                }
            }
        }
        BlockEnd::Trace
    }

    fn run_inner<S: Recorded>(&mut self, tx: &mut Store<S>) {
        self.labels.given.push(Vec::new());
        let ended = tx.transaction(|tx| {
            self.record(tx, json!({ "ok": {} }));
            match self.run_block(tx) {
                BlockEnd::Commit => Ok(()),
                BlockEnd::Rollback | BlockEnd::Trace => Err(Error::other("rollback")),
            }
        });
        let outcome = match ended {
            Ok(()) => {
                self.labels.keep_block();
                json!({ "ok": {} })
            }
            Err(Error::Other(_)) => {
                self.labels.forget_block();
                json!({ "ok": {} })
            }
            Err(error) => {
                self.labels.forget_block();
                self.error_outcome(&error)
            }
        };
        self.record(tx, outcome);
    }

    fn record<S: Recorded>(&mut self, tx: &Store<S>, outcome: Json) {
        (self.check)(self.outcomes.len(), &tx.audit());
        self.outcomes.push(outcome);
        self.counts.push(counts(tx));
    }

    fn run_operation<S: Recorded>(&mut self, tx: &mut Store<S>, operation: &'t Json) -> Result<Json, Error> {
        match text(operation, "op") {
            "create" => {
                let values = self.values(tx, text(operation, "model"), &operation["fields"])?;
                let row = tx.insert_by_name(text(operation, "model"), &values)?;
                self.give(tx, text(operation, "label"), row)?;
            }
            "bulk_create" => self.bulk_create(tx, operation)?,
            "set" => {
                let row = self.labels.row(tx, text(operation, "row"));
                let values = self.values(tx, row.model(), &operation["fields"])?;
                tx.set_by_name(row, &values)?;
            }
            "delete" => return Ok(Self::deleted(&tx.delete_key(self.labels.row(tx, text(operation, "row")))?)),
            "delete_many" => return Ok(Self::deleted(&tx.delete_keys(&self.rows(tx, &operation["rows"]))?)),
            "delete_where" => {
                let rows = self.matching(tx, operation)?;
                return Ok(Self::deleted(&tx.delete_keys(&rows)?));
            }
            "m2m_remove" => {
                let (row, others) = (self.labels.row(tx, text(operation, "row")), self.rows(tx, &operation["rows"]));
                tx.unlink_by_name(row, text(operation, "rel"), &others)?;
            }
            "m2m_clear" => {
                tx.clear_links_by_name(self.labels.row(tx, text(operation, "row")), text(operation, "rel"))?;
            }
            "m2m_add" | "m2m_set" => self.link(tx, operation)?,
            other => panic!("unknown operation {other}"),
        }
        Ok(json!({ "ok": {} }))
    }

    /// Gives a new row its label, and names it as the substitute of the keys that fall back to it.
    fn give<S: Recorded>(&mut self, tx: &mut Store<S>, label: &str, row: RowKey) -> Result<(), Error> {
        self.labels.give(label, row);
        for substitute in S::SUBSTITUTES.iter().filter(|substitute| substitute.row == Some(label)) {
            tx.set_substitute_by_name(substitute.model, substitute.field, Some(row))?;
        }
        Ok(())
    }

    fn bulk_create<S: Recorded>(&mut self, tx: &mut Store<S>, operation: &Json) -> Result<(), Error> {
        let model = text(operation, "model");
        let given = operation["rows"].as_array().expect("a bulk_create has rows");
        let rows: Vec<_> = given.iter().map(|row| self.values(tx, model, &row["fields"])).collect::<Result<_, _>>()?;
        let keys = tx.insert_many_by_name(model, rows.iter().map(Vec::as_slice))?;
        for (row, key) in given.iter().zip(keys) {
            self.give(tx, text(row, "label"), key)?;
        }
        Ok(())
    }

    fn link<S: Recorded>(&mut self, tx: &mut Store<S>, operation: &Json) -> Result<(), Error> {
        let (row, relation) = (self.labels.row(tx, text(operation, "row")), text(operation, "rel"));
        let others = self.rows(tx, &operation["rows"]);
        let Some(defaults) = operation.get("through_defaults") else {
            match text(operation, "op") {
                "m2m_add" => drop(tx.link_by_name(row, relation, &others, |_| &[])?),
                _ => drop(tx.set_links_by_name(row, relation, &others, |_| &[])?),
            }
            return Ok(());
        };
        let through = through_model(tx, row, relation)?;
        let extra = self.values(tx, through, defaults)?;
        let mut asked = Vec::new();
        let note = |other| {
            asked.push(other);
            extra.as_slice()
        };
        let made = match text(operation, "op") {
            "m2m_add" => tx.link_by_name(row, relation, &others, note)?,
            _ => tx.set_links_by_name(row, relation, &others, note)?.1,
        };
        for (other, link_row) in asked.into_iter().zip(made) {
            let label = operation["through_labels"][self.labels.name(other)].as_str().expect("a new link has a label");
            self.give(tx, label, link_row)?;
        }
        Ok(())
    }

    fn matching<S: Recorded>(&self, tx: &Store<S>, operation: &Json) -> Result<Vec<RowKey>, Error> {
        let (model, field, lookup) = (text(operation, "model"), text(operation, "field"), text(operation, "lookup"));
        let wanted = match lookup {
            "isnull" => Value::Null,
            _ => self.value(tx, model, field, &operation["value"])?,
        };
        let mut rows = Vec::new();
        for row in tx.keys_of(model)? {
            let value = tx.value(row, field)?;
            let matches = match lookup {
                "isnull" => (value == Value::Null) == operation["value"].as_bool().unwrap_or_default(),
                _ if value == Value::Null || wanted == Value::Null => false,
                "exact" => value == wanted,
                "lt" => order(&value, &wanted).is_lt(),
                "lte" => order(&value, &wanted).is_le(),
                "gt" => order(&value, &wanted).is_gt(),
                "gte" => order(&value, &wanted).is_ge(),
                other => panic!("unknown lookup {other}"),
            };
            if matches {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    fn rows<S: Recorded>(&self, tx: &Store<S>, labels: &Json) -> Vec<RowKey> {
        let labels = labels.as_array().expect("a list of labels");
        labels.iter().map(|label| self.labels.row(tx, label.as_str().expect("a label is a text"))).collect()
    }

    fn values<'v, S: Recorded>(
        &self,
        tx: &Store<S>,
        model: &str,
        fields: &'v Json,
    ) -> Result<Vec<(&'v str, Value)>, Error> {
        let fields = fields.as_object().expect("fields are an object");
        fields.iter().map(|(name, value)| Ok((name.as_str(), self.value(tx, model, name, value)?))).collect()
    }

    fn value<S: Recorded>(&self, tx: &Store<S>, model: &str, field: &str, value: &Json) -> Result<Value, Error> {
        let (catalog, place) = (tx.catalog(), tx.catalog().model(model)?);
        let is_key = match catalog.accessor(place, field)? {
            Accessor::Field(field) => {
                matches!(catalog.models()[place].descriptor.fields[field].kind, FieldKind::Key(_))
            }
            _ => false,
        };
        Ok(match value {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(value) => value.as_i64().expect("recorded ints fit").into(),
            Json::String(label) if is_key => Value::Key(self.labels.row(tx, label)),
            Json::String(value) => Value::Text(value.clone()),
            Json::Array(_) | Json::Object(_) => panic!("a field is not a list"),
        })
    }

    fn deleted(report: &DeleteReport) -> Json {
        let rows = report.rows().map(|(model, count)| (model.to_owned(), json!(count)));
        let links = report.links().map(|(relation, count)| (relation.to_string(), json!(count)));
        let counts: Map<String, Json> = rows.chain(links).collect();
        json!({ "ok": { "deleted": counts } })
    }

    fn error_outcome(&self, error: &Error) -> Json {
        let class = match error {
            Error::RowNotFound { .. } => "DoesNotExist",
            Error::Null { .. } => "NotNull",
            Error::DanglingTarget { .. } | Error::DanglingReferences(_) => "ForeignKeyViolation",
            Error::CheckViolation { .. } => "CheckViolation",
            Error::UniqueViolation(_) => "UniqueViolation",
            Error::Protected(blocked) => return self.refusal("Protected", blocked),
            Error::Restricted(blocked) => return self.refusal("Restricted", blocked),
            other => return json!({ "err": format!("unexpected: {other}") }),
        };
        json!({ "err": class })
    }

    fn refusal(&self, class: &str, blocked: &relarena::Blocked) -> Json {
        let rows = blocked.blockers.iter().map(|blocker| self.labels.name(blocker.reference.source));
        let mut rows: Vec<&str> = rows.collect();
        rows.sort_by_key(|label| number(label));
        rows.dedup();
        json!({ "err": class, "rows": rows })
    }
}

fn text<'j>(operation: &'j Json, name: &str) -> &'j str {
    operation[name].as_str().unwrap_or_else(|| panic!("{name} of {operation} is not a text"))
}

fn through_model<S: Schema>(tx: &Store<S>, row: RowKey, relation: &str) -> Result<&'static str, Error> {
    let catalog = tx.catalog();
    let Accessor::Links(link, _) = catalog.accessor(row.model_index(), relation)? else {
        return Err(Error::other(format!("{relation} is not a many-to-many relation")));
    };
    let LinkStorage::Through { source_key, .. } = catalog.links()[link].storage else {
        return Err(Error::other(format!("{relation} has no through model")));
    };
    Ok(catalog.relations()[source_key].name.model)
}

fn order(one: &Value, other: &Value) -> std::cmp::Ordering {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        _ => panic!("{one} and {other} have no order"),
    }
}

/// Model and number of a label, to sort by.
fn number(label: &str) -> (&str, u64) {
    let (model, number) = label.split_once('#').unwrap_or((label, "0"));
    (model, number.parse().unwrap_or(0))
}

/// Rows of each model, then links of each many-to-many relation.
fn counts<S: Schema>(tx: &Store<S>) -> Json {
    let catalog = tx.catalog();
    let rows = catalog.models().iter().map(|model| tx.len_of(model.descriptor.name));
    let links = catalog.links().iter().map(|link| tx.count_links(link.name.model, link.name.field));
    rows.chain(links).map(|count| json!(count.expect("the catalog's own names are known"))).collect()
}

/// The whole state: rows by label, links by relation.
pub(crate) fn state<S: Schema>(store: &Store<S>, labels: &Labels) -> Json {
    let catalog = store.catalog();
    let (mut rows, mut links) = (Map::new(), Map::new());
    for model in catalog.models().iter().map(|model| model.descriptor.name) {
        let mut of_model = Map::new();
        for row in store.keys_of(model).expect("the catalog's own names are known") {
            let values = store.values(row).expect("a listed row exists");
            let values: Map<_, _> =
                values.into_iter().map(|(name, value)| (name.to_owned(), to_json(&value, labels))).collect();
            of_model.insert(labels.name(row).to_owned(), Json::Object(values));
        }
        rows.insert(model.to_owned(), Json::Object(of_model));
    }
    for link in catalog.links() {
        let mut pairs = Vec::new();
        for source in store.keys_of(link.name.model).expect("the catalog's own names are known") {
            for target in store.follow_by_name(source, link.name.field).expect("a listed row exists") {
                pairs.push([labels.name(source), labels.name(target)]);
            }
        }
        pairs.sort_by_key(|[source, target]| (number(source), number(target)));
        links.insert(link.name.to_string(), json!(pairs));
    }
    json!({ "rows": rows, "links": links })
}

fn to_json(value: &Value, labels: &Labels) -> Json {
    match value {
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Text(value) => json!(value),
        Value::Key(row) => json!(labels.name(*row)),
        _ => Json::Null,
    }
}
