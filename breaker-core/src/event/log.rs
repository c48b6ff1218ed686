//! Events as structured log records (feature `tracing`).

use core::panic::Location;

use crate::event::listeners::catch_panic;
use crate::event::{Event, EventKind, Reason};
use crate::name::Name;
use crate::state::State;

/// A trip is a warning, and comes once, from the process that has tripped. A trip elsewhere or in an
/// earlier run, and each way back, is information; single calls are for debugging.
pub(crate) fn emit(event: &Event) {
    // A subscriber that panics does no more harm than such a listener.
    catch_panic(|| record(event));
}

fn record(event: &Event) {
    let (breaker, episode) = (event.name.as_str(), event.episode);
    let remaining_ms = event.remaining_cooldown.map(|left| left.as_millis());
    match event.kind {
        EventKind::Transition { from: State::Closed, to: State::Open, reason }
            if !matches!(reason, Reason::Peer | Reason::Restored) =>
        {
            tracing::warn!(
                target: "breakerbox",
                breaker,
                episode,
                from = State::Closed.as_str(),
                to = State::Open.as_str(),
                reason = reason.as_str(),
                remaining_ms,
                "circuit breaker tripped"
            );
        }
        EventKind::Transition { from, to, reason } => tracing::info!(
            target: "breakerbox",
            breaker,
            episode,
            from = from.as_str(),
            to = to.as_str(),
            reason = reason.as_str(),
            remaining_ms,
            "circuit breaker changed state"
        ),
        EventKind::Rejected { state } => tracing::debug!(
            target: "breakerbox",
            breaker,
            episode,
            state = state.as_str(),
            remaining_ms,
            "call rejected by circuit breaker"
        ),
        EventKind::Late => tracing::debug!(
            target: "breakerbox",
            breaker,
            episode,
            "late outcome dropped by circuit breaker"
        ),
        EventKind::Extended { cooldown } => tracing::info!(
            target: "breakerbox",
            breaker,
            episode,
            cooldown_ms = cooldown.map(|length| length.as_millis()),
            remaining_ms,
            "circuit breaker's cooldown lengthened"
        ),
        EventKind::Removed => tracing::debug!(
            target: "breakerbox",
            breaker,
            episode,
            remaining_ms,
            "circuit breaker removed"
        ),
    }
}

/// Records that a fallback of `breaker` led back to its own function, through the functions at
/// these places.
pub(crate) fn fallback_ring(breaker: &Name, places: &[&'static Location<'static>]) {
    let ring = places.iter().map(ToString::to_string).collect::<Vec<_>>().join(" -> ");
    let breaker = breaker.as_str();
    catch_panic(|| {
        tracing::error!(
            target: "breakerbox",
            breaker,
            ring,
            "fallback of circuit breaker leads back to its own function"
        );
    });
}

/// Records that two functions disagree about a name.
pub(crate) fn conflict(name: &Name, text: &str) {
    let breaker = name.as_str();
    catch_panic(|| tracing::error!(target: "breakerbox", breaker, "{text}"));
}

/// Returns true if a subscriber would see the record of a single call.
pub(crate) fn shows_calls() -> bool {
    let mut shows = false;
    catch_panic(|| shows = tracing::enabled!(target: "breakerbox", tracing::Level::DEBUG));
    shows
}
