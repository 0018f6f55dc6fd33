//! Derive macros of `relarena`: `Model` for rows, `Schema` for the struct of tables.
//!
//! Three stages in one direction: parse (syntax to data with spans), check (rules only), expand (tokens only). What could
//! be understood is expanded even after a mistake, and a fallback stands for what could not, so that one mistake is one error.

mod check;
mod expand;
mod parse;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a model: implements `Model`, and writes a constant for every field and relation.
///
/// | attribute | on | meaning |
/// | --- | --- | --- |
/// | `#[foreign_key(on_delete = ..., reverse = NAME)]` | field `Id<M>` or `Option<Id<M>>` | many rows point at one; `reverse` writes `M::NAME` and may be left out |
/// | `#[one_to_one(on_delete = ..., reverse = NAME)]` | field `Id<M>` or `Option<Id<M>>` | at most one row points at one |
/// | `#[unique]` | field | no two rows have the same value; nulls never collide |
/// | `#[index]`, `#[index(ordered)]` | field | queries find rows by equality; by equality, range and in order; nulls are in no index |
/// | `#[index(field, field)]`, `#[index(ordered(field, field))]` | struct | the same by several fields; by two, in order |
/// | `#[field(default = expression)]` | field | the value where an insert by name leaves it out |
/// | `#[strategy(expression)]` | field | where tests with the feature `proptest` take its values from, instead of `any` of its type |
/// | `#[field(untracked)]` | field `Id<M>` | a plain id that the store does not protect |
/// | `#[many_to_many(NAME: Target, reverse = NAME)]` | struct | links; `symmetrical` for a relation with itself; `through = Model` or `through = Model(source_field, target_field)` for link rows |
/// | `#[unique_together(field, field, where = \|row\| ..., name = "...")]` | struct | no two rows have the same values; `where` and `name` may be left out |
/// | `#[check(name = "...", \|row\| ...)]` | struct | must not be false; an `Option<bool>` of `None` passes |
/// | `#[model(name = "...")]` | struct | another name in the schema |
///
/// `on_delete` is one of `cascade`, `protect`, `restrict`, `set_null`, `set_default`, `set_with`, `do_nothing`, and has no default.
#[proc_macro_derive(
    Model,
    attributes(foreign_key, one_to_one, unique, index, field, strategy, many_to_many, unique_together, check, model)
)]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut mistakes = parse::Mistakes::default();
    let mut tokens = match parse::model(&input, &mut mistakes) {
        Some(model) => {
            check::model(&model, &mut mistakes);
            expand::model(&model)
        }
        None => expand::model_fallback(&input),
    };
    tokens.extend(mistakes.into_tokens());
    tokens.into()
}

/// Makes a struct of `Table<Model>` fields a schema.
#[proc_macro_derive(Schema)]
pub fn derive_schema(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut mistakes = parse::Mistakes::default();
    let schema = parse::schema(&input, &mut mistakes);
    if let Some(schema) = &schema {
        check::schema(schema, &mut mistakes);
    }
    let mut tokens = match schema {
        Some(schema) if mistakes.is_empty() => expand::schema(&schema),
        _ => expand::schema_fallback(&input),
    };
    tokens.extend(mistakes.into_tokens());
    tokens.into()
}
