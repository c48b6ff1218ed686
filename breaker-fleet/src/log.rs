//! One log record for each change of what is shared (feature `tracing`).

use crate::brain::Change;
use crate::fleet::Member;

/// Writes the changes down.
#[cfg(feature = "tracing")]
pub(crate) fn changes(member: &Member, changes: Vec<Change>) {
    for change in changes {
        guarded(|| record(member, &change));
    }
}

/// Writes down that a registry was joined already.
#[cfg(feature = "tracing")]
pub(crate) fn refused(member: &Member) {
    guarded(|| {
        tracing::warn!(
            target: "breakerbox",
            namespace = member.namespace,
            server = member.server,
            "circuit breakers of this registry are shared already; join once"
        );
    });
}

/// A subscriber that panics must not end the pump.
#[cfg(feature = "tracing")]
fn guarded(record: impl FnOnce()) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(record));
}

#[cfg(feature = "tracing")]
fn record(member: &Member, change: &Change) {
    use crate::redis::keys::name_and_key;

    let (namespace, server) = (&*member.namespace, &*member.server);
    macro_rules! of_breaker {
        ($level:ident, $place:expr, $($rest:tt)*) => {{
            let (breaker, key) = name_and_key($place).unwrap_or(($place, None));
            tracing::$level!(target: "breakerbox", breaker, key, namespace, $($rest)*)
        }};
    }
    match change {
        Change::Joined => tracing::info!(
            target: "breakerbox", namespace, server,
            "state of circuit breakers is shared with other instances"
        ),
        Change::Alone { why } => tracing::warn!(
            target: "breakerbox", namespace, server, why = &**why,
            "state of circuit breakers is not shared with other instances"
        ),
        Change::Left => tracing::info!(
            target: "breakerbox", namespace, server,
            "state of circuit breakers is no longer shared with other instances"
        ),
        Change::Voted { place, votes, quorum } => of_breaker!(
            info,
            place,
            votes,
            quorum,
            "circuit breaker tells other instances that it has tripped"
        ),
        Change::Suspected { place, domain } => of_breaker!(
            info,
            place,
            domain = &**domain,
            "circuit breaker opens at its next failure, since another instance has tripped"
        ),
        Change::Acquitted { place } => of_breaker!(
            info,
            place,
            "circuit breaker counts as before, since no more instances have tripped"
        ),
        Change::LeaseGranted { place } => {
            of_breaker!(debug, place, "circuit breaker probes for all instances");
        }
        Change::LeaseLost { place } => {
            of_breaker!(debug, place, "circuit breaker probes no longer for all instances");
        }
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) fn changes(_: &Member, _: Vec<Change>) {}

#[cfg(not(feature = "tracing"))]
pub(crate) fn refused(_: &Member) {}
