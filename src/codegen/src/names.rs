//! Names of Rust made from names of a schema.

use std::borrow::Cow;
use std::collections::BTreeSet;

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

use crate::schema::Schema;

/// Words that need `r#` in front to be a name, in any edition.
const KEYWORDS: [&str; 49] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "union",
];

/// Words that cannot be a name at all.
const UNUSABLE: [&str; 5] = ["self", "Self", "super", "crate", "_"];

/// Whether a name can be a name in Rust, with `r#` in front perhaps. O(length).
pub(crate) fn is_usable(name: &str) -> bool {
    let mut characters = name.chars();
    let begins_well = characters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
    begins_well
        && characters.all(|character| character.is_alphanumeric() || character == '_')
        && !UNUSABLE.contains(&name)
}

/// A name as Rust spells it: `r#type` for `type`. O(length).
pub(crate) fn identifier(name: &str) -> Cow<'_, str> {
    if is_keyword(name) { Cow::Owned(format!("r#{name}")) } else { Cow::Borrowed(name) }
}

pub(crate) fn is_keyword(name: &str) -> bool {
    // `union` is one in some places only, none of which is a field.
    name != "union" && KEYWORDS.contains(&name)
}

/// The constant of a field or relation: `AUTHOR` for `author`. O(length).
pub(crate) fn constant(name: &str) -> String {
    name.to_uppercase()
}

/// The parameter of a closure over a model's rows or a field's values: `book` for `Book`. O(length).
pub(crate) fn parameter(model: &str) -> String {
    let name = model.to_snake_case();
    if is_keyword(&name) || !is_usable(&name) { "row".into() } else { name }
}

/// The struct of tables: `SchemaA` for `schema_a`; another name if a model has it. O(models).
pub(crate) fn schema_struct(schema: &Schema) -> String {
    let mut name = schema.name.to_upper_camel_case();
    while schema.model(&name).is_some() {
        name.push_str("Schema");
    }
    name
}

/// The field of each model's table: `library_cards` for `LibraryCard`. All differ. O(models).
pub(crate) fn tables(schema: &Schema) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name_of = |model: &crate::Model| {
        let mut name = plural(&model.name.to_snake_case());
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        name
    };
    schema.models.iter().map(name_of).collect()
}

/// The plural of an English noun, as a guess: it only names a table.
fn plural(noun: &str) -> String {
    let ends = |endings: &[&str]| endings.iter().any(|ending| noun.ends_with(ending));
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if ends(&["ss", "x", "ch", "sh", "z"]) => format!("{noun}es"),
        _ if ends(&["s"]) => noun.into(),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_named_in_the_plural() {
        let nouns = ["author", "library_card", "category", "day", "address", "box", "pokemon_species"];
        let plurals = ["authors", "library_cards", "categories", "days", "addresses", "boxes", "pokemon_species"];
        assert_eq!(nouns.map(plural), plurals);
    }

    #[test]
    fn words_of_rust_are_spelled_raw() {
        assert_eq!(["type", "title", "union"].map(identifier), ["r#type", "title", "union"]);
        assert!(!is_usable("self") && !is_usable("2nd") && !is_usable("two words") && is_usable("move"));
    }
}
