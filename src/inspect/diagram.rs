//! The schema as a picture: Mermaid and Graphviz DOT, of all models or of those around one.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt::{self, Write as _};

use crate::catalog::{Catalog, LinkInfo, LinkStorage, RelationInfo};
use crate::error::Error;
use crate::model::{Cardinality, FieldDescriptor, FieldKind};
use crate::value::ValueType;

/// A picture of a schema, to be written as text; made by [`Catalog::schema_diagram`].
#[derive(Clone, Debug)]
pub struct SchemaDiagram<'c> {
    catalog: &'c Catalog,
    /// Places of the models shown.
    shown: BTreeSet<usize>,
}

impl Catalog {
    /// The schema as a picture: an entity for each model with its fields, an edge for each key (from its holder to its target,
    /// labelled with what happens on a delete) and for each many-to-many relation. O(models).
    ///
    /// ```
    /// use relarena::prelude::*;
    ///
    /// #[derive(Model, Clone)]
    /// struct Author { name: String }
    /// #[derive(Model, Clone)]
    /// struct Book { title: String, #[foreign_key(on_delete = cascade)] author: Id<Author> }
    /// #[derive(Schema)]
    /// struct Library { authors: Table<Author>, books: Table<Book> }
    ///
    /// let catalog = Library::catalog();
    /// let mermaid = catalog.schema_diagram().mermaid();
    /// assert!(mermaid.contains("Book }o--|| Author : \"author (cascade)\""));
    /// let around = catalog.schema_diagram().around("Author", 0)?;
    /// assert!(!around.dot().contains("Book"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn schema_diagram(&self) -> SchemaDiagram<'_> {
        SchemaDiagram { catalog: self, shown: (0..self.models().len()).collect() }
    }
}

