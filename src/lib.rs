#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod arena;
mod audit;
mod catalog;
mod delete;
mod engine;
mod error;
mod id;
mod inspect;
mod journal;
mod model;
mod relation;
mod store;
mod table;
mod transaction;
mod value;
mod view;

pub use audit::Violation;
pub use catalog::{Accessor, Catalog, LinkInfo, LinkStorage, ModelInfo, RelationInfo, Side};
pub use delete::{DeletePlan, DeleteReport, KeyChange, LinkCut};
pub use error::{
    Blocked, Blocker, Error, InsertError, InsertManyError, Reference, RelationName, Step, UniqueViolation, WrongType,
};
pub use id::{Id, RawId, RowKey};
pub use inspect::NamedValues;
pub use model::{
    Cardinality, Field, FieldDescriptor, FieldKind, ForeignKey, Key, KeyDescriptor, KeyField, LinkDescriptor, LinkKind,
    ManyToMany, Model, ModelDescriptor, OnDelete, OneToOne, Reverse, Settable, Through, Unique, UniqueDescriptor,
};
pub use relarena_derive::{Model, Schema};
pub use store::Store;
pub use table::{Has, Schema, Table};
pub use transaction::{Declared, DirectLinkable, LinkChanges, ThroughLinkable, Transaction, Written};
pub use value::{FieldValue, Misfit, Value, ValueType};
pub use view::{
    Ancestors, Descendants, FollowForward, Linkable, Neighbours, Relation, Row, Rows, Sources, ThroughRows, View,
};

/// What most programs need: `use relarena::prelude::*;`.
pub mod prelude {
    pub use crate::{Error, Has, Id, Model, Row, Schema, Store, Table, Transaction, Value, View, Written};
}

/// What the derives' output names; not for programs.
#[doc(hidden)]
pub mod __private {
    pub use crate::catalog::{ModelEntry, NO_MODEL, validate};
    pub use crate::error::Error;
    pub use crate::id::{Id, RawId};
    pub use crate::model::*;
    pub use crate::table::{ErasedTable, Has, InSchema, Schema, Table, Tables};
    pub use crate::value::{Misfit, Value};
    pub use core::hash::{Hash, Hasher};
    pub use core::option::Option;
    pub use core::primitive::{bool, u16, usize};
    pub use core::result::Result;

    /// What the condition of a unique rule may answer; unknown does not hold.
    pub fn holds(answer: impl Into<core::option::Option<bool>>) -> bool {
        answer.into() == Some(true)
    }

    /// The engine asks for tables of its own catalog only.
    pub fn no_such_model(model: usize) -> ! {
        unreachable!("the schema has no model at place {model}")
    }

    /// What a check may answer: a truth value, or none for unknown, which passes as in SQL.
    pub fn passes(answer: impl Into<core::option::Option<bool>>) -> bool {
        answer.into() != Some(false)
    }
}
