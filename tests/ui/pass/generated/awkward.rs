// Models of the schema `shop_floor`, written by `relarena-codegen`: change the schema instead.

/// Where guests sit.
///
/// Pointed at by [`Option::MATCH`], [`Model::FROM_TABLE`], [`Model::TO_TABLE`].
#[derive(::relarena::Model, Clone)]
#[allow(non_snake_case, reason = "so the schema spells it")]
#[check(name = "seats_in_range", |table| (-1..=100_000).contains(&table.seats))]
#[check(name = "note_or_load", |table| table.note.as_deref().is_none_or(|note| note >= "a") && table.maxLoad.is_none_or(|max_load| max_load <= 2.5))]
#[many_to_many(ROUTES: Table, reverse = SOURCES, through = Model(from_table, to_table))]
pub struct Table {
    /// Its shape. `type`: a text.
    #[field(default = ::std::string::String::from("round"))]
    pub r#type: ::std::string::String,
    /// `seats`: a whole number.
    #[field(default = 12_000)]
    pub seats: ::core::primitive::i64,
    /// `note`: a text, or null.
    pub note: ::core::option::Option<::std::string::String>,
    /// `maxLoad`: a number, or null.
    #[field(default = Some(1.5))]
    pub maxLoad: ::core::option::Option<f64>,
}

/// The model `Option` of the schema `shop_floor`.
///
/// Pointed at by [`String::OPTION`].
#[derive(::relarena::Model, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "so the schema has it")]
#[unique_together(
    a_name_that_is_rather_long_for_a_field,
    another_name_that_is_rather_long_for_a_field
)]
#[unique_together(first, where = |option| option.another_name_that_is_rather_long_for_a_field == Some(true) && !option.second && option.r#match.is_none(), name = "one_of_a_kind")]
pub struct Option {
    /// Its [`Table`], deleted with it.
    #[foreign_key(on_delete = cascade, reverse = MOVES)]
    pub r#match: ::core::option::Option<::relarena::Id<Table>>,
    /// `a_name_that_is_rather_long_for_a_field`: a whole number.
    pub a_name_that_is_rather_long_for_a_field: ::core::primitive::i64,
    /// `another_name_that_is_rather_long_for_a_field`: a truth value, or null.
    pub another_name_that_is_rather_long_for_a_field: ::core::option::Option<bool>,
    /// `first`: a truth value.
    pub first: bool,
    /// `second`: a truth value.
    pub second: bool,
    /// `third`: a truth value.
    pub third: bool,
    /// `fourth`: a truth value.
    pub fourth: bool,
}

/// The model `String` of the schema `shop_floor`.
///
/// Pointed at by [`Model::STRINGS`].
#[derive(::relarena::Model, Clone)]
pub struct String {
    /// `text`: a text, unique.
    #[unique]
    pub text: ::std::string::String,
    /// Its only [`Option`], the row `Option#1` (`set_substitute`) when that is deleted.
    #[one_to_one(on_delete = set_default, reverse = STRING)]
    pub option: ::relarena::Id<Option>,
}

/// The model `Id` of the schema `shop_floor`.
#[derive(::relarena::Model, Clone)]
#[many_to_many(FRIENDS: Id, symmetrical)]
pub struct Id {}

/// The model `Schema` of the schema `shop_floor`.
#[derive(::relarena::Model, Clone)]
pub struct Schema {}

/// The model `Model` of the schema `shop_floor`.
#[derive(::relarena::Model, Clone)]
pub struct Model {
    /// Its [`String`], which cannot be deleted without this row.
    #[foreign_key(on_delete = restrict)]
    pub strings: ::relarena::Id<String>,
    /// Its [`Table`], to be mended in the same transaction when that is deleted.
    #[foreign_key(on_delete = do_nothing)]
    pub from_table: ::core::option::Option<::relarena::Id<Table>>,
    /// Its [`Table`], which cannot be deleted before this row.
    #[foreign_key(on_delete = protect)]
    pub to_table: ::relarena::Id<Table>,
}

/// The model `relarena` of the schema `shop_floor`.
#[derive(::relarena::Model, Clone)]
#[allow(non_camel_case_types, reason = "so the schema spells it")]
pub struct relarena {
    /// `descriptor`: a whole number.
    pub descriptor: ::core::primitive::i64,
}

/// The model `i64` of the schema `shop_floor`.
#[derive(::relarena::Model, Clone)]
#[allow(non_camel_case_types, reason = "so the schema spells it")]
pub struct i64 {
    /// `bool`: a truth value.
    pub bool: bool,
    /// `keys`: a text.
    pub keys: ::std::string::String,
}

/// The model `ShopFloor` of the schema `shop_floor`.
#[derive(::relarena::Model, Clone)]
pub struct ShopFloor {
    /// `species`: a whole number, or null.
    pub species: ::core::option::Option<::core::primitive::i64>,
}

/// The schema `shop_floor`: a table for each model.
#[derive(::relarena::Schema)]
pub struct ShopFloorSchema {
    /// All rows of [`Table`].
    pub tables: ::relarena::Table<Table>,
    /// All rows of [`Option`].
    pub options: ::relarena::Table<Option>,
    /// All rows of [`String`].
    pub strings: ::relarena::Table<String>,
    /// All rows of [`Id`].
    pub ids: ::relarena::Table<Id>,
    /// All rows of [`Schema`].
    pub schemas: ::relarena::Table<Schema>,
    /// All rows of [`Model`].
    pub models: ::relarena::Table<Model>,
    /// All rows of [`relarena`].
    pub relarenas: ::relarena::Table<relarena>,
    /// All rows of [`i64`].
    pub i64s: ::relarena::Table<i64>,
    /// All rows of [`ShopFloor`].
    pub shop_floors: ::relarena::Table<ShopFloor>,
}
