//! What unique rules and hash indexes are looked up by: constants of single fields, and those of several fields.

use core::borrow::Borrow;
use core::hash::{Hash, Hasher};

use super::{Indexed, Model, Unique};

/// What [`View::by`](crate::View::by) looks up by a `Q`: a unique field by a reference to a value, a unique rule of several
/// fields by a tuple of references.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing unique that a row can be looked up by",
    label = "takes a `#[unique]` field and `&value`, or a `#[unique_together]` constant and a tuple such as `(&author, \"Solaris\")`"
)]
pub trait UniqueKey<Q>: Copy {
    /// The model whose rows are looked up.
    type Model: Model;
    #[doc(hidden)]
    fn constraint(self) -> usize;
    #[doc(hidden)]
    fn hash<H: Hasher>(self, looked_up: &Q, state: &mut H);
    #[doc(hidden)]
    fn is_same(self, row: &Self::Model, looked_up: &Q) -> bool;
}

/// What [`View::rows_by`](crate::View::rows_by) looks up by a `Q`: an indexed field by a reference to a value, an index of
/// several fields by a tuple of references.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no index that rows can be looked up in",
    label = "takes an `#[index]` field and `&value`, or the constant of an `#[index(city, street)]` and a tuple such as `(\"Rome\", &7)`"
)]
pub trait IndexKey<Q>: Copy {
    /// The model whose rows are looked up.
    type Model: Model;
    #[doc(hidden)]
    fn index(self) -> usize;
    #[doc(hidden)]
    fn hash<H: Hasher>(self, looked_up: &Q, state: &mut H);
    #[doc(hidden)]
    fn is_same(self, row: &Self::Model, looked_up: &Q) -> bool;
    /// Whether two rows have the same, of which one has what is looked up.
    #[doc(hidden)]
    fn is_like(self, row: &Self::Model, other: &Self::Model) -> bool;
}

macro_rules! keys {
    ($($key:ident $place:ident $one:ident $several:ident $number:ident $(, $is_like:ident)?;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, T, V: Borrow<Q>, Q: Hash + Eq + ?Sized> $key<&Q> for $one<M, T, V> {
            type Model = M;
            #[inline]
            fn $place(self) -> usize {
                self.$number.into()
            }
            #[inline]
            fn hash<H: Hasher>(self, looked_up: &&Q, state: &mut H) {
                Hash::hash(*looked_up, state);
            }
            #[inline]
            fn is_same(self, row: &M, looked_up: &&Q) -> bool {
                (self.field.reads.value)(row).is_some_and(|own| own.borrow() == *looked_up)
            }
            $(#[inline]
            fn $is_like(self, row: &M, other: &M) -> bool {
                let value = self.field.reads.value;
                value(row).zip(value(other)).is_some_and(|(own, other)| own.borrow() == other.borrow())
            })?
        }
        #[diagnostic::do_not_recommend]
        impl<M: Model, V: Together + 'static, Q: LookedUp<V>> $key<Q> for $several<M, V> {
            type Model = M;
            #[inline]
            fn $place(self) -> usize {
                self.$number.into()
            }
            #[inline]
            fn hash<H: Hasher>(self, looked_up: &Q, state: &mut H) {
                looked_up.hash(state);
            }
            #[inline]
            fn is_same(self, row: &M, looked_up: &Q) -> bool {
                (self.values)(row).is_some_and(|own| looked_up.is_same(own))
            }
            $(#[inline]
            fn $is_like(self, row: &M, other: &M) -> bool {
                (self.values)(row).zip((self.values)(other)).is_some_and(|(own, other)| Q::are_same(own, other))
            })?
        }
    )*};
}
keys! {
    UniqueKey constraint Unique UniqueTogether constraint;
    IndexKey index Indexed IndexedTogether index, is_like;
}

/// Values of several fields.
pub trait Together {
    /// A reference to each of them.
    type Refs<'r>
    where
        Self: 'r;
}

/// What values of several fields are looked up by: a tuple with a reference to each.
#[diagnostic::on_unimplemented(
    message = "fields of types `{V}` are not looked up by `{Self}`",
    label = "give a tuple with a reference for each field, such as `(&author, \"Solaris\")`"
)]
pub trait LookedUp<V: Together> {
    #[doc(hidden)]
    fn hash<H: Hasher>(&self, state: &mut H);
    #[doc(hidden)]
    fn is_same(&self, own: V::Refs<'_>) -> bool;
    #[doc(hidden)]
    fn are_same(one: V::Refs<'_>, other: V::Refs<'_>) -> bool;
}

/// A unique rule of several fields, `#[unique_together(author, title)]`, by the name `AUTHOR_TITLE`.
pub struct UniqueTogether<M, V: Together + 'static> {
    pub(crate) values: for<'r> fn(&'r M) -> Option<V::Refs<'r>>,
    pub(crate) constraint: u16,
}

/// A hash index of several fields, `#[index(city, street)]`, by the name `CITY_STREET`.
pub struct IndexedTogether<M, V: Together + 'static> {
    pub(crate) values: for<'r> fn(&'r M) -> Option<V::Refs<'r>>,
    pub(crate) index: u16,
}

impl<M, V: Together> UniqueTogether<M, V> {
    #[doc(hidden)]
    pub const fn new(values: for<'r> fn(&'r M) -> Option<V::Refs<'r>>, constraint: u16) -> Self {
        Self { values, constraint }
    }
}
impl<M, V: Together> IndexedTogether<M, V> {
    #[doc(hidden)]
    pub const fn new(values: for<'r> fn(&'r M) -> Option<V::Refs<'r>>, index: u16) -> Self {
        Self { values, index }
    }
}

impl<M, V: Together> Clone for UniqueTogether<M, V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, V: Together> Copy for UniqueTogether<M, V> {}
impl<M, V: Together> Clone for IndexedTogether<M, V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, V: Together> Copy for IndexedTogether<M, V> {}

macro_rules! together {
    ($(($($own:ident $by:ident $place:tt),+);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($own),+> Together for ($($own,)+) {
            type Refs<'r> = ($(&'r $own,)+) where Self: 'r;
        }
        #[diagnostic::do_not_recommend]
        impl<$($own: Borrow<$by>, $by: Hash + Eq + ?Sized),+> LookedUp<($($own,)+)> for ($(&$by,)+) {
            #[inline]
            fn hash<State: Hasher>(&self, state: &mut State) {
                $(Hash::hash(self.$place, state);)+
            }
            #[inline]
            fn is_same(&self, own: ($(&$own,)+)) -> bool {
                $(own.$place.borrow() == self.$place)&&+
            }
            #[inline]
            fn are_same(one: ($(&$own,)+), other: ($(&$own,)+)) -> bool {
                $(one.$place.borrow() == other.$place.borrow())&&+
            }
        }
    )*};
}
together! {
    (A P 0, B Q 1);
    (A P 0, B Q 1, C R 2);
    (A P 0, B Q 1, C R 2, D S 3);
}
