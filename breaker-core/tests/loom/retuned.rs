//! Races of a new config with calls that end beside it.

use super::*;

fn row() -> ConfigBuilder {
    Config::builder().threshold(9).cooldown(COOLDOWN)
}

fn rate() -> ConfigBuilder {
    Config::builder().failure_rate(1.0).min_calls(5).cooldown(COOLDOWN)
}

/// Returns configs that keep the consecutive failures in the word, in the window or in both.
fn changes() -> [[ConfigBuilder; 2]; 5] {
    [
        [rate().window_calls(5), row()],
        [row().window_calls(5), rate().window_calls(5)],
        [rate().window_calls(5), row().window_calls(5)],
        [rate().window_calls(5), rate().window_calls(6)],
        [rate().window_calls(5), row().window_buckets(Duration::from_secs(1), 1)],
    ]
}

/// Changes the config beside the end of a call. The call ends the consecutive failures, or is the
/// third of them.
fn change_keeps_consecutive_failures(success: bool, least: [usize; 2]) {
    for [before, after] in changes() {
        explore(USUAL, least, move |role| {
            let (breaker, _hand) = breaker(before);
            for _ in 0..2 {
                breaker.try_acquire().unwrap().failure();
            }
            let permit = acquire(&breaker).unwrap();
            let end = move || if success { permit.success() } else { permit.failure() };
            role.race(end, on(&breaker, move |b| b.reconfigure(after.build_const())));
            let wanted = if success { 0 } else { 3 };
            assert_eq!(breaker.snapshot().consecutive_failures, wanted);
        });
    }
}

#[test]
fn success_beside_a_new_config_ends_the_consecutive_failures() {
    // [a success is undone by an override]
    change_keeps_consecutive_failures(true, [30, 90]);
}

#[test]
fn failure_beside_a_new_config_is_counted_once() {
    // [a failure is lost, or counted twice in the row]
    change_keeps_consecutive_failures(false, [440, 190]);
}

#[test]
fn reader_beside_a_new_config_sees_the_consecutive_failures() {
    // [the word is read before the failures move there, and the window after that]
    for [before, after] in changes() {
        explore(USUAL, [1_100, 1_200], move |role| {
            let (breaker, _hand) = breaker(before);
            for _ in 0..2 {
                breaker.try_acquire().unwrap().failure();
            }
            let shown = |breaker: &Breaker| breaker.snapshot().consecutive_failures;
            let read = on(&breaker, move |breaker| shown(breaker));
            let change = on(&breaker, move |b| b.reconfigure(after.build_const()));
            assert_eq!(role.race(read, change).0, 2);
            assert_eq!(shown(&breaker), 2);
        });
    }
}

/// A call, from its admission to its end.
type Call = fn(&Arc<Breaker>);

/// Turns the counting of calls on or off beside a call, on each route of a call. The call's outcome
/// is counted at most once, a failure exactly once, and later calls exactly once. `in_a_row`: the
/// failures in a row after the call; before it there is one.
fn counting_switched_beside(call: Call, in_a_row: u16, least: [usize; 2]) {
    let fails = in_a_row == 2;
    for (config, before) in [row(), row().window_calls(5)].into_iter().zip([true, false]) {
        for before in [before, !before] {
            let counting = move |counts| config.count_calls(counts).build_const();
            explore(SHALLOW, least, move |role| {
                let (breaker, _hand) = breaker(config.count_calls(before));
                fail_one(&breaker);
                let change = on(&breaker, move |b| b.reconfigure(counting(!before)));
                role.race(on(&breaker, call), change);
                breaker.reconfigure(counting(true));
                let told = || {
                    let totals = breaker.totals();
                    (totals.failures(FailureKind::Error), totals.calls.unwrap())
                };
                let (failures, calls) = told();
                let row = breaker.snapshot().consecutive_failures;
                assert_eq!(failures, if fails { 2 } else { 1 });
                assert!(calls.successes + calls.ignored + calls.cancelled <= u64::from(!fails));
                assert_eq!(row, in_a_row);
                // Nothing remains of the race.
                breaker.try_acquire().unwrap().success();
                let (_, after) = told();
                assert_eq!(after.successes, calls.successes + 1);
                assert_eq!(breaker.snapshot().consecutive_failures, 0);
            });
        }
    }
}

#[test]
fn success_beside_count_calls_is_counted_once_at_most() {
    // [the call finds another config's flag, and is counted twice, or is taken as late]
    let call: Call =
        |breaker| assert_eq!(breaker.call(|| Ok::<(), BreakerError>(())).ok(), Some(()));
    counting_switched_beside(call, 0, [13, 30]);
    counting_switched_beside(|b| b.try_acquire().unwrap().success(), 0, [13, 30]);
}

#[test]
fn failure_beside_count_calls_is_counted_once() {
    counting_switched_beside(fail_one, 2, [13, 40]);
}

#[test]
fn cancelled_call_beside_count_calls_is_counted_once_at_most() {
    counting_switched_beside(|breaker| drop(breaker.try_acquire()), 1, [1, 140]);
}

/// Asserts that the window has the success after the change, and of the failure beside the change
/// at most itself.
fn assert_holds_a_success(breaker: &Breaker) {
    let snapshot = breaker.snapshot();
    let found = (snapshot.calls.unwrap(), snapshot.failures.unwrap());
    assert!([(1, 0), (2, 1)].contains(&found), "{found:?}");
}

