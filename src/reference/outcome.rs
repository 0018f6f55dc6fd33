//! What statements end in, in terms that the reference, a store and a program under test share.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::RelationName;
use crate::operation::Label;

/// A reference from a row to another, by labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer {
    /// The key.
    pub relation: RelationName,
    /// The row that points.
    pub source: Label,
    /// The row pointed at.
    pub target: Label,
}

/// Why a statement or commit is refused. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The row that the statement works on is gone.
    RowNotFound,
    /// A required field was given null, or left out without a default.
    Null,
    /// A value does not fit its field.
    WrongType,
    /// A written reference names a row that is gone.
    DanglingTarget,
    /// A check is false for a row.
    Check,
    /// Two rows have the same in a unique rule, or name the same row by a one-to-one key.
    Unique,
    /// A delete whose rewritten keys break rules of both kinds, in no fixed order.
    CheckOrUnique,
    /// A delete would take what these keys protect.
    Protected(BTreeSet<Pointer>),
    /// A delete would take what these keys restrict.
    Restricted(BTreeSet<Pointer>),
    /// A delete needs a substitute that nobody named.
    SubstituteNotNamed,
    /// A substitute was named for a key that never needs one.
    NeedsNoSubstitute,
    /// References point at nothing when the outermost transaction ends.
    Dangling(BTreeSet<Pointer>),
    /// The id is not reserved in this transaction.
    NotReserved,
    /// Reserved outside a transaction.
    OutsideTransaction,
}

impl Refusal {
    /// The refusal without what it names. O(1).
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RowNotFound => "RowNotFound",
            Self::Null => "Null",
            Self::WrongType => "WrongType",
            Self::DanglingTarget => "DanglingTarget",
            Self::Check => "Check",
            Self::Unique => "Unique",
            Self::CheckOrUnique => "CheckOrUnique",
            Self::Protected(_) => "Protected",
            Self::Restricted(_) => "Restricted",
            Self::SubstituteNotNamed => "SubstituteNotNamed",
            Self::NeedsNoSubstitute => "NeedsNoSubstitute",
            Self::Dangling(_) => "Dangling",
            Self::NotReserved => "NotReserved",
            Self::OutsideTransaction => "OutsideTransaction",
        }
    }

    /// Whether the two are the same refusal, where one may leave open which of two rules was broken.
    pub fn agrees(&self, other: &Self) -> bool {
        let leaves_open = |one: &Self, other: &Self| {
            *one == Self::CheckOrUnique && matches!(other, Self::Check | Self::Unique | Self::CheckOrUnique)
        };
        self == other || leaves_open(self, other) || leaves_open(other, self)
    }
}

/// What a statement did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// New rows and reserved ids, also rows of through models, in order.
    pub created: Vec<Label>,
    /// Links that are new.
    pub added: usize,
    /// Links that are gone.
    pub removed: usize,
    /// Deleted rows by model, and links by relation; only those of which one went.
    pub deleted: BTreeMap<String, usize>,
}
