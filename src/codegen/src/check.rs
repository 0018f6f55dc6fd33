//! The rules of a schema. Writes no text of models; reports all mistakes at once.

use std::collections::btree_map::{BTreeMap, Entry};

use serde_json::Value;

use crate::condition::{Condition, fits, operator};
use crate::names::{constant, is_usable};
use crate::schema::{Field, FieldType, Link, Model, OnDelete, Schema};
use crate::{Error, Mistake};

/// # Errors
///
/// [`Error::Mistakes`].
pub(crate) fn check(schema: &Schema) -> Result<(), Error> {
    let mut checker = Checker { schema, mistakes: Vec::new() };
    checker.check();
    if checker.mistakes.is_empty() { Ok(()) } else { Err(Error::Mistakes(checker.mistakes)) }
}

struct Checker<'s> {
    schema: &'s Schema,
    mistakes: Vec<Mistake>,
}

impl Checker<'_> {
    fn add(&mut self, model: &str, field: &str, text: impl Into<String>) {
        self.mistakes.push(Mistake { model: model.into(), field: field.into(), text: text.into() });
    }

    fn check(&mut self) {
        if !is_usable(&self.schema.name) {
            self.add("", "", format!("`schema` is to be a name in snake case, not `{}`", self.schema.name));
        }
        if self.schema.models.is_empty() {
            self.add("", "", "`models` is empty: a schema has one or more");
        }
        for (place, model) in self.schema.models.iter().enumerate() {
            if self.schema.models[..place].iter().any(|earlier| earlier.name == model.name) {
                self.add(&model.name, "", "there is a model of this name already; give one another name");
            }
            self.check_model(model);
        }
        for link in &self.schema.links {
            self.check_link(link);
        }
        self.check_constants();
    }

    fn check_model(&mut self, model: &Model) {
        self.check_name(&model.name, "", &model.name);
        for (place, field) in model.fields.iter().enumerate() {
            self.check_name(&model.name, &field.name, &field.name);
            if model.fields[..place].iter().any(|earlier| earlier.name == field.name) {
                self.add(&model.name, &field.name, "there is a field of this name already; give one another name");
            }
            if field.kind.is_key() {
                self.check_key(model, field);
            } else {
                self.check_plain(model, field);
            }
        }
        for group in &model.unique_together {
            if group.len() < 2 {
                self.add(&model.name, "", "`unique_together` takes two fields or more; for one use `unique` on it");
            }
            self.check_fields(model, "", group);
        }
        for rule in &model.unique_where {
            self.check_fields(model, &rule.name, &rule.fields);
            self.check_conditions(model, &rule.name, &rule.conditions);
        }
        for check in &model.checks {
            self.check_conditions(model, &check.name, &check.conditions);
        }
    }

    fn check_name(&mut self, model: &str, field: &str, name: &str) {
        if !is_usable(name) {
            self.add(model, field, format!("`{name}` cannot be a name in Rust; choose another"));
        }
    }

    fn check_plain(&mut self, model: &Model, field: &Field) {
        if field.target.is_some() || field.on_delete.is_some() {
            let text = "a field with `target` or `on_delete` is of type `foreign_key` or `one_to_one`";
            self.add(&model.name, &field.name, text);
        }
        if let Some(default) = &field.default {
            let is_null = default.is_null() && field.null;
            if !is_null && (default.is_null() || !fits(field.kind, "exact", default)) {
                let text = format!("the default {default} does not fit a field of type {:?}", field.kind);
                self.add(&model.name, &field.name, text);
            }
        }
    }

    fn check_key(&mut self, model: &Model, field: &Field) {
        let (model, name) = (&model.name, &field.name);
        match &field.target {
            None => self.add(model, name, "a key needs a `target`: the model that it points at"),
            Some(target) if self.schema.model(target).is_none() => {
                self.add(model, name, format!("the schema has no model `{target}` to point at"));
            }
            Some(_) => {}
        }
        match field.on_delete {
            None => self.add(model, name, "a key needs an `on_delete`: say what happens when its target is deleted"),
            Some(OnDelete::SetNull) if !field.null => {
                self.add(model, name, "`SET_NULL` needs a key that may be null: `\"null\": true`");
            }
            Some(OnDelete::SetDefault | OnDelete::Set) => match field.substitute() {
                Some(label) if self.target_of_label(label) == field.target.as_deref() => {}
                None if field.null => {}
                _ => {
                    let text = "the row to fall back to is the label of one of its target: `default` for `SET_DEFAULT`, \
                                `on_delete_set` for `SET`";
                    self.add(model, name, text);
                }
            },
            Some(_) => {}
        }
        if let Some(reverse) = &field.related_name {
            self.check_name(model, name, reverse);
        }
    }

    fn target_of_label<'l>(&self, label: &'l str) -> Option<&'l str> {
        let (model, number) = label.split_once('#')?;
        (self.schema.model(model).is_some() && number.parse::<u64>().is_ok()).then_some(model)
    }

    fn check_fields(&mut self, model: &Model, rule: &str, fields: &[String]) {
        if fields.is_empty() {
            self.add(&model.name, rule, "a unique rule needs a field");
        }
        for field in fields {
            if model.field(field).is_none() {
                self.add(&model.name, rule, format!("there is no field `{field}`"));
            }
        }
    }

    fn check_conditions(&mut self, model: &Model, rule: &str, conditions: &[Condition]) {
        if conditions.is_empty() {
            self.add(&model.name, rule, "a rule needs a condition");
        }
        for (name, how, value) in conditions {
            let text = match model.field(name) {
                None => format!("there is no field `{name}`"),
                Some(_) if operator(how).is_none() => format!("`{how}` is no operator: exact, gte, lte"),
                Some(field) if field.kind.is_key() && !value.is_null() => {
                    format!("`{name}` is a key: it can be compared with null only")
                }
                Some(field) if !fits(field.kind, how, value) => {
                    format!("`{name}` is of type {:?}: `{how}` cannot compare it with {value}", field.kind)
                }
                Some(_) => continue,
            };
            self.add(&model.name, rule, text);
        }
    }

    fn check_link(&mut self, link: &Link) {
        let (model, name) = (&link.model, &link.name);
        self.check_name(model, name, name);
        if let Some(reverse) = &link.related_name {
            self.check_name(model, name, reverse);
        }
        for end in [model, &link.target] {
            if self.schema.model(end).is_none() {
                self.add(model, name, format!("the schema has no model `{end}`"));
            }
        }
        if link.symmetrical && model != &link.target {
            self.add(model, name, "only a relation of a model with itself can be symmetrical");
        }
        if link.symmetrical && link.through.is_some() {
            self.add(model, name, "a relation with a through model has two directions; it cannot be symmetrical");
        }
        let Some(through) = &link.through else { return };
        let Some(through_model) = self.schema.model(&through.model) else {
            return self.add(model, name, format!("the schema has no model `{}` to go through", through.model));
        };
        for (field, end) in [(&through.source_field, model), (&through.target_field, &link.target)] {
            let key = through_model.field(field);
            if !key.is_some_and(|key| key.kind == FieldType::ForeignKey && key.target.as_ref() == Some(end)) {
                self.add(model, name, format!("`{}.{field}` is no foreign key to `{end}`", through.model));
            }
        }
    }

    /// Constants of one model must differ: those of its fields and links, and of the other ends that stand on it.
    fn check_constants(&mut self) {
        let mut taken: BTreeMap<(&str, String), String> = BTreeMap::new();
        let schema = self.schema;
        let fields = schema.models.iter().flat_map(|model| model.fields.iter().map(move |field| (model, field)));
        let own = fields.clone().map(|(model, field)| (model.name.as_str(), &field.name, &model.name, &field.name));
        let links = schema.links.iter();
        let own = own.chain(links.clone().map(|link| (link.model.as_str(), &link.name, &link.model, &link.name)));
        let ends = fields.filter_map(|(model, field)| {
            Some((field.target.as_deref()?, field.related_name.as_ref()?, &model.name, &field.name))
        });
        let ends = ends.chain(links.filter_map(|link| {
            let reverse = link.related_name.as_ref().filter(|_| !link.symmetrical)?;
            Some((link.target.as_str(), reverse, &link.model, &link.name))
        }));
        let mut clashes = Vec::new();
        for (on, name, model, field) in own.chain(ends) {
            match taken.entry((on, constant(name))) {
                Entry::Vacant(free) => drop(free.insert(format!("{model}.{field}"))),
                // Two fields of one name have been told.
                Entry::Occupied(earlier) if *earlier.get() == format!("{model}.{field}") => {}
                Entry::Occupied(earlier) => {
                    let text = format!("`{on}::{}` is the name of `{}` already", constant(name), earlier.get());
                    clashes.push((model, field, text + "; choose another `related_name`"));
                }
            }
        }
        for (model, field, text) in clashes {
            self.add(model, field, text);
        }
    }
}

/// The default of a plain field as it is to be written: none where a field left out has the same value of itself. O(1).
pub(crate) fn written_default(field: &Field) -> Option<&Value> {
    let default = field.default.as_ref().filter(|_| !field.kind.is_key())?;
    let is_natural =
        if field.null { default.is_null() } else { field.kind == FieldType::Text && default.as_str() == Some("") };
    (!is_natural).then_some(default)
}
