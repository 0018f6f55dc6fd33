//! Places of a model's relations in the key records, as constants of the compiler.

use core::marker::PhantomData;

use crate::catalog::layout::{TABLED, first_relation, key_places, link_heads};
use crate::catalog::{Catalog, KeyPlace, Side};
use crate::model::Model;
use crate::table::Has;

/// The relations that model `M` declares, in schema `S`.
///
/// A relation's constant names its ordinal, so that what is here folds into a number: a typed read asks no catalog.
pub(crate) struct Layout<S, M>(PhantomData<(S, M)>);

impl<S: Has<M>, M: Model> Layout<S, M> {
    const KEYS: [KeyPlace; TABLED] = key_places(S::MODELS, S::MODEL);
    const FIRST_RELATION: u16 = first_relation(S::MODELS, S::MODEL);
    const SOURCE_HEADS: [u16; TABLED] = link_heads(S::MODELS, S::MODEL, Side::Source);
    const TARGET_HEADS: [u16; TABLED] = link_heads(S::MODELS, S::MODEL, Side::Target);

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

    /// Offset of the head of one end's list. O(1).
    #[inline]
    pub(crate) fn link_head(catalog: &Catalog, ordinal: u16, side: Side) -> usize {
        let heads = match side {
            Side::Source => &Self::SOURCE_HEADS,
            Side::Target => &Self::TARGET_HEADS,
        };
        match heads.get(usize::from(ordinal)) {
            Some(&head) => head.into(),
            None => catalog.adjacency(catalog.models()[S::MODEL].first_link + usize::from(ordinal), side).head,
        }
    }
}