impl SchemaDiagram<'_> {
    /// Only a model and those within `depth` relations of it, in either direction; 0 is the model alone.
    /// O(depth × (models + relations)).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`].
    pub fn around(mut self, model: &str, depth: usize) -> Result<Self, Error> {
        self.shown = BTreeSet::from([self.catalog.model(model)?]);
        for _ in 0..depth {
            let keys = self.catalog.relations().iter().map(|relation| (relation.source, relation.target));
            let links = self.catalog.links().iter().map(|link| (link.source, link.target));
            let ends = keys.chain(links).filter(|(one, other)| self.shown.contains(one) || self.shown.contains(other));
            let reached: BTreeSet<usize> = ends.flat_map(|(one, other)| [one, other]).collect();
            let before = self.shown.len();
            self.shown.extend(reached);
            if self.shown.len() == before {
                break;
            }
        }
        Ok(self)
    }

    /// The picture as a Mermaid entity relationship diagram, which GitHub and many editors draw. O(size of the schema).
    pub fn mermaid(&self) -> String {
        text(|out| self.write_mermaid(out))
    }

    /// The picture in Graphviz's DOT: `dot -Tsvg` draws it. O(size of the schema).
    pub fn dot(&self) -> String {
        text(|out| self.write_dot(out))
    }

    fn relations(&self) -> impl Iterator<Item = &RelationInfo> {
        let is_shown = |relation: &&RelationInfo| self.shows(relation.source, relation.target);
        self.catalog.relations().iter().filter(is_shown)
    }

    fn links(&self) -> impl Iterator<Item = &LinkInfo> {
        self.catalog.links().iter().filter(|link| self.shows(link.source, link.target))
    }

    fn shows(&self, one: usize, other: usize) -> bool {
        self.shown.contains(&one) && self.shown.contains(&other)
    }

    fn name(&self, model: usize) -> &'static str {
        self.catalog.models()[model].descriptor.name
    }

    fn write_mermaid(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "erDiagram")?;
        for &place in &self.shown {
            let model = self.catalog.models()[place].descriptor;
            if model.fields.is_empty() {
                writeln!(out, "    {}", mermaid_name(model.name))?;
                continue;
            }
            writeln!(out, "    {} {{", mermaid_name(model.name))?;
            for (field, description) in model.fields.iter().enumerate() {
                let kind = mermaid_type(self.type_name(place, field, description));
                write!(out, "        {kind} {}", description.name)?;
                match self.key_mark(place, field, description) {
                    Some(mark) if description.nullable => writeln!(out, " {mark} \"or null\"")?,
                    Some(mark) => writeln!(out, " {mark}")?,
                    None if description.nullable => writeln!(out, " \"or null\"")?,
                    None => writeln!(out)?,
                }
            }
            writeln!(out, "    }}")?;
        }
        for relation in self.relations() {
            let many = if relation.cardinality == Cardinality::OneToOne { "|o" } else { "}o" };
            let one = if relation.nullable { "o|" } else { "||" };
            let (source, target) = (mermaid_name(self.name(relation.source)), mermaid_name(self.name(relation.target)));
            let (field, action) = (relation.name.field, relation.on_delete);
            writeln!(out, "    {source} {many}--{one} {target} : \"{field} ({action})\"")?;
        }
        for link in self.links() {
            let line = if matches!(link.storage, LinkStorage::Through { .. }) { ".." } else { "--" };
            let (source, target) = (mermaid_name(self.name(link.source)), mermaid_name(self.name(link.target)));
            writeln!(out, "    {source} }}o{line}o{{ {target} : \"{}\"", link.name.field)?;
        }
        Ok(())
    }

    fn write_dot(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "digraph schema {{")?;
        writeln!(out, "    graph [rankdir=LR, nodesep=0.4, ranksep=1.2, fontname=\"Helvetica\"];")?;
        writeln!(out, "    node [shape=plain, fontname=\"Helvetica\", fontsize=11];")?;
        writeln!(out, "    edge [dir=both, fontname=\"Helvetica\", fontsize=9, color=\"#555555\"];")?;
        for &place in &self.shown {
            let model = self.catalog.models()[place].descriptor;
            let name = escaped(model.name);
            write!(out, "    \"{}\" [label=<", quoted(model.name))?;
            write!(out, "<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"4\">")?;
            write!(out, "<tr><td port=\"_\" bgcolor=\"#dfe7f1\"><b>{name}</b></td></tr>")?;
            for (field, description) in model.fields.iter().enumerate() {
                let mark = if self.key_mark(place, field, description) == Some("UK") { ", unique" } else { "" };
                let null = if description.nullable { ", or null" } else { "" };
                let kind = self.type_name(place, field, description);
                let (field, kind) = (escaped(description.name), escaped(kind));
                write!(out, "<tr><td port=\"{field}\" align=\"left\">{field}: <i>{kind}{null}{mark}</i></td></tr>")?;
            }
            writeln!(out, "</table>>];")?;
        }
        for relation in self.relations() {
            let (source, target) = (quoted(self.name(relation.source)), quoted(self.name(relation.target)));
            let tail = if relation.cardinality == Cardinality::OneToOne { "teeodot" } else { "crowodot" };
            let head = if relation.nullable { "teeodot" } else { "teetee" };
            let (field, action) = (relation.name.field, relation.on_delete);
            writeln!(
                out,
                "    \"{source}\":\"{field}\" -> \"{target}\":\"_\" [label=\"{action}\", arrowtail={tail}, arrowhead={head}];"
            )?;
        }
        for link in self.links() {
            let (source, target) = (quoted(self.name(link.source)), quoted(self.name(link.target)));
            let style = if matches!(link.storage, LinkStorage::Through { .. }) { "dashed" } else { "bold" };
            let name = link.name.field;
            writeln!(
                out,
                "    \"{source}\":\"_\" -> \"{target}\":\"_\" [label=\"{name}\", style={style}, arrowtail=crowodot, arrowhead=crowodot];"
            )?;
        }
        writeln!(out, "}}")
    }

    /// The type of a plain field, or the model that a key points at.
    fn type_name(&self, model: usize, field: usize, description: &FieldDescriptor) -> &'static str {
        match &description.kind {
            FieldKind::Value(ValueType::Bool) => "bool",
            FieldKind::Value(ValueType::Int) => "int",
            FieldKind::Value(ValueType::Float) => "float",
            FieldKind::Value(ValueType::Text) => "text",
            FieldKind::Value(ValueType::Opaque) => "opaque",
            FieldKind::Key(_) => {
                let relation = self.catalog.relation_of_field(model, field).expect("a key field has a relation");
                self.name(self.catalog.relations()[relation].target)
            }
        }
    }

    /// Mermaid's mark of a key, or of a field that is unique by itself.
    fn key_mark(&self, model: usize, field: usize, description: &FieldDescriptor) -> Option<&'static str> {
        let uniques = self.catalog.models()[model].descriptor.uniques;
        match &description.kind {
            FieldKind::Key(key) if key.cardinality == Cardinality::OneToOne => Some("FK, UK"),
            FieldKind::Key(_) => Some("FK"),
            FieldKind::Value(_) => {
                let is_rule = |fields: &[u16]| fields.len() == 1 && usize::from(fields[0]) == field;
                uniques.iter().any(|rule| !rule.conditional && is_rule(rule.fields)).then_some("UK")
            }
        }
    }
}

fn text(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut out = String::new();
    write(&mut out).expect("a text takes more");
    out
}

/// A name as Mermaid takes it: in quotes unless it is plain.
fn mermaid_name(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(alloc::format!("\"{}\"", name.replace(['"', '%', '\\'], "_")))
    }
}

/// A name as Mermaid takes it for a type, which cannot be in quotes.
fn mermaid_type(name: &str) -> String {
    name.chars().map(|character| if character.is_alphanumeric() { character } else { '_' }).collect()
}

/// A name inside quotes of DOT.
fn quoted(name: &str) -> String {
    name.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A name inside an HTML label of DOT.
fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
