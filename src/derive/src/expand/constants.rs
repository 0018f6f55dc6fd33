//! The constants of fields and relations, and those of their other ends on the targets.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Ident, Path, Type, Visibility};

use super::indexes::{hash_index, hash_indexes, index_keys};
use super::{at, field_name, is_key, is_optional, rules, value_type};
use crate::parse::{Column, ColumnKind, Link, Model, id_target, is_self, single_argument, spelled_out};

pub(super) fn constants(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let mut own = Vec::new();
    let mut elsewhere = TokenStream::new();
    let mut ordinal = 0_u16;
    // A name that a target would get twice is written once; `check` has refused the second.
    let mut reverses = BTreeSet::new();
    for (place, column) in model.columns.iter().enumerate() {
        own.push(field_constant(model, place as u16, column, &mut ordinal));
        elsewhere.extend(reverse_of_key(model, column, &mut reverses));
    }
    for (ordinal, link) in model.links.iter().enumerate() {
        own.push(link_constant(model, ordinal as u16, link));
        elsewhere.extend(reverse_of_link(model, link, &mut reverses));
    }
    own.extend(together(model));
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "a program need not name every field and relation")]
        impl #ident { #(#own)* }
        #elsewhere
    }
}

/// The constants of unique rules and hash indexes of two to four fields, named after their fields; a name that a field, a link or a
/// rule before has is theirs.
fn together(model: &Model) -> Vec<TokenStream> {
    let columns = model.columns.iter().map(|column| constant_name(&column.ident));
    let mut names: BTreeSet<String> =
        columns.chain(model.links.iter().map(|link| link.name.clone())).map(|name| name.to_string()).collect();
    let rules = rules(model);
    // Of rules with the same fields the one for all rows comes first.
    let mut uniques: Vec<_> = rules.iter().enumerate().filter(|(_, rule)| rule.group.is_some()).collect();
    uniques.sort_by_key(|(_, rule)| rule.group.is_some_and(|group| group.condition.is_some()));
    let uniques = uniques.into_iter().map(|(place, rule)| {
        let columns = rule.columns.iter().map(|(_, column)| *column).collect();
        (quote!(UniqueTogether), place, columns, "unique together")
    });
    let hashed =
        hash_indexes(model).map(|(place, columns)| (quote!(IndexedTogether), place, columns, "indexed together"));
    let mut constants = Vec::new();
    for (kind, place, columns, what) in uniques.chain(hashed) {
        let columns: Vec<&Column> = columns;
        let joined =
            columns.iter().map(|column| constant_name(&column.ident).to_string()).collect::<Vec<_>>().join("_");
        if !(2..=4).contains(&columns.len()) || !names.insert(joined.clone()) {
            continue;
        }
        let visibility = &columns[0].visibility;
        let is_seen_alike = columns
            .iter()
            .all(|column| column.visibility.to_token_stream().to_string() == visibility.to_token_stream().to_string());
        let visibility = if is_seen_alike { visibility.clone() } else { Visibility::Inherited };
        let constant = format_ident!("{joined}", span = Span::call_site());
        let names =
            columns.iter().map(|column| format!("`{}`", field_name(&column.ident))).collect::<Vec<_>>().join(", ");
        let docs = format!("The fields {names}, {what}.");
        let types = columns.iter().map(|column| value_type(column));
        let values = columns.iter().map(|column| {
            let field = &column.ident;
            if is_optional(column) {
                quote! { row.#field.as_ref()? }
            } else {
                quote! { &row.#field }
            }
        });
        let place = place as u16;
        constants.push(quote! {
            #[doc = #docs]
            #visibility const #constant: ::relarena::#kind<Self, (#(#types),*)> =
                ::relarena::#kind::new(|row| ::core::option::Option::Some((#(#values),*)), #place);
        });
    }
    constants
}

/// Whether a type is one of the language's numbers, by its name: an alias of one is compared like any other type, which takes
/// longer.
fn is_number(ty: &Type) -> bool {
    const NAMES: [&str; 14] =
        ["f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"];
    matches!(ty, Type::Path(path) if path.qself.is_none() && NAMES.iter().any(|name| path.path.is_ident(name)))
}

fn field_constant(model: &Model, place: u16, column: &Column, ordinal: &mut u16) -> TokenStream {
    let (field, ty, visibility, docs) = (&column.ident, &column.ty, &column.visibility, &column.docs);
    let constant = constant_name(&column.ident);
    let plain = format!("The field `{}`.", field_name(field));
    let docs = if docs.is_empty() {
        quote! { #[doc = #plain] }
    } else {
        quote! { #(#docs)* }
    };
    let access = quote! { |row| &row.#field, |row| &mut row.#field };
    match &column.kind {
        ColumnKind::Key(key) if is_key(column) => {
            let kind = if key.one_to_one { quote!(OneToOne) } else { quote!(ForeignKey) };
            let own = *ordinal;
            *ordinal += 1;
            quote_spanned! { at(field) =>
                #docs #visibility const #constant: ::relarena::#kind<Self, #ty> = ::relarena::#kind::new(#place, #own, #access);
            }
        }
        _ => {
            let (inner, value) = match single_argument(ty, "Option") {
                Some(inner) => (inner, quote! { row.#field.as_ref() }),
                None => (ty, quote! { ::core::option::Option::Some(&row.#field) }),
            };
            let keys = index_keys(model, column);
            let within = if is_number(inner) {
                let read = quote! { |rows, lanes, sets, bounds| rows.retain_within(lanes, sets, |row| #value, bounds) };
                quote! { ::core::option::Option::Some(#read) }
            } else {
                quote! { ::core::option::Option::None }
            };
            let plain = quote! {
                ::relarena::Field::new(#access, const {
                    &::relarena::__private::FieldReads::new(
                        #place, |row| #value,
                        |rows, lanes, set, values| rows.gather(lanes, set, |row| #value, values), #within, #keys)
                })
            };
            if column.unique.is_none()
                && let Some(index) = hash_index(model, column)
            {
                return quote_spanned! { at(field) =>
                    #docs #visibility const #constant: ::relarena::Indexed<Self, #ty, #inner> = ::relarena::Indexed::new(#plain, #index);
                };
            }
            if column.unique.is_none() {
                return quote_spanned! { at(field) =>
                    #docs #visibility const #constant: ::relarena::Field<Self, #ty, #inner> = #plain;
                };
            }
            let rule = rules(model)
                .iter()
                .position(|rule| rule.group.is_none() && rule.columns[0].0 == usize::from(place))
                .unwrap_or(0) as u16;
            quote_spanned! { at(field) =>
                #docs #visibility const #constant: ::relarena::Unique<Self, #ty, #inner> = ::relarena::Unique::new(#plain, #rule);
            }
        }
    }
}

/// The constant of a key's other end, on its target.
fn reverse_of_key(model: &Model, column: &Column, written: &mut BTreeSet<(String, String)>) -> TokenStream {
    let ColumnKind::Key(key) = &column.kind else {
        return TokenStream::new();
    };
    let (Some(reverse), Some((target, optional))) = (&key.reverse, id_target(&column.ty)) else {
        return TokenStream::new();
    };
    let ident = &model.ident;
    let (target, ty) = if is_self(target) {
        // `Id<Self>` as it reads outside its struct.
        let id = quote! { ::relarena::Id<#ident> };
        (
            ident.to_token_stream(),
            if optional {
                quote! { ::core::option::Option<#id> }
            } else {
                id
            },
        )
    } else {
        (target.to_token_stream(), column.ty.to_token_stream())
    };
    let kind = if key.one_to_one { quote!(OneToOne) } else { quote!(ForeignKey) };
    let relation = quote! { ::relarena::#kind<#ident, #ty> };
    reverse_constant(model, &target, reverse, &column.visibility, &relation, &constant_name(&column.ident), written)
}

fn reverse_of_link(model: &Model, link: &Link, written: &mut BTreeSet<(String, String)>) -> TokenStream {
    match &link.reverse {
        Some(reverse) => {
            let target = spelled(&link.target, &model.ident);
            reverse_constant(model, &target, reverse, &model.visibility, &link_type(model, link), &link.name, written)
        }
        None => TokenStream::new(),
    }
}

/// `Target::REVERSE`, at the tokens that name it, so that a clash with another model's is shown there. As visible as the
/// field, but not more than the model.
fn reverse_constant(
    model: &Model,
    target: &TokenStream,
    reverse: &Ident,
    visibility: &Visibility,
    relation: &TokenStream,
    forward: &Ident,
    written: &mut BTreeSet<(String, String)>,
) -> TokenStream {
    if !written.insert((target.to_string(), reverse.to_string())) {
        return TokenStream::new();
    }
    let ident = &model.ident;
    let visibility = narrower(visibility, &model.visibility);
    let doc = format!("The other end of [`{ident}::{forward}`].");
    let constant = quote_spanned! { at(reverse) =>
        #visibility const #reverse: ::relarena::Reverse<#relation> = #ident::#forward.reverse();
    };
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "a program need not name every relation")]
        impl #target {
            #[doc = #doc]
            #constant
        }
    }
}

/// The visibility that shows less; of two paths, the field's.
fn narrower<'a>(field: &'a Visibility, model: &'a Visibility) -> &'a Visibility {
    let reach = |visibility: &Visibility| match visibility {
        Visibility::Public(_) => 3,
        Visibility::Restricted(restricted) if restricted.path.is_ident("crate") => 2,
        Visibility::Restricted(_) => 1,
        Visibility::Inherited => 0,
    };
    if reach(model) < reach(field) { model } else { field }
}

fn link_type(model: &Model, link: &Link) -> TokenStream {
    let (ident, target) = (&model.ident, spelled(&link.target, &model.ident));
    let through = link.through.as_ref().map(|through| &through.model);
    through.map_or_else(
        || quote! { ::relarena::ManyToMany<#ident, #target> },
        |through| quote! { ::relarena::Through<#ident, #target, #through> },
    )
}

fn spelled(path: &Path, ident: &Ident) -> TokenStream {
    if path.is_ident("Self") { ident.to_token_stream() } else { path.to_token_stream() }
}

fn link_constant(model: &Model, ordinal: u16, link: &Link) -> TokenStream {
    let (name, ty, visibility) = (&link.name, link_type(model, link), &model.visibility);
    let kind = if link.through.is_some() { quote!(Through) } else { quote!(ManyToMany) };
    let doc = format!("The many-to-many relation with [`{}`].", spelled_out(&link.target));
    quote_spanned! { at(name) => #[doc = #doc] #visibility const #name: #ty = ::relarena::#kind::new(#ordinal); }
}

fn constant_name(field: &Ident) -> Ident {
    format_ident!("{}", field_name(field).to_uppercase(), span = field.span())
}
