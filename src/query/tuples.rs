//! Tuples of columns and of aggregates: what typed queries answer.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::aggregate::{Aggregate, Computation};
use super::found::Found;
use super::joins::Located;
use super::path::{Hop, Leaf, Operand, Path};
use crate::arena::block::LANES;
use crate::id::Id;
use crate::model::{Field, ForeignKey, Indexed, KeyField, ManyToMany, Model, OneToOne, Reverse, Through, Unique};
use crate::table::{Has, Schema};
use crate::value::Value;
use crate::view::View;

/// Reads the values of a column.
#[expect(unnameable_types, reason = "only the query engine reads columns")]
pub trait Read<S, O> {
    /// The value that the column's path leads to.
    fn read(&self, view: &View<S>, slot: Option<u32>) -> O;

    /// The values of several results, added to what is there. O(slots), in one call.
    fn read_all(&self, view: &View<S>, slots: &[Option<u32>], values: &mut Vec<O>) {
        values.extend(slots.iter().map(|&slot| self.read(view, slot)));
    }
}

type Reader<S, O> = Box<dyn Read<S, O>>;

/// What a query can answer as a value: a field as it is in its row; at the end of a path an `Option`, since the path may
/// lead to nothing.
pub trait Column<S: Schema>: Operand {
    /// The answer's type.
    type Output;
    #[doc(hidden)]
    fn reader(self) -> (Vec<Hop>, Reader<S, Self::Output>);
}

/// A field of the rows themselves.
struct OfRow<M, T>(fn(&M) -> &T);

impl<S: Has<M>, M: Model, T: Clone> Read<S, T> for OfRow<M, T> {
    #[inline]
    fn read(&self, view: &View<S>, slot: Option<u32>) -> T {
        let row = slot.and_then(|slot| view.tables.of().row(slot));
        (self.0)(row.expect("a result has a row of the model that is asked")).clone()
    }
}

fn field<S: Has<M>, M: Model, T: Clone + 'static>(get: fn(&M) -> &T) -> (Vec<Hop>, Reader<S, T>) {
    (Vec::new(), Box::new(OfRow(get)))
}

#[diagnostic::do_not_recommend]
impl<S: Has<M>, M: Model, T: Clone + 'static, V: 'static> Column<S> for Field<M, T, V> {
    type Output = T;
    fn reader(self) -> (Vec<Hop>, Reader<S, T>) {
        field(self.get)
    }
}
macro_rules! keyed_fields {
    ($($constant:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S: Has<M>, M: Model, T: Clone + 'static, V: 'static> Column<S> for $constant<M, T, V> {
            type Output = T;
            fn reader(self) -> (Vec<Hop>, Reader<S, T>) {
                field(self.field().get)
            }
        }
    )*};
}
keyed_fields!(Unique, Indexed);
#[diagnostic::do_not_recommend]
impl<S: Has<M>, M: Model, K: KeyField> Column<S> for ForeignKey<M, K> {
    type Output = K;
    fn reader(self) -> (Vec<Hop>, Reader<S, K>) {
        field(self.field.get)
    }
}
#[diagnostic::do_not_recommend]
impl<S: Has<M>, M: Model, K: KeyField> Column<S> for OneToOne<M, K> {
    type Output = K;
    fn reader(self) -> (Vec<Hop>, Reader<S, K>) {
        field(self.field.get)
    }
}

/// What is at the end of a path.
struct AtEnd<L: 'static, V: 'static>(Leaf<L, V>);

impl<S: Has<L>, L: Model, V: Clone + 'static> Read<S, Option<V>> for AtEnd<L, V> {
    #[inline]
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is of one lifetime only")]
    fn read(&self, view: &View<S>, slot: Option<u32>) -> Option<V> {
        self.0.with(view, slot, |value| value.cloned())
    }
}

fn along<S: Has<L>, R: Model, L: Model, V: Clone + 'static>(path: Path<R, L, V>) -> (Vec<Hop>, Reader<S, Option<V>>) {
    (path.hops, Box::new(AtEnd(path.leaf)))
}

#[diagnostic::do_not_recommend]
impl<S: Has<L>, R: Model, L: Model, V: Clone + 'static> Column<S> for Path<R, L, V> {
    type Output = Option<V>;
    fn reader(self) -> (Vec<Hop>, Reader<S, Option<V>>) {
        along(self)
    }
}
macro_rules! relations {
    ($([$($parameter:ident: $bound:path),*] $relation:ty, $to:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S: Has<$to>, $($parameter: $bound),*> Column<S> for $relation {
            type Output = Option<Id<$to>>;
            fn reader(self) -> (Vec<Hop>, Reader<S, Self::Output>) {
                along(self.path())
            }
        }
    )*};
}
relations! {
    [M: Model, K: KeyField] Reverse<ForeignKey<M, K>>, M;
    [M: Model, K: KeyField] Reverse<OneToOne<M, K>>, M;
    [M: Model, T: Model] ManyToMany<M, T>, T;
    [M: Model, T: Model] Reverse<ManyToMany<M, T>>, M;
    [M: Model, T: Model, L: Model] Through<M, T, L>, T;
    [M: Model, T: Model, L: Model] Reverse<Through<M, T, L>>, M;
}

