//! The rules of models and schemas. Emits no tokens.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use syn::ext::IdentExt as _;

use crate::parse::{Column, ColumnKind, Index, Key, Link, Mistakes, Model, Schema, id_target, is_self, spelled_out};

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
            mistakes.add(&group.attribute, message);
        }
        for field in &group.fields {
            if !model.columns.iter().any(|column| column.ident == *field) {
                mistakes.add(field, format!("`{}` has no field `{field}`", model.ident));
            }
        }
    }
    check_indexes(model, mistakes);
    for link in &model.links {
        check_link(model, link, mistakes);
    }
    check_names(model, mistakes);
}

fn check_key(model: &Model, column: &Column, key: &Key, mistakes: &mut Mistakes) {
    let place = format!("`{}.{}`", model.ident, column.ident);
    let Some((target, optional)) = id_target(&column.ty) else {
        mistakes.add(&column.ty, format!("{place}: a key field is of type `Id<Model>` or `Option<Id<Model>>`"));
        return;
    };
    match &key.on_delete {
        Some(action) if !ACTIONS.iter().any(|known| action == known) => {
            mistakes.add(action, format!("{place}: `on_delete` is one of {}, not `{action}`", ACTIONS.join(", ")));
        }
        Some(action) if action == "set_null" && !optional => {
            let message = format!(
                "{place}: `on_delete = set_null` needs a key that may be null: `Option<Id<{}>>`",
                spelled_out(target)
            );
            mistakes.add(&column.ty, message);
        }
        Some(_) => {}
        None => {
            let question = "say what happens when the target is deleted";
            let message = format!("{place}: {question}: `on_delete = ...`, one of {}", ACTIONS.join(", "));
            mistakes.add(&key.attribute, message);
        }
    }
    if let Some(attribute) = &column.unique {
        mistakes
            .add(attribute, format!("{place}: a unique key is `#[one_to_one(...)]`; use it instead of `#[unique]`"));
    }
    if let Some(default) = &column.default {
        mistakes
            .add(default, format!("{place}: a key has no default value; name a row at run time with `set_substitute`"));
    }
    if let Some(strategy) = &column.strategy {
        let message =
            format!("{place}: a key has no strategy of its own; `any_store` and `any_operations` choose its rows");
        mistakes.add(strategy, message);
    }
    check_constant(&place, key.reverse.as_ref(), mistakes);
}

fn check_plain(model: &Model, column: &Column, mistakes: &mut Mistakes) {
    if id_target(&column.ty).is_some() && !column.untracked {
        let message = format!(
            "`{}.{}` is an id that nothing protects: add `#[foreign_key(on_delete = ...)]`, or `#[field(untracked)]` if it may dangle",
            model.ident, column.ident
        );
        mistakes.add(&column.ty, message);
    }
}

fn check_indexes(model: &Model, mistakes: &mut Mistakes) {
    let mut known = BTreeSet::new();
    let singles = model.columns.iter().flat_map(|column| column.indexes.iter().map(move |index| (index, Some(column))));
    for (index, column) in singles.chain(model.indexes.iter().map(|index| (index, None))) {
        let names: Vec<String> = index.fields.iter().map(ToString::to_string).collect();
        let place = column.map_or(format!("`{}`", model.ident), |column| format!("`{}.{}`", model.ident, column.ident));
        if column.is_none() && index.fields.len() < 2 {
            let message =
                format!("{place}: `index` on the struct takes two fields or more; for one write it on the field");
            mistakes.add(&index.attribute, message);
            continue;
        }
        if index.is_ordered && index.fields.len() > 2 {
            let message =
                format!("{place}: an ordered index takes two fields at most; leave `{}` out", names[2..].join("`, `"));
            mistakes.add(&index.fields[2], message);
        }
        if column.is_some_and(|column| column.unique.is_some()) && !index.is_ordered {
            let message = format!("{place}: a unique field is an index already; leave `#[index]` out");
            mistakes.add(&index.attribute, message);
        }
        if !known.insert((names, index.is_ordered)) {
            mistakes.add(&index.attribute, format!("{place}: the same index is there already; leave one out"));
        }
        for (number, field) in index.fields.iter().enumerate() {
            check_index_field(model, index, number, field, mistakes);
        }
    }
}

