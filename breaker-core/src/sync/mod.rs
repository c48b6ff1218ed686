//! The standard library's atomics or loom's, and counters that threads raise without waiting
//! for each other.

pub(crate) mod atomic;
pub(crate) mod counter;
pub(crate) mod shard;
