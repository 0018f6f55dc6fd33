//! Storage without meaning: pages, slots with generations, lists of words, indexes by hash and by order.
//!
//! Nothing in here knows models, relations or rows' types beyond "some `T`". Everything grows by a shard or a bounded
//! number of pages, so that no single insert copies everything.

pub(crate) mod block;
pub(crate) mod buckets;
pub(crate) mod entries;
pub(crate) mod groups;
pub(crate) mod hash_index;
pub(crate) mod in_order;
pub(crate) mod lists;
pub(crate) mod number;
pub(crate) mod ordered;
pub(crate) mod page;
pub(crate) mod rows;
pub(crate) mod slots;
mod storage;
pub(crate) mod words;
