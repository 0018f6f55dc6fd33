//! Following relations: what each constant leads to, by its type.

use alloc::vec::Vec;

use super::layout::Layout;
use super::{Row, View};
use crate::arena::entries::Entries;
use crate::catalog::{Catalog, LinkPlace, LinkStorage, Side};
use crate::id::{Id, RawId};
use crate::model::{ForeignKey, KeyField, ManyToMany, Model, OneToOne, Reverse, Through};
use crate::relation::{self, Target};
use crate::table::{Has, Schema};

/// A relation that can be followed in schema `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation that can be followed in `{S}`",
    label = "not a relation of this schema",
    note = "follow a key or its other end, such as `Book::AUTHOR` or `Author::BOOKS`; read a field from the row: `db[id].title`"
)]
pub trait Relation<S: Schema>: Copy {
    /// The model that the relation starts at.
    type From: Model;
    /// The model that it leads to.
    type To: Model;
    /// A row, an optional row or an iterator of rows.
    type Answer<'a>;
    #[doc(hidden)]
    fn follow(self, view: &View<S>, slot: u32) -> Self::Answer<'_>;
}

/// What following a key of this type answers: `Id<T>` a row, `Option<Id<T>>` an optional row.
pub trait FollowForward<S: Schema>: KeyField {
    /// A row or an optional row.
    type Answer<'a>;
    #[doc(hidden)]
    fn answer(view: &View<S>, slot: Option<u32>) -> Self::Answer<'_>;
}

impl<S: Has<T>, T: Model> FollowForward<S> for Id<T> {
    type Answer<'a> = Row<'a, S, T>;

    #[track_caller]
    #[inline]
    fn answer(view: &View<S>, slot: Option<u32>) -> Row<'_, S, T> {
        match slot {
            Some(slot) => Row::at(view, slot),
            None => panic!("a required key to {} dangles until the transaction mends it", T::DESCRIPTOR.name),
        }
    }
}

impl<S: Has<T>, T: Model> FollowForward<S> for Option<Id<T>> {
    type Answer<'a> = Option<Row<'a, S, T>>;

    #[inline]
    fn answer(view: &View<S>, slot: Option<u32>) -> Option<Row<'_, S, T>> {
        slot.map(|slot| Row::at(view, slot))
    }
}

macro_rules! forward {
    ($($constant:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S, M, K> Relation<S> for $constant<M, K>
        where
            S: Has<M> + Has<K::Target>,
            M: Model,
            K: FollowForward<S>,
        {
            type From = M;
            type To = K::Target;
            type Answer<'a> = K::Answer<'a>;

            #[track_caller]
            #[inline]
            fn follow(self, view: &View<S>, slot: u32) -> Self::Answer<'_> {
                let key = Layout::<S, M>::key(view.catalog(), self.ordinal);
                K::answer(view, view.engine.relations.target_at(<S as Has<M>>::MODEL, key.offset(), slot))
            }
        }
    )*};
}
forward!(ForeignKey, OneToOne);

#[diagnostic::do_not_recommend]
impl<S, M, K> Relation<S> for Reverse<ForeignKey<M, K>>
where
    S: Has<M> + Has<K::Target>,
    M: Model,
    K: KeyField,
{
    type From = K::Target;
    type To = M;
    type Answer<'a> = Sources<'a, S, M>;

    #[inline]
    fn follow(self, view: &View<S>, slot: u32) -> Sources<'_, S, M> {
        let head = Layout::<S, M>::key(view.catalog(), self.0.ordinal).head();
        let slots = view.engine.relations.list_at(<S as Has<K::Target>>::MODEL, head, slot);
        Sources { view, slots, rows: core::marker::PhantomData }
    }
}

#[diagnostic::do_not_recommend]
impl<S, M, K> Relation<S> for Reverse<OneToOne<M, K>>
where
    S: Has<M> + Has<K::Target>,
    M: Model,
    K: KeyField,
{
    type From = K::Target;
    type To = M;
    type Answer<'a> = Option<Row<'a, S, M>>;

    #[inline]
    fn follow(self, view: &View<S>, slot: u32) -> Option<Row<'_, S, M>> {
        let head = Layout::<S, M>::key(view.catalog(), self.0.ordinal).head();
        view.engine.relations.target_at(<S as Has<K::Target>>::MODEL, head, slot).map(|slot| Row::at(view, slot))
    }
}

