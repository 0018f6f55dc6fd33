//! Data to tokens: descriptors and one-line glue, no rules, no errors.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Ident, Path, Type};

use crate::parse::{Column, ColumnKind, Group, Key, Link, Model, Schema, id_target, single_argument};

/// A unique rule: its name, its fields, and its condition.
struct Rule<'a> {
    name: String,
    columns: Vec<(usize, &'a Column)>,
    group: Option<&'a Group>,
}

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

fn is_optional(column: &Column) -> bool {
    single_argument(&column.ty, "Option").is_some()
}

fn rules(model: &Model) -> Vec<Rule<'_>> {
    let singles = model.columns.iter().enumerate().filter(|(_, column)| column.unique.is_some() && !is_key(column));
    let singles = singles.map(|(place, column)| Rule {
        name: column.ident.unraw().to_string(),
        columns: vec![(place, column)],
        group: None,
    });
    let groups = model.groups.iter().map(|group| {
        let find = |field: &Ident| model.columns.iter().enumerate().find(|(_, column)| column.ident == *field);
        let columns: Vec<_> = group.fields.iter().filter_map(find).collect();
        let joined = columns.iter().map(|(_, column)| column.ident.unraw().to_string()).collect::<Vec<_>>().join("_");
        Rule { name: group.name.as_ref().map_or(joined, syn::LitStr::value), columns, group: Some(group) }
    });
    singles.chain(groups).collect()
}

