//! The rules of models and schemas. Emits no tokens.

use std::collections::BTreeSet;

use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use crate::parse::{Column, ColumnKind, Key, Link, Mistakes, Model, Schema, id_target};

const ACTIONS: [&str; 7] = ["cascade", "protect", "restrict", "set_null", "set_default", "set_with", "do_nothing"];

pub(crate) fn model(model: &Model, mistakes: &mut Mistakes) {
    for column in &model.columns {
        match &column.kind {
            ColumnKind::Key(key) => check_key(model, column, key, mistakes),
            ColumnKind::Plain => check_plain(model, column, mistakes),
        }
    }
    for group in &model.groups {
        if group.fields.len() < 2 && group.condition.is_none() {
            let message =
                format!("`{}`: `unique_together` takes two fields or more; for one use `#[unique]` on it", model.ident);
            mistakes.add(group.span, message);
        }
        for field in &group.fields {
            if !model.columns.iter().any(|column| column.ident == *field) {
                mistakes.add(field.span(), format!("`{}` has no field `{field}`", model.ident));
            }
        }
    }
    for link in &model.links {
        check_link(model, link, mistakes);
    }
    check_names(model, mistakes);
}

fn check_key(model: &Model, column: &Column, key: &Key, mistakes: &mut Mistakes) {
    let place = format!("`{}.{}`", model.ident, column.ident);
    let Some((_, optional)) = id_target(&column.ty) else {
        mistakes.add(column.ty.span(), format!("{place}: a key field is of type `Id<Model>` or `Option<Id<Model>>`"));
        return;
    };
    let Some(on_delete) = &key.on_delete else {
        let message = format!(
            "{place}: say what happens when the target is deleted: `on_delete = ...`, one of {}",
            ACTIONS.join(", ")
        );
        mistakes.add(key.span, message);
        return;
    };
    if !ACTIONS.iter().any(|action| on_delete == action) {
        mistakes
            .add(on_delete.span(), format!("{place}: `on_delete` is one of {}, not `{on_delete}`", ACTIONS.join(", ")));
    }
    if on_delete == "set_null" && !optional {
        let target = id_target(&column.ty).map(|(target, _)| quote::quote!(#target).to_string()).unwrap_or_default();
        let message = format!("{place}: `on_delete = set_null` needs a key that may be null: `Option<Id<{target}>>`");
        mistakes.add(column.ty.span(), message);
    }
    if let Some(span) = column.unique {
        mistakes.add(span, format!("{place}: a unique key is `#[one_to_one(...)]`; use it instead of `#[unique]`"));
    }
    if column.default.is_some() {
        mistakes.add(
            key.span,
            format!("{place}: a key has no default value; name a row at run time with `set_substitute`"),
        );
    }
    check_constant(&place, key.reverse.as_ref(), mistakes);
}

fn check_plain(model: &Model, column: &Column, mistakes: &mut Mistakes) {
    if id_target(&column.ty).is_some() && !column.untracked {
        let message = format!(
            "`{}.{}` is an id that nothing protects: add `#[foreign_key(on_delete = ...)]`, or `#[field(untracked)]` if it may dangle",
            model.ident, column.ident
        );
        mistakes.add(column.ty.span(), message);
    }
}

fn check_link(model: &Model, link: &Link, mistakes: &mut Mistakes) {
    let place = format!("`{}.{}`", model.ident, link.name);
    let to_itself = link.target.is_ident(&model.ident) || link.target.is_ident("Self");
    if let Some(span) = link.symmetrical {
        if !to_itself {
            mistakes.add(span, format!("{place}: only a relation of a model with itself can be symmetrical"));
        }
        if link.reverse.is_some() {
            mistakes.add(span, format!("{place}: a symmetrical relation is its own reverse; leave `reverse` out"));
        }
        if link.through.is_some() {
            mistakes.add(
                span,
                format!("{place}: a relation with a through model has two directions; leave `symmetrical` out"),
            );
        }
    }
    check_constant(&place, Some(&link.name), mistakes);
    check_constant(&place, link.reverse.as_ref(), mistakes);
}

fn check_constant(place: &str, name: Option<&syn::Ident>, mistakes: &mut Mistakes) {
    if let Some(name) = name
        && name.to_string() != name.to_string().to_uppercase()
    {
        let message = format!("{place}: `{name}` names a constant; write it `{}`", name.to_string().to_uppercase());
        mistakes.add(name.span(), message);
    }
}

/// Constants that this model writes on itself must differ; those on other models are compared by the compiler.
fn check_names(model: &Model, mistakes: &mut Mistakes) {
    let mut names: BTreeSet<String> =
        model.columns.iter().map(|column| column.ident.unraw().to_string().to_uppercase()).collect();
    let own_reverses = model.columns.iter().filter_map(|column| match &column.kind {
        ColumnKind::Key(key) if names_itself(model, column) => key.reverse.as_ref(),
        _ => None,
    });
    let links = model.links.iter().flat_map(|link| {
        let to_itself = link.target.is_ident(&model.ident) || link.target.is_ident("Self");
        [Some(&link.name), link.reverse.as_ref().filter(|_| to_itself)]
    });
    for name in own_reverses.chain(links.flatten()) {
        if !names.insert(name.to_string()) {
            mistakes.add(
                name.span(),
                format!("`{}` has two constants named `{name}`; give one relation another name", model.ident),
            );
        }
    }
}

fn names_itself(model: &Model, column: &Column) -> bool {
    let target = id_target(&column.ty).map(|(target, _)| quote::quote!(#target).to_string());
    target.is_some_and(|target| target == model.ident.to_string() || target == "Self")
}

pub(crate) fn schema(schema: &Schema, mistakes: &mut Mistakes) {
    let mut models = BTreeSet::new();
    for table in &schema.tables {
        let model = &table.model;
        if !models.insert(quote::quote!(#model).to_string()) {
            mistakes.add(
                model.span(),
                format!("`{}.{}`: the model has a table in this schema already", schema.ident, table.ident),
            );
        }
    }
    if schema.tables.is_empty() {
        mistakes.add(
            schema.ident.span(),
            format!("`{}` has no tables: add a field of type `Table<Model>` for each model", schema.ident),
        );
    }
}
