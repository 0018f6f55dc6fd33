//! A model without fields, and one with a key only.

#![deny(warnings)]

use relarena::prelude::*;

#[derive(Model, Clone)]
struct Tag {}

#[derive(Model, Clone)]
struct Tagging {
    #[foreign_key(on_delete = cascade, reverse = TAGGINGS)]
    tag: Id<Tag>,
}

#[derive(Schema)]
struct Blog {
    tags: Table<Tag>,
    taggings: Table<Tagging>,
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Blog>::new();
    let tag = db.insert(Tag {})?;
    db.insert(Tagging { tag })?;
    assert_eq!(db.follow(tag, Tag::TAGGINGS).count(), 1);
    Ok(())
}
