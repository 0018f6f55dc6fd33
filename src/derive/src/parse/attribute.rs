//! The arguments of the attributes that stand on a struct.

use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Path, Token, parenthesized};

use super::{Check, Group, Link, Through};

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
