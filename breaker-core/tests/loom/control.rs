//! Races of failures, manual controls, new configs and events.

use super::*;

#[test]
fn failures_at_the_threshold_trip_once() {
    // [double transition: R7; lost updates: R11]
    explore(SHALLOW, [850], |role| {
        let (breaker, _hand) = breaker(config().threshold(2));
        let [one, two, three] = permits(&breaker);
        role.race_of_three(|| one.failure(), || two.failure(), || three.failure());
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
        assert_eq!(snapshot.late_outcomes, 1);
    });
}

#[test]
fn failure_after_the_close_is_not_erased_by_it() {
    // [closed is seen before its counters are cleared: R5]
    explore(Depth::All, [12, 140], |role| {
        let (breaker, _hand) = ripe(config().threshold(2).probes(1));
        // One failure is below the threshold of 2, so `ripe` has not opened the breaker.
        breaker.reset();
        breaker.try_acquire().unwrap().failure();
        let old = acquire(&breaker).unwrap();
        let reset = on(&breaker, |breaker| {
            breaker.reset();
            breaker.try_acquire().unwrap().failure();
        });
        role.race(|| old.success(), reset);
        // [a stale success clears the new period's failures: R6]
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}

#[test]
fn manual_control_against_a_probe_leaves_one_state() {
    explore(Depth::All, [3_100, 1_900], |role| {
        let (breaker, _hand) = ripe(config());
        let probe = acquire(&breaker).unwrap();
        role.race(|| probe.success(), on(&breaker, |breaker| breaker.force_open()));
        assert_eq!(breaker.state(), State::Isolated);
        breaker.reset();
        assert_eq!(breaker.state(), State::Closed);
    });
}

#[test]
fn tuning_replaced_during_a_call_is_old_or_new() {
    // Each parameter may be read old or new, so one call has many orders to explore.
    explore(SHALLOW, [3, 5_600], |role| {
        let (breaker, _hand) = breaker(config().threshold(2));
        let permit = acquire(&breaker).unwrap();
        let change = on(&breaker, |breaker| breaker.reconfigure(config().build_const()));
        role.race(|| permit.failure(), change);
        let snapshot = breaker.snapshot();
        match snapshot.state {
            // The threshold was still 2.
            State::Closed => assert_eq!(snapshot.consecutive_failures, 1),
            // The threshold was already 1.
            state => assert_eq!((state, snapshot.episode), (State::Open, 1)),
        }
    });
}

#[test]
fn events_come_in_the_order_of_their_episodes() {
    // [events sent outside the lock arrive reversed, or two at once: E2]
    explore(USUAL, [1_400, 3_900], |role| {
        let (breaker, _hand) = breaker(config());
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let subscription = breaker.on_event(move |event| {
            if let EventKind::Transition { from, to, .. } = event.kind {
                log.lock().unwrap().push((event.episode, from, to));
            }
        });
        let failing = acquire(&breaker).unwrap();
        let controls = on(&breaker, |breaker| {
            breaker.force_open();
            breaker.reset();
        });
        role.race(|| failing.failure(), controls);
        let seen = seen.lock().unwrap();
        let last = breaker.snapshot();
        assert_eq!(seen.len() as u64, last.episode, "one event for each transition");
        assert_eq!(seen.last().unwrap().2, last.state);
        let mut at = (0, State::Closed);
        for &(episode, from, to) in seen.iter() {
            assert_eq!((episode, from), (at.0 + 1, at.1));
            at = (episode, to);
        }
        drop(subscription);
    });
}

/// Asserts that each failed half-open doubles the cooldown once, if two probes run at once and one
/// of them fails.
fn growing_cooldowns(second_fails: bool, least: [usize; 2]) {
    explore(USUAL, least, move |role| {
        let (breaker, hand) = ripe(config().probes(2).backoff(2.0).success_threshold(2));
        let [one, two] = permits(&breaker);
        let second = move || if second_fails { two.failure() } else { two.success() };
        role.race(|| one.failure(), second);
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.cooldown), (State::Open, Some(COOLDOWN * 2)));
        hand.advance(COOLDOWN * 2);
        breaker.try_acquire().unwrap().failure();
        assert_eq!(breaker.snapshot().cooldown, Some(COOLDOWN * 4));
    });
}

#[test]
fn probes_that_fail_at_once_lengthen_the_cooldown_once() {
    growing_cooldowns(true, [240, 240]);
}

