//! Circuit breakers by attribute: one line on the function that makes the call.
//!
//! ```
//! use breakerbox::{circuit_breaker, testing::Scope, BreakerError};
//!
//! #[derive(Debug)]
//! enum DbError {
//!     Down,
//!     Rejected(BreakerError),
//! }
//!
//! impl From<BreakerError> for DbError {
//!     fn from(error: BreakerError) -> Self {
//!         DbError::Rejected(error)
//!     }
//! }
//!
//! #[circuit_breaker(name = "db", threshold = 2, cooldown = "30s")]
//! fn query(is_up: bool) -> Result<u32, DbError> {
//!     if is_up { Ok(7) } else { Err(DbError::Down) }
//! }
//!
//! # let scope = Scope::enter();
//! assert!(matches!(query(false), Err(DbError::Down)));
//! assert!(matches!(query(false), Err(DbError::Down))); // opens the breaker
//! assert!(matches!(query(true), Err(DbError::Rejected(_)))); // the function has not run
//! # scope.advance(std::time::Duration::from_secs(30));
//! // 30 seconds later, one call is let through as a probe. It succeeds, so the breaker closes.
//! assert!(matches!(query(true), Ok(7)));
//! ```
//!
//! # Where to read on
//! | question | answer |
//! |---|---|
//! | Which functions can be guarded, and by which keys? | [`circuit_breaker`](macro@circuit_breaker), with an example for each key |
//! | What does a rejected call return? | the error that [`BreakerError`] becomes by `From`, or the answer of a [`fallback`](macro@circuit_breaker#fallback), which may learn the [`Cause`] |
//! | Which outcomes are failures? | each `Err`, unless [`failure`](macro@circuit_breaker#failure), `ignore` or `trip` says otherwise |
//! | How do I find a breaker at run time? | by its name, in [`Registry::global`]: [`Registry::get`], [`Registry::snapshots`] |
//! | How do I open, reset or tune one by hand? | [`Breaker::force_open`], [`Breaker::isolate`], [`Breaker::reset`], [`Registry::configure`] |
//! | How do I learn of transitions? | [`Registry::on_transition`], and [`Event`] |
//! | How do I guard what is no function? | a [`Breaker`] in a `static` or a field; a [`Permit`], if the outcome comes later |
//! | What does a spawned task have to do with a probe? | [`inherit`] |
//!
//! # Features
//! None is on by default.
//!
//! | feature | gives |
//! |---|---|
//! | `tokio` | [`timeout`](macro@circuit_breaker#timeout) on async functions |
//! | `stream` | [`stream`](macro@circuit_breaker#stream) on functions that return one, and `Permit::watch` |
//! | `testing` | [`testing`]: a registry and a clock for each test |
//! | `tracing`, `serde` | log records of transitions; snapshots that serialize |
//! | `config` | [`config`]: tuning from a TOML file and from variables |
//! | `host` | [`host`]: one state of each breaker for all processes of a host |
//! | `fleet`, `fleet-tls` | [`fleet`]: one state for all instances of a service, by Redis; TLS |
//! | `metrics`, `opentelemetry`, `metrics-rs` | [`metrics`]: Prometheus text, and the two crates of these names |
//! | `page`, `page-server` | [`page`]: a live page, health and events; a server for it |
//! | `tower`, `tower-http`, `tower-reqwest` | [`tower`]: a layer; its presets; answers of `reqwest` |
//! | `inventory` | a list of all guarded functions, called or not: `Registry::declared` |
//!
//! # What a call pays
//! A call that changes no state takes no lock and allocates nothing. A success through a closed
//! breaker under `threshold` writes nothing.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "config")]
pub use breaker_config as config;
#[cfg(feature = "inventory")]
pub use breaker_core::DeclaredFunction;
#[cfg(feature = "stream")]
pub use breaker_core::Watched;
#[cfg(feature = "testing")]
pub use breaker_core::testing;
pub use breaker_core::{
    Breaker, BreakerError, BreakerRef, Call, CallOutcome, CallTotals, Cause, Clock, Config,
    ConfigBuilder, ConfigError, Conflict, ConflictKind, Event, EventKind, FailureKind, Fallible,
    FromRejection, Guardable, Inherit, InvalidOverride, InvalidOverrides, Isolation,
    LastTransition, ManualClock, Name, NameError, Outage, Outcome, Override, OverrideSource,
    Overrides, Permit, Reason, Refusable, Registry, RegistryError, Rejected, Report, Role, Sharing,
    Snapshot, State, Subscription, Survey, Switch, Totals, Verdict, Window, inherit, inherit_fn,
    is_probe,
};
#[cfg(feature = "fleet")]
pub use breaker_fleet as fleet;
#[cfg(feature = "host")]
pub use breaker_host as host;
pub use breaker_macros::circuit_breaker;
#[cfg(feature = "metrics")]
pub use breaker_metrics as metrics;
#[cfg(feature = "page")]
pub use breaker_page as page;
#[cfg(feature = "tower")]
pub use breaker_tower as tower;

/// Items that expansions of the attribute use. Not for users: they may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use breaker_core::expansion::*;
    pub use core;
}
