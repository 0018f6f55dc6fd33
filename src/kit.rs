//! What the derives tell the kit of a model: how rows are made of cells, and which strategies its fields have.
//!
//! The derives hand the fields to [`__kit_model!`](crate::__kit_model), which writes one line for each; without the
//! feature `proptest` it writes nothing, so that the derives need not know the feature. Absent here: schemas, stores.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::marker::PhantomData;
use core::num::NonZeroU32;

use proptest::arbitrary::{Arbitrary, any};
use proptest::strategy::{BoxedStrategy, LazyJust, Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::error::{Error, WrongType};
use crate::id::RawId;
use crate::model::{Convert, RawKey, RowGlue, misfit_error};
use crate::operation::{Cell, Label, Name};
use crate::value::{Misfit, Value, ValueType};

/// Steps of shrinking that make a value as plain as can be.
const PLAINEST: usize = 4096;

/// A model as the kit sees it; written by the derive. Asks no more than its glue, so that what a struct lacks is told once.
pub trait KitRow: RowGlue + Sized {
    /// Makes a row; fields left out take their default.
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`].
    fn make(maker: &Maker<'_>) -> Result<Self, Error>;
    /// Writes one field.
    ///
    /// # Errors
    ///
    /// As [`make`](Self::make).
    fn assign(&mut self, field: usize, maker: &Maker<'_>) -> Result<(), Error>;
    /// Where each field's content comes from.
    fn sources(null_rate: f64) -> Vec<FieldSource>;
}

/// Where a field's content comes from.
#[derive(Clone, Debug)]
pub enum FieldSource {
    /// A key: the rows decide.
    Key,
    /// A strategy.
    Strategy {
        /// The strategy.
        cells: BoxedStrategy<Cell>,
        /// Whether it is the field's own; else every value of its type will do.
        is_own: bool,
    },
    /// The field is left out and takes its default.
    Default,
    /// There is none.
    Missing,
}

/// Where values of type `T` come from. Only a type with `Debug` has a strategy, but every type may ask for one.
pub trait Source<T> {
    /// As cells, read by `read`.
    fn cells(&self, read: fn(&T) -> Value) -> BoxedStrategy<Cell>;
    /// One value, simplified in so many steps.
    fn sample(&self, runner: &mut TestRunner, steps: usize) -> Option<T>;
}

impl<T: Debug + 'static> Source<T> for BoxedStrategy<T> {
    fn cells(&self, read: fn(&T) -> Value) -> BoxedStrategy<Cell> {
        self.clone().prop_map(move |value| plain(read(&value))).boxed()
    }
    fn sample(&self, runner: &mut TestRunner, steps: usize) -> Option<T> {
        let mut tree = self.new_tree(runner).ok()?;
        for _ in 0..steps {
            if !tree.simplify() {
                break;
            }
        }
        Some(tree.current())
    }
}

/// A strategy for values of type `T`.
pub type Sourced<T> = Box<dyn Source<T>>;

/// A strategy for optional values, null at a rate, where there is one.
pub type Optional<T> = Option<fn(f64) -> Sourced<Option<T>>>;

/// What a field of type `T` can do for the kit.
pub struct FieldKit<T: 'static> {
    /// To and from values.
    pub convert: Convert<T>,
    /// Its strategy, at a rate of nulls.
    pub strategy: fn(f64) -> Option<Sourced<T>>,
    /// What it starts with where it is left out.
    pub default: Option<fn() -> T>,
}

/// Finds the strategy of `T`: the inherent constants win where it implements [`Arbitrary`].
pub struct StrategyProbe<T>(PhantomData<T>);

impl<T: Arbitrary + 'static> StrategyProbe<T> {
    /// What `any` answers.
    pub const STRATEGY: Option<fn() -> Sourced<T>> = Some(|| Box::new(any::<T>().boxed()));
    /// The same of an optional field, null at a rate.
    pub const OPTIONAL: Optional<T> = Some(|null_rate| {
        // `weighted` takes no certainties.
        if null_rate <= 0.0 {
            return Box::new(any::<T>().prop_map(Some).boxed());
        }
        if null_rate >= 1.0 {
            return Box::new(LazyJust::new(|| None).boxed());
        }
        Box::new(proptest::option::weighted(1.0 - null_rate, any::<T>()).boxed())
    });
}

/// The strategy of a type without [`Arbitrary`]: none.
pub trait NoStrategy<T> {
    /// None.
    const STRATEGY: Option<fn() -> Sourced<T>> = None;
    /// None.
    const OPTIONAL: Optional<T> = None;
}
impl<T> NoStrategy<T> for StrategyProbe<T> {}

/// A field's own strategy, from `#[strategy(...)]`.
pub fn own_strategy<T: Debug + 'static>(strategy: impl Strategy<Value = T> + 'static) -> Option<Sourced<T>> {
    Some(Box::new(strategy.boxed()))
}

impl<T> FieldKit<T> {
    /// Where the field's content comes from; a type that is not read by name is named by seeds.
    pub fn source(self, null_rate: f64, is_own: bool) -> FieldSource {
        match (self.strategy)(null_rate) {
            Some(_) if self.convert.value_type == ValueType::Opaque => {
                FieldSource::Strategy { cells: any::<u64>().prop_map(Cell::Sample).boxed(), is_own: true }
            }
            Some(strategy) => FieldSource::Strategy { cells: strategy.cells(self.convert.read), is_own },
            None if self.default.is_some() => FieldSource::Default,
            None => FieldSource::Missing,
        }
    }

    fn take(&self, maker: &Maker<'_>, place: usize) -> Result<T, Error> {
        let descriptor = maker.descriptor;
        match maker.cell(place) {
            Some(Cell::Sample(seed)) => self.sample(*seed).ok_or_else(|| {
                misfit_error(descriptor, place, Misfit::Type { expected: "a value", found: Value::Int((*seed).into()) })
            }),
            Some(Cell::Row(_)) => {
                let (model, field) = (descriptor.name, descriptor.fields[place].name);
                let found = Value::Text("a row".into());
                Err(Error::WrongType(Box::new(WrongType { model, field, expected: "a value", found })))
            }
            Some(cell) => {
                let value = cell.to_value(|_| Value::Null);
                (self.convert.write)(value).map_err(|misfit| misfit_error(descriptor, place, misfit))
            }
            None => match self.default {
                Some(default) => Ok(default()),
                None => (self.convert.absent)().ok_or_else(|| misfit_error(descriptor, place, Misfit::Null)),
            },
        }
    }

    /// The value that a seed stands for: always the same, and the plainest for 0.
    fn sample(&self, seed: u64) -> Option<T> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), random);
        (self.strategy)(0.5)?.sample(&mut runner, if seed == 0 { PLAINEST } else { 0 })
    }
}

