//! The complete state of a store as data, orders included; read by name, so that it serves any schema.

use relarena::{Accessor, LinkStorage, RowKey, Schema, Value, View};

/// What a relation leads to from a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Followed {
    pub(crate) row: RowKey,
    pub(crate) relation: String,
    pub(crate) accessor: Accessor,
    /// Whether the order is that of one set or list; rows by way of a through model have none of their own.
    is_ordered: bool,
    pub(crate) rows: Vec<RowKey>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    /// In the order of tables and slots.
    pub(crate) rows: Vec<(RowKey, Vec<(&'static str, Value)>)>,
    pub(crate) followed: Vec<Followed>,
}

impl Snapshot {
    pub(crate) fn of<S: Schema>(view: &View<S>) -> Self {
        let mut snapshot = Self::default();
        for (place, model) in view.catalog().models().iter().enumerate() {
            let keys = view.keys_of(model.descriptor.name).expect("the model is the catalog's own");
            assert_eq!(view.len_of(model.descriptor.name).expect("as above"), keys.len());
            for row in keys {
                snapshot.rows.push((row, view.values(row).expect("a listed row is living")));
                for (relation, accessor) in view.catalog().accessors(place) {
                    // Keys are values of the row.
                    if matches!(accessor, Accessor::Field(_)) {
                        continue;
                    }
                    let is_ordered = !matches!(accessor, Accessor::Links(link, _)
                        if matches!(view.catalog().links()[link].storage, LinkStorage::Through { .. }));
                    let rows = view.follow_by_name(row, relation).expect("a listed relation is the model's");
                    snapshot.followed.push(Followed { row, relation: relation.into(), accessor, is_ordered, rows });
                }
            }
        }
        snapshot
    }

    /// Sets and lists keep their order while nothing is removed from them: what is new comes after what was there.
    pub(crate) fn assert_orders_follow(&self, before: &Self) {
        for old in before.followed.iter().filter(|old| old.is_ordered && !old.rows.is_empty()) {
            let new = self.followed.iter().find(|new| new.row == old.row && new.relation == old.relation);
            let Some(new) = new else { continue };
            if old.rows.iter().all(|row| new.rows.contains(row)) {
                assert!(new.rows.starts_with(&old.rows), "an order changed without a removal: {old:?}, now {new:?}");
            }
        }
    }
}