/// Changes a window and changes it back while a call is recorded. Nothing from before may be left,
/// and of the call at most itself.
fn change_and_back(depth: Depth, [before, after]: [ConfigBuilder; 2], least: [usize; 2]) {
    explore(depth, least, move |role| {
        let (breaker, hand) = breaker(before);
        breaker.try_acquire().unwrap().failure();
        hand.advance(Duration::from_millis(25));
        let permit = acquire(&breaker).unwrap();
        let change = on(&breaker, move |breaker| {
            breaker.reconfigure(after.build_const());
            breaker.reconfigure(before.build_const());
            breaker.try_acquire().unwrap().success();
        });
        role.race(|| permit.failure(), change);
        assert_holds_a_success(&breaker);
    });
}

#[test]
fn window_of_calls_changed_back_beside_a_call_begins_empty() {
    let configs = [rate().window_calls(5), rate().window_calls(6)];
    change_and_back(Depth::Preemptions(1, 2), configs, [5_300, 3_500]);
}

#[test]
fn window_of_time_changed_back_beside_a_call_begins_empty() {
    let of = |ms| row().window_buckets(Duration::from_millis(ms), 1);
    // A change of a window of time has so many steps that one preemption takes minutes. Without
    // preemptions, a failure on the main thread comes before or after the changes.
    let depth = Depth::Preemptions(0, 1);
    change_and_back(depth, [of(10), of(1_000)], [2, 4_000]);
    change_and_back(depth, [of(1_000), of(10)], [2, 4_000]);
}

/// Changes a window while a call is recorded, in the old window or in the new.
fn change_once([before, after]: [ConfigBuilder; 2], least: [usize; 2]) {
    explore(Depth::Preemptions(1, 2), least, move |role| {
        let (breaker, _hand) = breaker(before);
        let permit = acquire(&breaker).unwrap();
        let change = on(&breaker, move |breaker| {
            breaker.reconfigure(after.build_const());
            breaker.try_acquire().unwrap().success();
        });
        role.race(|| permit.failure(), change);
        assert_holds_a_success(&breaker);
    });
}

#[test]
fn failure_beside_a_larger_window_of_calls_is_in_one_of_the_two() {
    change_once([rate().window_calls(5), rate().window_calls(6)], [1_100, 370]);
}

#[test]
fn failure_beside_longer_buckets_is_in_one_of_the_two_windows() {
    // [its bucket has a number of the old length, far ahead of all others]
    let of = |ms| row().window_buckets(Duration::from_millis(ms), 1);
    change_once([of(10), of(1_000)], [570, 3_600]);
}

#[test]
fn success_beside_two_new_configs_ends_the_consecutive_failures() {
    explore(Depth::Preemptions(1, 2), [3, 9_900], |role| {
        let (breaker, _hand) = breaker(row());
        let change = on(&breaker, |b| {
            b.reconfigure(rate().window_calls(5).build_const());
            b.reconfigure(row().build_const());
        });
        let calls = on(&breaker, |breaker| {
            breaker.try_acquire().unwrap().failure();
            breaker.try_acquire().unwrap().success();
        });
        role.race(calls, change);
        assert_eq!(breaker.snapshot().consecutive_failures, 0);
    });
}

#[test]
fn success_after_a_failure_that_outlived_two_configs_ends_the_consecutive_failures() {
    // The failure was admitted before the first change, and is recorded beside the second.
    let rate = || rate().window_calls(5);
    explore(SHALLOW, [190, 2_000], move |role| {
        let (breaker, _hand) = breaker(rate());
        let failing = acquire(&breaker).unwrap();
        breaker.reconfigure(row().build_const());
        let change = on(&breaker, move |breaker| breaker.reconfigure(rate().build_const()));
        let calls = on(&breaker, |breaker| {
            failing.failure();
            breaker.try_acquire().unwrap().success();
        });
        role.race(calls, change);
        assert_eq!(breaker.snapshot().consecutive_failures, 0);
    });
}

/// Changes the window beside a reader, who must see all calls of the old one, or none in the new.
fn reader_sees_all_of_one_window(
    [before, after]: [ConfigBuilder; 2],
    pause: Duration,
    least: [usize; 2],
) {
    explore(SHALLOW, least, move |role| {
        let (breaker, hand) = breaker(before);
        breaker.try_acquire().unwrap().success();
        breaker.try_acquire().unwrap().success();
        hand.advance(pause);
        breaker.try_acquire().unwrap().failure();
        let read = on(&breaker, |breaker| breaker.snapshot());
        let change = on(&breaker, move |b| b.reconfigure(after.build_const()));
        let (seen, ()) = role.race(read, change);
        let seen = (seen.calls.unwrap(), seen.failures.unwrap());
        assert!([(3, 1), (0, 0)].contains(&seen), "{seen:?}");
    });
}

#[test]
fn reader_beside_a_smaller_window_of_calls_sees_all_of_one() {
    // [the new size is taken for the old window's]
    let configs = [row().window_calls(5), row().window_calls(2)];
    reader_sees_all_of_one_window(configs, Duration::ZERO, [290, 400]);
}

#[test]
fn reader_beside_fewer_buckets_sees_all_of_one_window() {
    let of = |ms, buckets| row().window_buckets(Duration::from_millis(ms), buckets);
    let pause = Duration::from_millis(30);
    reader_sees_all_of_one_window([of(40, 4), of(30, 3)], pause, [60, 850]);
}

#[test]
fn reader_beside_shorter_buckets_sees_all_of_one_window() {
    let of = |ms| row().window_buckets(Duration::from_millis(ms), 30);
    let pause = Duration::from_millis(200);
    reader_sees_all_of_one_window([of(300), of(150)], pause, [60, 850]);
}
