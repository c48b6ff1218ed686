//! Races of threads in shards of their own. Each thread writes only to its shard's memory.

use super::hung::{FOUND, HOUR, SLOW, ask, timed};
use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Runs a part of a race in a shard, or in none.
pub(crate) fn in_shard<T>(shard: Option<usize>, part: impl FnOnce() -> T) -> impl FnOnce() -> T {
    move || {
        model::in_shard(shard);
        part()
    }
}

fn settings() -> ConfigBuilder {
    Config::builder().cooldown(COOLDOWN).window_buckets(SECOND, 1)
}

/// Lets two calls fail at once, each in its shard. The second of them must trip.
fn neither_failure_is_overlooked(
    config: ConfigBuilder,
    shards: [Option<usize>; 2],
    least: [usize; 2],
) {
    explore(USUAL, least, move |role| {
        let (breaker, _hand) = breaker(config);
        let [one, two] = permits(&breaker);
        let one = in_shard(shards[0], || one.failure());
        role.race(one, in_shard(shards[1], || two.failure()));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1), "{snapshot:?}");
    });
}

const TWO: [Option<usize>; 2] = [Some(0), Some(1)];

#[test]
fn failures_in_two_shards_trip_by_their_count() {
    // [each thread sums up before it sees the other's record]
    neither_failure_is_overlooked(settings().failure_count(2), TWO, [19_000, 19_000]);
}

#[test]
fn failures_in_two_shards_trip_by_their_rate() {
    neither_failure_is_overlooked(settings().failure_rate(1.0).min_calls(2), TWO, [21_000, 21_000]);
}

#[test]
fn failures_in_two_shards_trip_beside_a_threshold() {
    neither_failure_is_overlooked(settings().threshold(9).failure_count(2), TWO, [19_000, 19_000]);
}

#[test]
fn timed_failures_in_two_shards_trip_by_their_count() {
    // The word does not count a timed call before the window is judged.
    neither_failure_is_overlooked(
        settings().failure_count(2).slow_call(HOUR),
        TWO,
        [17_000, 17_000],
    );
}

#[test]
fn timed_failures_in_two_shards_trip_by_their_rate() {
    let config = settings().failure_rate(1.0).min_calls(2).slow_call(HOUR);
    neither_failure_is_overlooked(config, TWO, [17_000, 17_000]);
}

#[test]
fn timed_failures_in_two_shards_trip_beside_a_threshold() {
    let config = settings().threshold(9).failure_count(2).slow_call(HOUR);
    neither_failure_is_overlooked(config, TWO, [17_000, 17_000]);
}

#[test]
fn failures_in_a_shard_and_in_the_shared_stripe_trip() {
    neither_failure_is_overlooked(settings().failure_count(2), [Some(0), None], [11_000, 8_300]);
}

#[test]
fn timed_failures_in_a_shard_and_in_the_shared_stripe_trip() {
    let config = settings().failure_count(2).slow_call(HOUR);
    neither_failure_is_overlooked(config, [Some(0), None], [9_000, 8_500]);
}

#[test]
fn failure_and_slow_call_in_two_shards_trip() {
    let slow_call = Duration::from_millis(5);
    explore(USUAL, [30_000, 25_000], move |role| {
        let config = settings().failure_rate(1.0).slow_call(slow_call).slow_rate(0.5).min_calls(2);
        let (breaker, hand) = breaker(config);
        let slow = acquire(&breaker).unwrap();
        hand.advance(slow_call);
        let failing = acquire(&breaker).unwrap();
        let slow = in_shard(Some(0), || slow.success());
        role.race(slow, in_shard(Some(1), || failing.failure()));
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn failures_of_a_new_bucket_in_two_shards_trip_with_that_of_the_last() {
    explore(SHALLOW, [9_500, 14_000], |role| {
        let window = Duration::from_millis(20);
        let config = Config::builder().failure_count(3).window_buckets(window, 2);
        let (breaker, hand) = breaker(config.cooldown(COOLDOWN));
        model::in_shard(Some(0));
        breaker.try_acquire().unwrap().failure();
        hand.advance(window / 2);
        let [one, two] = permits(&breaker);
        let one = in_shard(Some(0), || one.failure());
        role.race(one, in_shard(Some(1), || two.failure()));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1), "{snapshot:?}");
    });
}

#[test]
fn failures_in_two_shards_are_of_the_new_episode_alone() {
    explore(SHALLOW, [11_000, 14_000], |role| {
        let (breaker, _hand) = breaker(settings().failure_count(2));
        model::in_shard(Some(0));
        breaker.try_acquire().unwrap().failure();
        let late = acquire(&breaker).unwrap();
        breaker.reset();
        late.failure();
        let [one, two] = permits(&breaker);
        let one = in_shard(Some(0), || one.failure());
        role.race(one, in_shard(Some(1), || two.failure()));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 2), "{snapshot:?}");
        assert_eq!((snapshot.calls, snapshot.failures), (Some(2), Some(2)));
    });
}

