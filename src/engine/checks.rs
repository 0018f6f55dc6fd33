//! What must hold before a change: live rows, keys, holders, rules; and the errors that say what does not.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Engine;
use crate::error::{Error, Reference, UniqueViolation};
use crate::id::RawId;
use crate::model::OnDelete;
use crate::table::Broken;

impl Engine {
    /// A row that a call works on must exist. O(1).
    #[inline]
    pub(crate) fn check_live(&self, model: usize, id: RawId) -> Result<(), Error> {
        if self.is_live(model, id) { Ok(()) } else { self.not_found(model, id) }
    }

    #[cold]
    fn not_found(&self, model: usize, id: RawId) -> Result<(), Error> {
        Err(Error::RowNotFound { row: self.catalog.row_key(model, id) })
    }

    /// A written key must name a row that exists or is reserved. O(1).
    #[inline]
    pub(crate) fn check_target(&self, relation: usize, target: Option<RawId>) -> Result<(), Error> {
        match target {
            Some(target) if !self.is_live(self.catalog.relations()[relation].target, target) => {
                self.check_reserved(relation, target)
            }
            _ => Ok(()),
        }
    }

    #[cold]
    fn check_reserved(&self, relation: usize, target: RawId) -> Result<(), Error> {
        if self.is_reserved(self.catalog.relations()[relation].target, target) {
            return Ok(());
        }
        self.check_substitute(relation, Some(target))
    }

    /// Only keys that fall back to a row have a substitute. O(1).
    pub(crate) fn check_falls_back(&self, relation: usize) -> Result<(), Error> {
        let info = &self.catalog.relations()[relation];
        match info.on_delete {
            OnDelete::SetDefault | OnDelete::SetWith => Ok(()),
            _ => Err(Error::NeedsNoSubstitute { relation: info.name }),
        }
    }

    /// A substitute must be a row that exists: an id that stays reserved goes back, and would then name another row. O(1).
    pub(crate) fn check_substitute(&self, relation: usize, target: Option<RawId>) -> Result<(), Error> {
        let Some(target) = target else { return Ok(()) };
        let info = &self.catalog.relations()[relation];
        if self.is_live(info.target, target) {
            return Ok(());
        }
        Err(Error::DanglingTarget { relation: info.name, target: self.catalog.row_key(info.target, target) })
    }

    /// A one-to-one key must name a row that no other row points at. O(1).
    #[inline]
    pub(crate) fn check_holder(
        &self,
        relation: usize,
        source: Option<u32>,
        target: Option<RawId>,
    ) -> Result<(), Error> {
        let info = &self.catalog.relations()[relation];
        if !info.is_one_to_one() {
            return Ok(());
        }
        let Some(target) = target else { return Ok(()) };
        match self.relations.holder(info, relation, target) {
            Some(holder) if Some(holder) != source => Err(self.taken(relation, Some(holder))),
            _ => Ok(()),
        }
    }

    /// The error of a one-to-one key whose target is taken; no holder if another row of the statement takes it.
    pub(crate) fn taken(&self, relation: usize, holder: Option<u32>) -> Error {
        let info = &self.catalog.relations()[relation];
        Error::UniqueViolation(Box::new(UniqueViolation {
            model: info.name.model,
            constraint: info.name.field,
            fields: alloc::vec![info.name.field],
            holder: holder.map(|holder| self.row_key(info.source, holder)),
        }))
    }

    /// The error of a broken rule.
    pub(crate) fn broken(&self, model: usize, broken: Broken, slot: Option<u32>) -> Error {
        let descriptor = self.catalog.models()[model].descriptor;
        match broken {
            Broken::Check(check) => Error::CheckViolation {
                model: descriptor.name,
                constraint: descriptor.checks[check],
                row: slot.map(|slot| self.row_key(model, slot)),
            },
            Broken::Unique(constraint, holder) => Error::UniqueViolation(Box::new(UniqueViolation {
                model: descriptor.name,
                constraint: descriptor.uniques[constraint].name,
                fields: descriptor.unique_fields(constraint),
                holder: holder.map(|holder| self.row_key(model, holder)),
            })),
        }
    }

    /// All references that dangle. O(dangling).
    pub(crate) fn dangling_references(&self) -> Vec<Reference> {
        let reference = |&(relation, target, source): &(usize, RawId, u32)| {
            let info = &self.catalog.relations()[relation];
            Reference {
                relation: info.name,
                source: self.row_key(info.source, source),
                target: self.catalog.row_key(info.target, target),
            }
        };
        self.relations.dangling.iter().map(reference).collect()
    }
}
