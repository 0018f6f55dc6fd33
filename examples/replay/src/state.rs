//! The state of a store in the form of the recordings: counts, all rows and links, hashes of them.

use relarena::{Schema, Store, Value};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::labels::{Labels, number};

/// Rows of each model, then links of each many-to-many relation. O(models + rows of models with links).
///
/// # Panics
///
/// Never: the catalog's own names are known.
pub fn counts<S: Schema>(store: &Store<S>) -> Json {
    let catalog = store.catalog();
    let rows = catalog.models().iter().map(|model| store.len_of(model.descriptor.name));
    let links = catalog.links().iter().map(|link| store.count_links(link.name.model, link.name.field));
    rows.chain(links).map(|count| json!(count.expect("the catalog's own names are known"))).collect()
}

/// The whole state: rows by label, links by relation. O(size of the state).
///
/// # Panics
///
/// Never: the catalog's own names are known.
pub fn state<S: Schema>(store: &Store<S>, labels: &Labels) -> Json {
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

/// What stands for a state too large to be printed.
pub struct Hashes {
    /// SHA-256 of a line for each row, models in the order of the schema, rows by the number of their label.
    pub whole: String,
    /// For each model the first 16 hexadecimal digits of the SHA-256 of its own lines.
    pub models: Map<String, Json>,
}

/// Hashes of all rows. O(size of the rows + rows × log rows).
///
/// # Panics
///
/// Never: the catalog's own names are known.
pub fn hashes<S: Schema>(store: &Store<S>, labels: &Labels) -> Hashes {
    let (mut whole, mut models) = (Sha256::new(), Map::new());
    for model in store.catalog().models().iter().map(|model| model.descriptor.name) {
        let mut rows = store.keys_of(model).expect("the catalog's own names are known");
        rows.sort_by_key(|&row| number(labels.name(row)).1);
        let mut own = Sha256::new();
        for row in rows {
            let values = store.values(row).expect("a listed row exists");
            let values = values.iter().map(|(_, value)| to_json(value, labels));
            let line: Vec<Json> = std::iter::once(json!(labels.name(row))).chain(values).collect();
            let line = format!("{}\n", Json::Array(line));
            whole.update(&line);
            own.update(&line);
        }
        models.insert(model.to_owned(), json!(hexadecimal(own)[..16]));
    }
    Hashes { whole: hexadecimal(whole), models }
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn to_json(value: &Value, labels: &Labels) -> Json {
    match value {
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Float(value) => json!(value),
        Value::Text(value) => json!(value),
        Value::Key(row) => json!(labels.name(*row)),
        _ => Json::Null,
    }
}
