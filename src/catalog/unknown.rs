//! What is said of a name that a model does not have, or that stands for something else than was asked for.

use alloc::string::String;
use core::fmt::Write as _;

use super::{Accessor, Catalog};
use crate::error::Error;

impl Catalog {
    /// The error of a name that stands for nothing that the caller takes. O(names of the model).
    pub(crate) fn unknown(&self, model: usize, name: &str) -> Error {
        let mut known = String::new();
        if let Some(&accessor) = self.models[model].accessors.get(name) {
            known.push_str("it is ");
            match accessor {
                Accessor::Field(field) => known.push_str(match self.relation_of_field(model, field) {
                    Some(relation) if self.relations[relation].is_one_to_one() => "a one-to-one key",
                    Some(_) => "a foreign key",
                    None => "a plain field",
                }),
                Accessor::Referrers(relation) => {
                    // Writing to a string cannot fail.
                    let _ = write!(known, "the other end of {}", self.relations[relation].name);
                }
                Accessor::Links(..) => known.push_str("a many-to-many relation"),
            }
        } else {
            known.push_str("it has ");
            for (place, name) in self.models[model].accessors.keys().enumerate() {
                known.push_str(if place == 0 { "" } else { ", " });
                known.push_str(name);
            }
            if self.models[model].accessors.is_empty() {
                known.push_str("none");
            }
        }
        Error::UnknownField { model: self.models[model].descriptor.name, field: name.into(), known: known.into() }
    }
}