fn check_index_field(model: &Model, index: &Index, number: usize, field: &syn::Ident, mistakes: &mut Mistakes) {
    let name = &model.ident;
    if index.fields[..number].contains(field) {
        mistakes.add(field, format!("`{name}`: `{field}` stands twice in one index"));
        return;
    }
    match model.columns.iter().find(|column| column.ident == *field) {
        None => mistakes.add(field, format!("`{name}` has no field `{field}`")),
        Some(Column { kind: ColumnKind::Key(_), .. }) if index.fields.len() == 1 => {
            let message = format!("`{name}.{field}`: a foreign key is an index already; leave `#[index]` out");
            mistakes.add(&index.attribute, message);
        }
        Some(Column { kind: ColumnKind::Key(_), .. }) => {
            mistakes.add(field, format!("`{name}.{field}`: a foreign key is an index already; leave it out"));
        }
        Some(_) => {}
    }
}

fn check_link(model: &Model, link: &Link, mistakes: &mut Mistakes) {
    let place = format!("`{}.{}`", model.ident, link.name);
    let to_itself = is_self(&link.target) || link.target.is_ident(&model.ident);
    if let Some(symmetrical) = &link.symmetrical {
        if !to_itself {
            mistakes.add(symmetrical, format!("{place}: only a relation of a model with itself can be symmetrical"));
        }
        if link.reverse.is_some() {
            mistakes
                .add(symmetrical, format!("{place}: a symmetrical relation is its own reverse; leave `reverse` out"));
        }
        if link.through.is_some() {
            mistakes.add(
                symmetrical,
                format!("{place}: a relation with a through model has two directions; leave `symmetrical` out"),
            );
        }
    }
    check_constant(&place, Some(&link.name), mistakes);
    check_constant(&place, link.reverse.as_ref(), mistakes);
}

fn check_constant(place: &str, name: Option<&syn::Ident>, mistakes: &mut Mistakes) {
    if let Some(name) = name
        && *name != name.to_string().to_uppercase()
    {
        let message = format!("{place}: `{name}` names a constant; write it `{}`", name.to_string().to_uppercase());
        mistakes.add(name, message);
    }
}

/// Constants that this model writes must differ, on itself and on each target; those of two models are compared by the
/// compiler.
fn check_names(model: &Model, mistakes: &mut Mistakes) {
    let own = model.ident.to_string();
    let on = |target: String| if target == "Self" { own.clone() } else { target };
    let mut names = BTreeMap::new();
    for column in &model.columns {
        let name = column.ident.unraw().to_string().to_uppercase();
        names.insert((own.clone(), name), column.ident.to_string());
    }
    let keys = model.columns.iter().filter_map(|column| match (&column.kind, id_target(&column.ty)) {
        (ColumnKind::Key(key), Some((target, _))) => {
            Some((on(spelled_out(target)), key.reverse.as_ref()?, &column.ident))
        }
        _ => None,
    });
    let links = model.links.iter().flat_map(|link| {
        let target = on(spelled_out(&link.target));
        let reverse = link.reverse.as_ref().map(|reverse| (target, reverse, &link.name));
        [Some((own.clone(), &link.name, &link.name)), reverse].into_iter().flatten()
    });
    for (on, name, place) in keys.chain(links) {
        match names.entry((on.clone(), name.to_string())) {
            Entry::Vacant(free) => {
                free.insert(place.to_string());
            }
            Entry::Occupied(taken) => {
                let message = format!(
                    "`{own}.{place}`: `{on}::{name}` is the name of `{own}.{}` already; choose another",
                    taken.get()
                );
                mistakes.add(name, message);
            }
        }
    }
}

pub(crate) fn schema(schema: &Schema, mistakes: &mut Mistakes) {
    let mut models = BTreeSet::new();
    for table in &schema.tables {
        let model = &table.model;
        let name = spelled_out(model);
        if !models.insert(name.clone()) {
            mistakes.add(
                model,
                format!(
                    "`{}.{}`: `{name}` has a table in this schema already; a model has one",
                    schema.ident, table.ident
                ),
            );
        }
    }
    if schema.tables.is_empty() {
        mistakes.add(
            &schema.ident,
            format!("`{}` has no tables: add a field of type `Table<Model>` for each model", schema.ident),
        );
    }
}