/// A many-to-many relation, seen from one end.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a many-to-many relation of `{S}`",
    label = "not a many-to-many relation",
    note = "declare one with `#[many_to_many(NAME: Target, reverse = NAME)]`; foreign keys are set with `set`"
)]
pub trait Linkable<S: Schema>: Copy {
    /// The model of this end.
    type From: Model;
    /// The model of the other end.
    type To: Model;
    #[doc(hidden)]
    const SIDE: Side;
    #[doc(hidden)]
    fn place(self) -> usize;
    /// Where the two lists lie, if the store keeps the links itself.
    #[doc(hidden)]
    fn lists(self, catalog: &Catalog) -> Option<LinkPlace>;

    #[doc(hidden)]
    #[inline]
    fn is_linked(self, view: &View<S>, from: RawId, to: RawId) -> bool
    where
        S: Has<Self::From> + Has<Self::To>,
    {
        let link = self.place();
        let (source, target) = match Self::SIDE {
            Side::Source => (from, to),
            Side::Target => (to, from),
        };
        if let Some(lists) = self.lists(view.catalog()) {
            return view.engine.relations.is_linked(link, lists, source, target);
        }
        let LinkStorage::Through { source_key, target_key } = view.engine.catalog.links()[link].storage else {
            unreachable!("links that are no rows have lists")
        };
        if !view.contains::<Self::From>(Id::from_raw(from)) || !view.contains::<Self::To>(Id::from_raw(to)) {
            return false;
        }
        let relations = view.engine.catalog.relations();
        let (here, there) = match Self::SIDE {
            Side::Source => (&relations[source_key], &relations[target_key]),
            Side::Target => (&relations[target_key], &relations[source_key]),
        };
        let mut rows = view.engine.relations.sources(here, from.slot());
        rows.any(|row| view.engine.relations.target(there, row) == Target::Slot(to.slot()))
    }
}

macro_rules! linkable {
    ($([$($parameter:ident),*] $relation:ty, $from:ident, $to:ident, $side:expr, $kept:expr, $ordinal:ident => $place:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S: Has<M> + Has<T>, $($parameter: Model),*> Linkable<S> for $relation {
            type From = $from;
            type To = $to;
            const SIDE: Side = $side;

            #[inline]
            fn place(self) -> usize {
                let $ordinal = self;
                Layout::<S, M>::link_number($place)
            }

            #[inline]
            fn lists(self, catalog: &Catalog) -> Option<LinkPlace> {
                let $ordinal = self;
                $kept.then(|| Layout::<S, M>::link(catalog, $place))
            }
        }
    )*};
}
linkable! {
    [M, T] ManyToMany<M, T>, M, T, Side::Source, true, link => link.ordinal;
    [M, T] Reverse<ManyToMany<M, T>>, T, M, Side::Target, true, link => link.0.ordinal;
    [M, T, L] Through<M, T, L>, M, T, Side::Source, false, link => link.ordinal;
    [M, T, L] Reverse<Through<M, T, L>>, T, M, Side::Target, false, link => link.0.ordinal;
}

/// A many-to-many relation whose links the store keeps: `link` and `set_links` take it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no links of its own",
    label = "its links are rows of a through model, or it has none",
    note = "with a through model use `link_with` and `set_links_with`, which make its rows; a key is changed with `set`"
)]
pub trait DirectLinkable<S: Schema>: Linkable<S> {}
#[diagnostic::do_not_recommend]
impl<S: Has<M> + Has<T>, M: Model, T: Model> DirectLinkable<S> for ManyToMany<M, T> {}
#[diagnostic::do_not_recommend]
impl<S: Has<M> + Has<T>, M: Model, T: Model> DirectLinkable<S> for Reverse<ManyToMany<M, T>> {}

/// A many-to-many relation whose links are rows of a through model: `link_with` and `set_links_with` take it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no through model",
    label = "the store keeps its links itself, or it has none",
    note = "without a through model use `link` and `set_links`; a key is changed with `set`"
)]
pub trait ThroughLinkable<S: Schema>: Linkable<S> {
    /// The through model.
    type Through: Model;
}
#[diagnostic::do_not_recommend]
impl<S: Has<M> + Has<T>, M: Model, T: Model, L: Model> ThroughLinkable<S> for Through<M, T, L> {
    type Through = L;
}
#[diagnostic::do_not_recommend]
impl<S: Has<M> + Has<T>, M: Model, T: Model, L: Model> ThroughLinkable<S> for Reverse<Through<M, T, L>> {
    type Through = L;
}

