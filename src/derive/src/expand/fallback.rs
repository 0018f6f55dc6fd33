//! What stands for a struct that could not be read, so that code that uses it has no further errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{DeriveInput, Generics, parse_quote};

/// Stands for a model that could not be read, so that code that uses it has no further errors.
pub(crate) fn model_fallback(input: &DeriveInput) -> TokenStream {
    let (ident, name) = (&input.ident, input.ident.unraw().to_string());
    let generics = bounded(&input.generics, &quote!(::core::clone::Clone + 'static));
    let (parameters, arguments, bounds) = generics.split_for_impl();
    quote! {
        const _: () = {
            use ::relarena::__private as __relarena;
            #[automatically_derived]
            impl #parameters __relarena::Model for #ident #arguments #bounds {
                const DESCRIPTOR: &'static __relarena::ModelDescriptor =
                    &__relarena::ModelDescriptor { name: #name, fields: &[], uniques: &[], indexes: &[], checks: &[], links: &[] };
                const KEYS: __relarena::usize = 0;
            }
            #[automatically_derived]
            impl #parameters __relarena::RowGlue for #ident #arguments #bounds {
                fn key(&self, _: __relarena::usize) -> __relarena::Option<__relarena::RawId> {
                    ::core::unreachable!()
                }
                fn set_key(&mut self, _: __relarena::usize, _: __relarena::Option<__relarena::RawId>) {}
                fn hash_unique(&self, _: __relarena::usize, _: &mut __relarena::IndexHasher) -> __relarena::bool {
                    ::core::unreachable!()
                }
                fn same_unique(&self, _: __relarena::usize, _: &Self) -> __relarena::bool {
                    ::core::unreachable!()
                }
                fn hash_index(&self, _: __relarena::usize, _: &mut __relarena::IndexHasher) -> __relarena::bool {
                    ::core::unreachable!()
                }
                fn order_key(&self, _: __relarena::usize) -> __relarena::Option<__relarena::OrderKey> {
                    ::core::unreachable!()
                }
                fn hash_named(
                    _: __relarena::usize,
                    _: __relarena::Value,
                    _: &mut __relarena::IndexHasher,
                ) -> __relarena::Result<__relarena::bool, __relarena::Misfit> {
                    ::core::unreachable!()
                }
                fn order_named(
                    _: __relarena::usize,
                    _: __relarena::Value,
                ) -> __relarena::Result<__relarena::Option<__relarena::u64>, __relarena::Misfit> {
                    ::core::unreachable!()
                }
                fn passes(&self, _: __relarena::usize) -> __relarena::bool {
                    ::core::unreachable!()
                }
                fn read(&self, _: __relarena::usize) -> __relarena::Value {
                    ::core::unreachable!()
                }
                fn write(&mut self, _: __relarena::usize, _: __relarena::Value) -> __relarena::Result<(), __relarena::Misfit> {
                    ::core::unreachable!()
                }
                fn digest(&self, _: &mut __relarena::StableHasher) {}
                fn same(&self, _: &Self) -> __relarena::bool {
                    ::core::unreachable!()
                }
                fn build(_: &mut __relarena::Input) -> __relarena::Result<Self, __relarena::Error> {
                    ::core::unreachable!()
                }
            }
            #[automatically_derived]
            impl #parameters __relarena::InSchema for #ident #arguments #bounds {
                const IDENTITY: &'static __relarena::str = "";
                const TARGETS: &'static [__relarena::Pointer] = &[];
                type Glue = __relarena::Glued;
            }
            ::relarena::__kit! {
                #[automatically_derived]
                impl #parameters __relarena::KitRow for #ident #arguments #bounds {
                    fn make(_: &__relarena::Maker<'_>) -> __relarena::Result<Self, __relarena::Error> {
                        ::core::unreachable!()
                    }
                    fn assign(&mut self, _: __relarena::usize, _: &__relarena::Maker<'_>) -> __relarena::Result<(), __relarena::Error> {
                        ::core::unreachable!()
                    }
                    fn sources(_: __relarena::f64) -> __relarena::Vec<__relarena::FieldSource> {
                        ::core::unreachable!()
                    }
                }
            }
        };
    }
}

/// Stands for a schema that could not be read: it has every table, so that code that uses it has no further errors.
pub(crate) fn schema_fallback(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let generics = bounded(&input.generics, &quote!('static));
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let mut with_model = generics.clone();
    with_model.params.push(parse_quote!(__M));
    let (model_parameters, ..) = with_model.split_for_impl();
    quote! {
        const _: () = {
            use ::relarena::__private as __relarena;
            #[automatically_derived]
            impl #parameters __relarena::Tables for #ident #arguments #bounds {
                fn table(&self, _: __relarena::usize) -> &dyn __relarena::ErasedTable {
                    ::core::unreachable!()
                }
                fn table_mut(&mut self, _: __relarena::usize) -> &mut dyn __relarena::ErasedTable {
                    ::core::unreachable!()
                }
            }
            #[automatically_derived]
            impl #parameters __relarena::Schema for #ident #arguments #bounds {
                const MODELS: &'static [__relarena::ModelEntry] = &[];
                fn empty() -> Self {
                    ::core::unreachable!()
                }
                fn duplicate(&self) -> Self {
                    ::core::unreachable!()
                }
                fn share(&mut self) -> Self {
                    ::core::unreachable!()
                }
                fn copy_row(&self, _: __relarena::usize, _: __relarena::RowPlace, _: &mut Self, _: __relarena::CopyTo) {
                    ::core::unreachable!()
                }
                fn same_row(&self, _: __relarena::usize, _: __relarena::RowPlace, _: &Self, _: __relarena::RowPlace) -> __relarena::bool {
                    ::core::unreachable!()
                }
            }
            ::relarena::__kit! {
                #[automatically_derived]
                impl #parameters __relarena::KitSchema for #ident #arguments #bounds {
                    fn kits() -> __relarena::Vec<__relarena::Box<dyn __relarena::ModelKit<Self>>> {
                        ::core::unreachable!()
                    }
                }
            }
            #[automatically_derived]
            impl #model_parameters __relarena::Has<__M> for #ident #arguments #bounds {
                const MODEL: __relarena::usize = 0;
                fn of(&self) -> &__relarena::Table<__M> {
                    ::core::unreachable!()
                }
                fn of_mut(&mut self) -> &mut __relarena::Table<__M> {
                    ::core::unreachable!()
                }
            }
        };
    }
}

/// Parameters with a bound on the struct itself where it has any; without parameters the compiler sees for itself.
fn bounded(generics: &Generics, bound: &TokenStream) -> Generics {
    let mut generics = generics.clone();
    if !generics.params.is_empty() {
        generics.make_where_clause().predicates.push(parse_quote!(Self: #bound));
    }
    generics
}
