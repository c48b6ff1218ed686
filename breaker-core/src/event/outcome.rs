//! [`CallOutcome`] is what listeners are told of a call.

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
    /// The episode in which it was admitted.
    pub episode: u64,
    /// Its outcome, as the function or the permit has judged it: slow or not.
    pub outcome: Outcome,
    /// How long it took, from its admission to its end. `None` if it began before anybody
    /// listened.
    pub duration: Option<Duration>,
    /// Whether it took as long as `slow_call`.
    pub slow: bool,
    /// Whether it was cancelled: its future, or its permit, was dropped before its end.
    pub cancelled: bool,
    /// Whether it was a probe.
    pub probe: bool,
    /// Whether the breaker has counted it. One that is ignored, that came after the end of its
    /// episode, or that a disabled breaker has let through counts for nothing.
    pub counted: bool,
}