#[test]
fn probe_that_fails_beside_a_success_lengthens_the_cooldown_once() {
    growing_cooldowns(false, [15, 15]);
}

#[test]
fn late_failure_of_a_probe_lengthens_no_cooldown() {
    // [an opening is counted although another transition came first]
    for control in [Breaker::force_open, Breaker::disable] {
        explore(USUAL, [270, 180], move |role| {
            let (breaker, _hand) = ripe(config().backoff(2.0));
            let probe = acquire(&breaker).unwrap();
            role.race(|| probe.failure(), on(&breaker, move |breaker| control(breaker)));
            let late = breaker.snapshot().late_outcomes == 1;
            breaker.half_open();
            breaker.try_acquire().unwrap().failure();
            let snapshot = breaker.snapshot();
            // One half-open has failed since the breaker was last closed, or two have.
            let wanted = if late { COOLDOWN * 2 } else { COOLDOWN * 4 };
            assert_eq!(snapshot.cooldown, Some(wanted));
        });
    }
}

#[test]
fn deadline_of_a_control_stands_against_a_late_hint() {
    explore(USUAL, [17, 30], |role| {
        let (breaker, _hand) = breaker(config());
        let [late, trip] = permits(&breaker);
        trip.failure();
        let hint = Verdict::from(Outcome::Failure).retry_after(COOLDOWN * 9);
        let open = on(&breaker, |breaker| breaker.open_for(COOLDOWN / 2));
        role.race(move || late.record(hint), open);
        assert_eq!(breaker.snapshot().remaining_cooldown, Some(COOLDOWN / 2));
        assert_eq!(breaker.snapshot().episode, 1);
    });
}

#[test]
fn longest_of_two_hints_that_come_at_once_stands() {
    explore(USUAL, [1_200, 2_200], |role| {
        let (breaker, _hand) = breaker(config());
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let subscription = breaker.on_event(move |event| match event.kind {
            EventKind::Transition { .. } => log.lock().unwrap().push(None),
            EventKind::Extended { cooldown } => log.lock().unwrap().push(cooldown),
            _ => {}
        });
        let [long, short] = [3, 2].map(|times| {
            let permit = acquire(&breaker).unwrap();
            let hint = Verdict::from(Outcome::Failure).retry_after(COOLDOWN * times);
            move || permit.record(hint)
        });
        role.race(long, short);
        // Either of the two tripped.
        assert_eq!(breaker.snapshot().remaining_cooldown, Some(COOLDOWN * 3));
        let seen = seen.lock().unwrap();
        assert!(
            seen[0].is_none() && seen[1..].iter().all(|cooldown| *cooldown == Some(COOLDOWN * 3))
        );
        assert!(seen.len() <= 2);
        drop(subscription);
    });
}

#[test]
fn snapshot_at_a_transition_shows_the_beginning_of_its_own_state() {
    // [the beginning of the state before is read, or the moment of reading]
    explore(USUAL, [1, 280], |role| {
        let (breaker, hand) = breaker(config());
        hand.advance(Duration::from_secs(3_600));
        let permit = acquire(&breaker).unwrap();
        // The tripping thread may be held up before it stores the moment of its trip.
        let check = move |breaker: &Arc<Breaker>| {
            hand.advance(COOLDOWN / 5);
            let seen = breaker.snapshot();
            if seen.state == State::Open {
                let left = seen.remaining_cooldown.unwrap();
                assert_eq!((seen.cooldown, seen.time_in_state + left), (Some(COOLDOWN), COOLDOWN));
            }
        };
        role.race(on(&breaker, check.clone()), || permit.failure());
        check(&breaker);
    });
}

#[test]
fn trip_at_the_moment_of_the_close_is_one_more_in_a_row() {
    // [the close is seen before its moment, and the old state's moment is taken for it]
    explore(USUAL, [370, 910], |role| {
        let growing = config().backoff(2.0).cooldown_max(COOLDOWN * 9).backoff_reset(COOLDOWN);
        let (breaker, hand) = ripe(growing);
        let probe = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        role.race(|| probe.success(), on(&breaker, fail_one));
        let snapshot = breaker.snapshot();
        // The call was rejected, or it was a second probe, or the breaker was closed.
        if snapshot.state == State::Open {
            assert_eq!(snapshot.cooldown, Some(COOLDOWN * 2), "{snapshot:?}");
        }
    });
}
