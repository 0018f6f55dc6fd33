//! Models as text, as rustfmt would have it. Cannot fail: `check` has passed the schema.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::check::written_default;
use crate::condition::{Unknown, closure, literal};
use crate::names::{constant, identifier, schema_struct, tables};
use crate::schema::{Field, FieldType, Link, Model, OnDelete, Schema};

/// Length of a doc line.
const DOC_WIDTH: usize = 100;
/// Length of an attribute's list of names that rustfmt leaves on one line.
const ATTRIBUTE_WIDTH: usize = 70;

/// A file of models. O(size of the schema).
pub(crate) fn write(schema: &Schema, visibility: &str, derives: &[String]) -> String {
    let mut writer = Writer {
        schema,
        visibility: if visibility.is_empty() { String::new() } else { format!("{visibility} ") },
        derives: derives.join(", "),
        referrers: referrers(schema),
        shadowed: schema.models.iter().map(|model| model.name.as_str()).collect(),
        text: String::new(),
    };
    writer.line(&format!(
        "// Models of the schema `{}`, written by `relarena-codegen`: change the schema instead.",
        schema.name
    ));
    // Where models have all names of the prelude that are used, nothing of it is left to import.
    let used = ["Model", "Schema", "Table", "Id"];
    if used.iter().any(|name| !writer.shadowed.contains(name)) {
        writer.line("\nuse relarena::prelude::*;");
    }
    for model in &schema.models {
        writer.model(model);
    }
    writer.tables();
    writer.text
}

/// For each model the keys that point at it, as they are named in documentation. O(relations).
fn referrers(schema: &Schema) -> BTreeMap<&str, Vec<String>> {
    let mut referrers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for model in &schema.models {
        for field in &model.fields {
            if let Some(target) = &field.target {
                referrers.entry(target).or_default().push(format!("[`{}::{}`]", model.name, constant(&field.name)));
            }
        }
    }
    referrers
}

struct Writer<'s> {
    schema: &'s Schema,
    visibility: String,
    derives: String,
    referrers: BTreeMap<&'s str, Vec<String>>,
    /// Names of models, which stand before those that a module has of itself or imports.
    shadowed: BTreeSet<&'s str>,
    text: String,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn doc(&mut self, indent: &str, text: &str) {
        for paragraph in text.lines() {
            let mut line = format!("{indent}///");
            for word in paragraph.split_whitespace() {
                if line.len() + word.len() >= DOC_WIDTH && !line.ends_with("///") {
                    self.line(&line);
                    line = format!("{indent}///");
                }
                line.push(' ');
                line.push_str(word);
            }
            self.line(&line);
        }
    }

    /// A name of the prelude or of Rust's own, in full where a model has it.
    fn known(&self, name: &str, full: &str) -> String {
        if self.shadowed.contains(name) { format!("::{full}::{name}") } else { name.into() }
    }

    fn model(&mut self, model: &Model) {
        self.line("");
        self.doc("", &self.model_doc(model));
        let derives = if self.shadowed.contains("Model") {
            self.derives.replacen("Model", "::relarena::Model", 1)
        } else {
            self.derives.clone()
        };
        self.line(&format!("#[derive({derives})]"));
        let is_plain = |field: &&Field| field.kind == FieldType::Bool && !field.null;
        if model.fields.iter().filter(is_plain).count() > 3 {
            self.line("#[allow(clippy::struct_excessive_bools, reason = \"so the schema has it\")]");
        }
        if model.name.contains('_') || model.name.starts_with(char::is_lowercase) {
            self.line("#[allow(non_camel_case_types, reason = \"so the schema spells it\")]");
        }
        if model.fields.iter().any(|field| field.name != field.name.to_lowercase()) {
            self.line("#[allow(non_snake_case, reason = \"so the schema spells it\")]");
        }
        for group in &model.unique_together {
            let fields: Vec<_> = group.iter().map(|field| identifier(field)).collect();
            self.attribute("unique_together", &fields);
        }
        for check in &model.checks {
            let holds = closure(model, &check.conditions, Unknown::Passes);
            self.line(&format!("#[check(name = {:?}, {holds})]", check.name));
        }
        for rule in &model.unique_where {
            let fields: Vec<_> = rule.fields.iter().map(|field| identifier(field)).collect();
            let holds = closure(model, &rule.conditions, Unknown::Fails);
            self.line(&format!("#[unique_together({}, where = {holds}, name = {:?})]", fields.join(", "), rule.name));
        }
        let links = self.schema.links.iter().filter(|link| link.model == model.name);
        for link in links {
            self.line(&link_attribute(self.schema, link));
        }
        let (visibility, name) = (&self.visibility, identifier(&model.name));
        if model.fields.is_empty() {
            let line = format!("{visibility}struct {name} {{}}");
            return self.line(&line);
        }
        let line = format!("{visibility}struct {name} {{");
        self.line(&line);
        for field in &model.fields {
            self.field(field);
        }
        self.line("}");
    }

    fn model_doc(&self, model: &Model) -> String {
        let mut doc = match model.help.trim() {
            "" => format!("The model `{}` of the schema `{}`.", model.name, self.schema.name),
            help => sentence(help),
        };
        if let Some(referrers) = self.referrers.get(model.name.as_str()) {
            let _ = write!(doc, "\n\nPointed at by {}.", referrers.join(", "));
        }
        doc
    }

    /// An attribute with a list of names, below each other where they do not fit a line.
    fn attribute(&mut self, name: &str, list: &[impl AsRef<str>]) {
        let list: Vec<&str> = list.iter().map(AsRef::as_ref).collect();
        let joined = list.join(", ");
        if joined.len() <= ATTRIBUTE_WIDTH {
            return self.line(&format!("#[{name}({joined})]"));
        }
        self.line(&format!("#[{name}("));
        for one in &list[..list.len() - 1] {
            self.line(&format!("    {one},"));
        }
        self.line(&format!("    {}", list[list.len() - 1]));
        self.line(")]");
    }

    fn field(&mut self, field: &Field) {
        self.doc("    ", &field_doc(field));
        let ty = if field.kind.is_key() {
            self.line(&format!("    {}", key_attribute(field)));
            let target = field.target.as_deref().expect("`check` has refused keys without a target");
            format!("{}<{}>", self.known("Id", "relarena"), identifier(target))
        } else {
            if field.unique {
                self.line("    #[unique]");
            }
            if let Some(default) = written_default(field) {
                let value = match field.kind {
                    FieldType::Text => format!("{}::from({})", self.known("String", "std::string"), literal(default)),
                    FieldType::Float => format!("{:?}", default.as_f64().unwrap_or_default()),
                    _ => literal(default),
                };
                let value = match (default.is_null(), field.null) {
                    (true, _) => "None".into(),
                    (false, true) => format!("Some({value})"),
                    (false, false) => value,
                };
                self.line(&format!("    #[field(default = {value})]"));
            }
            match field.kind {
                FieldType::Text => self.known("String", "std::string"),
                FieldType::Int => self.known("i64", "core::primitive"),
                FieldType::Float => self.known("f64", "core::primitive"),
                FieldType::Bool | FieldType::ForeignKey | FieldType::OneToOne => self.known("bool", "core::primitive"),
            }
        };
        let ty = if field.null { format!("{}<{ty}>", self.known("Option", "core::option")) } else { ty };
        let line = format!("    {}{}: {ty},", self.visibility, identifier(&field.name));
        self.line(&line);
    }

    fn tables(&mut self) {
        self.line("");
        self.doc("", &format!("The schema `{}`: a table for each model.", self.schema.name));
        let derive = if self.shadowed.contains("Schema") { "::relarena::Schema" } else { "Schema" };
        self.line(&format!("#[derive({derive})]"));
        let line = format!("{}struct {} {{", self.visibility, schema_struct(self.schema));
        self.line(&line);
        let table = self.known("Table", "relarena");
        for (model, name) in self.schema.models.iter().zip(tables(self.schema)) {
            self.doc("    ", &format!("All rows of [`{}`].", model.name));
            let line = format!("    {}{}: {table}<{}>,", self.visibility, identifier(&name), identifier(&model.name));
            self.line(&line);
        }
        self.line("}");
    }
}

