//! The arguments of the attributes that stand on a struct, and of those that stand on both struct and field.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Meta, Path, Token, parenthesized};

use super::{Check, Group, Index, Link, Through};

/// `#[index]` or `#[index(ordered)]` on a field.
pub(super) fn field_index(model: &Ident, field: &Ident, attribute: &Attribute) -> syn::Result<Index> {
    let is_ordered = !matches!(attribute.meta, Meta::Path(_));
    if is_ordered && !attribute.parse_args::<Path>().is_ok_and(|option| option.is_ident("ordered")) {
        let message = format!(
            "`{model}.{field}`: `index` on a field takes nothing or `ordered`; an index of several fields stands on the struct"
        );
        return Err(syn::Error::new_spanned(&attribute.meta.require_list()?.tokens, message));
    }
    Ok(Index { fields: vec![field.clone()], is_ordered, attribute: attribute.path().clone() })
}

/// `#[index(field, field)]` or `#[index(ordered(field, field))]` on a struct.
pub(super) fn struct_index(model: &Ident, attribute: &Attribute) -> syn::Result<Index> {
    let path = attribute.path();
    if matches!(attribute.meta, Meta::Path(_)) {
        let message = format!(
            "`{model}`: `index` on the struct names its fields, as in `#[index(field, field)]`; for one field write it on the field"
        );
        return Err(syn::Error::new_spanned(path, message));
    }
    let (is_ordered, fields) = attribute.parse_args_with(|input: ParseStream<'_>| {
        let is_ordered = input.peek(Ident) && input.peek2(syn::token::Paren);
        if !is_ordered {
            return Ok((false, Punctuated::<Ident, Token![,]>::parse_terminated(input)?));
        }
        let option: Ident = input.parse()?;
        if option != "ordered" {
            let message = format!("`{model}`: `index` takes fields or `ordered(field, field)`, not `{option}`");
            return Err(syn::Error::new(option.span(), message));
        }
        let content;
        parenthesized!(content in input);
        input.parse::<Option<Token![,]>>()?;
        Ok((true, Punctuated::parse_terminated(&content)?))
    })?;
    Ok(Index { fields: fields.into_iter().collect(), is_ordered, attribute: path.clone() })
}

impl Parse for Link {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        if !input.peek(Token![:]) {
            return Err(syn::Error::new(
                name.span(),
                "a many-to-many relation is declared as `NAME: Target, reverse = NAME`",
            ));
        }
        input.parse::<Token![:]>()?;
        let mut link = Self { name, target: input.parse()?, reverse: None, symmetrical: None, through: None };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let option: Ident = input.parse()?;
            if option == "symmetrical" {
                link.symmetrical = Some(option);
            } else if option == "reverse" {
                input.parse::<Token![=]>()?;
                link.reverse = Some(input.parse()?);
            } else if option == "through" {
                input.parse::<Token![=]>()?;
                link.through = Some(input.parse()?);
            } else {
                let message = format!(
                    "`{}`: `many_to_many` takes `reverse = NAME`, `symmetrical` and `through = Model`",
                    link.name
                );
                return Err(syn::Error::new(option.span(), message));
            }
        }
        Ok(link)
    }
}

impl Parse for Through {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let model = Path::parse_mod_style(input)?;
        let mut fields = None;
        if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            let source = content.parse()?;
            content.parse::<Token![,]>()?;
            fields = Some((source, content.parse()?));
        }
        Ok(Self { model, fields })
    }
}

impl Parse for Group {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut group = Self { fields: Vec::new(), condition: None, name: None, attribute: None };
        while !input.is_empty() {
            if input.peek(Token![where]) {
                input.parse::<Token![where]>()?;
                input.parse::<Token![=]>()?;
                group.condition = Some(input.parse()?);
            } else {
                let ident: Ident = input.parse()?;
                if input.peek(Token![=]) && ident == "name" {
                    input.parse::<Token![=]>()?;
                    group.name = Some(input.parse()?);
                } else {
                    group.fields.push(ident);
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(group)
    }
}

impl Parse for Check {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let usage = "a check is declared as `name = \"...\", |row| condition`";
        let name: Ident = input.parse().map_err(|error| syn::Error::new(error.span(), usage))?;
        if name != "name" {
            return Err(syn::Error::new(name.span(), usage));
        }
        input.parse::<Token![=]>()?;
        let name = input.parse::<LitStr>()?.value();
        input.parse::<Token![,]>()?;
        let closure = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Self { name, closure })
    }
}
