//! Indexes: their descriptors, and the glue that hashes a row's fields or answers their keys.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;

use super::{at, field_name, is_key, is_optional, rules, value_type};
use crate::parse::{Column, Index, Model};

/// Indexes in the order of their places: those of single fields, then the struct's; with their columns and these' places.
/// Those that `check` has refused are left out.
fn indexes(model: &Model) -> impl Iterator<Item = (&Index, Vec<(usize, &Column)>)> {
    let singles = model.columns.iter().flat_map(|column| &column.indexes);
    singles.chain(&model.indexes).filter_map(|index| {
        let find = |field: &Ident| {
            model.columns.iter().enumerate().find(|(_, column)| column.ident == *field && !is_key(column))
        };
        let columns: Vec<_> = index.fields.iter().map(find).collect::<Option<_>>()?;
        let most = if index.is_ordered { 2 } else { usize::MAX };
        let is_legal = (1..=most).contains(&columns.len());
        is_legal.then_some((index, columns))
    })
}

pub(super) fn index_descriptors(model: &Model) -> impl Iterator<Item = TokenStream> {
    indexes(model).map(|(index, columns)| {
        let name = columns.iter().map(|(_, column)| field_name(&column.ident)).collect::<Vec<_>>().join("_");
        let places = columns.iter().map(|(place, _)| *place as u16);
        let (kind, exact) = if index.is_ordered {
            let exact = columns.iter().map(|(_, column)| {
                let value = ordered_value(column);
                quote! { #value::EXACT }
            });
            (quote!(Ordered), quote! { __relarena::exact_fields(&[#(#exact),*]) })
        } else {
            (quote!(Hash), quote!(0))
        };
        quote! {
            __relarena::IndexDescriptor {
                name: #name,
                fields: &[#(#places),*],
                kind: __relarena::IndexKind::#kind,
                exact: #exact,
            }
        }
    })
}

/// Arms of `hash_index` and of `order_key`.
pub(super) fn index_arms(model: &Model) -> (TokenStream, TokenStream) {
    let (mut hashes, mut keys) = (TokenStream::new(), TokenStream::new());
    for (place, (index, columns)) in indexes(model).enumerate() {
        let columns: Vec<_> = columns.into_iter().map(|(_, column)| column).collect();
        if index.is_ordered {
            let first = columns.iter().map(|column| key(column));
            let none = (columns.len() == 1).then(|| quote!(0));
            let numbers = first.chain(none);
            keys.extend(quote! { #place => __relarena::Option::Some([#(#numbers),*]), });
        } else {
            let fields = columns.iter().map(|column| hash(column));
            hashes.extend(quote! { #place => { #(#fields)* true } });
        }
    }
    (hashes, keys)
}

/// Hash indexes of the model with their places and columns.
pub(super) fn hash_indexes(model: &Model) -> impl Iterator<Item = (usize, Vec<&Column>)> {
    let hashed = indexes(model).enumerate().filter(|(_, (index, _))| !index.is_ordered);
    hashed.map(|(place, (_, columns))| (place, columns.into_iter().map(|(_, column)| column).collect()))
}

/// The place of the hash index that a field has by itself.
pub(super) fn hash_index(model: &Model, column: &Column) -> Option<u16> {
    let is_own = |(index, columns): (&Index, Vec<(usize, &Column)>)| {
        !index.is_ordered && matches!(columns[..], [(_, only)] if only.ident == column.ident)
    };
    indexes(model).position(is_own).map(|place| place as u16)
}

/// Whether a hash (a unique rule's or an index's) and whether an order depends on a plain field.
fn uses(model: &Model, column: &Column) -> (bool, bool) {
    let has = |columns: &[(usize, &Column)]| columns.iter().any(|(_, other)| other.ident == column.ident);
    let (ordered, hashed): (Vec<_>, Vec<_>) =
        indexes(model).filter(|(_, columns)| has(columns)).partition(|(index, _)| index.is_ordered);
    (!hashed.is_empty() || rules(model).iter().any(|rule| has(&rule.columns)), !ordered.is_empty())
}

/// How indexes key the values of a field, for its constant.
pub(super) fn index_keys(model: &Model, column: &Column) -> TokenStream {
    let (keys, ty) = (quote!(::relarena::__private), value_type(column));
    let probe = |is_used: bool, name: TokenStream| {
        if is_used { quote!(#keys::KeysProbe::<#ty>::#name) } else { quote!(#keys::Option::None) }
    };
    match uses(model, column) {
        (false, false) => quote! { #keys::Keys::NONE },
        (hashed, ordered) => {
            let (hash, order) = (probe(hashed, quote!(HASH)), probe(ordered, quote!(ORDER)));
            quote! {{
                #[allow(unused_imports, reason = "not needed where the type can be keyed")]
                use #keys::Keyless as _;
                #keys::Keys::new(#hash, #order)
            }}
        }
    }
}

/// Arms of `hash_named` and of `order_named`.
pub(super) fn named_arms(model: &Model) -> (TokenStream, TokenStream) {
    let (mut hashes, mut orders) = (TokenStream::new(), TokenStream::new());
    for (place, column) in model.columns.iter().enumerate().filter(|(_, column)| !is_key(column)) {
        let ty = value_type(column);
        let (is_hashed, is_ordered) = uses(model, column);
        let convert = quote! { &__relarena::Probe::<#ty>::CONVERT };
        if is_hashed {
            hashes.extend(quote! {
                #place => __relarena::hash_by_name(value, #convert, __relarena::KeysProbe::<#ty>::HASH, state),
            });
        }
        if is_ordered {
            orders.extend(quote! {
                #place => __relarena::order_by_name(value, #convert, __relarena::KeysProbe::<#ty>::ORDER),
            });
        }
    }
    (hashes, orders)
}

fn hash(column: &Column) -> TokenStream {
    let (field, ty) = (&column.ident, value_type(column));
    let value = quote_spanned! { at(&ty) => <#ty as __relarena::HashedValue> };
    let hashed = present(column, &quote! { return false });
    quote_spanned! { at(field) => #value::hash(#hashed, state); }
}

fn key(column: &Column) -> TokenStream {
    let value = ordered_value(column);
    let ordered = present(column, &quote! { return __relarena::Option::None });
    quote! { #value::order_key(#ordered) }
}

fn ordered_value(column: &Column) -> TokenStream {
    let ty = value_type(column);
    quote_spanned! { at(&ty) => <#ty as __relarena::OrderedValue> }
}

/// A reference to a field's value; `otherwise` runs where it is null.
fn present(column: &Column, otherwise: &TokenStream) -> TokenStream {
    let field = &column.ident;
    if is_optional(column) {
        quote! {
            match &self.#field {
                __relarena::Option::Some(value) => value,
                __relarena::Option::None => #otherwise,
            }
        }
    } else {
        quote! { &self.#field }
    }
}
