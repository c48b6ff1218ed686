//! A link in trouble: no call fails, waits or panics for it.

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Id, Link, Linked, Probe, Report, Told};
use breakerbox::{Breaker, Clock, Registry, State};
use support::COOLDOWN;

use crate::script::Script;
use crate::{DOWN, Stage, UP, call, rejected};

#[test]
fn link_that_panics_leaves_the_breaker_as_without_it() {
    let stage = Stage::enter();
    stage.link.counts();
    stage.link.panics();
    call(UP).unwrap();
    for _ in 0..3 {
        assert_eq!(call(DOWN), DOWN);
    }
    assert_eq!((stage.state(), rejected(call(UP))), (State::Open, COOLDOWN));
    stage.scope.advance(COOLDOWN);
    assert_eq!(call(DOWN), DOWN);
    assert_eq!(stage.state(), State::Open);
    stage.scope.advance(COOLDOWN);
    call(UP).unwrap();
    assert_eq!((stage.state(), stage.breaker().totals().probes), (State::Closed, 2));
    call(DOWN).unwrap_err();
    call(UP).unwrap();
    stage.scope.registry().remove("svc");
    assert!(stage.link.noted().len() > 10);
}

#[test]
fn second_link_is_refused_and_the_first_stays() {
    let registry = Registry::new();
    let [first, second] = [(); 2].map(|()| Arc::<Script>::default());
    registry.link(Arc::clone(&first) as Arc<dyn Link>).unwrap();
    assert_eq!(registry.link(Arc::clone(&second) as _), Err(Linked));
    assert!(Linked.to_string().contains("linked already"));
    registry.breaker("svc").unwrap();
    assert_eq!((first.noted(), second.noted()), (vec!["svc met".to_owned()], vec![]));
}

#[test]
fn link_may_call_the_breaker_and_its_registry() {
    struct Nosy(Registry);
    impl Link for Nosy {
        fn attach(&self, breaker: &Arc<Breaker>, id: &Id) -> Told {
            assert!(self.0.get(id.name()).is_some());
            breaker.told(Told::Suspect);
            Told::Nothing
        }
        fn detach(&self, _: &Breaker, _: &Id) {
            assert!(!self.0.is_empty() || self.0.breaker("other").is_ok());
        }
        fn due(&self, id: &Id, _: Duration) -> Probe {
            assert_eq!(self.0.get(id.name()).unwrap().state(), State::Open);
            Probe::Alone
        }
        fn event(&self, id: &Id, _: &Report<'_>) {
            assert_eq!(self.0.get(id.name()).unwrap().snapshot().shared, None);
        }
    }
    let (clock, hand) = Clock::manual();
    let registry = Registry::with_clock(clock);
    registry.link(Arc::new(Nosy(registry.clone()))).unwrap();
    let breaker = registry.breaker("svc").unwrap();
    assert_eq!(breaker.snapshot().consecutive_failures, 4);
    breaker.try_acquire().unwrap().failure();
    hand.advance(30 * crate::SECOND);
    breaker.try_acquire().unwrap().success();
    assert_eq!(breaker.state(), State::Closed);
    registry.remove("svc");
}
