//! All calls by their outcome, where `count_calls` is set.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{CallTotals, Clock, Config, Registry, State, circuit_breaker};
use futures_util::FutureExt;
use support::{Fault, Reply, named};

use crate::{answer, failures};

const SECOND: Duration = Duration::from_secs(1);

/// Successes, failures, ignored and cancelled calls.
fn all(calls: Option<CallTotals>) -> [u64; 4] {
    let CallTotals { successes, failures, ignored, cancelled, .. } = calls.expect("counted");
    [successes, failures, ignored, cancelled]
}

/// Functions of one name that call `body`, by each route that a call can take.
macro_rules! routes {
    ($module:ident: $($tuning:tt)*) => {
        mod $module {
            use super::*;

            const NAME: &str = concat!("calls-", stringify!($module));

            #[circuit_breaker(name = NAME, count_calls = true, $($tuning)*)]
            pub(super) fn plain(body: &dyn Fn() -> Reply) -> Reply {
                body()
            }

            #[circuit_breaker(name = NAME, count_calls = true, $($tuning)*, ignore = Ok(7))]
            pub(super) fn judged(body: &dyn Fn() -> Reply) -> Reply {
                body()
            }

            #[circuit_breaker(name = NAME, count_calls = true, $($tuning)*)]
            pub(super) async fn polled(body: &dyn Fn() -> Reply) -> Reply {
                tokio::task::yield_now().await;
                body()
            }

            #[circuit_breaker(name = NAME, count_calls = true, $($tuning)*, ignore = Ok(7))]
            pub(super) async fn polled_and_judged(body: &dyn Fn() -> Reply) -> Reply {
                tokio::task::yield_now().await;
                body()
            }

            async fn call_by_each_route() {
                let succeeds: &dyn Fn() -> Reply = &|| answer(true);
                let fails: &dyn Fn() -> Reply = &|| answer(false);
                let is_ignored: &dyn Fn() -> Reply = &|| Ok(7);
                let panics: &dyn Fn() -> Reply = &|| panic!("on purpose");
                for round in 1..=50 {
                    for route in [plain, judged] {
                        route(fails).unwrap_err();
                        route(succeeds).unwrap();
                        route(succeeds).unwrap();
                        catch_unwind(AssertUnwindSafe(|| route(panics))).unwrap_err();
                    }
                    polled(fails).await.unwrap_err();
                    polled(succeeds).await.unwrap();
                    polled_and_judged(succeeds).await.unwrap();
                    assert!(polled(succeeds).now_or_never().is_none());
                    assert!(polled_and_judged(succeeds).now_or_never().is_none());
                    drop(polled(succeeds));
                    AssertUnwindSafe(polled(panics)).catch_unwind().await.unwrap_err();
                    judged(is_ignored).unwrap();
                    polled_and_judged(is_ignored).await.unwrap();
                    let totals = Registry::global().get(NAME).unwrap().totals();
                    let wanted = [6 * round, 6 * round, 2 * round, 2 * round];
                    assert_eq!(all(totals.calls), wanted, "{totals:?}");
                    assert_eq!(failures(&totals).iter().sum::<u64>(), 6 * round);
                }
                let snapshot = Registry::global().get(NAME).unwrap().snapshot();
                assert_eq!((snapshot.state, snapshot.late_outcomes), (State::Closed, 0));
            }

            #[tokio::test]
            async fn calls_of_each_route_are_counted_by_outcome() {
                call_by_each_route().await;
            }

            /// A call in a scope takes another way than one outside.
            #[tokio::test]
            async fn calls_of_each_route_are_counted_by_outcome_in_a_scope() {
                let _scope = Scope::enter();
                call_by_each_route().await;
            }
        }
    };
}

each_tuning!(routes);

#[circuit_breaker(name = "plain", threshold = 2)]
fn uncounted(succeeds: bool) -> Reply {
    answer(succeeds)
}

#[test]
fn nothing_is_counted_without_the_key_and_an_override_turns_it_on_and_off() {
    let scope = Scope::enter();
    uncounted(true).unwrap();
    let breaker = named(&scope, "plain");
    assert_eq!((breaker.totals().calls, breaker.config().count_calls()), (None, false));
    let counts = |counts| Config::builder().count_calls(counts);
    scope.registry().configure("plain", counts(true)).unwrap();
    assert_eq!(all(breaker.totals().calls), [0; 4]);
    uncounted(false).unwrap_err();
    uncounted(true).unwrap();
    assert_eq!(all(breaker.totals().calls), [1, 1, 0, 0]);
    assert_eq!(breaker.snapshot().consecutive_failures, 0, "a success that is counted clears them");
    scope.registry().configure("plain", counts(false)).unwrap();
    uncounted(true).unwrap();
    assert_eq!(breaker.totals().calls, None);
    scope.registry().configure("plain", counts(true)).unwrap();
    assert_eq!(all(breaker.totals().calls), [1, 1, 0, 0], "it goes on from there");
}

