//! Syntax to data with spans. Reports what cannot be read, and leaves it out.

mod attribute;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprClosure, Field, Fields, GenericArgument, Ident, LitStr, Path,
    PathArguments, Token, Type, Visibility,
};

/// All mistakes of a struct, to be reported at once.
#[derive(Default)]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    /// A mistake at these tokens, from the first to the last.
    pub(crate) fn add(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.keep(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
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
    pub(crate) indexes: Vec<Index>,
    pub(crate) checks: Vec<Check>,
}

pub(crate) struct Column {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) ty: Type,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) kind: ColumnKind,
    pub(crate) unique: Option<Path>,
    /// Each with this field alone.
    pub(crate) indexes: Vec<Index>,
    pub(crate) default: Option<Expr>,
    /// Of tests: where the field's values come from.
    pub(crate) strategy: Option<Expr>,
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
    pub(crate) attribute: Path,
}

pub(crate) struct Link {
    pub(crate) name: Ident,
    pub(crate) target: Path,
    pub(crate) reverse: Option<Ident>,
    pub(crate) symmetrical: Option<Ident>,
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
    pub(crate) attribute: Option<Path>,
}

/// `#[index]` on a field or on the struct.
pub(crate) struct Index {
    pub(crate) fields: Vec<Ident>,
    pub(crate) is_ordered: bool,
    pub(crate) attribute: Path,
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
        indexes: Vec::new(),
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
        group.attribute = Some(path.clone());
        model.groups.push(group);
    } else if path.is_ident("index") {
        model.indexes.push(attribute::struct_index(&model.ident, attribute)?);
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
        || path.is_ident("strategy")
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
            None => mistakes.add(&field.ty, format!("`{}.{ident}` must be of type `Table<Model>`", input.ident)),
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
        mistakes.add(
            &input.generics.params,
            format!("`{}` cannot be {what}: it has generic parameters; write one struct for each type", input.ident),
        );
        return None;
    }
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(&fields.named),
            _ => mistakes.add(
                &input.ident,
                format!(
                    "`{}` cannot be {what}: its fields need names, as in `struct {} {{ name: ... }}`",
                    input.ident, input.ident
                ),
            ),
        },
        _ => mistakes.add(
            &input.ident,
            format!("`{}` cannot be {what}: it is not a struct; wrap it in one, as a field", input.ident),
        ),
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
        indexes: Vec::new(),
        default: None,
        strategy: None,
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
        let (key, problem) = read_key(input, attribute, column);
        column.kind = ColumnKind::Key(key);
        return problem;
    } else if path.is_ident("unique") {
        column.unique = Some(path.clone());
    } else if path.is_ident("index") {
        column.indexes.push(attribute::field_index(&input.ident, &column.ident, attribute)?);
    } else if path.is_ident("strategy") {
        column.strategy = Some(attribute.parse_args()?);
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

/// A key with whatever of its options could be read, so that what uses its constants has no further errors.
fn read_key(input: &DeriveInput, attribute: &Attribute, column: &Column) -> (Key, syn::Result<()>) {
    let path = attribute.path();
    let mut key =
        Key { one_to_one: path.is_ident("one_to_one"), on_delete: None, reverse: None, attribute: path.clone() };
    let mut unknown = Mistakes::default();
    if matches!(attribute.meta, syn::Meta::Path(_)) {
        return (key, Ok(()));
    }
    let read = attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("on_delete") {
            key.on_delete = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("reverse") {
            key.reverse = Some(meta.value()?.parse()?);
        } else {
            let (known, found) = ("`on_delete = ...` and `reverse = NAME`", meta.path.to_token_stream());
            let message = format!("`{}.{}`: a key takes {known}, not `{found}`", input.ident, column.ident);
            unknown.add(&meta.path, message);
            if meta.input.peek(Token![=]) {
                meta.value()?.parse::<Expr>()?;
            }
        }
        Ok(())
    });
    if let Err(error) = read {
        unknown.keep(error);
        // What stands behind the error is unknown, so that nothing is to be missed there.
        key.on_delete.get_or_insert_with(|| Ident::new("cascade", path.span()));
    }
    (key, unknown.0.map_or(Ok(()), Err))
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

/// Tokens as a user writes them.
pub(crate) fn spelled_out(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}

/// Whether a type or path is the word `Self`.
pub(crate) fn is_self(tokens: &impl ToTokens) -> bool {
    spelled_out(tokens) == "Self"
}

/// The model that a type written as `Id<M>` or `Option<Id<M>>` names, and whether it is optional.
pub(crate) fn id_target(ty: &Type) -> Option<(&Type, bool)> {
    match single_argument(ty, "Option") {
        Some(inner) => single_argument(inner, "Id").map(|target| (target, true)),
        None => single_argument(ty, "Id").map(|target| (target, false)),
    }
}
