//! The plan of a delete, as data for people and programs.

use alloc::vec::Vec;

use super::collect::Collection;
use super::doomed::DoomedRows;
use crate::catalog::Side;
use crate::engine::Engine;
use crate::error::{Blocker, RelationName, Step, path_to};
use crate::id::{Id, RowKey};
use crate::model::Model;

/// What a delete would do; nothing has changed.
#[derive(Clone, Debug)]
pub struct DeletePlan {
    /// Rows that would go, each with the way it was reached: the named rows first, a row never before the one that
    /// takes it along.
    pub doomed: Vec<Step>,
    /// Keys that would be rewritten in rows that stay.
    pub rewritten: Vec<KeyChange>,
    /// Links that would be cut; a symmetrical pair once.
    pub links: Vec<LinkCut>,
    /// Keys with `on_delete = do_nothing`, and substitutes that are gone: references that would point at nothing, and
    /// must be mended before the outermost transaction ends.
    pub dangling: Vec<crate::error::Reference>,
    /// Keys with `on_delete = protect` to doomed rows.
    pub protected_by: Vec<Blocker>,
    /// Keys with `on_delete = restrict` from rows that stay to doomed rows.
    pub restricted_by: Vec<Blocker>,
    /// A relation whose substitute row is needed and not named.
    pub unnamed_substitute: Option<RelationName>,
}

/// A key that a delete would rewrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// The foreign key.
    pub relation: RelationName,
    /// The row that holds it.
    pub row: RowKey,
    /// The doomed row that it names.
    pub from: RowKey,
    /// What it would name: `None` for null, or for a substitute that is not named.
    pub to: Option<RowKey>,
}

/// A link that a delete would cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkCut {
    /// The many-to-many relation.
    pub relation: RelationName,
    /// The row on the declaring side.
    pub source: RowKey,
    /// The row on the other side.
    pub target: RowKey,
}

impl DeletePlan {
    pub(crate) fn new(engine: &Engine, roots: impl Iterator<Item = (usize, u32)>) -> Self {
        let mut collection = Collection::new(engine, DoomedRows::default(), roots);
        collection.mark_all();
        let (protected_by, restricted_by) = collection.blockers();
        let key_change = |one: &super::collect::Rewrite| {
            let info = &engine.catalog.relations()[one.relation];
            KeyChange {
                relation: info.name,
                row: engine.row_key(info.source, one.source),
                from: engine.catalog.row_key(info.target, one.old),
                to: one
                    .new
                    .filter(|new| *new != crate::id::RawId::NULL)
                    .map(|new| engine.catalog.row_key(info.target, new)),
            }
        };
        Self {
            doomed: collection.steps(),
            rewritten: collection.rewrites.iter().map(key_change).collect(),
            links: link_cuts(engine, &collection),
            unnamed_substitute: collection.unnamed_substitute(),
            dangling: if collection.unnamed_substitute().is_some() { Vec::new() } else { collection.dangling() },
            protected_by,
            restricted_by,
        }
    }

    /// Whether the delete would be refused for its blockers. O(1).
    pub fn is_blocked(&self) -> bool {
        !self.protected_by.is_empty() || !self.restricted_by.is_empty()
    }

    /// How many rows would go. O(1).
    pub fn total(&self) -> usize {
        self.doomed.len()
    }

    /// The rows of a model that would go. O(doomed).
    pub fn of<M: Model>(&self) -> impl Iterator<Item = Id<M>> {
        let rows = self.doomed.iter().filter(|step| step.row.model() == M::DESCRIPTOR.name);
        rows.map(|step| Id::from_raw(step.row.raw()))
    }

    /// How many rows of each model would go, in the order the models are first reached. O(doomed × models).
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let mut counts: Vec<(&'static str, usize)> = Vec::new();
        for step in &self.doomed {
            match counts.iter_mut().find(|(model, _)| *model == step.row.model()) {
                Some((_, count)) => *count += 1,
                None => counts.push((step.row.model(), 1)),
            }
        }
        counts
    }

    /// The rows from one that the call named to the one that `blocker` points at. O(length of the path).
    pub fn path(&self, blocker: &Blocker) -> Vec<Step> {
        path_to(&self.doomed, blocker.step)
    }
}

fn link_cuts(engine: &Engine, collection: &Collection<'_>) -> Vec<LinkCut> {
    let mut cuts = Vec::new();
    for (model, slot) in collection.doomed.iter() {
        for adjacency in &engine.catalog.models()[model].adjacencies {
            let info = &engine.catalog.links()[adjacency.link];
            let other_model = info.model(adjacency.side.other());
            for other in engine.relations.neighbours(model, *adjacency, slot) {
                // A link with two doomed ends is listed once: by its source, a symmetrical one by its smaller end.
                let symmetrical = info.storage == crate::catalog::LinkStorage::Symmetrical;
                let second = if symmetrical { other < slot } else { adjacency.side == Side::Target };
                if second && collection.dooms(other_model, other) {
                    continue;
                }
                let (here, there) = (engine.row_key(model, slot), engine.row_key(other_model, other));
                let (source, target) = if adjacency.side == Side::Source { (here, there) } else { (there, here) };
                cuts.push(LinkCut { relation: info.name, source, target });
            }
        }
    }
    cuts
}
