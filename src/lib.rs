#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;
// Models of unit tests name the library as those of programs do.
#[cfg(test)]
extern crate self as relarena;

mod arena;
mod audit;
mod catalog;
mod changes;
mod delete;
mod engine;
mod error;
mod id;
mod inspect;
mod journal;
#[cfg(feature = "proptest")]
mod kit;
mod model;
#[cfg(feature = "proptest")]
pub mod operation;
#[cfg(feature = "proptest")]
pub mod proptest;
pub mod query;
#[cfg(feature = "proptest")]
pub mod reference;
mod relation;
#[cfg(feature = "shared")]
mod shared;
mod store;
mod table;
mod value;
mod view;

pub use audit::Violation;
pub use catalog::{Accessor, Catalog, LinkInfo, LinkStorage, ModelInfo, RelationInfo, Side};
#[cfg(feature = "serde")]
pub use changes::ChangesData;
pub use changes::{Changed, ChangedKey, ChangedLink, ChangedLinkByName, ChangedRow, ChangedRowByName, Changes};
pub use delete::{DeletePlan, DeleteReport, KeyChange, LinkCut};
pub use error::{
    Blocked, Blocker, Error, InsertError, InsertManyError, Reference, RelationName, Step, UniqueViolation, WrongType,
};
pub use id::{Id, RawId, RowKey};
pub use inspect::{NamedValues, SchemaDiagram};
pub use model::{
    Cardinality, Field, FieldDescriptor, FieldKind, ForeignKey, IndexDescriptor, IndexKey, IndexKind, Indexed,
    IndexedTogether, Key, KeyDescriptor, KeyField, LinkDescriptor, LinkKind, LookedUp, ManyToMany, Model,
    ModelDescriptor, OnDelete, OneToOne, OrderedValue, Reverse, Settable, Through, Unique, UniqueDescriptor, UniqueKey,
    UniqueTogether,
};
pub use query::{Condition, Path, Query};
pub use relarena_derive::{Model, Schema};
#[cfg(feature = "shared")]
pub use shared::{Commit, Published, SharedStore, Subscription};
pub use store::{Checkpoint, Declared, LinkChanges, Mark, Snapshot, Store, Written};
pub use table::{Has, Schema, Table};
pub use value::{FieldValue, Misfit, Value, ValueType};
pub use view::{
    Ancestors, Descendants, DirectLinkable, FollowForward, Linkable, Neighbours, Relation, Row, Rows, RowsBy, Sources,
    ThroughLinkable, ThroughRows, View,
};

/// What most programs need: `use relarena::prelude::*;`.
pub mod prelude {
    pub use crate::query::{Compare as _, Operand as _, Ordered as _, Quantify as _};
    pub use crate::{Error, Has, Id, Model, Row, RowKey, Schema, Store, Table, Value, View, Written};
}

// The guide in chapters, compiled and run as tests; no code.
#[cfg(any(doc, doctest))]
pub mod guide {
    // The first definition of a link wins: these lead to the modules, those in the file to the files.
    #![doc = "[getting_started]: getting_started"]
    #![doc = "[models_and_relations]: models_and_relations"]
    #![doc = "[reading]: reading"]
    #![doc = "[writing]: writing"]
    #![doc = "[deletes]: deletes"]
    #![doc = "[constraints]: constraints"]
    #![doc = "[transactions]: transactions"]
    #![doc = "[many_to_many]: many_to_many"]
    #![doc = "[walk_and_mutate]: walk_and_mutate"]
    #![doc = "[side_tables]: side_tables"]
    #![doc = "[by_name]: by_name"]
    #![doc = "[errors]: errors"]
    #![doc = "[coming_from_django]: coming_from_django"]
    #![doc = "[history]: history"]
    #![doc = "[forks_and_sharing]: forks_and_sharing"]
    #![doc = "[changes]: changes"]
    #![doc = "[queries]: queries"]
    #![doc = "[bringing_a_django_project_over]: bringing_a_django_project_over"]
    #![doc = "[generating_related_data]: generating_related_data"]
    #![doc = "[testing_your_own_store]: testing_your_own_store"]
    #![doc = ""]
    #![doc = include_str!("../docs/guide/README.md")]

