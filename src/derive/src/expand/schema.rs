//! The implementation of `Schema`: the tables by place and by model.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::at;
use super::kit::kit_schema;
use crate::parse::Schema;

pub(crate) fn schema(schema: &Schema) -> TokenStream {
    let ident = &schema.ident;
    let fields: Vec<_> = schema.tables.iter().map(|table| &table.ident).collect();
    let models: Vec<_> = schema.tables.iter().map(|table| &table.model).collect();
    let places: Vec<_> = (0..schema.tables.len()).collect();
    // Every use of a model goes through `InSchema` at the model's own tokens: what it lacks is then one error, and there.
    let in_schema: Vec<_> =
        models.iter().map(|model| quote_spanned! { at(&model) => <#model as __relarena::InSchema> }).collect();
    let glue: Vec<_> = models
        .iter()
        .zip(&in_schema)
        .map(|(model, in_schema)| quote_spanned! { at(&model) => <#in_schema::Glue as __relarena::Glue<#model>> })
        .collect();
    let faults = models.iter().enumerate().map(|(place, model)| {
        quote_spanned! { at(&model) =>
            const _: () = if let __relarena::Option::Some(fault) = __relarena::fault(<#ident as __relarena::Schema>::MODELS, #place, TARGETS) {
                ::core::panic!("{}", fault.text())
            };
        }
    });
    let kit = kit_schema(schema, &in_schema);
    quote! {
        #kit
        const _: () = {
            use ::relarena::__private as __relarena;
            const IDENTITIES: &[&__relarena::str] = &[#(#in_schema::IDENTITY),*];
            const TARGETS: &[&[__relarena::Pointer]] = &[#(#in_schema::TARGETS),*];
            #[automatically_derived]
            impl __relarena::Tables for #ident {
                fn table(&self, model: __relarena::usize) -> &dyn __relarena::ErasedTable {
                    match model { #(#places => #glue::erased(&self.#fields),)* _ => __relarena::no_such_model(model) }
                }
                fn table_mut(&mut self, model: __relarena::usize) -> &mut dyn __relarena::ErasedTable {
                    match model { #(#places => #glue::erased_mut(&mut self.#fields),)* _ => __relarena::no_such_model(model) }
                }
            }
            #[automatically_derived]
            impl __relarena::Schema for #ident {
                const MODELS: &'static [__relarena::ModelEntry] = &[#(__relarena::ModelEntry {
                    descriptor: #glue::DESCRIPTOR,
                    targets: &__relarena::places::<{ #in_schema::TARGETS.len() }>(IDENTITIES, #in_schema::TARGETS),
                }),*];
                fn empty() -> Self {
                    Self { #(#fields: #glue::empty(),)* }
                }
                fn duplicate(&self) -> Self {
                    Self { #(#fields: #glue::duplicate(&self.#fields),)* }
                }
                fn share(&mut self) -> Self {
                    Self { #(#fields: #glue::share(&mut self.#fields),)* }
                }
                fn copy_row(&self, model: __relarena::usize, from: __relarena::RowPlace, into: &mut Self, to: __relarena::CopyTo) {
                    match model { #(#places => #glue::copy_row(&self.#fields, from, &mut into.#fields, to),)* _ => __relarena::no_such_model(model) }
                }
                fn same_row(&self, model: __relarena::usize, place: __relarena::RowPlace, other: &Self, other_place: __relarena::RowPlace) -> __relarena::bool {
                    match model { #(#places => #glue::same_row(&self.#fields, place, &other.#fields, other_place),)* _ => __relarena::no_such_model(model) }
                }
            }
            #(
                #[automatically_derived]
                #[diagnostic::do_not_recommend]
                impl __relarena::Has<#models> for #ident {
                    const MODEL: __relarena::usize = #places;
                    #[inline]
                    fn of(&self) -> &__relarena::Table<#models> {
                        &self.#fields
                    }
                    #[inline]
                    fn of_mut(&mut self) -> &mut __relarena::Table<#models> {
                        &mut self.#fields
                    }
                }
            )*
            #(#faults)*
        };
    }
}
