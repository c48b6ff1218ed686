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
    // [the old probe comes back and is not heard, or frees the slot of the new one: H9]
    loom::model(|| {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN).success_threshold(2));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let returned = thread::spawn(move || lost.success());
        let new = acquire(&breaker);
        returned.join().unwrap();
        // Whether the lost probe came back before its slot was taken or after: its success
        // counts, and the new probe has the one slot.
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
    // [a slot that was written off is freed once more at the end of its probe: H9]
    explore(3, || {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let returned = thread::spawn(move || lost.ignore());
        let other = spawn(&breaker, acquire);
        let mine = acquire(&breaker);
        returned.join().unwrap();
        let permits = [other.join().unwrap(), mine];
        let out = permits.iter().flatten().count();
        assert!(out <= 1);
        assert_eq!(usize::from(breaker.snapshot().probes_in_flight), out);
        drop(permits);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn lost_probe_that_fails_beside_a_success_makes_one_transition() {
    explore(3, || {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let new = acquire(&breaker).unwrap();
        let returned = thread::spawn(move || lost.failure());
        new.success();
        returned.join().unwrap();
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.episode, snapshot.late_outcomes), (3, 1));
        if snapshot.state == State::Open {
            assert_recovers(&breaker, &hand);
        }
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
