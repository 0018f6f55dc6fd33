//! Rows as the reference keeps them, and what the typed face of a store does with a model whose type is not known here.
//!
//! Rules whose truth is user code (checks, conditions, `Eq` of unique fields) are asked of the rows themselves; a unique
//! rule is a full scan.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::hash::BuildHasher as _;
use core::marker::PhantomData;

use foldhash::fast::FixedState;

use crate::error::Error;
use crate::id::{Id, RawId, RowKey};
use crate::kit::{FieldSource, KitRow, Maker, label_id};
use crate::model::Model;
use crate::operation::Label;
use crate::store::Store;
use crate::table::{Glued, Has, Schema};
use crate::value::Value;
use crate::view::View;

/// A schema of which programs can be generated and checked; `#[derive(Schema)]` implements it with the feature `proptest`.
pub trait KitSchema: Schema {
    #[doc(hidden)]
    fn kits() -> Vec<Box<dyn ModelKit<Self>>>;
}

/// The way from a schema to a model's kit; by the schema's glue, so that a struct that is no model is told once.
pub trait KitGlue<M> {
    /// The model's kit.
    fn kit<S: Has<M>>() -> Box<dyn ModelKit<S>>;
}
impl<M: KitRow + Model> KitGlue<M> for Glued {
    fn kit<S: Has<M>>() -> Box<dyn ModelKit<S>> {
        Box::new(Typed::<M>(PhantomData))
    }
}

/// The typed face of a store for one model, without the model's type.
pub trait ModelKit<S> {
    /// No rows.
    fn empty(&self) -> Rc<dyn ModelRows<S>>;
    /// Where each field's content comes from.
    fn sources(&self, null_rate: f64) -> Vec<FieldSource>;
    /// Places of the checks that are false for a row.
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`]: no row can be made of these cells.
    fn failing_checks(&self, row: &Maker<'_>) -> Result<Vec<usize>, Error>;
    /// `insert`.
    ///
    /// # Errors
    ///
    /// As it.
    fn insert(&self, tx: &mut Store<S>, row: &Maker<'_>) -> Result<RowKey, Error>;
    /// `insert_many`.
    ///
    /// # Errors
    ///
    /// As it.
    fn insert_many(&self, tx: &mut Store<S>, rows: &[Maker<'_>]) -> Result<Vec<RowKey>, Error>;
    /// `update`.
    ///
    /// # Errors
    ///
    /// As it.
    fn update(&self, tx: &mut Store<S>, row: RowKey, fields: &[usize], maker: &Maker<'_>) -> Result<(), Error>;
    /// `reserve`.
    ///
    /// # Errors
    ///
    /// As it.
    fn reserve(&self, tx: &mut Store<S>) -> Result<RowKey, Error>;
    /// `insert_reserved`.
    ///
    /// # Errors
    ///
    /// As it.
    fn insert_reserved(&self, tx: &mut Store<S>, row: RowKey, maker: &Maker<'_>) -> Result<(), Error>;
}

/// The rows of one model, by label; their keys hold labels.
pub trait ModelRows<S> {
    /// A copy. O(rows).
    fn duplicate(&self) -> Rc<dyn ModelRows<S>>;
    /// All labels in the order of creation. O(rows).
    fn labels(&self) -> Vec<Label>;
    /// How many there are.
    fn count(&self) -> usize;
    /// The n-th in the order of creation. O(n).
    fn nth(&self, place: usize) -> Option<Label>;
    /// Whether there is such a row.
    fn contains(&self, label: Label) -> bool;
    /// Whether a row can be made of these cells.
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`].
    fn fits(&self, row: &Maker<'_>) -> Result<(), Error>;
    /// Puts a row.
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`].
    fn insert(&mut self, label: Label, row: &Maker<'_>) -> Result<(), Error>;
    /// Copies a row of a store.
    fn copy(&mut self, label: Label, view: &View<S>, row: RowKey, label_of: &dyn Fn(usize, RawId) -> Label);
    /// Writes fields of a row.
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`].
    fn write(&mut self, label: Label, fields: &[usize], maker: &Maker<'_>) -> Result<(), Error>;
    /// Takes a row away.
    fn remove(&mut self, label: Label);
    /// What a key names.
    fn key(&self, label: Label, ordinal: usize) -> Option<Label>;
    /// Calls this with every row whose key is not null, and what the key names. O(rows).
    fn each_key(&self, ordinal: usize, visit: &mut dyn FnMut(Label, Label));
    /// Writes a key.
    fn set_key(&mut self, label: Label, ordinal: usize, target: Option<Label>);
    /// A plain field.
    fn value(&self, label: Label, field: usize) -> Value;
    /// Whether a check is false for the row.
    fn breaks_check(&self, label: Label) -> bool;
    /// Whether another row has the same in a unique rule. O(rows × rules).
    fn collides(&self, label: Label) -> bool;
    /// Whether the row of a store is the same, once its keys are taken for those of the labels.
    fn is_same(&self, label: Label, view: &View<S>, row: RowKey, raw: &dyn Fn(usize, Label) -> RawId) -> bool;
}

struct Typed<M>(PhantomData<M>);

impl<M: KitRow + Model, S: Has<M>> ModelKit<S> for Typed<M> {
    fn empty(&self) -> Rc<dyn ModelRows<S>> {
        Rc::new(Kept::<M>(BTreeMap::new()))
    }

    fn sources(&self, null_rate: f64) -> Vec<FieldSource> {
        M::sources(null_rate)
    }

