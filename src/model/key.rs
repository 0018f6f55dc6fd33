//! Types of key fields: `Id<M>`, which is required, and `Option<Id<M>>`, which may be null.

use super::Model;
use crate::id::{Id, RawId};

mod sealed {
    #[expect(unnameable_types, reason = "sealed: only `Id<M>` and `Option<Id<M>>` can be keys")]
    pub trait Sealed {}
    impl<M> Sealed for crate::id::Id<M> {}
    impl<M> Sealed for Option<crate::id::Id<M>> {}
}

/// A type that a foreign key or one-to-one field can have: `Id<M>` or `Option<Id<M>>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key field",
    label = "must be `Id<Model>` or `Option<Id<Model>>`"
)]
pub trait KeyField: sealed::Sealed + Copy + 'static {
    /// The model pointed at.
    type Target: Model;
    /// Whether the key may be null.
    const NULLABLE: bool;
    #[doc(hidden)]
    fn to_raw(self) -> Option<RawId>;
    #[doc(hidden)]
    fn from_raw(raw: Option<RawId>) -> Option<Self>;
}

impl<T: Model> KeyField for Id<T> {
    type Target = T;
    const NULLABLE: bool = false;
    fn to_raw(self) -> Option<RawId> {
        Some(self.raw())
    }
    fn from_raw(raw: Option<RawId>) -> Option<Self> {
        raw.map(Id::from_raw)
    }
}

impl<T: Model> KeyField for Option<Id<T>> {
    type Target = T;
    const NULLABLE: bool = true;
    fn to_raw(self) -> Option<RawId> {
        self.map(Id::raw)
    }
    fn from_raw(raw: Option<RawId>) -> Option<Self> {
        Some(raw.map(Id::from_raw))
    }
}
