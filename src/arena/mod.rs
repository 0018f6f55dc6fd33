//! Storage without meaning: pages, slots with generations, lists of words, hash indexes.
//!
//! Nothing in here knows models, relations or rows' types beyond "some `T`". Everything grows by a shard or a bounded
//! number of pages, so that no single insert copies everything.

pub(crate) mod entries;
pub(crate) mod hash_index;
pub(crate) mod lists;
pub(crate) mod page;
pub(crate) mod rows;
pub(crate) mod slots;
pub(crate) mod words;
