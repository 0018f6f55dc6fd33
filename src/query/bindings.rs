//! The bindings of a query with joins: the row itself and, for each join, one of the rows that it leads to, or none.

use alloc::vec::Vec;

use super::bound::Bound;
use super::joined::Joined;
use super::joins::Joins;
use super::matches::Candidates;
use super::run::{Plan, Wanted};
use crate::table::Schema;
use crate::view::View;

impl<'q, S: Schema> Plan<'q, S> {
    /// Passes the bindings that the filters leave, with all joins, to `take`: those of each candidate, in order, until it has
    /// enough. O(candidates and joined rows), or as far as wanted.
    pub(super) fn each_bound(
        &self,
        view: &View<S>,
        model: usize,
        candidates: Candidates,
        wanted: Wanted,
        mut take: impl FnMut(u32, &[u32]) -> bool,
    ) {
        // What the row itself decides is asked before.
        let mut filters: Vec<(Vec<&Bound<'q, S>>, usize)> = Vec::with_capacity(self.filters.len());
        for (filter, upto) in &self.filters {
            filters.push((filter.parts().filter(|part| !part.is_of_root()).collect(), *upto));
        }
        let mut bindings = Vec::new();
        if !wanted.is_all() {
            return self.each_selected(view, model, candidates, wanted, |slot| {
                bindings.clear();
                self.bind(view, &filters, slot, &mut bindings);
                bindings.is_empty() || take(slot, &bindings)
            });
        }
        let is_all = matches!(candidates, Candidates::All(_));
        let roots = self.selected(view, model, candidates);
        let takes_most = is_all && 2 * roots.len() >= view.engine.relations.slots[model].live() as usize;
        let joined = takes_most.then(|| {
            let conditions: Vec<&Bound<'q, S>> = filters.iter().flat_map(|(parts, _)| parts).copied().collect();
            Joined::ask(view, &self.joins, &conditions, &self.touched)
        });
        let joined = joined.flatten();
        for slot in roots {
            bindings.clear();
            match &joined {
                Some(joined) if !joined.has_any(slot) => continue,
                Some(joined) => joined.bind(view, slot, &mut bindings),
                None => self.bind(view, &filters, slot, &mut bindings),
            }
            if !bindings.is_empty() && !take(slot, &bindings) {
                return;
            }
        }
    }

    /// Adds the bindings of a row that the filters leave, with all joins.
    fn bind(&self, view: &View<S>, filters: &[(Vec<&Bound<'q, S>>, usize)], slot: u32, bindings: &mut Vec<u32>) {
        bindings.push(slot);
        let mut width = 1;
        for (parts, upto) in filters {
            self.widen(view, &self.joins, &mut width, *upto, bindings);
            if parts.is_empty() {
                continue;
            }
            let hops: usize = parts.iter().map(|part| part.hops()).sum();
            self.touched.set(self.touched.get() + hops * bindings.len() / width);
            let holds = |binding: &&[u32]| parts.iter().all(|part| part.holds(view, binding, &[]));
            *bindings = bindings.chunks_exact(width).filter(holds).flatten().copied().collect();
            if bindings.is_empty() {
                return;
            }
        }
        self.widen(view, &self.joins, &mut width, self.joins.len(), bindings);
    }

    /// Widens bindings by joins, and counts the rows that these lead to.
    pub(super) fn widen(&self, view: &View<S>, joins: &Joins, width: &mut usize, upto: usize, bindings: &mut Vec<u32>) {
        while *width <= upto {
            joins.widen(&view.engine, *width - 1, bindings);
            *width += 1;
            self.touched.set(self.touched.get() + bindings.len() / *width);
        }
    }
}
