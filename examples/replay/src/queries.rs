//! Answers recorded queries of Django.

use relarena::query::{
    AggregateKind, Lookup, NamedAggregate, NamedCondition, NamedOperand, NamedOrder, NamedQuery, Nulls,
};
use relarena::{Error, Store, Value};
use serde_json::{Map, Value as Json, json};

use crate::{Labels, Recorded, build};

/// Answers queries on a recorded state: `{"id", "answer"}` for each.
pub type Answer = fn(state: &Json, queries: &mut dyn Iterator<Item = Json>, tell: &mut dyn FnMut(Json));

/// Builds the state and answers each query on it.
pub fn answer<S: Recorded>(state: &Json, queries: &mut dyn Iterator<Item = Json>, tell: &mut dyn FnMut(Json)) {
    let (store, labels) = build::<S>(&state["state"]);
    for query in queries {
        tell(answer_one(&store, &labels, &query));
    }
}

/// Answers a query on a store whose rows have labels: `{"id", "answer"}`.
///
/// # Panics
///
/// If the query is malformed.
pub fn answer_one<S: Recorded>(store: &Store<S>, labels: &Labels, query: &Json) -> Json {
    let answer = Asker { store, labels }.ask(query).unwrap_or_else(|error| json!({ "error": error.to_string() }));
    json!({ "id": query["id"], "answer": answer })
}

struct Asker<'s, S> {
    store: &'s Store<S>,
    labels: &'s Labels,
}

impl<'s, S: Recorded> Asker<'s, S> {
    fn ask(&self, recorded: &Json) -> Result<Json, Error> {
        let mut query = self.store.query_by_name(text(&recorded["model"]))?;
        for step in list(&recorded["steps"]) {
            query = self.step(query, step)?;
        }
        let (kind, argument) = only(&recorded["get"]);
        Ok(match kind {
            "labels" => query.keys()?.into_iter().map(|row| self.json(&Value::Key(row))).collect(),
            "count" => json!(query.count()?),
            "exists" => json!(query.exists()?),
            "first" => self.json(&query.first()?.into()),
            "last" => self.json(&query.last()?.into()),
            "values" => {
                let paths: Vec<String> = list(argument).iter().map(path).collect();
                let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
                let row = |values: Vec<Value>| values.iter().map(|value| self.json(value)).collect::<Json>();
                query.values(&paths)?.into_iter().map(row).collect()
            }
            "aggregate" => {
                let aggregates = self.aggregates(argument);
                let results = query.aggregate(&borrowed(&aggregates))?;
                Json::Object(results.into_iter().map(|(name, value)| (name, self.json(&value))).collect())
            }
            other => panic!("nobody has recorded what `{other}` gets"),
        })
    }

