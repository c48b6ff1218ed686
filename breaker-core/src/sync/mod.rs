//! The standard library's atomics, locks and thread-locals or loom's; what is made once; shards,
//! and counters that threads raise without waiting for each other.

pub(crate) mod atomic;
pub(crate) mod counter;
pub(crate) mod once;
pub(crate) mod shard;
