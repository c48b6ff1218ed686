//! The standard library's atomics, locks and thread-locals or loom's; shards, and counters
//! that threads raise without waiting for each other.

pub(crate) mod atomic;
pub(crate) mod counter;
pub(crate) mod shard;
