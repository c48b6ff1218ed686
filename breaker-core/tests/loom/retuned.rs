//! Races of a new config with the calls that end beside it.

use super::*;

fn row() -> ConfigBuilder {
    Config::builder().threshold(9).cooldown(COOLDOWN)
}

fn rate() -> ConfigBuilder {
    Config::builder().failure_rate(1.0).min_calls(5).cooldown(COOLDOWN)
}

/// Configs that keep the consecutive failures in the word, in the window or in both.
fn changes() -> [[ConfigBuilder; 2]; 5] {
    [
        [rate().window_calls(5), row()],
        [row().window_calls(5), rate().window_calls(5)],
        [rate().window_calls(5), row().window_calls(5)],
        [rate().window_calls(5), rate().window_calls(6)],
        [rate().window_calls(5), row().window_buckets(Duration::from_secs(1), 1)],
    ]
}

/// Changes the config beside the end of a call, which is on the other thread or on this one.
/// The call ends the consecutive failures, or is the third of them.
fn change_keeps_consecutive_failures(success: bool, ends_here: bool) {
    for [before, after] in changes() {
        explore(3, move || {
            let (breaker, _hand) = breaker(before);
            for _ in 0..2 {
                breaker.try_acquire().unwrap().failure();
            }
            let permit = acquire(&breaker).unwrap();
            let end = move || if success { permit.success() } else { permit.failure() };
            if ends_here {
                let change = spawn(&breaker, move |b| b.reconfigure(after.build_const()));
                end();
                change.join().unwrap();
            } else {
                let call = thread::spawn(end);
                breaker.reconfigure(after.build_const());
                call.join().unwrap();
            }
            let wanted = if success { 0 } else { 3 };
            assert_eq!(breaker.snapshot().consecutive_failures, wanted);
        });
    }
}

#[test]
fn success_beside_a_new_config_ends_the_consecutive_failures() {
    // [a success is undone by an override]
    change_keeps_consecutive_failures(true, true);
}

#[test]
fn success_beside_a_new_config_of_this_thread_ends_the_consecutive_failures() {
    change_keeps_consecutive_failures(true, false);
}

#[test]
fn failure_beside_a_new_config_is_counted_once() {
    // [a failure is lost, or counted twice in the row]
    change_keeps_consecutive_failures(false, true);
}

#[test]
fn failure_beside_a_new_config_of_this_thread_is_counted_once() {
    change_keeps_consecutive_failures(false, false);
}

#[test]
fn reader_beside_a_new_config_sees_the_consecutive_failures() {
    // [the word is read before the failures are moved there, and the window after that]
    for [before, after] in changes() {
        explore(3, move || {
            let (breaker, _hand) = breaker(before);
            for _ in 0..2 {
                breaker.try_acquire().unwrap().failure();
            }
            let shown = |breaker: &Breaker| breaker.snapshot().consecutive_failures;
            let reader = spawn(&breaker, move |breaker| shown(breaker));
            breaker.reconfigure(after.build_const());
            assert_eq!(reader.join().unwrap(), 2);
            assert_eq!(shown(&breaker), 2);
        });
    }
}

/// A window is changed and changed back while a call is recorded. Nothing of before is left,
/// and of the call no more than itself.
fn change_and_back(before: ConfigBuilder, after: ConfigBuilder) {
    explore(1, move || {
        let (breaker, hand) = breaker(before);
        breaker.try_acquire().unwrap().failure();
        hand.advance(Duration::from_millis(25));
        let permit = acquire(&breaker).unwrap();
        let other = thread::spawn(move || permit.failure());
        breaker.reconfigure(after.build_const());
        breaker.reconfigure(before.build_const());
        breaker.try_acquire().unwrap().success();
        other.join().unwrap();
        let snapshot = breaker.snapshot();
        let found = (snapshot.calls.unwrap(), snapshot.failures.unwrap());
        assert!([(1, 0), (2, 1)].contains(&found), "{found:?}");
    });
}

#[test]
fn window_of_calls_changed_back_beside_a_call_begins_empty() {
    change_and_back(rate().window_calls(5), rate().window_calls(6));
}

#[test]
fn window_of_time_changed_back_beside_a_call_begins_empty() {
    let of = |ms| row().window_buckets(Duration::from_millis(ms), 1);
    change_and_back(of(10), of(1_000));
    change_and_back(of(1_000), of(10));
}

#[test]
fn success_beside_two_new_configs_ends_the_consecutive_failures() {
    explore(3, || {
        let (breaker, _hand) = breaker(row());
        let change = spawn(&breaker, |b| {
            b.reconfigure(rate().window_calls(5).build_const());
            b.reconfigure(row().build_const());
        });
        breaker.try_acquire().unwrap().failure();
        breaker.try_acquire().unwrap().success();
        change.join().unwrap();
        assert_eq!(breaker.snapshot().consecutive_failures, 0);
    });
}

/// A failure that was admitted before the first change and is recorded beside the third, and a
/// success after it.
fn success_after_three_new_configs(changes_here: bool) {
    let rate = || rate().window_calls(5);
    explore(2, move || {
        let (breaker, _hand) = breaker(rate());
        let failing = acquire(&breaker).unwrap();
        breaker.reconfigure(row().build_const());
        let change = move |breaker: &Arc<Breaker>| breaker.reconfigure(rate().build_const());
        let call = move |breaker: &Arc<Breaker>| {
            failing.failure();
            breaker.try_acquire().unwrap().success();
        };
        if changes_here {
            let call = spawn(&breaker, call);
            change(&breaker);
            call.join().unwrap();
        } else {
            let change = spawn(&breaker, change);
            call(&breaker);
            change.join().unwrap();
        }
        assert_eq!(breaker.snapshot().consecutive_failures, 0);
    });
}

#[test]
fn success_after_a_failure_that_outlived_two_configs_ends_the_consecutive_failures() {
    success_after_three_new_configs(false);
    success_after_three_new_configs(true);
}
