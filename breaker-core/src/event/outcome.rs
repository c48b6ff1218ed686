//! A [`CallOutcome`] tells listeners of one call.

use core::time::Duration;
use std::sync::Arc;

use crate::name::Name;
use crate::outcome::Outcome;

/// One call that has ended, from [`Breaker::on_outcome`](crate::Breaker::on_outcome).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own about the call")]
pub struct CallOutcome {
    /// The breaker's name as it is shown: `name/key` for a breaker by key.
    pub name: Name,
    /// The name without the key.
    pub family: Name,
    /// The key, if it is a breaker by key.
    pub key: Option<Arc<str>>,
    /// The episode in which the call was admitted.
    pub episode: u64,
    /// The judgement of the function or the permit. It leaves slowness out: a slow success is a
    /// success here, although the breaker may count a failure.
    pub outcome: Outcome,
    /// The time from the call's admission to its end. `None` if it began before anybody listened.
    pub duration: Option<Duration>,
    /// True if the breaker took the call as slow. False without a `slow_call`, and for an ignored
    /// call, unless it was cancelled or was counted while it hung.
    pub slow: bool,
    /// True if the call was cancelled: its future, or its permit, was dropped before its end.
    pub cancelled: bool,
    /// True if the call was a probe.
    pub probe: bool,
    /// True if the outcome counted. Ignored and late outcomes do not, nor do calls through a
    /// disabled breaker.
    pub counted: bool,
}
