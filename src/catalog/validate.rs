//! What the types cannot refuse in a schema is refused here, at compile time: names used twice, unclear through models.
//!
//! Everything is `const`, so that a mistake is a compile error whose text names model and relation, and the fix.

use super::ModelEntry;
use crate::model::{FieldKind, LinkKind};

/// The ordinal of a through model's key to `model`: the named one, or the only one. A relation of a model with itself
/// takes the first key as its source and the last as its target.
pub(super) const fn through_key(through: &ModelEntry, model: usize, field: Option<&str>, last: bool) -> Option<usize> {
    let (fields, mut place, mut ordinal) = (through.descriptor.fields, 0, 0);
    let mut found = None;
    while place < fields.len() {
        if let FieldKind::Key(_) = fields[place].kind {
            let named = match field {
                Some(name) => same(name, fields[place].name),
                None => through.targets[ordinal] as usize == model,
            };
            if named && through.targets[ordinal] as usize == model && (found.is_none() || last) {
                found = Some(ordinal);
            }
            ordinal += 1;
        }
        place += 1;
    }
    found
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut place = 0;
    while place < one.len() {
        if one[place] != other[place] {
            return false;
        }
        place += 1;
    }
    true
}

/// A message put together at compile time.
struct Message {
    bytes: [u8; 320],
    length: usize,
}

impl Message {
    const fn new() -> Self {
        Self { bytes: [0; 320], length: 0 }
    }

    const fn with(mut self, text: &str) -> Self {
        let (text, mut place) = (text.as_bytes(), 0);
        while place < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text[place];
            self.length += 1;
            place += 1;
        }
        self
    }

    const fn fail(&self) -> ! {
        let (text, _) = self.bytes.split_at(self.length);
        match core::str::from_utf8(text) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("the schema is not valid"),
        }
    }
}

/// Refuses at compile time what the types cannot: models of the same name, and through models whose keys are not clear.
///
/// # Panics
///
/// With a text that names model and relation, and the fix; in a constant, so the panic is a compile error.
pub const fn validate(entries: &[ModelEntry]) {
    let mut place = 0;
    while place < entries.len() {
        let name = entries[place].descriptor.name;
        let mut other = 0;
        while other < place {
            if same(name, entries[other].descriptor.name) {
                Message::new()
                    .with("two models of the schema are named `")
                    .with(name)
                    .with("`; give one of them `#[model(name = \"...\")]`")
                    .fail();
            }
            other += 1;
        }
        validate_links(entries, place);
        place += 1;
    }
}

const fn validate_links(entries: &[ModelEntry], place: usize) {
    let entry = &entries[place];
    let links = entry.descriptor.links;
    let keys = entry.targets.len() - 2 * links.len();
    let mut ordinal = 0;
    while ordinal < links.len() {
        let (target, through) = (entry.targets[keys + 2 * ordinal] as usize, entry.targets[keys + 2 * ordinal + 1]);
        if let LinkKind::Through { source, target: target_field } = links[ordinal].kind {
            let through = &entries[through as usize];
            validate_through(entry, links[ordinal].name, through, place, source, place == target);
            validate_through(entry, links[ordinal].name, through, target, target_field, place == target);
        }
        ordinal += 1;
    }
}

const fn validate_through(
    entry: &ModelEntry,
    link: &str,
    through: &ModelEntry,
    model: usize,
    field: Option<&str>,
    to_itself: bool,
) {
    let (mut ordinal, mut candidates) = (0, 0);
    let keys = through.targets.len() - 2 * through.descriptor.links.len();
    while ordinal < keys {
        if through.targets[ordinal] as usize == model {
            candidates += 1;
        }
        ordinal += 1;
    }
    let wanted = if to_itself { 2 } else { 1 };
    let clear = field.is_some() || candidates == wanted;
    if clear && through_key(through, model, field, false).is_some() {
        return;
    }
    let start = Message::new()
        .with("many-to-many `")
        .with(entry.descriptor.name)
        .with(".")
        .with(link)
        .with("`: its through model `")
        .with(through.descriptor.name);
    match field {
        Some(field) => start.with("` has no foreign key `").with(field).with("` to the right model").fail(),
        None if candidates == 0 => start.with("` lacks a foreign key to one of the two models").fail(),
        None => start
            .with("` has several foreign keys to one of the two models; name them: `through = ")
            .with(through.descriptor.name)
            .with("(source_field, target_field)`")
            .fail(),
    }
}