    fn step(&self, query: NamedQuery<'s, S>, step: &Json) -> Result<NamedQuery<'s, S>, Error> {
        let (kind, argument) = only(step);
        match kind {
            "filter" => query.filter(&self.condition(argument)),
            "exclude" => query.exclude(&self.condition(argument)),
            "annotate" => query.annotate(&borrowed(&self.aggregates(argument))),
            "group_by" => {
                let paths: Vec<String> = list(argument).iter().map(path).collect();
                query.group_by(&paths.iter().map(String::as_str).collect::<Vec<_>>())
            }
            "order_by" => {
                let key = |key: &Json| NamedOrder {
                    path: path(&key["path"]),
                    is_descending: key["desc"] == true,
                    nulls: key["nulls"].as_str().map(|at| if at == "first" { Nulls::First } else { Nulls::Last }),
                };
                Ok(query.order_by(&list(argument).iter().map(key).collect::<Vec<_>>()))
            }
            "distinct" => Ok(query.distinct()),
            "slice" => {
                let place = |place: usize| argument[place].as_u64().expect("a slice has two places") as usize;
                Ok(query.slice(place(0), place(1)))
            }
            other => panic!("nobody has recorded a step `{other}`"),
        }
    }

    fn condition(&self, recorded: &Json) -> NamedCondition {
        let all = |parts: &Json| list(parts).iter().map(|part| self.condition(part)).collect();
        if let Some(parts) = recorded.get("and") {
            return NamedCondition::And(all(parts));
        }
        if let Some(parts) = recorded.get("or") {
            return NamedCondition::Or(all(parts));
        }
        if let Some(inner) = recorded.get("not") {
            return NamedCondition::Not(Box::new(self.condition(inner)));
        }
        let lookup = match text(&recorded["lookup"]) {
            "exact" => Lookup::Exact,
            "lt" => Lookup::Lt,
            "lte" => Lookup::Lte,
            "gt" => Lookup::Gt,
            "gte" => Lookup::Gte,
            "in" => Lookup::In,
            "range" => Lookup::Range,
            "isnull" => Lookup::IsNull,
            "contains" => Lookup::Contains,
            "startswith" => Lookup::StartsWith,
            "endswith" => Lookup::EndsWith,
            other => panic!("nobody has recorded a lookup `{other}`"),
        };
        let operand = match &recorded["value"] {
            Json::Array(values) => NamedOperand::List(values.iter().map(|value| self.value(value)).collect()),
            Json::Object(other) => NamedOperand::Path(path(&other["f"])),
            value => NamedOperand::Value(self.value(value)),
        };
        NamedCondition::Compare { path: path(&recorded["path"]), lookup, operand }
    }

    fn aggregates(&self, recorded: &Json) -> Vec<(String, NamedAggregate)> {
        let named = recorded.as_object().expect("aggregates have names");
        let aggregate = |recorded: &Json| NamedAggregate {
            kind: match text(&recorded["agg"]) {
                "Count" => AggregateKind::Count,
                "Sum" => AggregateKind::Sum,
                "Avg" => AggregateKind::Average,
                "Min" => AggregateKind::Min,
                "Max" => AggregateKind::Max,
                other => panic!("nobody has recorded an aggregate `{other}`"),
            },
            path: path(&recorded["path"]),
            is_distinct: recorded["distinct"] == true,
            filter: recorded.get("filter").map(|condition| self.condition(condition)),
        };
        named.iter().map(|(name, recorded)| (name.clone(), aggregate(recorded))).collect()
    }

    /// Texts never contain `#`; labels do.
    fn value(&self, recorded: &Json) -> Value {
        match recorded {
            Json::Bool(truth) => Value::Bool(*truth),
            Json::Number(number) => number.as_i64().map_or_else(
                || Value::Float(number.as_f64().expect("a number is an integer or a float")),
                |number| Value::Int(number.into()),
            ),
            Json::String(label) if label.contains('#') => Value::Key(self.labels.row(self.store, label)),
            Json::String(text) => Value::from(text.as_str()),
            _ => Value::Null,
        }
    }

    fn json(&self, value: &Value) -> Json {
        match value {
            Value::Bool(truth) => json!(truth),
            Value::Int(number) => json!(i64::try_from(*number).expect("recorded numbers are small")),
            Value::Float(number) => json!(number),
            Value::Text(text) => json!(text),
            Value::Key(row) => json!(self.labels.name(*row)),
            _ => Json::Null,
        }
    }
}

fn text(recorded: &Json) -> &str {
    recorded.as_str().expect("a recorded name is a text")
}

fn list(recorded: &Json) -> &[Json] {
    recorded.as_array().expect("a recorded list is one")
}

fn path(recorded: &Json) -> String {
    list(recorded).iter().map(text).collect::<Vec<_>>().join(".")
}

fn only(recorded: &Json) -> (&str, &Json) {
    let members: &Map<String, Json> = recorded.as_object().expect("a step is an object");
    let (name, argument) = members.iter().next().expect("with one member");
    (name, argument)
}

fn borrowed(aggregates: &[(String, NamedAggregate)]) -> Vec<(&str, NamedAggregate)> {
    aggregates.iter().map(|(name, aggregate)| (name.as_str(), aggregate.clone())).collect()
}