#[test]
fn reset_beside_a_failure_in_another_shard_leaves_the_new_window_whole() {
    // [the new episode's first record clears or keeps the old episode's concurrent records]
    explore(SHALLOW, [3_500, 1_300], |role| {
        let (breaker, _hand) = breaker(settings().failure_count(9));
        let old = acquire(&breaker).unwrap();
        let reset = on(&breaker, |breaker| {
            breaker.reset();
            fail_one(breaker);
        });
        let old = in_shard(Some(1), || old.failure());
        role.race(in_shard(Some(0), reset), old);
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.calls, snapshot.failures), (Some(1), Some(1)), "{snapshot:?}");
    });
}

#[test]
fn failures_in_three_stripes_trip_once() {
    explore(Depth::Preemptions(1, 2), [32_000, 31_000, 3_000], |role| {
        let (breaker, _hand) = breaker(settings().failure_count(3));
        let [one, two, three] = permits(&breaker);
        role.race_of_three(
            in_shard(Some(0), || one.failure()),
            in_shard(Some(1), || two.failure()),
            in_shard(None, || three.failure()),
        );
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1), "{snapshot:?}");
    });
}

/// Asserts that a reader of memory to which another thread writes sees no failure without its call,
/// and all calls of earlier buckets.
fn no_failure_is_seen_without_its_call(shard: Option<usize>, new_bucket: bool, least: [usize; 2]) {
    explore(USUAL, least, move |role| {
        let window = Duration::from_millis(20);
        let config = Config::builder().threshold(9).failure_rate(1.0).min_calls(9);
        let (breaker, hand) = breaker(config.window_buckets(window, 2).cooldown(COOLDOWN));
        model::in_shard(shard);
        breaker.try_acquire().unwrap().success();
        breaker.try_acquire().unwrap().failure();
        if new_bucket {
            hand.advance(window / 2);
        }
        let failing = in_shard(shard, on(&breaker, fail_one));
        let (_, seen) = role.race(failing, on(&breaker, |breaker| breaker.snapshot()));
        let seen = (seen.calls.unwrap(), seen.failures.unwrap());
        assert!([(2, 1), (3, 1), (3, 2)].contains(&seen), "{seen:?}");
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.calls, snapshot.failures), (Some(3), Some(2)));
    });
}

#[test]
fn failure_in_a_shard_is_seen_with_its_call() {
    no_failure_is_seen_without_its_call(Some(0), false, [40, 1]);
}

#[test]
fn failure_of_a_new_bucket_in_a_shard_is_seen_with_its_call() {
    no_failure_is_seen_without_its_call(Some(0), true, [370, 1]);
}

#[test]
fn failure_in_the_shared_stripe_is_seen_with_its_call() {
    no_failure_is_seen_without_its_call(None, false, [80, 1]);
}

#[test]
fn failure_of_a_new_bucket_in_the_shared_stripe_is_seen_with_its_call() {
    no_failure_is_seen_without_its_call(None, true, [110, 1]);
}

