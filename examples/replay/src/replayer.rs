//! One trace: its operations run one after the other, blocks as nested transactions.

use relarena::query::{Lookup, NamedCondition, NamedOperand};
use relarena::{Accessor, DeleteReport, Error, FieldKind, LinkStorage, RowKey, Schema, Store, Value};
use serde_json::{Map, Value as Json, json};

use crate::Recorded;
use crate::labels::{Labels, number};
use crate::session::Check;
use crate::state::counts;

/// What became of a trace.
pub struct Ran {
    /// An outcome for each operation.
    pub outcomes: Vec<Json>,
    /// Counts after each operation.
    pub counts: Vec<Json>,
    /// Labels of all rows.
    pub labels: Labels,
}

enum BlockEnd {
    Commit,
    Rollback,
    Trace,
}

pub(crate) struct Replayer<'t> {
    operations: &'t [Json],
    next: usize,
    labels: Labels,
    outcomes: Vec<Json>,
    counts: Vec<Json>,
    check: Option<Check<'t>>,
}

impl<'t> Replayer<'t> {
    pub(crate) fn new(trace: &'t Json, labels: Labels, check: Option<Check<'t>>) -> Self {
        let operations = trace["ops"].as_array().expect("a trace has operations");
        Self { operations, next: 0, labels, outcomes: Vec::new(), counts: Vec::new(), check }
    }

    /// Runs the trace.
    pub(crate) fn run<S: Recorded>(mut self, store: &mut Store<S>) -> Ran {
        self.run_block(store);
        Ran { outcomes: self.outcomes, counts: self.counts, labels: self.labels }
    }

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
        self.labels.open_block();
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
        if let Some(check) = &mut self.check {
            check(self.outcomes.len(), &tx.audit());
        }
        self.outcomes.push(outcome);
        self.counts.push(counts(tx));
    }

    fn run_operation<S: Recorded>(&mut self, tx: &mut Store<S>, operation: &'t Json) -> Result<Json, Error> {
        match text(operation, "op") {
            // The state is there already.
            "load" => {}
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
        let (model, field, value) = (text(operation, "model"), text(operation, "field"), &operation["value"]);
        let lookup = match text(operation, "lookup") {
            "isnull" => Lookup::IsNull,
            "exact" => Lookup::Exact,
            "lt" => Lookup::Lt,
            "lte" => Lookup::Lte,
            "gt" => Lookup::Gt,
            "gte" => Lookup::Gte,
            other => panic!("unknown lookup {other}"),
        };
        let wanted = match lookup {
            Lookup::IsNull => Value::Bool(value.as_bool().unwrap_or_default()),
            // Null matches nothing here, other than in a query.
            _ if value.is_null() => return Ok(Vec::new()),
            _ => self.value(tx, model, field, value)?,
        };
        // A query looks at the row at the end of a key, Django at the key itself: they differ while it dangles.
        match &wanted {
            Value::Key(target) if !tx.contains_key(*target) => scan(tx, model, field, |value| *value == wanted),
            Value::Bool(is_null) if lookup == Lookup::IsNull => {
                scan(tx, model, field, |value| (*value == Value::Null) == *is_null)
            }
            _ => {
                let (path, operand) = (field.to_owned(), NamedOperand::Value(wanted));
                let condition = NamedCondition::Compare { path, lookup, operand };
                tx.query_by_name(model)?.filter(&condition)?.keys()
            }
        }
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

/// Rows whose value passes. O(rows).
fn scan<S: Schema>(
    tx: &Store<S>,
    model: &str,
    field: &str,
    is_wanted: impl Fn(&Value) -> bool,
) -> Result<Vec<RowKey>, Error> {
    let mut rows = Vec::new();
    for row in tx.keys_of(model)? {
        if is_wanted(&tx.value(row, field)?) {
            rows.push(row);
        }
    }
    Ok(rows)
}
