//! The registry of the process, where breakers by key are in seats that other keys take later.

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Link, Opening, Probe, Tally, Told};
use breakerbox::{Reason, Registry, State, circuit_breaker};

use crate::script::Script;
use crate::{DOWN, Reply, SECOND, UP, opening, rejected, token};

#[circuit_breaker(name = "seat", key = key, threshold = 3, cooldown = "10s")]
fn keyed(key: &str, reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "plain", threshold = 3, cooldown = "10s")]
fn plain(reply: Reply) -> Reply {
    reply
}

/// The one test of this program outside of a scope.
#[test]
fn breakers_of_the_process_are_linked_whatever_key_had_their_seat_before() {
    let registry = Registry::global();
    let link = Arc::<Script>::default();
    link.counts();
    registry.link(Arc::clone(&link) as Arc<dyn Link>).unwrap();
    registry.set_max_keys(1);

    plain(UP).unwrap();
    link.tallies([Tally::Open(Opening { own: true, ..opening(10) })]);
    plain(DOWN).unwrap_err();
    assert_eq!(registry.get("plain").unwrap().state(), State::Open);
    link.forget();

    for round in 0..40 {
        let key = format!("key {round}");
        keyed(&key, UP).unwrap();
        let breaker = registry.get_key("seat", &key).unwrap();
        link.tallies([Tally::Row(2)]);
        keyed(&key, DOWN).unwrap_err();
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
        breaker.told(Told::Open(opening(4)));
        // Rounded up to milliseconds, twice.
        assert!(rejected(keyed(&key, UP)) <= 4 * SECOND + Duration::from_millis(2));
        assert_eq!(breaker.report().last_transition.unwrap().reason, Reason::Peer);
        breaker.told(Told::Closed);
        keyed(&key, UP).unwrap();
        // Half-open by a lease when the next key comes.
        breaker.told(Told::Open(opening(0)));
        link.probes([Probe::Go(token(5))]);
        drop(breaker.try_acquire().unwrap());
        drop(breaker);
    }
    let noted = link.noted();
    let of = |what: &str| noted.iter().filter(|note| note.ends_with(what)).count();
    assert_eq!((of("met"), of("gone")), (40, 39), "{noted:?}");
    assert_eq!(of("failed 1 of 3, 10s of 10s, opening 1"), 40);
    assert_eq!(noted[1], "seat[key 0] failed 1 of 3, 10s of 10s, opening 1");
}