fn key_attribute(field: &Field) -> String {
    let kind = if field.kind == FieldType::OneToOne { "one_to_one" } else { "foreign_key" };
    let action = field.on_delete.expect("`check` has refused keys without `on_delete`").action();
    let reverse = field.related_name.as_deref().map(|name| format!(", reverse = {}", constant(name)));
    format!("#[{kind}(on_delete = {action}{})]", reverse.unwrap_or_default())
}

fn link_attribute(schema: &Schema, link: &Link) -> String {
    let mut attribute = format!("#[many_to_many({}: {}", constant(&link.name), identifier(&link.target));
    if link.symmetrical {
        attribute.push_str(", symmetrical");
    } else if let Some(reverse) = &link.related_name {
        let _ = write!(attribute, ", reverse = {}", constant(reverse));
    }
    if let Some(through) = &link.through {
        let _ = write!(attribute, ", through = {}", identifier(&through.model));
        // The two keys are named where they are not the only ones.
        let keys = schema.model(&through.model).into_iter().flat_map(|model| &model.fields);
        let keys_to = |end: &String| keys.clone().filter(|field| field.target.as_ref() == Some(end)).count();
        if keys_to(&link.model) > 1 || keys_to(&link.target) > 1 {
            let fields = [&through.source_field, &through.target_field].map(|field| identifier(field));
            let _ = write!(attribute, "({}, {})", fields[0], fields[1]);
        }
    }
    attribute + ")]"
}

fn field_doc(field: &Field) -> String {
    let help = if field.help.trim().is_empty() { String::new() } else { sentence(field.help.trim()) + " " };
    let Some(target) = field.target.as_deref().filter(|_| field.kind.is_key()) else {
        let kind = match field.kind {
            FieldType::Text => "a text",
            FieldType::Int => "a whole number",
            FieldType::Float => "a number",
            _ => "a truth value",
        };
        let unique = if field.unique { ", unique" } else { "" };
        let null = if field.null { ", or null" } else { "" };
        return format!("{help}`{}`: {kind}{unique}{null}.", field.name);
    };
    let substitute = field.substitute().map_or("null".into(), |label| format!("the row `{label}` (`set_substitute`)"));
    let goes = match field.on_delete {
        Some(OnDelete::Protect) => "which cannot be deleted before this row".into(),
        Some(OnDelete::Restrict) => "which cannot be deleted without this row".into(),
        Some(OnDelete::SetNull) => "null when that is deleted".into(),
        Some(OnDelete::SetDefault | OnDelete::Set) => format!("{substitute} when that is deleted"),
        Some(OnDelete::DoNothing) => "to be mended in the same transaction when that is deleted".into(),
        Some(OnDelete::Cascade) | None => "deleted with it".into(),
    };
    let one = if field.kind == FieldType::OneToOne { "its only" } else { "its" };
    format!("{help}{} [`{target}`], {goes}.", capital(one))
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

/// A text that ends as a sentence does.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.into() } else { format!("{text}.") }
}
