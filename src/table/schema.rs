//! Schemas: closed worlds of tables, reached by model (typed) or by place (erased).

use core::marker::PhantomData;

use super::{CopyTo, ErasedTable, RowPlace, Table};
use crate::catalog::{Catalog, ModelEntry, Pointer};
use crate::model::{Model, ModelDescriptor};

/// A schema's tables without their models.
pub trait Tables {
    /// The table of a model. O(1).
    fn table(&self, model: usize) -> &dyn ErasedTable;
    /// The table of a model, to write. O(1).
    fn table_mut(&mut self, model: usize) -> &mut dyn ErasedTable;
}

/// A closed world of models: a struct of [`Table`]s. Derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a schema",
    label = "not a schema",
    note = "add `#[derive(Schema)]` to a struct whose fields are `Table<Model>`"
)]
pub trait Schema: Tables + Sized + 'static {
    #[doc(hidden)]
    const MODELS: &'static [ModelEntry];
    #[doc(hidden)]
    fn empty() -> Self;
    #[doc(hidden)]
    #[must_use]
    fn duplicate(&self) -> Self;
    #[doc(hidden)]
    #[must_use]
    fn share(&mut self) -> Self;
    #[doc(hidden)]
    fn copy_row(&self, model: usize, from: RowPlace, into: &mut Self, to: CopyTo);
    #[doc(hidden)]
    fn same_row(&self, model: usize, place: RowPlace, other: &Self, other_place: RowPlace) -> bool;

    /// The schema as data. O(models + relations): it is laid out anew; a store's own is at hand.
    fn catalog() -> Catalog {
        Catalog::new(Self::MODELS)
    }
}

/// The schema has a table of model `M`.
#[diagnostic::on_unimplemented(
    message = "the schema `{Self}` has no table of `{M}`",
    label = "no table of `{M}`",
    note = "add a field of type `Table<{M}>` to `{Self}`"
)]
pub trait Has<M>: Schema {
    /// Place of the model in the schema.
    const MODEL: usize;
    #[doc(hidden)]
    fn of(&self) -> &Table<M>;
    #[doc(hidden)]
    fn of_mut(&mut self) -> &mut Table<M>;
}

/// A model as its schema sees it: the one way from a schema to its models, so that a struct that is none is told at its
/// table, once, and not at every line of glue.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "add `#[derive(Model, Clone)]` to the struct `{Self}`"
)]
pub trait InSchema: Sized {
    /// Tells the struct from all others, also from those of its name: module, name and place in the source.
    const IDENTITY: &'static str;
    /// What it points at: for each key its target; then for each link its target and its through model.
    const TARGETS: &'static [Pointer];
    /// What a derived schema calls.
    type Glue: Glue<Self>;
}

/// Finds the identity of what a key points at, also if it is no model: that is told once, where it has or lacks its table,
/// and not at every key.
pub struct IdentityProbe<T>(PhantomData<T>);

impl<T: InSchema> IdentityProbe<T> {
    /// The identity of a model.
    pub const IDENTITY: Option<&'static str> = Some(T::IDENTITY);
}

/// What is no model has no identity.
pub trait Unidentified {
    /// None.
    const IDENTITY: Option<&'static str> = None;
}
impl<T> Unidentified for IdentityProbe<T> {}

/// What a derived schema does with the table of model `M`.
pub trait Glue<M> {
    /// The model as data.
    const DESCRIPTOR: &'static ModelDescriptor;
    /// A table without rows.
    fn empty() -> Table<M>;
    /// A copy. O(rows).
    fn duplicate(table: &Table<M>) -> Table<M>;
    /// A table with the same rows, which shares all pages until either writes. O(pages).
    fn share(table: &mut Table<M>) -> Table<M>;
    /// Copies a row into another table. O(size of the row + rules).
    fn copy_row(table: &Table<M>, from: RowPlace, into: &mut Table<M>, to: CopyTo);
    /// Whether two rows are the same in all fields. O(size of the row).
    fn same_row(table: &Table<M>, place: RowPlace, other: &Table<M>, other_place: RowPlace) -> bool;
    /// The table without its model.
    fn erased(table: &Table<M>) -> &dyn ErasedTable;
    /// The table without its model, to write.
    fn erased_mut(table: &mut Table<M>) -> &mut dyn ErasedTable;
}

/// The only [`Glue`].
pub struct Glued;

impl<M: Model> Glue<M> for Glued {
    const DESCRIPTOR: &'static ModelDescriptor = M::DESCRIPTOR;
    fn empty() -> Table<M> {
        Table::default()
    }
    fn duplicate(table: &Table<M>) -> Table<M> {
        table.clone()
    }
    fn share(table: &mut Table<M>) -> Table<M> {
        table.share()
    }
    fn copy_row(table: &Table<M>, from: RowPlace, into: &mut Table<M>, to: CopyTo) {
        table.copy_row(from, into, to);
    }
    fn same_row(table: &Table<M>, place: RowPlace, other: &Table<M>, other_place: RowPlace) -> bool {
        table.same_row(place, other, other_place)
    }
    #[inline]
    fn erased(table: &Table<M>) -> &dyn ErasedTable {
        table
    }
    #[inline]
    fn erased_mut(table: &mut Table<M>) -> &mut dyn ErasedTable {
        table
    }
}
