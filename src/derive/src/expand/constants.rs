//! The constants of fields and relations, and those of their other ends on the targets.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Ident, Path, Visibility};

use super::indexes::{hash_index, index_keys};
use super::{at, field_name, is_key, rules};
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
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "a program need not name every field and relation")]
        impl #ident { #(#own)* }
        #elsewhere
    }
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
            let plain = quote! {
                ::relarena::Field::new(
                    #place, #access, |row| #value,
                    |rows, lanes, set, values| rows.gather(lanes, set, |row| #value, values), #keys)
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
