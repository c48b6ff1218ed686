//! Atomics, locks and thread-locals, from the standard library or loom; values made once; shards,
//! and counters that threads raise without waiting for each other.

pub(crate) mod atomic;
pub(crate) mod counter;
pub(crate) mod once;
pub(crate) mod shard;