/// A tuple of columns of model `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tuple of columns of `{M}`",
    label = "give a tuple such as `(Book::TITLE, Book::AUTHOR.then(Author::NAME))`; one alone with a comma, `(Book::TITLE,)`"
)]
pub trait Columns<S, M> {
    /// The tuple of their values.
    type Output;
    #[doc(hidden)]
    type Readers;
    #[doc(hidden)]
    fn readers(self) -> (Vec<Vec<Hop>>, Self::Readers);
    #[doc(hidden)]
    fn read(readers: &Self::Readers, view: &View<S>, slots: &[Vec<Option<u32>>]) -> Vec<Self::Output>;
}

/// A tuple of aggregates over rows of model `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tuple of aggregates over `{M}`",
    label = "give a tuple such as `(count(Author::BOOKS), sum(Author::BOOKS.then(Book::PAGES)))`; one alone with a comma"
)]
pub trait Aggregates<'q, S, M> {
    /// The tuple of their results.
    type Output;
    #[doc(hidden)]
    type Converters;
    #[doc(hidden)]
    fn computations(self) -> (Vec<Computation<'q, S>>, Self::Converters);
    #[doc(hidden)]
    fn convert(converters: &Self::Converters, values: &[Value]) -> Self::Output;
}

macro_rules! tuples {
    ($(($($name:ident $place:tt $result:ident),+);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S: Schema, M, $($name: Column<S, Root = M>),+> Columns<S, M> for ($($name,)+) {
            type Output = ($($name::Output,)+);
            type Readers = ($(Reader<S, $name::Output>,)+);
            fn readers(self) -> (Vec<Vec<Hop>>, Self::Readers) {
                let mut hops = Vec::new();
                let readers = ($({
                    let (path, reader) = self.$place.reader();
                    hops.push(path);
                    reader
                },)+);
                (hops, readers)
            }
            fn read(readers: &Self::Readers, view: &View<S>, slots: &[Vec<Option<u32>>]) -> Vec<Self::Output> {
                let count = slots[0].len();
                let columns = ($({
                    let mut values = Vec::with_capacity(count);
                    readers.$place.read_all(view, &slots[$place], &mut values);
                    values
                },)+);
                let mut columns = ($(columns.$place.into_iter(),)+);
                let mut tuples = Vec::with_capacity(count);
                tuples.extend(core::iter::from_fn(|| Some(($(columns.$place.next()?,)+))));
                tuples
            }
        }
        #[diagnostic::do_not_recommend]
        impl<'q, S, M, $($result),+> Aggregates<'q, S, M> for ($(Aggregate<'q, S, M, $result>,)+) {
            type Output = ($($result,)+);
            type Converters = ($(fn(Value) -> $result,)+);
            fn computations(self) -> (Vec<Computation<'q, S>>, Self::Converters) {
                let converters = ($(self.$place.convert,)+);
                (alloc::vec![$(self.$place.computation),+], converters)
            }
            fn convert(converters: &Self::Converters, values: &[Value]) -> Self::Output {
                ($((converters.$place)(values[$place].clone()),)+)
            }
        }
    )*};
}
tuples! {
    (A 0 U);
    (A 0 U, B 1 V);
    (A 0 U, B 1 V, C 2 W);
    (A 0 U, B 1 V, C 2 W, D 3 X);
    (A 0 U, B 1 V, C 2 W, D 3 X, E 4 Y);
    (A 0 U, B 1 V, C 2 W, D 3 X, E 4 Y, F 5 Z);
}

/// Reads the columns of results, a block at a time. O(results).
pub(crate) fn read_in_blocks<S: Schema, M, C: Columns<S, M>>(
    view: &View<S>,
    (places, readers): (&[Located], &C::Readers),
    (found, results): (&Found, &[usize]),
    mut take: impl FnMut(&[usize], Vec<C::Output>),
) {
    let mut slots = alloc::vec![Vec::with_capacity(LANES); places.len()];
    for block in results.chunks(LANES) {
        for (at, slots) in places.iter().zip(&mut slots) {
            slots.clear();
            slots.extend(block.iter().map(|&result| at.slot(&view.engine, found.binding(result))));
        }
        take(block, C::read(readers, view, &slots));
    }
}
