//! Syntax to data with spans. Reports what cannot be read, and leaves it out.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprClosure, Field, Fields, GenericArgument, Ident, LitStr, Path,
    PathArguments, Token, Type, Visibility, parenthesized,
};

/// All mistakes of a struct, to be reported at once.
#[derive(Default)]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    pub(crate) fn add(&mut self, span: Span, message: impl std::fmt::Display) {
        self.keep(syn::Error::new(span, message));
    }

    fn keep(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map(|error| error.to_compile_error()).unwrap_or_default()
    }
}

pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) links: Vec<Link>,
    pub(crate) groups: Vec<Group>,
    pub(crate) checks: Vec<Check>,
}

pub(crate) struct Column {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) ty: Type,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) kind: ColumnKind,
    pub(crate) unique: Option<Span>,
    pub(crate) default: Option<Expr>,
    pub(crate) untracked: bool,
}

pub(crate) enum ColumnKind {
    Plain,
    Key(Key),
}

pub(crate) struct Key {
    pub(crate) one_to_one: bool,
    pub(crate) on_delete: Option<Ident>,
    pub(crate) reverse: Option<Ident>,
    pub(crate) span: Span,
}

pub(crate) struct Link {
    pub(crate) name: Ident,
    pub(crate) target: Path,
    pub(crate) reverse: Option<Ident>,
    pub(crate) symmetrical: Option<Span>,
    pub(crate) through: Option<Through>,
}

pub(crate) struct Through {
    pub(crate) model: Path,
    pub(crate) fields: Option<(Ident, Ident)>,
}

pub(crate) struct Group {
    pub(crate) fields: Vec<Ident>,
    pub(crate) condition: Option<ExprClosure>,
    pub(crate) name: Option<LitStr>,
    pub(crate) span: Span,
}

pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) closure: ExprClosure,
}

pub(crate) struct Schema {
    pub(crate) ident: Ident,
    pub(crate) tables: Vec<SchemaTable>,
}

pub(crate) struct SchemaTable {
    pub(crate) ident: Ident,
    pub(crate) model: Type,
}

pub(crate) fn model(input: &DeriveInput, mistakes: &mut Mistakes) -> Option<Model> {
    let fields = named_fields(input, "a model", mistakes)?;
    let mut model = Model {
        ident: input.ident.clone(),
        visibility: input.vis.clone(),
        name: input.ident.unraw().to_string(),
        columns: fields.iter().filter_map(|field| column(input, field, mistakes)).collect(),
        links: Vec::new(),
        groups: Vec::new(),
        checks: Vec::new(),
    };
    for attribute in &input.attrs {
        let read = read_model_attribute(attribute, &mut model);
        if let Err(error) = read {
            mistakes.keep(error);
        }
    }
    Some(model)
}

fn read_model_attribute(attribute: &Attribute, model: &mut Model) -> syn::Result<()> {
    let path = attribute.path();
    if path.is_ident("many_to_many") {
        model.links.push(attribute.parse_args()?);
    } else if path.is_ident("unique_together") {
        let mut group: Group = attribute.parse_args()?;
        group.span = path.span();
        model.groups.push(group);
    } else if path.is_ident("check") {
        model.checks.push(attribute.parse_args()?);
    } else if path.is_ident("model") {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("`model` takes `name = \"...\"`"));
            }
            model.name = meta.value()?.parse::<LitStr>()?.value();
            Ok(())
        })?;
    } else if path.is_ident("foreign_key")
        || path.is_ident("one_to_one")
        || path.is_ident("unique")
        || path.is_ident("field")
    {
        let what = path.get_ident().map(ToString::to_string).unwrap_or_default();
        let fix = if what == "unique" { "; for several fields use `#[unique_together(...)]`" } else { "" };
        return Err(syn::Error::new(
            path.span(),
            format!("`{}`: `{what}` belongs on a field, not on the struct{fix}", model.ident),
        ));
    }
    Ok(())
}

pub(crate) fn schema(input: &DeriveInput, mistakes: &mut Mistakes) -> Option<Schema> {
    let fields = named_fields(input, "a schema", mistakes)?;
    let mut tables = Vec::new();
    for field in fields {
        let ident = field.ident.clone()?;
        match single_argument(&field.ty, "Table") {
            Some(model) => tables.push(SchemaTable { ident, model: model.clone() }),
            None => mistakes.add(field.ty.span(), format!("`{}.{ident}` must be of type `Table<Model>`", input.ident)),
        }
    }
    Some(Schema { ident: input.ident.clone(), tables })
}

