//! The implementation of `Model`: the model as data, and glue by the place of a field.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Ident;

use super::constants::constants;
use super::indexes::{index_arms, index_descriptors, named_arms};
use super::kit::kit_row;
use super::{accessor, at, field_name, is_key, is_optional, keys, option, rules, value_type};
use crate::parse::{Column, ColumnKind, Link, Model, id_target, spelled_out};

pub(crate) fn model(model: &Model) -> TokenStream {
    let (implementation, in_schema, constants) = (implementation(model), in_schema(model), constants(model));
    let kit = kit_row(model);
    quote! {
        const _: () = {
            #[allow(unused_imports, reason = "which names are used depends on the fields")]
            use ::relarena::__private::{self as __relarena, Incomparable as _, Keyless as _, Opaque as _, Unhashed as _, Unidentified as _};
            #implementation
            #in_schema
        };
        #kit
        #constants
    }
}

fn implementation(model: &Model) -> TokenStream {
    let (ident, descriptor) = (&model.ident, descriptor(model));
    let key_count = keys(model).count();
    let (reads, writes) = keys(model)
        .enumerate()
        .map(|(ordinal, (_, column, _))| {
            let field = &column.ident;
            let read = quote! { #ordinal => __relarena::RawKey::to_raw(self.#field), };
            let write = quote! {
                #ordinal => if let __relarena::Option::Some(key) = __relarena::RawKey::from_raw(target) { self.#field = key; },
            };
            (read, write)
        })
        .collect::<(TokenStream, TokenStream)>();
    let (hashes, sames) = unique_arms(model);
    let (index_hashes, order_keys) = index_arms(model);
    let (named_hashes, named_orders) = named_arms(model);
    let checks = model.checks.iter().enumerate().map(|(place, check)| {
        let closure = &check.closure;
        let passes = quote_spanned! { at(&closure.body) => __relarena::passes(check(self)) };
        quote! { #place => { let check: fn(&Self) -> _ = #closure; #passes } }
    });
    let (values, sets, fields) = by_name(model);
    let digests = model.columns.iter().map(digest);
    let comparisons = model.columns.iter().map(comparison);
    quote! {
        #[automatically_derived]
        impl __relarena::Model for #ident {
            const DESCRIPTOR: &'static __relarena::ModelDescriptor = &#descriptor;
            const KEYS: __relarena::usize = #key_count;
        }
        #[automatically_derived]
        #[allow(clippy::all, clippy::pedantic, unused_variables, reason = "glue is written for the compiler")]
        impl __relarena::RowGlue for #ident {
            #[inline]
            fn key(&self, ordinal: __relarena::usize) -> __relarena::Option<__relarena::RawId> {
                match ordinal { #reads _ => __relarena::Option::None }
            }
            #[inline]
            fn set_key(&mut self, ordinal: __relarena::usize, target: __relarena::Option<__relarena::RawId>) {
                match ordinal { #writes _ => {} }
            }
            fn hash_unique(&self, constraint: __relarena::usize, state: &mut __relarena::IndexHasher) -> __relarena::bool {
                match constraint { #hashes _ => false }
            }
            fn same_unique(&self, constraint: __relarena::usize, other: &Self) -> __relarena::bool {
                match constraint { #sames _ => false }
            }
            fn hash_index(&self, index: __relarena::usize, state: &mut __relarena::IndexHasher) -> __relarena::bool {
                match index { #index_hashes _ => false }
            }
            fn order_key(&self, index: __relarena::usize) -> __relarena::Option<__relarena::OrderKey> {
                match index { #order_keys _ => __relarena::Option::None }
            }
            fn hash_named(field: __relarena::usize, value: __relarena::Value, state: &mut __relarena::IndexHasher) -> __relarena::Result<__relarena::bool, __relarena::Misfit> {
                match field { #named_hashes _ => __relarena::Result::Ok(false) }
            }
            fn order_named(field: __relarena::usize, value: __relarena::Value) -> __relarena::Result<__relarena::Option<__relarena::u64>, __relarena::Misfit> {
                match field { #named_orders _ => __relarena::Result::Ok(__relarena::Option::None) }
            }
            fn passes(&self, check: __relarena::usize) -> __relarena::bool {
                match check { #(#checks)* _ => true }
            }
            fn read(&self, field: __relarena::usize) -> __relarena::Value {
                match field { #values _ => __relarena::Value::Null }
            }
            fn write(&mut self, field: __relarena::usize, value: __relarena::Value) -> __relarena::Result<(), __relarena::Misfit> {
                match field { #sets _ => {} }
                __relarena::Result::Ok(())
            }
            fn digest(&self, state: &mut __relarena::StableHasher) {
                #(#digests)*
            }
            fn same(&self, other: &Self) -> __relarena::bool {
                true #(&& #comparisons)*
            }
            fn build(input: &mut __relarena::Input) -> __relarena::Result<Self, __relarena::Error> {
                __relarena::Result::Ok(Self { #fields })
            }
        }
    }
}

fn unique_arms(model: &Model) -> (TokenStream, TokenStream) {
    let arms = rules(model).into_iter().enumerate().map(|(place, rule)| {
        let condition = rule.group.and_then(|group| group.condition.as_ref()).map(|closure| {
            let holds = quote_spanned! { at(&closure.body) => __relarena::holds(condition(self)) };
            quote! {
                let condition: fn(&Self) -> _ = #closure;
                if !#holds { return false; }
            }
        });
        // Both calls name the same trait of the same tokens, so that the compiler tells a type that cannot be compared once.
        let hashes = rule.columns.iter().map(|(_, column)| {
            let (field, value) = (&column.ident, unique_value(model, column));
            if is_optional(column) {
                quote! {
                    match &self.#field {
                        __relarena::Option::Some(value) => #value::hash(value, state),
                        __relarena::Option::None => return false,
                    }
                }
            } else {
                quote! { #value::hash(&self.#field, state); }
            }
        });
        let sames = rule.columns.iter().map(|(_, column)| {
            let (field, value) = (&column.ident, unique_value(model, column));
            if is_optional(column) {
                quote! {
                    matches!((&self.#field, &other.#field), (__relarena::Option::Some(one), __relarena::Option::Some(other)) if #value::same(one, other))
                }
            } else {
                quote! { #value::same(&self.#field, &other.#field) }
            }
        });
        (quote! { #place => { #condition #(#hashes)* true } }, quote! { #place => true #(&& #sames)*, })
    });
    arms.collect()
}

/// The trait that compares a field's values, on the type without its `Option`.
fn unique_value(model: &Model, column: &Column) -> TokenStream {
    let (ident, ty) = (&model.ident, value_type(column));
    quote_spanned! { at(&ty) => <#ty as __relarena::UniqueValue<#ident>> }
}

fn by_name(model: &Model) -> (TokenStream, TokenStream, TokenStream) {
    let (mut values, mut sets, mut fields) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
    for (place, column) in model.columns.iter().enumerate() {
        let (field, ty) = (&column.ident, &column.ty);
        if is_key(column) {
            fields.extend(quote! { #field: input.key(#place)?, });
            continue;
        }
        let default = option(column.default.as_ref().map(|default| quote! { || #default }));
        values.extend(quote! { #place => (__relarena::Probe::<#ty>::CONVERT.read)(&self.#field), });
        sets.extend(quote! { #place => self.#field = (__relarena::Probe::<#ty>::CONVERT.write)(value)?, });
        fields.extend(quote! { #field: input.field(#place, &__relarena::Probe::<#ty>::CONVERT, #default)?, });
    }
    (values, sets, fields)
}

/// A field's part in a row's digest.
fn digest(column: &Column) -> TokenStream {
    let (field, ty) = (&column.ident, &column.ty);
    if is_key(column) {
        let is_optional = is_optional(column);
        return quote! { __relarena::digest_key(__relarena::RawKey::to_raw(self.#field), #is_optional, state); };
    }
    quote! {
        __relarena::digest_field(&self.#field, __relarena::HashProbe::<#ty>::HASH, __relarena::Probe::<#ty>::CONVERT.read, state);
    }
}

/// Whether two rows have the same in a field.
fn comparison(column: &Column) -> TokenStream {
    let (field, ty) = (&column.ident, &column.ty);
    if is_key(column) {
        return quote! { __relarena::RawKey::to_raw(self.#field) == __relarena::RawKey::to_raw(other.#field) };
    }
    quote! {
        __relarena::same_field(&self.#field, &other.#field, __relarena::EqProbe::<#ty>::SAME, &__relarena::Probe::<#ty>::CONVERT)
    }
}

fn descriptor(model: &Model) -> TokenStream {
    let name = &model.name;
    let fields = model.columns.iter().map(field_descriptor);
    let rules = rules(model).into_iter().map(|rule| {
        let (name, places) = (rule.name, rule.columns.iter().map(|(place, _)| *place as u16));
        let conditional = rule.group.is_some_and(|group| group.condition.is_some());
        quote! { __relarena::UniqueDescriptor { name: #name, fields: &[#(#places),*], conditional: #conditional } }
    });
    let indexes = index_descriptors(model);
    let checks = model.checks.iter().map(|check| &check.name);
    let links = model.links.iter().map(link_descriptor);
    quote! {
        __relarena::ModelDescriptor {
            name: #name,
            fields: &[#(#fields),*],
            uniques: &[#(#rules),*],
            indexes: &[#(#indexes),*],
            checks: &[#(#checks),*],
            links: &[#(#links),*],
        }
    }
}

fn field_descriptor(column: &Column) -> TokenStream {
    let (name, ty) = (field_name(&column.ident), &column.ty);
    match &column.kind {
        ColumnKind::Key(key) if is_key(column) => {
            let cardinality = if key.one_to_one { quote!(OneToOne) } else { quote!(ManyToOne) };
            let action = key.on_delete.as_ref().map_or_else(|| format_ident!("Cascade"), action);
            let (reverse, optional) = (option(key.reverse.as_ref().map(accessor)), is_optional(column));
            quote! {
                __relarena::FieldDescriptor {
                    name: #name,
                    nullable: #optional,
                    kind: __relarena::FieldKind::Key(__relarena::KeyDescriptor {
                        cardinality: __relarena::Cardinality::#cardinality,
                        on_delete: __relarena::OnDelete::#action,
                        reverse: #reverse,
                    }),
                }
            }
        }
        _ => quote! {
            __relarena::FieldDescriptor {
                name: #name,
                nullable: __relarena::Probe::<#ty>::CONVERT.nullable,
                kind: __relarena::FieldKind::Value(__relarena::Probe::<#ty>::CONVERT.value_type),
            }
        },
    }
}

/// `set_null` to `SetNull`; what `check` has refused becomes `Cascade`, so that it is refused once.
fn action(name: &Ident) -> Ident {
    let variant = match name.to_string().as_str() {
        "protect" => "Protect",
        "restrict" => "Restrict",
        "set_null" => "SetNull",
        "set_default" => "SetDefault",
        "set_with" => "SetWith",
        "do_nothing" => "DoNothing",
        _ => "Cascade",
    };
    format_ident!("{variant}")
}

fn link_descriptor(link: &Link) -> TokenStream {
    let (name, reverse) = (accessor(&link.name), option(link.reverse.as_ref().map(accessor)));
    let kind = match &link.through {
        None if link.symmetrical.is_some() => quote!(__relarena::LinkKind::Symmetrical),
        None => quote!(__relarena::LinkKind::Direct),
        Some(through) => {
            let (source, target) =
                through.fields.as_ref().map(|(source, target)| (field_name(source), field_name(target))).unzip();
            let (source, target) = (option(source), option(target));
            quote! { __relarena::LinkKind::Through { source: #source, target: #target } }
        }
    };
    quote! { __relarena::LinkDescriptor { name: #name, reverse: #reverse, kind: #kind } }
}

fn in_schema(model: &Model) -> TokenStream {
    let (ident, identity) = (&model.ident, identity(&model.ident));
    let keys = keys(model).filter_map(|(_, column, _)| {
        let (target, _) = id_target(&column.ty)?;
        Some(pointer(&field_name(&column.ident), Some(target)))
    });
    let links = model.links.iter().flat_map(|link| {
        let (name, through) = (accessor(&link.name), link.through.as_ref().map(|through| &through.model));
        [pointer(&name, Some(&link.target)), pointer(&name, through)]
    });
    let pointers = keys.chain(links);
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl __relarena::InSchema for #ident {
            const IDENTITY: &'static __relarena::str = #identity;
            const TARGETS: &'static [__relarena::Pointer] = &[#(#pointers),*];
            type Glue = __relarena::Glued;
        }
    }
}

fn identity(model: &Ident) -> TokenStream {
    let name = model.to_string();
    quote! { ::core::concat!(::core::module_path!(), ":", ::core::line!(), ":", ::core::column!(), ":", #name) }
}

fn pointer(from: &str, target: Option<&impl ToTokens>) -> TokenStream {
    let model = target.map(spelled_out).unwrap_or_default();
    let identity = target.map_or_else(
        || quote! { __relarena::Option::None },
        |target| {
            let target = target.to_token_stream();
            quote_spanned! { at(&target) => __relarena::IdentityProbe::<#target>::IDENTITY }
        },
    );
    quote! { __relarena::Pointer { from: #from, model: #model, identity: #identity } }
}
