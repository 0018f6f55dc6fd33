//! Choices: cells from the fields' strategies, rows by shape.

use alloc::boxed::Box;
use alloc::vec::Vec;

use proptest::prelude::RngExt as _;
use proptest::strategy::{BoxedStrategy, Strategy as _, ValueTree};
use proptest::test_runner::{Reason, TestRng, TestRunner};

use super::config::Shape;
use crate::catalog::{Accessor, Catalog};
use crate::kit::FieldSource;
use crate::model::FieldKind;
use crate::operation::{Cell, Name};
use crate::reference::{KitSchema, ModelKit};
use crate::value::ValueType;

/// A schema with where its fields' contents come from.
pub(super) struct Source<S> {
    pub(super) catalog: Catalog,
    pub(super) kits: Vec<Box<dyn ModelKit<S>>>,
    pub(super) fields: Vec<Vec<FieldSource>>,
    /// Ends of relations whose links can be changed by name: model and name.
    pub(super) ends: Vec<(usize, Name)>,
}

impl<S: KitSchema> Source<S> {
    /// Asks every field of every model.
    ///
    /// # Panics
    ///
    /// If a field has no strategy.
    #[track_caller]
    pub(super) fn new(null_rate: impl Fn(&'static str, &'static str) -> f64) -> Self {
        let (catalog, kits) = (S::catalog(), S::kits());
        let mut fields = Vec::new();
        for (kit, info) in kits.iter().zip(catalog.models()) {
            let descriptor = info.descriptor;
            let named = |field: usize| null_rate(descriptor.name, descriptor.fields[field].name);
            // Each field is asked at a rate of its own.
            let sources: Vec<FieldSource> =
                (0..descriptor.fields.len()).map(|field| kit.sources(named(field)).swap_remove(field)).collect();
            for (field, source) in descriptor.fields.iter().zip(&sources) {
                assert!(
                    !matches!(source, FieldSource::Missing),
                    "`{}.{}` has no strategy: its type does not implement `Arbitrary`; add `#[strategy(...)]` to the field, or `#[field(default = ...)]`",
                    descriptor.name,
                    field.name
                );
            }
            fields.push(sources);
        }
        let ends = (0..catalog.models().len()).flat_map(|model| {
            let links = catalog.accessors(model).filter(|(_, accessor)| can_link(&catalog, *accessor));
            links.map(move |(name, _)| (model, Name::Owned(name.into())))
        });
        let ends = ends.collect();
        Self { catalog, kits, fields, ends }
    }
}

/// Whether links can be changed by name: rows of a through model must be readable by it.
fn can_link(catalog: &Catalog, accessor: Accessor) -> bool {
    let Accessor::Links(link, _) = accessor else { return false };
    let is_opaque = |kind: &FieldKind| matches!(kind, FieldKind::Value(ValueType::Opaque));
    catalog.links()[link].through_model(catalog).is_none_or(|model| {
        let fields = catalog.models()[model].descriptor.fields;
        !fields.iter().any(|field| is_opaque(&field.kind))
    })
}

/// All value trees of a generated value; whoever needs one keeps its place.
pub(super) struct Trees(Vec<Box<dyn ValueTree<Value = Cell>>>);

impl Trees {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Draws a new tree, and answers its place.
    pub(super) fn draw(&mut self, runner: &mut TestRunner, cells: &BoxedStrategy<Cell>) -> Result<usize, Reason> {
        self.0.push(cells.new_tree(runner)?);
        Ok(self.0.len() - 1)
    }

    pub(super) fn cell(&self, place: usize) -> Cell {
        self.0[place].current()
    }

    pub(super) fn simplify(&mut self, place: usize) -> bool {
        self.0[place].simplify()
    }

    pub(super) fn complicate(&mut self, place: usize) -> bool {
        self.0[place].complicate()
    }
}

/// One of `count`, by shape; `count` is not zero.
pub(super) fn choose(random: &mut TestRng, shape: Shape, count: usize) -> usize {
    match shape {
        Shape::Skewed => {
            // Of three draws the least: the first rows have the most.
            let draws = [(); 3].map(|()| random.random_range(0..count));
            draws.into_iter().min().unwrap_or_default()
        }
        Shape::Hub if random.random_bool(0.9) => 0,
        Shape::Chain => count - 1,
        Shape::Uniform | Shape::Diamond | Shape::Hub => random.random_range(0..count),
    }
}