fn named_fields<'a>(
    input: &'a DeriveInput,
    what: &str,
    mistakes: &mut Mistakes,
) -> Option<&'a syn::punctuated::Punctuated<Field, Token![,]>> {
    if !input.generics.params.is_empty() {
        mistakes.add(input.generics.span(), format!("`{}` cannot be {what}: it has generic parameters", input.ident));
        return None;
    }
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(&fields.named),
            _ => mistakes.add(input.ident.span(), format!("`{}` cannot be {what}: give its fields names", input.ident)),
        },
        _ => mistakes.add(input.ident.span(), format!("`{}` cannot be {what}: it is not a struct", input.ident)),
    }
    None
}

fn column(input: &DeriveInput, field: &Field, mistakes: &mut Mistakes) -> Option<Column> {
    let mut column = Column {
        ident: field.ident.clone()?,
        visibility: field.vis.clone(),
        ty: field.ty.clone(),
        docs: Vec::new(),
        kind: ColumnKind::Plain,
        unique: None,
        default: None,
        untracked: false,
    };
    for attribute in &field.attrs {
        let read = read_field_attribute(input, attribute, &mut column);
        if let Err(error) = read {
            // The mistake is the relation's, so the field is not to be taken for a bare id as well.
            column.untracked = true;
            mistakes.keep(error);
        }
    }
    Some(column)
}

fn read_field_attribute(input: &DeriveInput, attribute: &Attribute, column: &mut Column) -> syn::Result<()> {
    let path = attribute.path();
    if path.is_ident("doc") {
        column.docs.push(attribute.clone());
    } else if path.is_ident("foreign_key") || path.is_ident("one_to_one") {
        if let ColumnKind::Key(_) = column.kind {
            return Err(syn::Error::new(
                path.span(),
                format!("`{}.{}` is one relation already", input.ident, column.ident),
            ));
        }
        let mut key =
            Key { one_to_one: path.is_ident("one_to_one"), on_delete: None, reverse: None, span: path.span() };
        if !matches!(attribute.meta, syn::Meta::Path(_)) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("on_delete") {
                    key.on_delete = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("reverse") {
                    key.reverse = Some(meta.value()?.parse()?);
                } else {
                    let known = "a relation takes `on_delete = ...` and `reverse = NAME`";
                    return Err(meta.error(format!("`{}.{}`: {known}", input.ident, column.ident)));
                }
                Ok(())
            })?;
        }
        column.kind = ColumnKind::Key(key);
    } else if path.is_ident("unique") {
        column.unique = Some(path.span());
    } else if path.is_ident("field") {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("default") {
                column.default = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("untracked") {
                column.untracked = true;
            } else {
                return Err(meta.error(format!(
                    "`{}.{}`: `field` takes `default = ...` or `untracked`",
                    input.ident, column.ident
                )));
            }
            Ok(())
        })?;
    } else if ["many_to_many", "unique_together", "check", "model"].iter().any(|name| path.is_ident(name)) {
        let what = path.get_ident().map(ToString::to_string).unwrap_or_default();
        let message = format!("`{}.{}`: `{what}` belongs on the struct, not on a field", input.ident, column.ident);
        return Err(syn::Error::new(path.span(), message));
    }
    Ok(())
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
                link.symmetrical = Some(option.span());
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
        let mut group = Self { fields: Vec::new(), condition: None, name: None, span: input.span() };
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

/// The `T` of a type written as `Wrapper<T>`, whatever path leads to the wrapper.
pub(crate) fn single_argument<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match (last.ident == wrapper, arguments.args.len(), arguments.args.first()) {
        (true, 1, Some(GenericArgument::Type(argument))) => Some(argument),
        _ => None,
    }
}

/// The model that a type written as `Id<M>` or `Option<Id<M>>` names, and whether it is optional.
pub(crate) fn id_target(ty: &Type) -> Option<(&Type, bool)> {
    match single_argument(ty, "Option") {
        Some(inner) => single_argument(inner, "Id").map(|target| (target, true)),
        None => single_argument(ty, "Id").map(|target| (target, false)),
    }
}
