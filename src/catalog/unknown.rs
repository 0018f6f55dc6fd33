//! What is said of a name that a model does not have, or that stands for something else than was asked for.

use alloc::format;
use alloc::vec::Vec;

use super::{Accessor, Catalog};
use crate::error::Error;

impl Catalog {
    /// The error of a name that stands for nothing that the caller takes. O(names of the model).
    pub(crate) fn unknown(&self, model: usize, name: &str) -> Error {
        let info = &self.models[model];
        let known = match info.accessors.get(name) {
            Some(&Accessor::Field(field)) => match self.relation_of_field(model, field) {
                Some(relation) if self.relations[relation].is_one_to_one() => "it is a one-to-one key".into(),
                Some(_) => "it is a foreign key".into(),
                None => "it is a plain field".into(),
            },
            Some(&Accessor::Referrers(relation)) => format!("it is the other end of {}", self.relations[relation].name),
            Some(Accessor::Links(..)) => "it is a many-to-many relation".into(),
            None if info.accessors.is_empty() => "it has none".into(),
            None => format!("it has {}", info.accessors.keys().copied().collect::<Vec<_>>().join(", ")),
        };
        Error::UnknownField { model: info.descriptor.name, field: name.into(), known: known.into() }
    }
}
