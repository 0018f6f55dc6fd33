//! Whether what a configuration asks for can be had, asked once when a strategy is made.
//!
//! Names must be the schema's, each model wanted must have a row that its checks let pass, and a program must have a way to
//! the first row of each model. Whoever asks for something else gets a panic that names it, not a test that tries nothing.

use alloc::string::String;
use alloc::vec::Vec;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::config::{Kind, OperationsConfig, StoreConfig};
use super::draw::Source;
use crate::kit::{FieldSource, Maker, label_id};
use crate::operation::{Cell, Fields, Label, Name};
use crate::reference::{KitSchema, Model};

/// So many rows of a model are drawn before its checks are said to let none pass.
const ROWS: usize = 1000;

impl<S: KitSchema> Source<S> {
    /// # Panics
    ///
    /// If the configuration names what the schema has not, or wants rows that a check never lets pass.
    #[track_caller]
    pub(super) fn assert_makes(&self, config: &StoreConfig) {
        config.rows_of.keys().for_each(|model| self.assert_has("rows_of", model, None));
        for (model, field) in config.null_rate_of.keys() {
            self.assert_has("null_rate_of", model, Some(field));
        }
        for (model, relation) in config.shape_of.keys() {
            self.assert_has("shape_of", model, Some(relation));
        }
        for (model, relation) in config.links_of.keys() {
            self.assert_has("links_of", model, Some(relation));
        }
        let is_wanted = |name: &'static str| *config.rows_of.get(name).unwrap_or(&config.rows).end() > 0;
        self.assert_rows_pass(is_wanted, ("rows_of", "0..=0"));
    }

    /// # Panics
    ///
    /// As [`assert_makes`](Self::assert_makes), or if no program that begins in this state has a first row of some model.
    #[track_caller]
    pub(super) fn assert_plays(&self, config: &OperationsConfig, start: &Model<S>) {
        config.weights_of.keys().for_each(|model| self.assert_has("weight_of", model, None));
        let is_wanted = |name: &'static str| config.weights_of.get(name) != Some(&0);
        if config.weighs(&[Kind::Insert, Kind::InsertMany, Kind::InsertReserved]) {
            self.assert_rows_pass(is_wanted, ("weight_of", "0"));
        }
        let reserves = config.depth > 0 && config.weighs(&[Kind::Transaction]);
        let reserves = reserves && config.weighs(&[Kind::Reserve]) && config.weighs(&[Kind::InsertReserved]);
        if !reserves && config.weighs(&[Kind::Insert, Kind::InsertMany]) {
            self.assert_first_rows(start, is_wanted);
        }
    }

    #[track_caller]
    fn assert_has(&self, call: &str, model: &Name, field: Option<&Name>) {
        let found = self.catalog.model(model).and_then(|place| match field {
            Some(field) => self.catalog.accessor(place, field).map(|_| ()),
            None => Ok(()),
        });
        if let Err(error) = found {
            panic!("`{call}` names something else: {error}");
        }
    }

    #[track_caller]
    fn assert_rows_pass(&self, is_wanted: impl Fn(&'static str) -> bool, (call, none): (&str, &str)) {
        for (model, info) in self.catalog.models().iter().enumerate() {
            let descriptor = info.descriptor;
            if descriptor.checks.is_empty() || !is_wanted(descriptor.name) {
                continue;
            }
            let broken = self.checks_without_a_row(model);
            assert!(
                broken.is_empty(),
                "of {ROWS} rows drawn of `{0}` none passes its check `{1}`: give each field that the check reads a \
                 `#[strategy(...)]` whose values pass it, or do without the model: `{call}(\"{0}\", {none})`",
                descriptor.name,
                broken.join("` and its check `"),
            );
        }
    }

    /// Names of the checks that none of many rows passes, or of all checks if each row fails some; none if a row passes all.
    /// Keys are null or name a row that is nowhere, for a check reads a row alone.
    fn checks_without_a_row(&self, model: usize) -> Vec<&'static str> {
        let (kit, descriptor) = (&self.kits[model], self.catalog.models()[model].descriptor);
        let (mut runner, raw) = (TestRunner::deterministic(), |label: Label| label_id(label));
        let mut broken = alloc::vec![true; descriptor.checks.len()];
        for row in 0..ROWS {
            let mut fields = Fields::<Label>::new();
            for (place, source) in self.fields[model].iter().enumerate() {
                let cell = match source {
                    FieldSource::Strategy { cells, .. } => match cells.new_tree(&mut runner) {
                        Ok(tree) => super::plan::relabelled(tree.current(), |_| Label::MAX),
                        // Whoever draws the row will be told.
                        Err(_) => return Vec::new(),
                    },
                    FieldSource::Key if row % 2 == 0 || !self.may_be_null(model, place) => Cell::Row(Label::MAX - 1),
                    FieldSource::Key => Cell::Null,
                    FieldSource::Default | FieldSource::Missing => continue,
                };
                fields.push((Name::Borrowed(descriptor.fields[place].name), cell));
            }
            let Ok(failing) = kit.failing_checks(&Maker { descriptor, fields: &fields, raw: &raw }) else {
                return Vec::new();
            };
            if failing.is_empty() {
                return Vec::new();
            }
            for (check, broken) in broken.iter_mut().enumerate() {
                *broken &= failing.contains(&check);
            }
        }
        let each_is_passed = !broken.contains(&true);
        let checks = descriptor.checks.iter().zip(broken).filter(|(_, broken)| each_is_passed || *broken);
        checks.map(|(name, _)| *name).collect()
    }

    fn may_be_null(&self, model: usize, field: usize) -> bool {
        let relation = self.catalog.relation_of_field(model, field);
        relation.is_some_and(|relation| self.catalog.relations()[relation].nullable)
    }

    /// Without reserved ids a row can be inserted only if rows are there that its required keys may name.
    #[track_caller]
    fn assert_first_rows(&self, start: &Model<S>, is_wanted: impl Fn(&'static str) -> bool) {
        let models = self.catalog.models();
        let mut has_rows: Vec<bool> = (0..models.len()).map(|model| start.count(model) > 0).collect();
        let waits_for = |model: usize, has_rows: &[bool]| {
            let mut keys = self.catalog.keys_of(model).map(|relation| &self.catalog.relations()[relation]);
            keys.find(|info| !info.nullable && !has_rows[info.target]).map(|info| (info.name, info.target))
        };
        loop {
            let more: Vec<usize> = (0..models.len())
                .filter(|&model| !has_rows[model] && is_wanted(models[model].descriptor.name))
                .filter(|&model| waits_for(model, &has_rows).is_none())
                .collect();
            if more.is_empty() {
                break;
            }
            for model in more {
                has_rows[model] = true;
            }
        }
        for (model, info) in models.iter().enumerate() {
            let name = info.descriptor.name;
            if let (true, Some((key, target))) = (is_wanted(name), waits_for(model, &has_rows)) {
                let target = String::from(models[target].descriptor.name);
                panic!(
                    "no program can insert a `{name}`: `{key}` is required, and there never is a `{target}` to name; begin \
                     with rows (`any_operations_on`), let programs reserve ids (`Kind::Transaction`, `Kind::Reserve` and \
                     `Kind::InsertReserved`), or do without the model: `weight_of(\"{name}\", 0)`"
                );
            }
        }
    }
}