pub(crate) fn model(model: &Model) -> TokenStream {
    let (implementation, in_schema, constants) = (implementation(model), in_schema(model), constants(model));
    quote! {
        const _: () = {
            #[allow(unused_imports, reason = "which names are used depends on the fields")]
            use ::relarena::__private::{self as __relarena, Opaque as _};
            #implementation
            #in_schema
        };
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
            let read = quote! { #ordinal => __relarena::KeyField::to_raw(self.#field), };
            let write = quote! {
                #ordinal => if let __relarena::Option::Some(key) = __relarena::KeyField::from_raw(target) { self.#field = key; },
            };
            (read, write)
        })
        .collect::<(TokenStream, TokenStream)>();
    let (hashes, sames) = unique_arms(model);
    let checks = model.checks.iter().enumerate().map(|(place, check)| {
        let closure = &check.closure;
        quote! { #place => { let check: fn(&Self) -> _ = #closure; __relarena::passes(check(self)) } }
    });
    let (values, sets, fields) = by_name(model);
    quote! {
        #[automatically_derived]
        #[allow(clippy::all, clippy::pedantic, unused_variables, reason = "glue is written for the compiler")]
        impl __relarena::Model for #ident {
            const DESCRIPTOR: &'static __relarena::ModelDescriptor = &#descriptor;
            const KEYS: __relarena::usize = #key_count;
            #[inline]
            fn key(&self, ordinal: __relarena::usize) -> __relarena::Option<__relarena::RawId> {
                match ordinal { #reads _ => __relarena::Option::None }
            }
            #[inline]
            fn set_key(&mut self, ordinal: __relarena::usize, target: __relarena::Option<__relarena::RawId>) {
                match ordinal { #writes _ => {} }
            }
            fn hash_unique<H: __relarena::Hasher>(&self, constraint: __relarena::usize, state: &mut H) -> __relarena::bool {
                match constraint { #hashes _ => false }
            }
            fn same_unique(&self, constraint: __relarena::usize, other: &Self) -> __relarena::bool {
                match constraint { #sames _ => false }
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
            fn build(input: &mut __relarena::Input) -> __relarena::Result<Self, __relarena::Error> {
                __relarena::Result::Ok(Self { #fields })
            }
        }
    }
}

fn unique_arms(model: &Model) -> (TokenStream, TokenStream) {
    let arms = rules(model).into_iter().enumerate().map(|(place, rule)| {
        let condition = rule.group.and_then(|group| group.condition.as_ref()).map(|closure| {
            quote! {
                let condition: fn(&Self) -> _ = #closure;
                if !__relarena::holds(condition(self)) { return false; }
            }
        });
        let hashes = rule.columns.iter().map(|(_, column)| {
            let field = &column.ident;
            if is_optional(column) {
                quote! {
                    match &self.#field {
                        __relarena::Option::Some(value) => __relarena::Hash::hash(value, state),
                        __relarena::Option::None => return false,
                    }
                }
            } else {
                quote_spanned! { column.ty.span() => __relarena::Hash::hash(&self.#field, state); }
            }
        });
        let sames = rule.columns.iter().map(|(_, column)| {
            let field = &column.ident;
            quote_spanned! { column.ty.span() => self.#field == other.#field }
        });
        (quote! { #place => { #condition #(#hashes)* true } }, quote! { #place => true #(&& #sames)*, })
    });
    arms.collect()
}

fn by_name(model: &Model) -> (TokenStream, TokenStream, TokenStream) {
    let (mut values, mut sets, mut fields) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
    for (place, column) in model.columns.iter().enumerate() {
        let (field, ty) = (&column.ident, &column.ty);
        if is_key(column) {
            fields.extend(quote! { #field: input.key(#place)?, });
            continue;
        }
        let default = match &column.default {
            Some(default) => quote! { __relarena::Option::Some(|| #default) },
            None => quote! { __relarena::Option::None },
        };
        values.extend(quote! { #place => (__relarena::Probe::<#ty>::CONVERT.read)(&self.#field), });
        sets.extend(quote! { #place => self.#field = (__relarena::Probe::<#ty>::CONVERT.write)(value)?, });
        fields.extend(quote! { #field: input.field(#place, &__relarena::Probe::<#ty>::CONVERT, #default)?, });
    }
    (values, sets, fields)
}

fn descriptor(model: &Model) -> TokenStream {
    let name = &model.name;
    let fields = model.columns.iter().map(field_descriptor);
    let rules = rules(model).into_iter().map(|rule| {
        let (name, places) = (rule.name, rule.columns.iter().map(|(place, _)| *place as u16));
        let conditional = rule.group.is_some_and(|group| group.condition.is_some());
        quote! { __relarena::UniqueDescriptor { name: #name, fields: &[#(#places),*], conditional: #conditional } }
    });
    let checks = model.checks.iter().map(|check| &check.name);
    let links = model.links.iter().map(link_descriptor);
    quote! {
        __relarena::ModelDescriptor {
            name: #name,
            fields: &[#(#fields),*],
            uniques: &[#(#rules),*],
            checks: &[#(#checks),*],
            links: &[#(#links),*],
        }
    }
}

fn field_descriptor(column: &Column) -> TokenStream {
    let (name, ty) = (column.ident.unraw().to_string(), &column.ty);
    match &column.kind {
        ColumnKind::Key(key) if is_key(column) => {
            let cardinality = if key.one_to_one { quote!(OneToOne) } else { quote!(ManyToOne) };
            let action = key.on_delete.as_ref().map_or_else(|| format_ident!("Cascade"), action);
            let reverse = optional_name(key.reverse.as_ref());
            quote! {
                __relarena::FieldDescriptor {
                    name: #name,
                    nullable: <#ty as __relarena::KeyField>::NULLABLE,
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

fn optional_name(name: Option<&Ident>) -> TokenStream {
    match name.map(|name| name.to_string().to_lowercase()) {
        Some(name) => quote! { __relarena::Option::Some(#name) },
        None => quote! { __relarena::Option::None },
    }
}

fn link_descriptor(link: &Link) -> TokenStream {
    let (name, reverse) = (link.name.to_string().to_lowercase(), optional_name(link.reverse.as_ref()));
    let kind = match &link.through {
        None if link.symmetrical.is_some() => quote!(__relarena::LinkKind::Symmetrical),
        None => quote!(__relarena::LinkKind::Direct),
        Some(through) => {
            let source = optional_name(through.fields.as_ref().map(|(source, _)| source));
            let target = optional_name(through.fields.as_ref().map(|(_, target)| target));
            quote! { __relarena::LinkKind::Through { source: #source, target: #target } }
        }
    };
    quote! { __relarena::LinkDescriptor { name: #name, reverse: #reverse, kind: #kind } }
}

fn in_schema(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let key_targets: Vec<&Type> =
        keys(model).filter_map(|(_, column, _)| id_target(&column.ty)).map(|(target, _)| target).collect();
    let (mut bounds, mut places) = (Vec::new(), Vec::new());
    for target in key_targets {
        bounds.push(target.to_token_stream());
        places.push(quote! { <__S as __relarena::Has<#target>>::MODEL as __relarena::u16 });
    }
    for link in &model.links {
        let target = &link.target;
        bounds.push(target.to_token_stream());
        places.push(quote! { <__S as __relarena::Has<#target>>::MODEL as __relarena::u16 });
        places.push(match &link.through {
            Some(through) => {
                let model = &through.model;
                bounds.push(model.to_token_stream());
                quote! { <__S as __relarena::Has<#model>>::MODEL as __relarena::u16 }
            }
            None => quote! { __relarena::NO_MODEL },
        });
    }
    quote! {
        #[automatically_derived]
        impl<__S> __relarena::InSchema<__S> for #ident
        where
            __S: __relarena::Has<#ident> #(+ __relarena::Has<#bounds>)*,
        {
            const TARGETS: &'static [__relarena::u16] = &[#(#places),*];
        }
    }
}

fn constants(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let mut own = Vec::new();
    let mut elsewhere = TokenStream::new();
    let mut ordinal = 0_u16;
    for (place, column) in model.columns.iter().enumerate() {
        own.push(field_constant(model, place as u16, column, &mut ordinal));
        elsewhere.extend(reverse_of_key(model, column));
    }
    for (ordinal, link) in model.links.iter().enumerate() {
        own.push(link_constant(model, ordinal as u16, link));
        elsewhere.extend(reverse_of_link(model, link));
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
    let constant = format_ident!("{}", column.ident.unraw().to_string().to_uppercase(), span = column.ident.span());
    let plain = format!("The field `{}`.", field.unraw());
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
            quote! { #docs #visibility const #constant: ::relarena::#kind<Self, #ty> = ::relarena::#kind::new(#place, #own, #access); }
        }
        _ if column.unique.is_some() => {
            let rule = rules(model)
                .iter()
                .position(|rule| rule.group.is_none() && rule.columns[0].0 == usize::from(place))
                .unwrap_or(0) as u16;
            let (inner, value) = match single_argument(ty, "Option") {
                Some(inner) => (inner, quote! { row.#field.as_ref() }),
                None => (ty, quote! { ::core::option::Option::Some(&row.#field) }),
            };
            quote! {
                #docs
                #visibility const #constant: ::relarena::Unique<Self, #ty, #inner> =
                    ::relarena::Unique::new(::relarena::Field::new(#place, #access), #rule, |row| #value);
            }
        }
        _ => {
            quote! { #docs #visibility const #constant: ::relarena::Field<Self, #ty> = ::relarena::Field::new(#place, #access); }
        }
    }
}

/// The constant of a key's other end, on its target. Its visibility is the field's.
fn reverse_of_key(model: &Model, column: &Column) -> TokenStream {
    let ColumnKind::Key(key) = &column.kind else {
        return TokenStream::new();
    };
    let (Some(reverse), Some((target, _))) = (&key.reverse, id_target(&column.ty)) else {
        return TokenStream::new();
    };
    let (ident, ty, visibility) = (&model.ident, &column.ty, &column.visibility);
    let target =
        if target.to_token_stream().to_string() == "Self" { ident.to_token_stream() } else { target.to_token_stream() };
    let ty = if quote!(#ty).to_string().contains("Self") { spell_self(ty, ident) } else { ty.to_token_stream() };
    let kind = if key.one_to_one { quote!(OneToOne) } else { quote!(ForeignKey) };
    let forward = format_ident!("{}", column.ident.unraw().to_string().to_uppercase());
    let doc = format!("The other end of [`{ident}::{forward}`].");
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "a program need not name every relation")]
        impl #target {
            #[doc = #doc]
            #visibility const #reverse: ::relarena::Reverse<::relarena::#kind<#ident, #ty>> = #ident::#forward.reverse();
        }
    }
}

/// `Id<Self>` as it reads outside its struct.
fn spell_self(ty: &Type, ident: &Ident) -> TokenStream {
    match id_target(ty) {
        Some((_, true)) => quote! { ::core::option::Option<::relarena::Id<#ident>> },
        _ => quote! { ::relarena::Id<#ident> },
    }
}

fn link_type(model: &Model, link: &Link) -> TokenStream {
    let (ident, target) = (&model.ident, spelled(&link.target, &model.ident));
    match &link.through {
        Some(through) => {
            let through = &through.model;
            quote! { ::relarena::Through<#ident, #target, #through> }
        }
        None => quote! { ::relarena::ManyToMany<#ident, #target> },
    }
}

fn spelled(path: &Path, ident: &Ident) -> TokenStream {
    if path.is_ident("Self") { ident.to_token_stream() } else { path.to_token_stream() }
}

fn link_constant(model: &Model, ordinal: u16, link: &Link) -> TokenStream {
    let (name, ty, visibility) = (&link.name, link_type(model, link), &model.visibility);
    let kind = if link.through.is_some() { quote!(Through) } else { quote!(ManyToMany) };
    let target = link.target.to_token_stream().to_string();
    let doc = format!("The many-to-many relation with [`{target}`].");
    quote! { #[doc = #doc] #visibility const #name: #ty = ::relarena::#kind::new(#ordinal); }
}

fn reverse_of_link(model: &Model, link: &Link) -> TokenStream {
    let Some(reverse) = &link.reverse else {
        return TokenStream::new();
    };
    let (ident, name, visibility) = (&model.ident, &link.name, &model.visibility);
    let (ty, target) = (link_type(model, link), spelled(&link.target, &model.ident));
    let doc = format!("The other end of [`{ident}::{name}`].");
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "a program need not name every relation")]
        impl #target {
            #[doc = #doc]
            #visibility const #reverse: ::relarena::Reverse<#ty> = #ident::#name.reverse();
        }
    }
}

pub(crate) fn schema(schema: &Schema) -> TokenStream {
    let ident = &schema.ident;
    let fields: Vec<_> = schema.tables.iter().map(|table| &table.ident).collect();
    let models: Vec<_> = schema.tables.iter().map(|table| &table.model).collect();
    let places: Vec<_> = (0..schema.tables.len()).collect();
    let entries = models.iter().map(|model| {
        quote_spanned! { model.span() =>
            __relarena::ModelEntry {
                descriptor: <#model as __relarena::Model>::DESCRIPTOR,
                targets: <#model as __relarena::InSchema<#ident>>::TARGETS,
            }
        }
    });
    quote! {
        const _: () = {
            use ::relarena::__private as __relarena;
            #[automatically_derived]
            impl __relarena::Tables for #ident {
                fn table(&self, model: __relarena::usize) -> &dyn __relarena::ErasedTable {
                    match model { #(#places => &self.#fields,)* _ => __relarena::no_such_model(model) }
                }
                fn table_mut(&mut self, model: __relarena::usize) -> &mut dyn __relarena::ErasedTable {
                    match model { #(#places => &mut self.#fields,)* _ => __relarena::no_such_model(model) }
                }
            }
            #[automatically_derived]
            impl __relarena::Schema for #ident {
                const MODELS: &'static [__relarena::ModelEntry] = &[#(#entries),*];
                fn empty() -> Self {
                    Self { #(#fields: __relarena::Table::default(),)* }
                }
                fn duplicate(&self) -> Self {
                    Self { #(#fields: __relarena::Table::clone(&self.#fields),)* }
                }
            }
            #(
                #[automatically_derived]
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
            const _: () = __relarena::validate(<#ident as __relarena::Schema>::MODELS);
        };
    }
}
