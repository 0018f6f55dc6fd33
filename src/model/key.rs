//! Types of key fields: `Id<M>`, which is required, and `Option<Id<M>>`, which may be null.

use super::Model;
use crate::id::{Id, RawId};

/// A key field as a raw id. Seals [`KeyField`], and asks nothing of the target, so that a target that is no model is told
/// once and not at every use of the key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key field",
    label = "must be `relarena::Id<Model>` or `Option` of it"
)]
pub trait RawKey: Copy {
    /// The raw id; `None` for null.
    fn to_raw(self) -> Option<RawId>;
    /// The key of a raw id; `None` if it may not be null.
    fn from_raw(raw: Option<RawId>) -> Option<Self>;
}

impl<T> RawKey for Id<T> {
    fn to_raw(self) -> Option<RawId> {
        Some(self.raw())
    }
    fn from_raw(raw: Option<RawId>) -> Option<Self> {
        raw.map(Id::from_raw)
    }
}

#[expect(clippy::manual_map, reason = "`map` is one more function to compile for each model")]
impl<T> RawKey for Option<Id<T>> {
    fn to_raw(self) -> Option<RawId> {
        match self {
            Some(id) => Some(id.raw()),
            None => None,
        }
    }
    fn from_raw(raw: Option<RawId>) -> Option<Self> {
        Some(match raw {
            Some(raw) => Some(Id::from_raw(raw)),
            None => None,
        })
    }
}

/// A type that a foreign key or one-to-one field can have: `Id<M>` or `Option<Id<M>>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key field",
    label = "must be `Id<Model>` or `Option<Id<Model>>`"
)]
pub trait KeyField: RawKey + 'static {
    /// The model pointed at.
    type Target: Model;
    /// Whether the key may be null.
    const NULLABLE: bool;
}

impl<T: Model> KeyField for Id<T> {
    type Target = T;
    const NULLABLE: bool = false;
}

impl<T: Model> KeyField for Option<Id<T>> {
    type Target = T;
    const NULLABLE: bool = true;
}
