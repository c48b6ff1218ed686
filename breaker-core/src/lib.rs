//! The core of the [`breakerbox`](https://docs.rs/breakerbox) crate: circuit
//! breakers, the registry that holds them, and the permits they give.
//!
//! Most programs use it through the attribute of `breakerbox`. By itself it
//! serves where an attribute does not fit: a breaker in a `static` or a field,
//! a closure, or a call that is judged only at its end.
//!
//! How it works, from the bottom up: the private modules `word` (the layout of
//! the one word that decides), `step` (the state machine, pure), `cell` (the
//! loop that applies it), `lease` (since when each probe is out).

// A model build leaves out what takes no part in a race.
#![cfg_attr(breaker_loom, allow(dead_code, unreachable_pub))]

mod breaker;
mod call;
mod clock;
mod config;
mod error;
mod event;
mod name;
mod outcome;
#[cfg(not(breaker_loom))]
mod registry;
mod state;
mod sync;
#[cfg(all(feature = "testing", not(breaker_loom)))]
pub mod testing;
mod window;

pub use breaker::control::Isolation;
pub use breaker::snapshot::Snapshot;
pub use breaker::{Breaker, BreakerRef};
pub use call::future::Call;
pub use call::permit::Permit;
pub use clock::{Clock, ManualClock};
pub use config::{Config, ConfigBuilder, ConfigError, Window, rules};
pub use error::BreakerError;
pub use event::subscription::Subscription;
pub use event::{Event, EventKind, Reason};
pub use name::{Name, NameError};
pub use outcome::{Cause, Guardable, Outcome, Verdict};
#[cfg(not(breaker_loom))]
pub use registry::{Conflict, Registry, RegistryError};
pub use state::State;

#[doc(hidden)]
#[cfg(not(breaker_loom))]
pub mod expansion;
