//! Trouble as structured log records (feature `tracing`): one for each change.

use breaker_core::link::Id;

use crate::entry::Turn;

#[cfg(feature = "tracing")]
pub(crate) fn turned(id: Option<&Id>, turn: Turn) {
    // A subscriber that panics must not reach the caller of a breaker.
    let record = std::panic::AssertUnwindSafe(|| record(id, turn));
    let _ = std::panic::catch_unwind(record);
}

#[cfg(feature = "tracing")]
fn record(id: Option<&Id>, turn: Turn) {
    let (breaker, key) = (id.map(Id::name), id.and_then(Id::key));
    match (turn.from, turn.to) {
        (_, Some(trouble)) => tracing::warn!(
            target: "breakerbox",
            breaker,
            key,
            trouble = %trouble,
            "state of circuit breakers is not shared with other processes"
        ),
        (_, None) => tracing::info!(
            target: "breakerbox",
            breaker,
            key,
            "state of circuit breakers is shared with other processes again"
        ),
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) fn turned(_: Option<&Id>, _: Turn) {}
