//! The record that processes share about one breaker, and its changes. Pure: no clock, no atomics,
//! no input or output. A store keeps the record, reads it, and swaps in the result of [`step()`];
//! `breaker-host` keeps it in a file.
//!
//! A record is closed, with failures in a row, or open until a moment. Half-open is never stored: a
//! process that probes pushes the moment out by the length of its lease, and no other may probe
//! before. So time heals all that a dead process leaves behind.
//!
//! Each change of shape and each lease raises the epoch. A [`Stamp`] names the record as a process
//! knew it when its call began, and an outcome counts only if the record has not gone on since:
//!
//! - A failure or a success of a closed breaker counts in its own epoch.
//! - The outcome of a probe counts while the open lasts in which its lease was granted, even after
//!   the lease has run out: so a service whose calls take longer than a lease can recover.
//!
//! Moments are milliseconds of the store's clock since 1970, never a monotonic reading: processes
//! and reboots must agree on them. A clock that goes back cannot hold a record open: see
//! [`Record::remaining`].
//!
//! Not for users: may change in any release.

mod bytes;
mod record;
mod step;

pub use bytes::{RECORD_BYTES, digest};
pub use record::{LONGEST, Record, Shape, Stamp, WAVERING_MS};
pub use step::{Effect, Event, step};
