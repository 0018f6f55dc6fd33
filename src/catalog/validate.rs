//! What the types of a schema cannot refuse, found by the compiler when it evaluates the derived schema's constants.
//!
//! Everything here is `const` and runs for each pair of models, so that it compares little. Absent here: the run time.

use super::{ModelEntry, NO_MODEL};
use crate::model::{FieldKind, LinkKind};

/// A model that another one points at; written by the derives.
#[derive(Clone, Copy, Debug)]
pub struct Pointer {
    /// The field or relation that points.
    pub from: &'static str,
    /// The model pointed at, as the declaration spells it.
    pub model: &'static str,
    /// Its identity; none where it is no model, or where a link has no through model, whose name is empty then.
    pub identity: Option<&'static str>,
}

/// Places of the models pointed at among the schema's. At compile time; O(models × targets).
pub const fn places<const COUNT: usize>(identities: &[&str], pointers: &[Pointer]) -> [u16; COUNT] {
    let (mut places, mut ordinal) = ([NO_MODEL; COUNT], 0);
    while ordinal < COUNT {
        if let Some(identity) = pointers[ordinal].identity {
            let mut place = 0;
            while place < identities.len() {
                if same(identity, identities[place]) {
                    places[ordinal] = place as u16;
                }
                place += 1;
            }
        }
        ordinal += 1;
    }
    places
}

/// What the types of a schema cannot refuse: models of the same name, and through models whose keys are not clear.
/// Models pointed at that have no table, too. Answers what is wrong with one model, naming the fix. O(models + keys).
///
/// The derived schema calls this in a constant for each of its tables and panics there, so that the compiler points at the
/// table and shows the text alone. What many models point at in vain is told at the first of them; `pointers` are those of
/// all models.
pub const fn fault(entries: &[ModelEntry], place: usize, pointers: &[&[Pointer]]) -> Option<Message> {
    let name = entries[place].descriptor.name;
    let mut other = 0;
    while other < place {
        if same(name, entries[other].descriptor.name) {
            let start = Message::new().with("two models of the schema are named `").with(name);
            return Some(start.with("`; give one of them another name: `#[model(name = \"...\")]`"));
        }
        other += 1;
    }
    let entry = &entries[place];
    let (mut ordinal, mut is_whole) = (0, true);
    while ordinal < pointers[place].len() {
        if is_missing(entries, pointers, (place, ordinal)) {
            is_whole = false;
            if let Some(message) = missing_fault(entries, pointers, (place, ordinal)) {
                return Some(message);
            }
        }
        ordinal += 1;
    }
    if !is_whole {
        return None;
    }
    let links = entry.descriptor.links;
    let keys = entry.targets.len() - 2 * links.len();
    ordinal = 0;
    while ordinal < links.len() {
        let (target, through) = (entry.targets[keys + 2 * ordinal] as usize, entry.targets[keys + 2 * ordinal + 1]);
        if let LinkKind::Through { source, target: target_field } = links[ordinal].kind {
            let through = &entries[through as usize];
            let start = Message::new().with("`").with(name).with(".").with(links[ordinal].name).with("`: ");
            let ends = [(place, source), (target, target_field)];
            let mut end = 0;
            while end < ends.len() {
                let (model, field) = ends[end];
                let fault =
                    through_fault(&start, through, entries[model].descriptor.name, model, field, place == target);
                if fault.is_some() {
                    return fault;
                }
                end += 1;
            }
        }
        ordinal += 1;
    }
    None
}

/// Whether the model has no table that a pointer points at.
const fn is_missing(entries: &[ModelEntry], pointers: &[&[Pointer]], (model, ordinal): (usize, usize)) -> bool {
    entries[model].targets[ordinal] == NO_MODEL && !pointers[model][ordinal].model.is_empty()
}

/// What is wrong with a pointer to a model that has no table; none if an earlier pointer to it has told.
const fn missing_fault(entries: &[ModelEntry], pointers: &[&[Pointer]], at: (usize, usize)) -> Option<Message> {
    let wanted = &pointers[at.0][at.1];
    let (mut model, mut is_before, mut others) = (0, true, 0);
    while model < pointers.len() {
        let mut ordinal = 0;
        while ordinal < pointers[model].len() {
            if model == at.0 && ordinal == at.1 {
                is_before = false;
            } else if is_missing(entries, pointers, (model, ordinal)) && same_model(wanted, &pointers[model][ordinal]) {
                if is_before {
                    return None;
                }
                others += 1;
            }
            ordinal += 1;
        }
        model += 1;
    }
    let name = entries[at.0].descriptor.name;
    let start = Message::new().with("`").with(name).with(".").with(wanted.from);
    let start = start.with(if others > 0 { "` (not only this field) points at `" } else { "` points at `" });
    let start = start.with(wanted.model);
    Some(match wanted.identity {
        Some(_) => {
            start.with("`, which has no table in the schema; add a field of type `Table<").with(wanted.model).with(">`")
        }
        None => start
            .with("`, which is not a model; add `#[derive(Model, Clone)]` to the struct `")
            .with(wanted.model)
            .with("` and a field of type `Table<")
            .with(wanted.model)
            .with(">` to the schema"),
    })
}

/// Whether two pointers are to the same model. What is no model is known by its name alone.
const fn same_model(one: &Pointer, other: &Pointer) -> bool {
    match (one.identity, other.identity) {
        (Some(one), Some(other)) => same(one, other),
        (None, None) => same(one.model, other.model),
        _ => false,
    }
}

const fn through_fault(
    start: &Message,
    through: &ModelEntry,
    model_name: &str,
    model: usize,
    field: Option<&str>,
    to_itself: bool,
) -> Option<Message> {
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
        return None;
    }
    let start = start.with("its through model `").with(through.descriptor.name);
    Some(match field {
        Some(field) => start.with("` has no foreign key `").with(field).with("` to `").with(model_name).with("`"),
        None if candidates < wanted => start
            .with(if to_itself { "` needs two foreign keys to `" } else { "` has no foreign key to `" })
            .with(model_name)
            .with("`; add a field of type `Id<")
            .with(model_name)
            .with(">` with `#[foreign_key(...)]`"),
        None => start
            .with("` has several foreign keys to `")
            .with(model_name)
            .with("`; name the two that count: `through = ")
            .with(through.descriptor.name)
            .with("(source_field, target_field)`"),
    })
}

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

/// A message put together at compile time.
#[derive(Clone, Copy)]
pub struct Message {
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

    /// The message. O(length).
    pub const fn text(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "the schema is not valid",
        }
    }
}

/// Compares from the end, where names and identities differ first: the compiler runs this for each pair of models.
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut left = one.len();
    while left > 0 {
        left -= 1;
        if one[left] != other[left] {
            return false;
        }
    }
    true
}