#[test]
fn rejections_in_two_shards_are_both_counted() {
    explore(Depth::All, [30, 20, 1], |role| {
        let (breaker, _hand) = fresh(config());
        breaker.force_open();
        let reject = || on(&breaker, |breaker| assert!(acquire(breaker).is_none()));
        let read = on(&breaker, |breaker| breaker.snapshot().rejections);
        let (one, two) = (in_shard(Some(0), reject()), in_shard(Some(1), reject()));
        let ((), (), seen) = role.race_of_three(one, two, read);
        assert!(seen <= 2);
        assert_eq!(breaker.snapshot().rejections, 2);
    });
}

#[test]
fn call_that_ends_in_another_shard_as_it_is_found_to_hang_is_slow_once() {
    explore(USUAL, [22, 20], |role| {
        let (breaker, hand) = breaker(timed());
        model::in_shard(Some(0));
        let hanging = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        let ends = in_shard(Some(1), || hanging.success());
        let asks = in_shard(None, on(&breaker, ask));
        role.race(ends, asks);
        hand.advance(FOUND);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}

#[test]
fn call_that_begins_in_one_shard_and_ends_in_another_beside_a_sweep_is_not_slow() {
    // A third thread sweeps while one call moves between shards, and another call hangs.
    explore(SHALLOW, [130, 230, 310], |role| {
        let (breaker, hand) = breaker(timed());
        let hanging = acquire(&breaker).unwrap();
        hand.advance(FOUND - SLOW);
        model::in_shard(Some(0));
        let moving = acquire(&breaker).unwrap();
        hand.advance(SLOW);
        let ends = in_shard(Some(1), || moving.ignore());
        let asks = in_shard(None, on(&breaker, ask));
        let begins = in_shard(Some(0), on(&breaker, acquire));
        let ((), (), begun) = role.race_of_three(ends, asks, begins);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
        hand.advance(FOUND);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
        drop((hanging, begun));
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
    });
}

#[test]
fn late_failure_of_a_call_that_hung_and_a_failure_in_two_shards_trip() {
    explore(SHALLOW, [4_100, 6_200], |role| {
        let config = settings().window_buckets(HOUR, 1).failure_count(2);
        let (breaker, hand) = breaker(config.slow_call(SLOW).slow_rate(1.0));
        let hung = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        let failing = acquire(&breaker).unwrap();
        let hung = in_shard(Some(0), || hung.failure());
        role.race(hung, in_shard(Some(1), || failing.failure()));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1), "{snapshot:?}");
    });
}

#[test]
fn calls_that_begin_in_two_shards_beside_a_sweep_are_found_later() {
    explore(USUAL, [50, 50], |role| {
        let (breaker, hand) = breaker(timed());
        let first = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        let begins = |shard| in_shard(Some(shard), on(&breaker, acquire));
        let begun = role.race(begins(0), begins(1));
        hand.advance(FOUND);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 3);
        drop((first, begun));
        assert_eq!(breaker.snapshot().consecutive_failures, 3);
    });
}

/// Makes a breaker whose window of time has a call from each shard in its bucket.
fn begun(config: ConfigBuilder) -> (Arc<Breaker>, ManualClock) {
    let (breaker, hand) = breaker(config);
    for shard in TWO {
        model::in_shard(shard);
        breaker.try_acquire().unwrap().success();
    }
    (breaker, hand)
}

/// Ends calls in a shard, one after the other.
fn fail_in(shard: Option<usize>, permits: Vec<Permit>) -> impl FnOnce() {
    in_shard(shard, || permits.into_iter().for_each(Permit::failure))
}

/// Lets `counts` calls fail in each of two shards; some of them draw credits. The last one must
/// trip.
fn credits_hide_no_trip(before: usize, counts: [usize; 2], least: [usize; 2]) {
    explore(SHALLOW, least, move |role| {
        let (breaker, _hand) = begun(settings().failure_count(4));
        model::in_shard(Some(0));
        let [one, two] =
            counts.map(|count| (0..count).map(|_| acquire(&breaker).unwrap()).collect());
        (0..before).for_each(|_| fail_one(&breaker));
        role.race(fail_in(Some(0), one), fail_in(Some(1), two));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1), "{snapshot:?}");
    });
}