    fn failing_checks(&self, row: &Maker<'_>) -> Result<Vec<usize>, Error> {
        let row = M::make(row)?;
        Ok((0..M::DESCRIPTOR.checks.len()).filter(|check| !row.passes(*check)).collect())
    }

    fn insert(&self, tx: &mut Store<S>, row: &Maker<'_>) -> Result<RowKey, Error> {
        let id = tx.insert(M::make(row)?)?;
        Ok(tx.key_of(id))
    }

    fn insert_many(&self, tx: &mut Store<S>, rows: &[Maker<'_>]) -> Result<Vec<RowKey>, Error> {
        let rows: Vec<M> = rows.iter().map(M::make).collect::<Result<_, _>>()?;
        let ids = tx.insert_many(rows)?;
        Ok(ids.into_iter().map(|id| tx.key_of(id)).collect())
    }

    fn update(&self, tx: &mut Store<S>, row: RowKey, fields: &[usize], maker: &Maker<'_>) -> Result<(), Error> {
        let id = Id::<M>::from_raw(row.raw());
        // Made before, so that a cell that does not fit is told as such and not as a panic in the closure.
        let mut changed = tx.get(id).ok_or(Error::RowNotFound { row })?.clone();
        fields.iter().try_for_each(|&field| changed.assign(field, maker))?;
        tx.update(id, |row| *row = changed)
    }

    fn reserve(&self, tx: &mut Store<S>) -> Result<RowKey, Error> {
        let id = tx.reserve::<M>()?;
        Ok(tx.key_of(id))
    }

    fn insert_reserved(&self, tx: &mut Store<S>, row: RowKey, maker: &Maker<'_>) -> Result<(), Error> {
        tx.insert_reserved(Id::<M>::from_raw(row.raw()), M::make(maker)?)?;
        Ok(())
    }
}

struct Kept<M>(BTreeMap<Label, M>);

impl<M> Kept<M> {
    fn row(&self, label: Label) -> &M {
        self.0.get(&label).expect("a label that the reference asks for is living")
    }
}

impl<M: KitRow + Model, S: Has<M>> ModelRows<S> for Kept<M> {
    fn duplicate(&self) -> Rc<dyn ModelRows<S>> {
        Rc::new(Self(self.0.clone()))
    }

    fn labels(&self) -> Vec<Label> {
        self.0.keys().copied().collect()
    }

    fn count(&self) -> usize {
        self.0.len()
    }

    fn nth(&self, place: usize) -> Option<Label> {
        self.0.keys().nth(place).copied()
    }

    fn contains(&self, label: Label) -> bool {
        self.0.contains_key(&label)
    }

    fn fits(&self, row: &Maker<'_>) -> Result<(), Error> {
        M::make(row).map(|_| ())
    }

    fn insert(&mut self, label: Label, row: &Maker<'_>) -> Result<(), Error> {
        self.0.insert(label, M::make(row)?);
        Ok(())
    }

    fn copy(&mut self, label: Label, view: &View<S>, row: RowKey, label_of: &dyn Fn(usize, RawId) -> Label) {
        let mut copy = view.get(Id::<M>::from_raw(row.raw())).expect("a listed row is living").clone();
        for ordinal in 0..M::KEYS {
            let target = copy.key(ordinal).map(|raw| label_id(label_of(ordinal, raw)));
            copy.set_key(ordinal, target);
        }
        self.0.insert(label, copy);
    }

    fn write(&mut self, label: Label, fields: &[usize], maker: &Maker<'_>) -> Result<(), Error> {
        let row = self.0.get_mut(&label).expect("the reference writes living rows");
        fields.iter().try_for_each(|&field| row.assign(field, maker))
    }

    fn remove(&mut self, label: Label) {
        self.0.remove(&label);
    }

    fn key(&self, label: Label, ordinal: usize) -> Option<Label> {
        self.row(label).key(ordinal).map(RawId::slot)
    }

    fn each_key(&self, ordinal: usize, visit: &mut dyn FnMut(Label, Label)) {
        for (label, row) in &self.0 {
            if let Some(target) = row.key(ordinal) {
                visit(*label, target.slot());
            }
        }
    }

    fn set_key(&mut self, label: Label, ordinal: usize, target: Option<Label>) {
        let row = self.0.get_mut(&label).expect("the reference writes living rows");
        row.set_key(ordinal, target.map(label_id));
    }

    fn value(&self, label: Label, field: usize) -> Value {
        self.row(label).read(field)
    }

    fn breaks_check(&self, label: Label) -> bool {
        let row = self.row(label);
        (0..M::DESCRIPTOR.checks.len()).any(|check| !row.passes(check))
    }

    fn collides(&self, label: Label) -> bool {
        let row = self.row(label);
        // Asked by hashing the row; what the hash is does not matter here.
        let takes_part = |row: &M, rule| row.hash_unique(rule, &mut FixedState::default().build_hasher());
        (0..M::DESCRIPTOR.uniques.len()).filter(|&rule| takes_part(row, rule)).any(|rule| {
            let mut others = self.0.iter().filter(|(other, _)| **other != label);
            others.any(|(_, other)| takes_part(other, rule) && row.same_unique(rule, other))
        })
    }

    fn is_same(&self, label: Label, view: &View<S>, row: RowKey, raw: &dyn Fn(usize, Label) -> RawId) -> bool {
        let mut copy = self.row(label).clone();
        for ordinal in 0..M::KEYS {
            let target = copy.key(ordinal).map(|target| raw(ordinal, target.slot()));
            copy.set_key(ordinal, target);
        }
        view.get(Id::<M>::from_raw(row.raw())).is_some_and(|row| copy.same(row))
    }
}
