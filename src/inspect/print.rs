//! Stores as text, for failed tests: every row with its fields, and every link.

use core::fmt::{self, Debug, Formatter};

use crate::catalog::LinkStorage;
use crate::id::RowKey;
use crate::store::Store;
use crate::table::Schema;
use crate::value::Value;
use crate::view::View;

/// A row as its struct is written.
struct Row<'a> {
    row: RowKey,
    values: &'a [(&'static str, Value)],
}

impl Debug for Row<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut row = formatter.debug_struct(self.row.model());
        for (name, value) in self.values {
            row.field(name, &format_args!("{value}"));
        }
        row.finish()
    }
}

/// All rows by key, then all links that are no rows. Fields that are not read by name show as null. O(everything).
impl<S: Schema> Debug for View<S> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut map = formatter.debug_map();
        for info in self.catalog().models() {
            for row in self.keys_of(info.descriptor.name).expect("the model is the catalog's own") {
                let values = self.values(row).expect("a listed row is living");
                map.entry(&row, &Row { row, values: &values });
            }
        }
        for link in self.catalog().links().iter().filter(|link| !matches!(link.storage, LinkStorage::Through { .. })) {
            for row in self.keys_of(link.name.model).expect("the model is the catalog's own") {
                let linked = self.follow_by_name(row, link.name.field).expect("the relation is the catalog's own");
                if !linked.is_empty() {
                    map.entry(&format_args!("{row}.{}", link.name.field), &linked);
                }
            }
        }
        map.finish()
    }
}

/// As its [`View`].
impl<S: Schema> Debug for Store<S> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.view, formatter)
    }
}
