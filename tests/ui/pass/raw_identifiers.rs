//! Fields, models and tables whose names are keywords.

#![deny(warnings)]

use relarena::prelude::*;

#[derive(Model, Clone)]
#[unique_together(r#type, r#match)]
struct r#Token {
    #[unique]
    r#type: String,
    r#match: u32,
    #[foreign_key(on_delete = set_null, reverse = OVERRIDES)]
    r#override: Option<Id<r#Token>>,
}

#[derive(Schema)]
struct Grammar {
    r#mod: Table<r#Token>,
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Grammar>::new();
    let word = db.insert(Token { r#type: "word".into(), r#match: 1, r#override: None })?;
    db.set(word, Token::OVERRIDE, Some(word))?;
    db.set(word, Token::MATCH, 2)?;
    assert_eq!(db.by(Token::TYPE, "word").map(|row| row.id()), Some(word));
    assert_eq!(db.follow(word, Token::OVERRIDES).ids(), [word]);
    assert_eq!(Token::DESCRIPTOR.fields[0].name, "type");
    Ok(())
}
