//! Races of probes: for a slot, at their end, and after a probe was lost.

use super::*;

#[test]
fn callers_at_the_end_of_the_cooldown_get_one_probe() {
    // [everybody is admitted, as a swap guards only the transition: R1, R2]
    explore(3, || {
        let (breaker, hand) = ripe(config());
        let others = [spawn(&breaker, acquire), spawn(&breaker, acquire)];
        let mine = acquire(&breaker);
        let mut permits: Vec<_> = others.into_iter().map(|t| t.join().unwrap()).collect();
        permits.push(mine);
        assert_eq!(permits.iter().flatten().count(), 1);
        assert_eq!(breaker.snapshot().episode, 2);
        drop(permits);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn half_open_never_has_more_probes_out_than_allowed() {
    // [a count that is loaded and then subtracted from wraps: R3]
    explore(3, || {
        let (breaker, hand) = ripe(config().probes(2).success_threshold(2));
        let others = [spawn(&breaker, acquire), spawn(&breaker, acquire)];
        let mine = acquire(&breaker);
        let mut permits: Vec<_> = others.into_iter().map(|t| t.join().unwrap()).collect();
        permits.push(mine);
        assert_eq!(permits.iter().flatten().count(), 2);
        assert_eq!(breaker.snapshot().probes_in_flight, 2);
        drop(permits);
        assert_eq!(breaker.snapshot().probes_in_flight, 0);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn no_probe_leaves_before_the_cooldown_is_over() {
    // [open is seen before its time stamp: R4]
    loom::model(|| {
        let (breaker, hand) = breaker(config());
        hand.advance(Duration::from_millis(1));
        let asked = spawn(&breaker, |breaker| match breaker.try_acquire() {
            Ok(permit) => permit.ignore(),
            Err(BreakerError::Open { retry_after, .. }) => assert_eq!(retry_after, Some(COOLDOWN)),
            Err(other) => panic!("{other}"),
        });
        breaker.try_acquire().unwrap().failure();
        asked.join().unwrap();
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
    });
}

#[test]
fn probes_that_disagree_make_one_transition() {
    // [a success overrides a failure's reopening: R8]
    loom::model(|| {
        let (breaker, _hand) = ripe(config().probes(2));
        let (good, bad) = (acquire(&breaker).unwrap(), acquire(&breaker).unwrap());
        let thread = thread::spawn(move || good.success());
        bad.failure();
        thread.join().unwrap();
        let snapshot = breaker.snapshot();
        assert_eq!(snapshot.episode, 3);
        assert_eq!(snapshot.late_outcomes, 1);
        match snapshot.state {
            State::Closed => assert_eq!(snapshot.consecutive_failures, 0),
            state => assert_eq!(state, State::Open),
        }
    });
}

#[test]
fn probe_closing_while_a_call_fails_keeps_the_failure() {
    loom::model(|| {
        let (breaker, _hand) = ripe(config());
        let probe = acquire(&breaker).unwrap();
        let failed = spawn(&breaker, |breaker| match breaker.try_acquire() {
            Ok(permit) => {
                permit.failure();
                true
            }
            Err(_) => false,
        });
        probe.success();
        let wanted = if failed.join().unwrap() { State::Open } else { State::Closed };
        assert_eq!(breaker.state(), wanted);
    });
}

#[test]
fn lost_probe_and_its_replacement_are_told_apart() {
    // [the old probe comes back and decides for the new one: H9]
    loom::model(|| {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let returned = thread::spawn(move || lost.success());
        let new = acquire(&breaker);
        returned.join().unwrap();
        let snapshot = breaker.snapshot();
        match (snapshot.state, new) {
            // The lost probe came back in time, before the new caller or after.
            (State::Closed, new) => drop(new),
            // The lost probe was written off: its success is late, and the new probe decides.
            (State::HalfOpen, Some(new)) => {
                assert_eq!((snapshot.late_outcomes, snapshot.probes_in_flight), (1, 1));
                new.failure();
                assert_eq!(breaker.state(), State::Open);
            }
            (state, new) => panic!("{state} with {new:?}"),
        }
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn lost_probe_is_replaced_once() {
    loom::model(|| {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let other = spawn(&breaker, acquire);
        let mine = acquire(&breaker);
        let permits = [other.join().unwrap(), mine];
        assert_eq!(permits.iter().flatten().count(), 1);
        drop(lost);
        assert_eq!(breaker.snapshot().probes_in_flight, 1);
        drop(permits);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn cancelled_probe_frees_its_slot_for_good() {
    // [a permit is lost, or handed out twice: L4]
    loom::model(|| {
        let (breaker, hand) = ripe(config());
        let probe = acquire(&breaker).unwrap();
        let other = spawn(&breaker, acquire);
        drop(probe);
        let permit = other.join().unwrap();
        assert_eq!(breaker.snapshot().probes_in_flight, u8::from(permit.is_some()));
        drop(permit);
        assert_recovers(&breaker, &hand);
    });
}
