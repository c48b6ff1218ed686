//! The core of the [`breakerbox`](https://docs.rs/breakerbox) crate: circuit
//! breakers, the registry that holds them, and the permits they give.
//!
//! Most programs use it through the attribute of `breakerbox`. By itself it
//! serves where an attribute does not fit: a breaker in a `static` or a field,
//! a closure, or a call that is judged only at its end.
//!
//! Inside, each folder imports only those before it:
//!
//! - `sync`: the standard library's atomics or loom's, and counters that threads raise
//!   without waiting for one another
//! - `clock`, `config`, `name`: the time, declared parameters, and names
//! - `shared`: the record that processes share about one breaker, and how it changes
//! - `written`: parameters as an attribute or a file spells them
//! - `error`, `outcome`: the results of a call
//! - `state`: the state machine, pure: the word and the step function
//! - `window`: the recent calls, from which rates are taken
//! - `event`: the events for listeners, and their delivery
//! - `breaker`: one breaker: the loop that changes its word, admission, settlement; beside it
//!   `link`: breakers of other processes
//! - `call`: one call: the fast path, permits, futures
//! - `registry`: breakers by name and by key, with overrides
//! - `expansion`: the functions that the attribute's code calls
//! - `testing`: scopes for users' tests; `model`: additions for models of loom
//!
//! `ARCHITECTURE.md` in the repository follows a call through them.

#![cfg_attr(docsrs, feature(doc_cfg), doc(auto_cfg(hide(breaker_loom))))]
// A model build leaves out the modules that take no part in a race.
#![cfg_attr(breaker_loom, allow(dead_code, unreachable_pub))]

// On wasm32-unknown-unknown `std::time::Instant::now` compiles, and panics when it is called.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
compile_error!(
    "breakers need a clock, and `std::time` has none on wasm32-unknown-unknown: build for wasm32-wasip1"
);

mod breaker;
mod call;
mod characters;
mod clock;
mod config;
mod error;
mod event;
#[doc(hidden)]
pub mod link;
#[doc(hidden)]
#[cfg(breaker_loom)]
pub mod model;
mod name;
mod outcome;
#[cfg(not(breaker_loom))]
mod registry;
mod rejection;
#[doc(hidden)]
pub mod shared;
mod siphash;
mod state;
mod sync;
#[cfg(all(feature = "testing", not(breaker_loom)))]
pub mod testing;
mod window;
#[doc(hidden)]
#[cfg(not(breaker_loom))]
pub mod written;

pub use breaker::Breaker;
pub use breaker::breaker_ref::BreakerRef;
pub use breaker::control::Isolation;
pub use breaker::report::{LastTransition, Outage, Report};
pub use breaker::snapshot::Snapshot;
pub use breaker::totals::{CallTotals, Totals};
pub use call::future::Call;
pub use call::inherit::{Inherit, inherit, inherit_fn, is_probe};
pub use call::permit::Permit;
#[cfg(feature = "stream")]
pub use call::watched::Watched;
pub use clock::{Clock, ManualClock};
#[doc(hidden)]
pub use config::rules;
pub use config::{Config, ConfigBuilder, ConfigError, Window};
pub use error::{BreakerError, Rejected};
pub use event::outcome::CallOutcome;
pub use event::subscription::Subscription;
pub use event::{Event, EventKind, Reason};
#[cfg(all(feature = "inventory", not(breaker_loom)))]
pub use expansion::declared::DeclaredFunction;
pub use link::{Role, Sharing};
pub use name::{Name, NameError};
pub use outcome::{
    Cause, FailureKind, Fallible, FromRejection, Guardable, Outcome, Refusable, Verdict,
};
#[cfg(not(breaker_loom))]
pub use registry::{
    Conflict, ConflictKind, InvalidOverride, InvalidOverrides, Override, OverrideSource, Overrides,
    Registry, RegistryError, Survey, Switch,
};
pub use state::State;

#[doc(hidden)]
#[cfg(not(breaker_loom))]
pub mod expansion;

/// The snippets of the package's page are tested with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
