//! What the kit is told of models and schemas; dropped by the library unless its feature `proptest` is on.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{at, is_key, is_optional, option, value_type};
use crate::parse::{Column, Model, Schema};

pub(super) fn kit_row(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let (mut fields, mut arms, mut sources) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
    for (place, column) in model.columns.iter().enumerate() {
        let field = &column.ident;
        let take = if is_key(column) {
            sources.extend(quote! { __relarena::FieldSource::Key, });
            quote! { maker.key(#place)? }
        } else {
            let kit = field_kit(column);
            let is_own = column.strategy.is_some();
            sources.extend(quote! { #kit.source(null_rate, #is_own), });
            quote! { maker.field(#place, &#kit)? }
        };
        fields.extend(quote! { #field: #take, });
        arms.extend(quote! { #place => self.#field = #take, });
    }
    quote! {
        ::relarena::__kit! {
            const _: () = {
                #[allow(unused_imports, reason = "which names are used depends on the fields")]
                use ::relarena::__private::{self as __relarena, NoStrategy as _, Opaque as _};
                #[automatically_derived]
                #[allow(clippy::all, clippy::pedantic, unused_variables, reason = "glue is written for the compiler")]
                impl __relarena::KitRow for #ident {
                    fn make(maker: &__relarena::Maker<'_>) -> __relarena::Result<Self, __relarena::Error> {
                        __relarena::Result::Ok(Self { #fields })
                    }
                    fn assign(&mut self, field: __relarena::usize, maker: &__relarena::Maker<'_>) -> __relarena::Result<(), __relarena::Error> {
                        match field { #arms _ => {} }
                        __relarena::Result::Ok(())
                    }
                    fn sources(null_rate: __relarena::f64) -> __relarena::Vec<__relarena::FieldSource> {
                        __relarena::vec![#sources]
                    }
                }
            };
        }
    }
}

fn field_kit(column: &Column) -> TokenStream {
    let (ty, value) = (&column.ty, value_type(column));
    let default = option(column.default.as_ref().map(|default| quote! { || #default }));
    let strategy = match &column.strategy {
        Some(strategy) => quote_spanned! { at(strategy) => |_| __relarena::own_strategy(#strategy) },
        None if is_optional(column) => {
            quote! { |null_rate| __relarena::StrategyProbe::<#value>::OPTIONAL.map(|strategy| strategy(null_rate)) }
        }
        None => quote! { |_| __relarena::StrategyProbe::<#ty>::STRATEGY.map(|strategy| strategy()) },
    };
    quote! {
        __relarena::FieldKit::<#ty> { convert: __relarena::Probe::<#ty>::CONVERT, strategy: #strategy, default: #default }
    }
}

pub(super) fn kit_schema(schema: &Schema, in_schema: &[TokenStream]) -> TokenStream {
    let ident = &schema.ident;
    let kits = schema.tables.iter().zip(in_schema).map(|(table, in_schema)| {
        let model = &table.model;
        quote_spanned! { at(&model) => <#in_schema::Glue as __relarena::KitGlue<#model>>::kit::<Self>() }
    });
    quote! {
        ::relarena::__kit! {
            const _: () = {
                use ::relarena::__private as __relarena;
                #[automatically_derived]
                impl __relarena::KitSchema for #ident {
                    fn kits() -> __relarena::Vec<__relarena::Box<dyn __relarena::ModelKit<Self>>> {
                        __relarena::vec![#(#kits),*]
                    }
                }
            };
        }
    }
}
