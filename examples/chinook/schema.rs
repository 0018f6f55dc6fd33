//! The schema as data: this file knows no model, and would print any other schema as well.

use relarena::prelude::*;
use relarena::{Cardinality, LinkStorage};

use crate::print;

/// How many rows and links there are: a link is what a row of a link table would be.
pub(crate) fn size<S: Schema>(db: &View<S>) -> Result<String, Error> {
    let mut size = 0;
    for model in db.catalog().models() {
        size += db.len_of(model.descriptor.name)?;
    }
    for link in db.catalog().links().iter().filter(|link| link.storage == LinkStorage::Direct) {
        size += db.count_links(link.name.model, link.name.field)?;
    }
    Ok(print::count(size))
}

/// Prints a picture of a schema.
pub(crate) fn draw<S: Schema>(format: &str) -> Result<(), Box<dyn std::error::Error>> {
    let catalog = S::catalog();
    let diagram = catalog.schema_diagram();
    match format {
        "dot" => print!("{}", diagram.dot()),
        "mermaid" => print!("{}", diagram.mermaid()),
        other => return Err(format!("no format `{other}`; there are: dot, mermaid").into()),
    }
    Ok(())
}

/// Prints the models of a store, and how they refer to each other.
pub(crate) fn show<S: Schema>(db: &View<S>) -> Result<(), Error> {
    let catalog = db.catalog();
    let mut models = Vec::new();
    for model in catalog.models() {
        let fields: Vec<&str> = model.descriptor.fields.iter().map(|field| field.name).collect();
        models.push([
            model.descriptor.name.to_owned(),
            print::count(db.len_of(model.descriptor.name)?),
            print::short(&fields.join(", "), 70),
        ]);
    }
    print::caption("Models");
    print::table(["model", ">rows", "fields"], models);

    let name = |model: usize| catalog.models()[model].descriptor.name;
    let other_end = |model: usize, reverse: Option<&str>| format!("{}.{}", name(model), reverse.unwrap_or("(unnamed)"));
    let mut relations = Vec::new();
    for relation in catalog.relations() {
        let cardinality = match relation.cardinality {
            Cardinality::ManyToOne => "n : 1",
            Cardinality::OneToOne => "1 : 1",
        };
        relations.push([
            relation.name.to_string(),
            cardinality.to_owned(),
            other_end(relation.target, relation.reverse),
            if relation.nullable { "optional" } else { "required" }.to_owned(),
            relation.on_delete.to_string(),
        ]);
    }
    for link in catalog.links() {
        let count = db.count_links(link.name.model, link.name.field)?;
        let storage = match link.storage {
            LinkStorage::Through { .. } => "rows of a model",
            _ => "links",
        };
        relations.push([
            link.name.to_string(),
            "n : n".to_owned(),
            other_end(link.target, link.reverse),
            format!("{} {storage}", print::count(count)),
            String::new(),
        ]);
    }
    print::caption("Relations");
    print::table(["relation", "kind", "other end", "key", "on delete"], relations);
    Ok(())
}
