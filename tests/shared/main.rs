//! The record that processes share, without a store: every interleaving of three small actors, and
//! random ones of more; calls as long as a lease; bytes of all kinds.
//!
//! The functions are those of `breaker_core::shared`, which `breaker-host` keeps in a file.

mod bytes;
mod lease;
mod random;
mod rules;
mod steps;
mod world;
