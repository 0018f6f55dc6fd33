//! Places of a model's relations in the key records, as constants of the compiler.

use core::marker::PhantomData;

use crate::catalog::layout::{TABLED, key_heads, key_offsets, link_heads};
use crate::catalog::{Catalog, Side};
use crate::model::Model;
use crate::table::Has;

/// The relations that model `M` declares, in schema `S`.
///
/// A relation's constant names its ordinal, so that what is here folds into a number: a typed read asks no catalog.
pub(super) struct Layout<S, M>(PhantomData<(S, M)>);

impl<S: Has<M>, M: Model> Layout<S, M> {
    const KEY_OFFSETS: [u16; TABLED] = key_offsets(S::MODELS, S::MODEL);
    const KEY_HEADS: [u16; TABLED] = key_heads(S::MODELS, S::MODEL);
    const SOURCE_HEADS: [u16; TABLED] = link_heads(S::MODELS, S::MODEL, Side::Source);
    const TARGET_HEADS: [u16; TABLED] = link_heads(S::MODELS, S::MODEL, Side::Target);

    /// Offset of a key in the records of its rows. O(1).
    #[inline]
    pub(super) fn key_offset(catalog: &Catalog, ordinal: u16) -> usize {
        match Self::KEY_OFFSETS.get(usize::from(ordinal)) {
            Some(&offset) => offset.into(),
            None => catalog.relations()[catalog.models()[S::MODEL].first_relation + usize::from(ordinal)].offset,
        }
    }

    /// Offset of the head of a key's reverse set in its target's records. O(1).
    #[inline]
    pub(super) fn key_head(catalog: &Catalog, ordinal: u16) -> usize {
        match Self::KEY_HEADS.get(usize::from(ordinal)) {
            Some(&head) => head.into(),
            None => catalog.relations()[catalog.models()[S::MODEL].first_relation + usize::from(ordinal)].head,
        }
    }

    /// Offset of the head of one end's list. O(1).
    #[inline]
    pub(super) fn link_head(catalog: &Catalog, ordinal: u16, side: Side) -> usize {
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
