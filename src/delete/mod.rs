//! Deletes: collect, check, apply.
//!
//! The rule is Django's (`django/db/models/deletion.py`, `Collector`): the doomed rows are the named ones plus, repeatedly,
//! every row with a cascading key to a doomed row; `protect` always blocks, `restrict` only if the referrer stays; what is
//! neither doomed nor blocking gets its key rewritten. A worklist, never recursion. Planning reads only, applying cannot
//! fail (I7).

mod apply;
mod collect;
mod doomed;
mod marks;
mod plan;
mod report;

pub(crate) use apply::{delete, retire_alone};
pub(crate) use doomed::DoomedRows;
pub use plan::{DeletePlan, KeyChange, LinkCut};
pub use report::DeleteReport;
