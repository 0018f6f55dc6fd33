//! What statements end in, in terms that the store and the reference share.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::Label;

/// A reference from a row: key, source, target.
pub(crate) type Pointer = (String, Label, Label);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    RowNotFound,
    ForeignKey,
    Check,
    Unique,
    /// A delete whose rewritten keys break rules of both kinds, in no fixed order.
    CheckOrUnique,
    Protected(BTreeSet<Pointer>),
    Restricted(BTreeSet<Pointer>),
    SubstituteNotNamed,
    Dangling(BTreeSet<Pointer>),
    NotReserved,
    OutsideTransaction,
}

/// What a statement did: new rows, changed links, deleted rows and links by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) created: Vec<Label>,
    pub(crate) added: usize,
    pub(crate) removed: usize,
    pub(crate) deleted: BTreeMap<String, usize>,
}
