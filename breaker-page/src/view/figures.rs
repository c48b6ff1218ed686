//! The figures that a breaker was judged by.

use breaker_core::Snapshot;
use serde::Serialize;

/// The counts of recent calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Figures {
    pub(crate) consecutive_failures: u16,
    pub(crate) calls: Option<u64>,
    pub(crate) failures: Option<u64>,
    pub(crate) slow_calls: Option<u64>,
    pub(crate) failure_rate: Option<f64>,
    pub(crate) slow_rate: Option<f64>,
}

impl Figures {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        Figures {
            consecutive_failures: snapshot.consecutive_failures,
            calls: snapshot.calls,
            failures: snapshot.failures,
            slow_calls: snapshot.slow_calls,
            failure_rate: snapshot.failure_rate,
            slow_rate: snapshot.slow_rate,
        }
    }
}
