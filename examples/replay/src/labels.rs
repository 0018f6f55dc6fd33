//! Labels of rows, both ways.

use std::rc::Rc;

use indexmap::IndexMap;
use relarena::{RowKey, Schema, Store};

/// Labels of rows, both ways: those of a loaded state, which traces share, and those of the trace itself.
#[derive(Default)]
pub struct Labels {
    loaded: Rc<Known>,
    own: Known,
    /// Labels given in each open block, outermost first.
    given: Vec<Vec<String>>,
}

#[derive(Default)]
struct Known {
    rows: IndexMap<String, RowKey>,
    names: IndexMap<RowKey, String>,
}

impl Labels {
    /// Labels for a trace on the state that these are of. O(1).
    #[must_use]
    pub fn on_top(&self) -> Self {
        Self { loaded: Rc::clone(&self.loaded), ..Self::default() }
    }

    /// Makes the labels given so far those of a loaded state. O(1).
    #[must_use]
    pub fn loaded(self) -> Self {
        Self { loaded: Rc::new(self.own), ..Self::default() }
    }

    /// Gives a row a label. O(1) expected.
    pub fn give(&mut self, label: &str, row: RowKey) {
        self.own.rows.insert(label.into(), row);
        self.own.names.insert(row, label.into());
        if let Some(block) = self.given.last_mut() {
            block.push(label.into());
        }
    }

    /// The label's row, or one of its model that never exists. O(1) expected.
    ///
    /// # Panics
    ///
    /// If the label does not begin with a model of the schema.
    pub fn row<S: Schema>(&self, store: &Store<S>, label: &str) -> RowKey {
        let row = self.own.rows.get(label).or_else(|| self.loaded.rows.get(label));
        row.copied().unwrap_or_else(|| {
            let model = label.split('#').next().unwrap_or(label);
            store.catalog().null_key(store.catalog().model(model).expect("a label begins with its model"))
        })
    }

    /// The row's label. O(1) expected.
    pub fn name(&self, row: RowKey) -> &str {
        let name = self.own.names.get(&row).or_else(|| self.loaded.names.get(&row));
        name.map_or("?", String::as_str)
    }

    pub(crate) fn open_block(&mut self) {
        self.given.push(Vec::new());
    }

    pub(crate) fn keep_block(&mut self) {
        let block = self.given.pop().unwrap_or_default();
        if let Some(outer) = self.given.last_mut() {
            outer.extend(block);
        }
    }

    pub(crate) fn forget_block(&mut self) {
        for label in self.given.pop().unwrap_or_default() {
            if let Some(row) = self.own.rows.swap_remove(&label) {
                self.own.names.swap_remove(&row);
            }
        }
    }
}

/// Model and number of a label, to sort by. O(length).
pub(crate) fn number(label: &str) -> (&str, i64) {
    let (model, number) = label.split_once('#').unwrap_or((label, "0"));
    (model, number.parse().unwrap_or(0))
}
