#![doc = include_str!("../README.md")]
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
