//! A probe that is a stream: it keeps its lease as long as items come.

use breaker_core::link::Probe;
use breakerbox::{State, circuit_breaker};
use futures_util::{FutureExt, Stream, StreamExt, stream};

use crate::{Reply, SECOND, Stage, UP, token};

/// As [`call`](crate::call) is guarded, so its lease lasts for ten seconds.
#[circuit_breaker(name = "svc", threshold = 3, cooldown = "10s", stream)]
fn listen(items: usize) -> impl Stream<Item = Reply> {
    stream::iter(vec![UP; items])
}

#[test]
fn item_of_a_probe_renews_the_lease_only_if_less_than_one_is_left() {
    let stage = Stage::enter();
    stage.ripen();
    stage.link.probes([Probe::Go(token(5))]);
    let mut items = Box::pin(listen(40));
    let mut next = || items.next().now_or_never().unwrap();
    assert_eq!(next(), Some(UP));
    stage.link.forget();
    for _ in 1..40 {
        stage.scope.advance(SECOND);
        assert_eq!(next(), Some(UP));
    }
    // After one second, and then whenever half a lease of the one and a half is over.
    assert_eq!(stage.link.noted(), ["svc renew 5, for 15s"; 7]);
    assert_eq!((next(), stage.state()), (None, State::Closed));
    assert_eq!(stage.link.noted(), ["svc half-open to closed: probes succeeded, by 5"]);
}

#[test]
fn item_after_a_pause_of_a_whole_lease_does_not_renew_what_has_run_out() {
    let stage = Stage::enter();
    stage.ripen();
    stage.link.probes([Probe::Go(token(5))]);
    let mut items = Box::pin(listen(3));
    let mut next = || items.next().now_or_never().unwrap();
    for pause in [14 * SECOND, 15 * SECOND] {
        assert_eq!(next(), Some(UP));
        stage.link.forget();
        stage.scope.advance(pause);
    }
    assert_eq!((next(), stage.link.noted()), (Some(UP), vec![]));
}
