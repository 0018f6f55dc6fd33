//! Digests: stable hashes of a state, so that two peers that differ can find where.

use core::hash::{Hash, Hasher as _};

use super::View;
use crate::catalog::LinkStorage;
use crate::id::Id;
use crate::journal::Substitute;
use crate::model::{Model, StableHasher};
use crate::table::{Has, Schema};

impl<S: Schema> View<S> {
    /// A hash of the whole state: all rows with their ids, all links, all named substitutes. The same in every process
    /// and on every platform, and for stores that came to the same state by different ways: it does not cover
    /// iteration orders, next ids and history. O(everything).
    ///
    /// A field is covered by its `Hash`, else by the value that the by-name face reads (floats by their bits); a field
    /// whose type has neither `Hash` nor [`FieldValue`](crate::FieldValue) is not.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Unit { x: f32, name: String }
    /// # #[derive(Schema)] struct Game { units: Table<Unit> }
    /// let mut here = Store::<Game>::new();
    /// let unit = here.insert(Unit { x: 0.5, name: "scout".into() })?;
    /// let mut there = here.clone();
    /// assert_eq!(here.digest(), there.digest());
    /// there.set(unit, Unit::X, 0.25)?;
    /// assert_ne!(here.digest(), there.digest());
    /// assert_ne!(here.digest_of::<Unit>(), there.digest_of::<Unit>());
    /// assert_ne!(here.digest_row(unit), there.digest_row(unit));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn digest(&self) -> u64 {
        let mut state = StableHasher::default();
        for model in 0..self.catalog().models().len() {
            self.digest_model(model).hash(&mut state);
        }
        for link in 0..self.catalog().links().len() {
            self.digest_links(link).hash(&mut state);
        }
        for relation in 0..self.catalog().relations().len() {
            match self.engine.substitute(relation) {
                Substitute::Unnamed => state.write_u8(0),
                Substitute::Null => state.write_u8(1),
                Substitute::Row(row) => (2_u8, row).hash(&mut state),
            }
        }
        state.finish()
    }

    /// A hash of all rows of a model, whatever their order. O(rows).
    pub fn digest_of<M: Model>(&self) -> u64
    where
        S: Has<M>,
    {
        self.digest_model(S::MODEL)
    }

    /// A hash of a row and its id; `None` if it does not exist. O(size of the row).
    pub fn digest_row<M: Model>(&self, id: Id<M>) -> Option<u64>
    where
        S: Has<M>,
    {
        self.contains(id).then(|| self.digest_slot(S::MODEL, id.slot()))
    }

    fn digest_model(&self, model: usize) -> u64 {
        let slots = 0..self.engine.relations.slots[model].used();
        let live = slots.filter(|&slot| self.engine.relations.slots[model].id_at(slot).is_some());
        // A sum, so that it does not matter in which order rows come.
        live.map(|slot| self.digest_slot(model, slot)).fold(0, u64::wrapping_add)
    }

    fn digest_slot(&self, model: usize, slot: u32) -> u64 {
        let mut state = StableHasher::default();
        self.raw_at(model, slot).hash(&mut state);
        self.tables.table(model).digest(slot, &mut state);
        state.finish()
    }

    fn digest_links(&self, link: usize) -> u64 {
        let (info, relations) = (&self.catalog().links()[link], &self.engine.relations);
        if let LinkStorage::Through { .. } = info.storage {
            return 0;
        }
        let adjacency = self.catalog().adjacency(link, crate::catalog::Side::Source);
        let mut sum = 0_u64;
        for source in 0..relations.slots[info.source].used() {
            for target in relations.neighbours(info.source, adjacency, source) {
                let mut state = StableHasher::default();
                (self.raw_at(info.source, source), self.raw_at(info.target, target)).hash(&mut state);
                sum = sum.wrapping_add(state.finish());
            }
        }
        sum
    }
}
