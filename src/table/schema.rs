//! Schemas: closed worlds of tables, reached by model (typed) or by place (erased).

use super::{ErasedTable, Table};
use crate::catalog::{Catalog, ModelEntry};
use crate::model::Model;

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
pub trait Has<M: Model>: Schema {
    /// Place of the model in the schema.
    const MODEL: usize;
    #[doc(hidden)]
    fn of(&self) -> &Table<M>;
    #[doc(hidden)]
    fn of_mut(&mut self) -> &mut Table<M>;
}

/// Every model that `Self` points at has a table in the schema `S`.
pub trait InSchema<S>: Model {
    #[doc(hidden)]
    const TARGETS: &'static [u16];
}
