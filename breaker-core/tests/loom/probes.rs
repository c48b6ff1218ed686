//! Races of probes: for a slot, at their end, and after a probe was lost.

use super::*;

/// Three callers ask for a probe's slot at once, and `probes` of them get one.
fn callers_at_the_end_of_the_cooldown(probes: u8, least: [usize; 1]) {
    explore(Depth::Preemptions(1, 2), least, move |role| {
        let (breaker, hand) = ripe(config().probes(probes.into()).success_threshold(probes.into()));
        let ask = || on(&breaker, acquire);
        let (one, two, three) = role.race_of_three(ask(), ask(), ask());
        let permits: Vec<_> = [one, two, three].into_iter().flatten().collect();
        assert_eq!(permits.len(), usize::from(probes));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.episode, snapshot.probes_in_flight), (2, probes));
        drop(permits);
        assert_eq!(breaker.snapshot().probes_in_flight, 0);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn callers_at_the_end_of_the_cooldown_get_one_probe() {
    // [all callers are admitted, since a swap guards only the transition: R1, R2]
    callers_at_the_end_of_the_cooldown(1, [3_700]);
}

#[test]
fn half_open_never_has_more_probes_out_than_allowed() {
    // [a count that is loaded and then reduced wraps: R3]
    callers_at_the_end_of_the_cooldown(2, [4_800]);
}

#[test]
fn no_probe_leaves_before_the_cooldown_is_over() {
    // [open is seen before its time stamp: R4]
    explore(Depth::All, [50, 1], |role| {
        let (breaker, hand) = breaker(config());
        hand.advance(Duration::from_millis(1));
        let ask = on(&breaker, |breaker| match breaker.try_acquire() {
            Ok(permit) => permit.ignore(),
            Err(BreakerError::Open { retry_after, .. }) => assert_eq!(retry_after, Some(COOLDOWN)),
            Err(other) => panic!("{other}"),
        });
        let failing = acquire(&breaker).unwrap();
        role.race(|| failing.failure(), ask);
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
    });
}

#[test]
fn probes_that_disagree_make_one_transition() {
    // [a success overrides a failure's reopening: R8]
    explore(Depth::All, [700, 620], |role| {
        let (breaker, _hand) = ripe(config().probes(2));
        let [good, bad] = permits(&breaker);
        role.race(|| good.success(), || bad.failure());
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
    explore(Depth::All, [380, 10], |role| {
        let (breaker, _hand) = ripe(config());
        let probe = acquire(&breaker).unwrap();
        let fail = on(&breaker, |breaker| breaker.try_acquire().map(|p| p.failure()).is_ok());
        let ((), failed) = role.race(|| probe.success(), fail);
        let wanted = if failed { State::Open } else { State::Closed };
        assert_eq!(breaker.state(), wanted);
    });
}

#[test]
fn lost_probe_and_its_replacement_are_told_apart() {
    // [the old probe comes back and is not heard, or frees the slot of the new one: H9]
    explore(Depth::All, [50, 160], |role| {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN).success_threshold(2));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let ((), new) = role.race(|| lost.success(), on(&breaker, acquire));
        // The lost probe may come back before its slot is taken or after: its success counts, and
        // the new probe has the one slot.
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.late_outcomes), (State::HalfOpen, 0));
        assert_eq!(snapshot.probe_successes, 1);
        assert_eq!(snapshot.probes_in_flight, u8::from(new.is_some()));
        drop(new);
        assert_eq!(breaker.snapshot().probes_in_flight, 0);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn ignored_lost_probe_frees_one_slot_and_not_two() {
    // [a written-off slot is freed once more at the end of its probe: H9]
    explore(SHALLOW, [2_500, 2_500, 3_100], |role| {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let ask = || on(&breaker, acquire);
        let (one, two, ()) = role.race_of_three(ask(), ask(), || lost.ignore());
        let permits = [one, two];
        let out = permits.iter().flatten().count();
        assert!(out <= 1);
        assert_eq!(usize::from(breaker.snapshot().probes_in_flight), out);
        drop(permits);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn lost_probe_that_fails_beside_a_success_makes_one_transition() {
    explore(USUAL, [100, 110], |role| {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let new = acquire(&breaker).unwrap();
        role.race(|| lost.failure(), || new.success());
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.episode, snapshot.late_outcomes), (3, 1));
        if snapshot.state == State::Open {
            assert_recovers(&breaker, &hand);
        }
    });
}

#[test]
fn lost_probe_is_replaced_once() {
    explore(Depth::All, [1_700], |role| {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let (one, two) = role.race(on(&breaker, acquire), on(&breaker, acquire));
        let permits = [one, two];
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
    explore(Depth::All, [20, 10], |role| {
        let (breaker, hand) = ripe(config());
        let probe = acquire(&breaker).unwrap();
        let ((), permit) = role.race(|| drop(probe), on(&breaker, acquire));
        assert_eq!(breaker.snapshot().probes_in_flight, u8::from(permit.is_some()));
        drop(permit);
        assert_recovers(&breaker, &hand);
    });
}
