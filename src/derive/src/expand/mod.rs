//! Data to tokens: descriptors and one-line glue, no rules, no errors.

mod constants;
mod fallback;
mod indexes;
mod kit;
mod model;
mod schema;

pub(crate) use fallback::{model_fallback, schema_fallback};
pub(crate) use model::model;
pub(crate) use schema::schema;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned;
use syn::{Ident, Type};

use crate::parse::{Column, ColumnKind, Group, Key, Model, id_target, single_argument};

/// Key columns with their places among all columns, in the order of their ordinals.
fn keys(model: &Model) -> impl Iterator<Item = (usize, &Column, &Key)> {
    model.columns.iter().enumerate().filter_map(|(place, column)| match &column.kind {
        // A key whose type could not be read is taken for a plain field; `check` has said so.
        ColumnKind::Key(key) if id_target(&column.ty).is_some() => Some((place, column, key)),
        _ => None,
    })
}

fn is_key(column: &Column) -> bool {
    matches!(column.kind, ColumnKind::Key(_)) && id_target(&column.ty).is_some()
}

/// A unique rule: its name, its fields, and its condition.
struct Rule<'a> {
    name: String,
    columns: Vec<(usize, &'a Column)>,
    group: Option<&'a Group>,
}

/// Unique rules in the order of their places: single fields, then groups.
fn rules(model: &Model) -> Vec<Rule<'_>> {
    let singles = model.columns.iter().enumerate().filter(|(_, column)| column.unique.is_some() && !is_key(column));
    let singles = singles.map(|(place, column)| Rule {
        name: field_name(&column.ident),
        columns: vec![(place, column)],
        group: None,
    });
    let groups = model.groups.iter().map(|group| {
        let find = |field: &Ident| model.columns.iter().enumerate().find(|(_, column)| column.ident == *field);
        let columns: Vec<_> = group.fields.iter().filter_map(find).collect();
        let joined = columns.iter().map(|(_, column)| field_name(&column.ident)).collect::<Vec<_>>().join("_");
        Rule { name: group.name.as_ref().map_or(joined, syn::LitStr::value), columns, group: Some(group) }
    });
    singles.chain(groups).collect()
}

/// The type of a field's values without its `Option`.
fn value_type(column: &Column) -> &Type {
    single_argument(&column.ty, "Option").unwrap_or(&column.ty)
}

fn is_optional(column: &Column) -> bool {
    single_argument(&column.ty, "Option").is_some()
}

/// Code of the derive, shown at tokens that the user wrote. Lints still know it for the derive's.
fn at(tokens: &impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

fn field_name(field: &Ident) -> String {
    field.unraw().to_string()
}

/// The name of a relation at run time: its constant's in lower case.
fn accessor(constant: &Ident) -> String {
    constant.to_string().to_lowercase()
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(__relarena::Option::None), |value| quote!(__relarena::Option::Some(#value)))
}
