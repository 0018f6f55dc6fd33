//! Links of the reference: pairs, and rows of the through model.

use super::State;
use crate::links::LinkChange;
use crate::operations::Verb;
use crate::outcome::{Effect, Refusal};
use crate::schema::{Cell, End, Fields, Label};

impl LinkChange<'_> {
    /// What is no longer wanted goes, what is missing comes.
    pub(crate) fn apply(self, state: &mut State, effect: &mut Effect) -> Result<(), Refusal> {
        let Self { verb, end, row, others, level } = self;
        state.alive(row)?;
        if matches!(verb, Verb::Link | Verb::Set) && !others.iter().all(|other| state.rows.contains_key(other)) {
            return Err(Refusal::ForeignKey);
        }
        let goes = |other: &Label| match verb {
            Verb::Link => false,
            Verb::Unlink => others.contains(other),
            Verb::Set => !others.contains(other),
            Verb::Clear => true,
        };
        if end.is_through() {
            let rows = state.through_rows(end, row).into_iter();
            let rows: Vec<Label> = rows
                .filter(|(_, other)| other.as_ref().map_or(verb == Verb::Clear, goes))
                .map(|(label, _)| label)
                .collect();
            effect.removed = rows.len();
            state.delete(&rows)?;
        } else {
            for other in state.linked(end, row).iter().filter(|other| goes(other)) {
                effect.removed += usize::from(state.cut_link(end, row, *other));
            }
        }
        if matches!(verb, Verb::Unlink | Verb::Clear) {
            return Ok(());
        }
        for &other in others {
            if state.linked(end, row).contains(&other) {
                continue;
            }
            let (source, target) = end.pair(row, other);
            effect.added += 1;
            if end.is_through() {
                let new = i64::try_from(effect.created.len()).expect("few rows are linked at once");
                let level = Cell::Int(i64::from(level) + new);
                let fields =
                    Fields::from([("level", level), ("person", Cell::Key(source)), ("club", Cell::Key(target))]);
                let label = state.name();
                effect.created.push(state.insert("Membership", label, &fields)?);
                continue;
            }
            state.links.insert((end.link(), source, target));
            if end == End::Friends {
                state.links.insert((end.link(), target, source));
            }
        }
        Ok(())
    }
}

impl State {
    /// Rows at the other end, once for each through row.
    pub(crate) fn linked(&self, end: End, row: Label) -> Vec<Label> {
        if end.is_through() {
            return self.through_rows(end, row).into_iter().filter_map(|(_, other)| other).collect();
        }
        let links = self.links.iter().filter(|(link, ..)| *link == end.link());
        links
            .map(|&(_, source, target)| end.pair(source, target))
            .filter(|pair| pair.0 == row)
            .map(|pair| pair.1)
            .collect()
    }

    fn through_rows(&self, end: End, row: Label) -> Vec<(Label, Option<Label>)> {
        let (here, there) = if end == End::Clubs { ("person", "club") } else { ("club", "person") };
        let rows = self.living("Membership").into_iter().map(|label| (label, &self.rows[&label].fields));
        let rows = rows.filter(|(_, fields)| fields[here] == Cell::Key(row));
        rows.map(|(label, fields)| match fields[there] {
            Cell::Key(other) if self.rows.contains_key(&other) => (label, Some(other)),
            _ => (label, None),
        })
        .collect()
    }

    fn cut_link(&mut self, end: End, row: Label, other: Label) -> bool {
        let (source, target) = end.pair(row, other);
        if end == End::Friends {
            self.links.remove(&(end.link(), target, source)) | self.links.remove(&(end.link(), source, target))
        } else {
            self.links.remove(&(end.link(), source, target))
        }
    }
}
