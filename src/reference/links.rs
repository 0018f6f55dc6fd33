//! Links of the reference: pairs, and rows of through models.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::outcome::{Effect, Refusal};
use super::state::{Draft, State};
use crate::catalog::{Accessor, Catalog, LinkStorage, Side};
use crate::operation::{Cell, Label, LinkStatement, Name, Verb};

/// An end of a many-to-many relation.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) link: usize,
    pub(super) side: Side,
}

impl End {
    /// Source and target of a link of `here` with `there`.
    fn pair(self, here: Label, there: Label) -> (Label, Label) {
        if self.side == Side::Source { (here, there) } else { (there, here) }
    }
}

impl<S> State<S> {
    /// Rows at the other end, once for each row of a through model.
    pub(super) fn linked(&self, catalog: &Catalog, end: End, row: Label) -> Vec<Label> {
        if let LinkStorage::Through { .. } = catalog.links()[end.link].storage {
            return self.through_rows(catalog, end, row).into_iter().filter_map(|(_, other)| other).collect();
        }
        let links = self.links.iter().filter(|(link, ..)| *link == end.link);
        let pairs = links.map(|&(_, source, target)| end.pair(source, target));
        pairs.filter(|(here, _)| *here == row).map(|(_, there)| there).collect()
    }

    /// Rows of the through model that stand for links of a row, with what they lead to if it is living.
    fn through_rows(&self, catalog: &Catalog, end: End, row: Label) -> Vec<(Label, Option<Label>)> {
        let LinkStorage::Through { source_key, target_key } = catalog.links()[end.link].storage else {
            return Vec::new();
        };
        let (here, there) = if end.side == Side::Source { (source_key, target_key) } else { (target_key, source_key) };
        let (here, there) = (&catalog.relations()[here], &catalog.relations()[there]);
        let rows = &self.tables[here.source];
        let own = rows.labels().into_iter().filter(|label| rows.key(*label, here.ordinal) == Some(row));
        let other = |label| rows.key(label, there.ordinal).filter(|other| self.contains(there.target, *other));
        own.map(|label| (label, other(label))).collect()
    }
}

impl<S> Draft<'_, S> {
    /// What is no longer wanted goes, what is missing comes.
    pub(super) fn change_links(&mut self, change: &LinkStatement, effect: &mut Effect) -> Result<(), Refusal> {
        let LinkStatement { verb, model, row, relation, others, .. } = change;
        let model = self.catalog.model(model).expect("a statement names models of the schema");
        let Ok(Accessor::Links(link, side)) = self.catalog.accessor(model, relation) else {
            unreachable!("a statement names relations of the schema")
        };
        let (end, info) = (End { link, side }, &self.catalog.links()[link]);
        self.alive(model, *row)?;
        let is_dead = |other: &Label| !self.state.contains(info.model(side.other()), *other);
        if matches!(verb, Verb::Link | Verb::Set) && others.iter().any(is_dead) {
            return Err(Refusal::DanglingTarget);
        }
        let goes = |other: &Label| match verb {
            Verb::Link => false,
            Verb::Unlink => others.contains(other),
            Verb::Set => !others.contains(other),
            Verb::Clear => true,
        };
        if let LinkStorage::Through { source_key, .. } = info.storage {
            let mut rows = self.state.through_rows(self.catalog, end, *row);
            rows.retain(|(_, other)| other.as_ref().map_or(*verb == Verb::Clear, goes));
            effect.removed = rows.len();
            let rows: Vec<Label> = rows.into_iter().map(|(label, _)| label).collect();
            self.delete(self.catalog.relations()[source_key].source, &rows)?;
        } else {
            let mut cut = self.state.linked(self.catalog, end, *row);
            cut.retain(goes);
            effect.removed = cut.len();
            for other in cut {
                self.cut_link(end, *row, other);
            }
        }
        if matches!(verb, Verb::Unlink | Verb::Clear) {
            return Ok(());
        }
        for &other in others {
            if !self.state.linked(self.catalog, end, *row).contains(&other) {
                self.add_link(end, change, other, effect)?;
            }
        }
        Ok(())
    }

    fn add_link(&mut self, end: End, change: &LinkStatement, other: Label, effect: &mut Effect) -> Result<(), Refusal> {
        let (source, target) = end.pair(change.row, other);
        effect.added += 1;
        match self.catalog.links()[end.link].storage {
            LinkStorage::Through { source_key, target_key } => {
                let keys = [(source_key, source), (target_key, target)];
                let mut fields = change.extra(effect.created.len()).to_vec();
                for (key, row) in keys {
                    let name = self.catalog.relations()[key].name.field;
                    fields.retain(|(field, _)| field != name);
                    fields.push((Name::Borrowed(name), Cell::Row(row)));
                }
                let label = self.name();
                self.insert(self.catalog.relations()[source_key].source, label, &fields)?;
                effect.created.push(label);
            }
            storage => {
                let links = Rc::make_mut(&mut self.state.links);
                links.insert((end.link, source, target));
                if storage == LinkStorage::Symmetrical {
                    links.insert((end.link, target, source));
                }
            }
        }
        Ok(())
    }

    fn cut_link(&mut self, end: End, row: Label, other: Label) {
        let (source, target) = end.pair(row, other);
        let links = Rc::make_mut(&mut self.state.links);
        links.remove(&(end.link, source, target));
        if self.catalog.links()[end.link].storage == LinkStorage::Symmetrical {
            links.remove(&(end.link, target, source));
        }
    }
}