macro_rules! many_to_many {
    ($($relation:ty, $from:ident, $to:ident, $link:ident => $ordinal:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S: Has<M> + Has<T>, M: Model, T: Model> Relation<S> for $relation {
            type From = $from;
            type To = $to;
            type Answer<'a> = Neighbours<'a, S, $to>;

            #[inline]
            fn follow(self, view: &View<S>, slot: u32) -> Neighbours<'_, S, $to> {
                let $link = self;
                let head = Layout::<S, M>::link(view.catalog(), $ordinal).head(<Self as Linkable<S>>::SIDE);
                let slots = view.engine.relations.list_at(<S as Has<$from>>::MODEL, head, slot);
                Neighbours { view, slots, rows: core::marker::PhantomData }
            }
        }
    )*};
}
many_to_many! {
    ManyToMany<M, T>, M, T, link => link.ordinal;
    Reverse<ManyToMany<M, T>>, T, M, link => link.0.ordinal;
}

macro_rules! through {
    ($($relation:ty, $from:ident, $to:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S: Has<M> + Has<T> + Has<L>, M: Model, T: Model, L: Model> Relation<S> for $relation {
            type From = $from;
            type To = $to;
            type Answer<'a> = ThroughRows<'a, S, $to>;

            #[inline]
            fn follow(self, view: &View<S>, slot: u32) -> ThroughRows<'_, S, $to> {
                let (engine, link) = (&view.engine, Linkable::<S>::place(self));
                let LinkStorage::Through { source_key, target_key } = engine.catalog.links()[link].storage else {
                    unreachable!("the derive writes `Through` for relations with a through model only")
                };
                let (here, there) = match <Self as Linkable<S>>::SIDE {
                    Side::Source => (source_key, target_key),
                    Side::Target => (target_key, source_key),
                };
                let slots = engine.relations.sources(&engine.catalog.relations()[here], slot);
                ThroughRows { view, slots, there, rows: core::marker::PhantomData }
            }
        }
    )*};
}
through! {
    Through<M, T, L>, M, T;
    Reverse<Through<M, T, L>>, T, M;
}

macro_rules! row_iterator {
    (
        $(#[$doc:meta])* $name:ident over $slots:ty { $($extra:ident: $type:ty)? }
        least $least:expr, leads |$view:ident, $slot:ident| $leads:expr
    ) => {
        $(#[$doc])*
        pub struct $name<'a, S, M> {
            view: &'a View<S>,
            slots: $slots,
            $($extra: $type,)?
            rows: core::marker::PhantomData<&'a M>,
        }

        impl<'a, S: Has<M>, M: Model> $name<'a, S, M> {
            /// Whether no row is left. O(1); with a through model O(link rows without the other end).
            pub fn is_empty(&self) -> bool {
                self.clone().next().is_none()
            }

            /// The ids of the rows that are left, as owned data: ends the borrow, so that the store can be written.
            /// O(rows).
            pub fn ids(self) -> Vec<Id<M>> {
                self.map(|row| row.id()).collect()
            }
        }

        impl<S, M> Clone for $name<'_, S, M> {
            fn clone(&self) -> Self {
                Self { view: self.view, slots: self.slots.clone(), $($extra: self.$extra,)? rows: self.rows }
            }
        }

        impl<'a, S: Has<M>, M: Model> Iterator for $name<'a, S, M> {
            type Item = Row<'a, S, M>;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                let $view = self.view;
                $(let $extra = self.$extra;)?
                self.slots.find_map(|$slot| $leads).map(|slot| Row::at($view, slot))
            }

            #[inline]
            fn fold<B, F: FnMut(B, Self::Item) -> B>(self, start: B, mut step: F) -> B {
                let $view = self.view;
                $(let $extra = self.$extra;)?
                self.slots.fold(start, |folded, $slot| match $leads {
                    Some(slot) => step(folded, Row::at($view, slot)),
                    None => folded,
                })
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let (slots, most) = self.slots.size_hint();
                ($least(slots), most)
            }
        }
    };
}

row_iterator! {
    /// Rows that point at a row through a foreign key, in the order of their set: insertion order until a removal,
    /// deterministic after.
    Sources over Entries<'a, 1> {} least |slots| slots, leads |view, slot| Some(slot)
}
row_iterator! {
    /// Rows linked with a row, in the order of its list: insertion order until a removal, deterministic after.
    Neighbours over Entries<'a, 2> {} least |slots| slots, leads |view, slot| Some(slot)
}
row_iterator! {
    /// Rows linked with a row by rows of a through model, in the order of those; a row comes once for each of them. Link
    /// rows without another end are passed over, so that the number of rows is not known before.
    ThroughRows over relation::Sources<'a> { there: usize } least |_| 0, leads |view, row| {
        match view.engine.relations.target(&view.engine.catalog.relations()[there], row) {
            Target::Slot(slot) => Some(slot),
            Target::Null | Target::Dangling => None,
        }
    }
}

impl<S: Has<M>, M: Model> ExactSizeIterator for Sources<'_, S, M> {}
impl<S: Has<M>, M: Model> ExactSizeIterator for Neighbours<'_, S, M> {}