/// A value without a row as a cell.
fn plain<R>(value: Value) -> Cell<R> {
    match value {
        Value::Key(_) => Cell::Null,
        other => Cell::from_value(other, |_| unreachable!("keys are matched before")),
    }
}

/// The cells from which a row is made or changed, and what its rows are called.
pub struct Maker<'a> {
    pub(crate) descriptor: &'static crate::model::ModelDescriptor,
    /// Names are the model's.
    pub(crate) fields: &'a [(Name, Cell<Label>)],
    pub(crate) raw: &'a dyn Fn(Label) -> RawId,
}

impl Maker<'_> {
    fn cell(&self, place: usize) -> Option<&Cell<Label>> {
        let name = self.descriptor.fields[place].name;
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, cell)| cell)
    }

    /// Makes a plain field.
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`].
    pub fn field<T>(&self, place: usize, kit: &FieldKit<T>) -> Result<T, Error> {
        kit.take(self, place)
    }

    /// Makes a key.
    ///
    /// # Errors
    ///
    /// [`Error::Null`] if it is required and null or left out; [`Error::WrongType`].
    pub fn key<K: RawKey>(&self, place: usize) -> Result<K, Error> {
        let target = match self.cell(place) {
            Some(Cell::Row(label)) => Some((self.raw)(*label)),
            Some(Cell::Null) | None => None,
            Some(other) => {
                let (model, field) = (self.descriptor.name, self.descriptor.fields[place].name);
                let (expected, found) = ("a key to a row of its target model", other.to_value(|_| Value::Null));
                return Err(Error::WrongType(Box::new(WrongType { model, field, expected, found })));
            }
        };
        K::from_raw(target).ok_or_else(|| misfit_error(self.descriptor, place, Misfit::Null))
    }
}

/// A label as the raw id of a row that only the reference keeps.
pub(crate) fn label_id(label: Label) -> RawId {
    RawId::new(label, NonZeroU32::MIN)
}