    #[doc = include_str!("../docs/guide/01-getting-started.md")]
    pub mod getting_started {}

    #[doc = include_str!("../docs/guide/02-models-and-relations.md")]
    pub mod models_and_relations {}

    #[doc = include_str!("../docs/guide/03-reading.md")]
    pub mod reading {}

    #[doc = include_str!("../docs/guide/04-writing.md")]
    pub mod writing {}

    #[doc = include_str!("../docs/guide/05-deletes.md")]
    pub mod deletes {}

    #[doc = include_str!("../docs/guide/06-constraints.md")]
    pub mod constraints {}

    #[doc = include_str!("../docs/guide/07-transactions.md")]
    pub mod transactions {}

    #[doc = include_str!("../docs/guide/08-many-to-many.md")]
    pub mod many_to_many {}

    #[doc = include_str!("../docs/guide/09-walk-and-mutate.md")]
    pub mod walk_and_mutate {}

    #[doc = include_str!("../docs/guide/10-side-tables.md")]
    pub mod side_tables {}

    #[doc = include_str!("../docs/guide/11-by-name.md")]
    pub mod by_name {}

    #[doc = include_str!("../docs/guide/12-errors.md")]
    pub mod errors {}

    #[doc = include_str!("../docs/guide/13-coming-from-django.md")]
    pub mod coming_from_django {}

    #[doc = include_str!("../docs/guide/14-history.md")]
    pub mod history {}

    #[doc = include_str!("../docs/guide/15-forks-and-sharing.md")]
    pub mod forks_and_sharing {}

    #[doc = include_str!("../docs/guide/16-changes.md")]
    pub mod changes {}

    #[doc = include_str!("../docs/guide/17-queries.md")]
    pub mod queries {}

    #[doc = include_str!("../docs/guide/18-bringing-a-django-project-over.md")]
    pub mod bringing_a_django_project_over {}

    #[cfg(feature = "proptest")]
    #[doc = include_str!("../docs/guide/19-generating-related-data.md")]
    pub mod generating_related_data {}

    #[cfg(feature = "proptest")]
    #[doc = include_str!("../docs/guide/20-testing-your-own-store.md")]
    pub mod testing_your_own_store {}
}

/// What the derives write for the kit; nothing without the feature `proptest`, which the derives need not know.
#[cfg(feature = "proptest")]
#[doc(hidden)]
#[macro_export]
macro_rules! __kit {
    ($($tokens:tt)*) => { $($tokens)* };
}

/// What the derives write for the kit; nothing without the feature `proptest`, which the derives need not know.
#[cfg(not(feature = "proptest"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __kit {
    ($($tokens:tt)*) => {};
}

/// What the derives' output names; not for programs.
#[doc(hidden)]
pub mod __private {
    pub use crate::catalog::{Message, ModelEntry, NO_MODEL, Pointer, fault, places};
    pub use crate::error::Error;
    pub use crate::id::{Id, RawId};
    pub use crate::model::*;
    pub use crate::table::{
        CopyTo, ErasedTable, Glue, Glued, Has, IdentityProbe, InSchema, RowPlace, Schema, Table, Tables, Unidentified,
    };
    pub use crate::value::{Misfit, Value};
    pub use core::hash::Hasher;
    pub use core::option::Option;
    pub use core::primitive::{bool, str, u64, usize};
    pub use core::result::Result;
    #[cfg(feature = "proptest")]
    pub use {
        crate::kit::*,
        crate::reference::{KitGlue, KitSchema, ModelKit},
        alloc::{boxed::Box, vec, vec::Vec},
        core::primitive::f64,
    };

    /// Whether the condition of a unique rule holds; unknown does not.
    pub fn holds(answer: impl Answer) -> bool {
        answer.known() == Some(true)
    }

    /// The engine asks for tables of its own catalog only.
    pub fn no_such_model(model: usize) -> ! {
        unreachable!("the schema has no model at place {model}")
    }

    /// Whether a check passes; unknown does, as in SQL.
    pub fn passes(answer: impl Answer) -> bool {
        answer.known() != Some(false)
    }
}