#[test]
fn failures_that_draw_credits_in_two_shards_trip() {
    // [two looks grant credits at once, each without the other's]
    credits_hide_no_trip(0, [2, 2], [12_000, 12_000]);
}

#[test]
fn failures_that_draw_credits_beside_those_that_look_trip() {
    // [a look leaves credits that matter; a failure draws before it is recorded]
    credits_hide_no_trip(1, [2, 1], [1_800, 1_300]);
    credits_hide_no_trip(1, [1, 2], [3_100, 6_500]);
}

#[test]
fn failure_after_a_new_config_draws_no_credit_of_the_one_before() {
    explore(SHALLOW, [1_000, 4_700], |role| {
        let (breaker, _hand) = begun(settings().failure_count(9));
        model::in_shard(Some(0));
        fail_one(&breaker);
        let failing = acquire(&breaker).unwrap();
        let change = on(&breaker, |breaker| {
            breaker.reconfigure(settings().failure_count(3).build_const());
        });
        role.race(in_shard(Some(0), || failing.failure()), in_shard(Some(1), change));
        model::in_shard(Some(0));
        fail_one(&breaker);
        assert_eq!(breaker.state(), State::Open);
    });
}

/// Returns the consecutive failures, which a window of time does not show.
fn consecutive_failures(breaker: &Breaker) -> u16 {
    breaker.reconfigure(settings().threshold(9).build_const());
    breaker.snapshot().consecutive_failures
}

/// Lets two calls fail, of which the second draws a credit, and runs one `end` of a call in the
/// shard beside `other` in another. Afterwards the number of failures in a row must be in `wanted`.
fn row_is_exact(
    end: fn(Permit),
    other: fn(&Arc<Breaker>),
    wanted: core::ops::RangeInclusive<u16>,
    least: [usize; 2],
) {
    explore(SHALLOW, least, move |role| {
        let (breaker, _hand) = begun(settings().failure_count(9));
        model::in_shard(Some(0));
        (0..2).for_each(|_| fail_one(&breaker));
        let ending = acquire(&breaker).unwrap();
        let one = in_shard(Some(0), move || end(ending));
        role.race(one, in_shard(Some(1), on(&breaker, move |breaker| other(breaker))));
        let found = consecutive_failures(&breaker);
        assert!(wanted.contains(&found), "{found}");
    });
}

fn succeed(breaker: &Arc<Breaker>) {
    breaker.try_acquire().unwrap().success();
}

fn set_threshold(breaker: &Arc<Breaker>) {
    breaker.reconfigure(settings().threshold(9).build_const());
}

#[test]
fn success_beside_a_failure_that_draws_ends_the_consecutive_failures() {
    row_is_exact(Permit::failure, succeed, 0..=1, [1, 9]);
}

#[test]
fn success_beside_a_new_config_ends_the_failures_that_drew() {
    // [the failures of the row move to the word after the success has cleared it]
    row_is_exact(Permit::success, set_threshold, 0..=0, [20, 40]);
}

/// The word has counted no failure, so that an old word looks as if there were none.
#[test]
fn success_beside_a_new_config_ends_the_failures_if_all_of_them_drew() {
    // [a success finds the row moved, and the old word]
    explore(SHALLOW, [13, 36], |role| {
        let (breaker, _hand) = begun(settings().failure_count(9));
        model::in_shard(Some(0));
        // The first failure looks and grants the credit, which the second draws.
        fail_one(&breaker);
        succeed(&breaker);
        fail_one(&breaker);
        let ending = acquire(&breaker).unwrap();
        let one = in_shard(Some(0), move || ending.success());
        role.race(one, in_shard(Some(1), on(&breaker, set_threshold)));
        assert_eq!(consecutive_failures(&breaker), 0);
    });
}

#[test]
fn failure_beside_a_new_config_is_counted_once_beside_those_that_drew() {
    row_is_exact(Permit::failure, set_threshold, 3..=3, [270, 1_400]);
}

#[test]
fn failures_in_two_shards_that_draw_are_all_in_the_row() {
    row_is_exact(Permit::failure, |breaker| fail_one(breaker), 4..=4, [180, 240]);
}