#[test]
fn each_call_is_counted_once_in_every_state() {
    let (clock, hand) = Clock::manual();
    let config = Config::builder().threshold(2).cooldown(SECOND).count_calls(true);
    let breaker = breakerbox::Breaker::new("db", config.build().unwrap()).with_clock(clock);
    let late = [(); 3].map(|()| breaker.try_acquire().unwrap());
    for _ in 0..2 {
        breaker.try_acquire().unwrap().failure();
    }
    for permit in late {
        permit.success();
    }
    assert!(breaker.try_acquire().is_err());
    assert_eq!(all(breaker.totals().calls), [0, 2, 0, 0]);
    hand.advance(SECOND);
    drop(breaker.try_acquire().unwrap());
    breaker.try_acquire().unwrap().ignore();
    let inner = breaker.call(|| breaker.call(|| answer(true)));
    assert_eq!((inner, breaker.state()), (Ok(1), State::Closed));
    assert_eq!(all(breaker.totals().calls), [1, 2, 1, 1], "one inside of a probe is part of it");
    breaker.disable();
    breaker.try_acquire().unwrap().success();
    breaker.observe();
    breaker.try_acquire().unwrap().success();
    assert_eq!(all(breaker.totals().calls), [2, 2, 1, 1]);
    let totals = breaker.totals();
    assert_eq!((totals.late_outcomes, totals.rejections, totals.probes), (3, 1, 3));
}

#[test]
fn call_that_hangs_is_one_call() {
    for rate in [None, Some(1.0)] {
        let (clock, hand) = Clock::manual();
        let mut config = Config::builder().threshold(100).slow_call(SECOND).count_calls(true);
        if let Some(rate) = rate {
            config = config.slow_rate(rate).min_calls(100);
        }
        let breaker = breakerbox::Breaker::new("db", config.build().unwrap()).with_clock(clock);
        let out = [(); 3].map(|()| breaker.try_acquire().unwrap());
        hand.advance(SECOND * 2);
        breaker.try_acquire().unwrap().success();
        let [first, second, third] = out;
        first.success();
        second.failure();
        third.ignore();
        let wanted = if rate.is_some() { [2, 1, 1, 0] } else { [1, 3, 0, 0] };
        assert_eq!(all(breaker.totals().calls), wanted);
    }
}

#[circuit_breaker(name = "counted", key = key, threshold = 60_000, count_calls = true)]
fn keyed(key: u64, succeeds: bool) -> Reply {
    let _ = key;
    answer(succeeds)
}

#[circuit_breaker(name = "counted-all", threshold = 5, cooldown = "1ms", count_calls = true)]
fn tripping(ran: &AtomicU64, succeeds: bool) -> Reply {
    ran.fetch_add(1, Ordering::Relaxed);
    answer(succeeds)
}

/// In the registry of the process, by the routes that a program takes.
#[test]
fn calls_of_many_threads_are_counted_exactly() {
    const THREADS: u64 = 8;
    const CALLS: u64 = 100_000;
    let ran = AtomicU64::new(0);
    let rejected = AtomicU64::new(0);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (ran, rejected) = (&ran, &rejected);
            scope.spawn(move || {
                for call in 0..CALLS {
                    let _ = keyed(thread % 3, call % 4 > 0);
                    if let Err(Fault::Rejected(_)) = tripping(ran, call % 16 > 5) {
                        rejected.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let registry = Registry::global();
    let keys = (0..3).map(|key| registry.get_key("counted", key).unwrap().totals());
    let sums = keys.fold([0; 4], |sums, totals| {
        let calls = all(totals.calls);
        [0, 1, 2, 3].map(|at| sums[at] + calls[at])
    });
    assert_eq!(sums, [THREADS * CALLS * 3 / 4, THREADS * CALLS / 4, 0, 0]);

    let totals = registry.get("counted-all").unwrap().totals();
    let counted = all(totals.calls).iter().sum::<u64>() + totals.late_outcomes;
    assert_eq!(totals.rejections, rejected.into_inner());
    assert_eq!(counted, ran.into_inner(), "{totals:?}");
    assert!(totals.transitions().count() >= 2, "it has tripped");
}
