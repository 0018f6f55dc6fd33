//! Places of a model's relations in the key records, as constants of the compiler.

use core::marker::PhantomData;

use crate::catalog::layout::{TABLED, first_link, first_relation, key_places, link_places};
use crate::catalog::{Catalog, KeyPlace, LinkPlace};
use crate::model::Model;
use crate::table::Has;

/// The relations that model `M` declares, in schema `S`.
///
/// A relation's constant names its ordinal, so that what is here folds into a number: a typed read asks no catalog.
pub(crate) struct Layout<S, M>(PhantomData<(S, M)>);

impl<S: Has<M>, M: Model> Layout<S, M> {
    const KEYS: [KeyPlace; TABLED] = key_places(S::MODELS, S::MODEL);
    const FIRST_RELATION: u16 = first_relation(S::MODELS, S::MODEL);
    const LINKS: [LinkPlace; TABLED] = link_places(S::MODELS, S::MODEL);
    const FIRST_LINK: usize = first_link(S::MODELS, S::MODEL);

    /// Where a key lies. O(1).
    #[inline]
    pub(crate) fn key(catalog: &Catalog, ordinal: u16) -> KeyPlace {
        match Self::KEYS.get(usize::from(ordinal)) {
            Some(&place) => place,
            None => catalog.relations()[catalog.models()[S::MODEL].first_relation + usize::from(ordinal)].place,
        }
    }

    /// A key's place among the relations of the schema. O(1).
    #[inline]
    pub(crate) fn relation(ordinal: u16) -> u16 {
        Self::FIRST_RELATION + ordinal
    }

    /// Where the lists of a link lie. O(1).
    #[inline]
    pub(crate) fn link(catalog: &Catalog, ordinal: u16) -> LinkPlace {
        match Self::LINKS.get(usize::from(ordinal)) {
            Some(&place) => place,
            None => catalog.links()[Self::link_number(ordinal)].place,
        }
    }

    /// A link's place among those of the schema. O(1).
    #[inline]
    pub(crate) fn link_number(ordinal: u16) -> usize {
        Self::FIRST_LINK + usize::from(ordinal)
    }
}
