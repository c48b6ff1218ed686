//! Failures by kind: error, slow, timed out, panicked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, Registry, State, Verdict, circuit_breaker};
use futures_util::FutureExt;
use support::{Fault, Reply};

use crate::{answer, failures};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// Functions of one name that call `body`, by each route that a call can take.
macro_rules! routes {
    ($module:ident: $($tuning:tt)*) => {
        mod $module {
            use super::*;

            const NAME: &str = concat!("failures-", stringify!($module));

            #[circuit_breaker(name = NAME, $($tuning)*)]
            pub(super) fn plain(body: &dyn Fn() -> Reply) -> Reply {
                body()
            }

            #[circuit_breaker(name = NAME, $($tuning)*, failure(Err(Fault::Down)))]
            pub(super) fn judged(body: &dyn Fn() -> Reply) -> Reply {
                body()
            }

            #[circuit_breaker(name = NAME, $($tuning)*)]
            pub(super) async fn polled(body: &dyn Fn() -> Reply) -> Reply {
                tokio::task::yield_now().await;
                body()
            }

            #[circuit_breaker(
                name = NAME, $($tuning)*, failure(Err(Fault::Down)), on_cancel = "failure"
            )]
            pub(super) async fn polled_and_judged(body: &dyn Fn() -> Reply) -> Reply {
                tokio::task::yield_now().await;
                body()
            }

            #[circuit_breaker(name = NAME, $($tuning)*, timeout = "1ms")]
            pub(super) async fn bounded(body: &dyn Fn() -> Reply) -> Reply {
                tokio::time::sleep(HOUR).await;
                body()
            }

            async fn call_by_each_route() {
                let fails: &dyn Fn() -> Reply = &|| answer(false);
                let panics: &dyn Fn() -> Reply = &|| panic!("on purpose");
                for round in 1..=100 {
                    plain(fails).unwrap_err();
                    judged(fails).unwrap_err();
                    polled(fails).await.unwrap_err();
                    polled_and_judged(fails).await.unwrap_err();
                    assert!(polled_and_judged(fails).now_or_never().is_none(), "it is cancelled");
                    plain(&|| answer(true)).unwrap();
                    bounded(fails).await.unwrap_err();
                    for route in [plain, judged] {
                        catch_unwind(AssertUnwindSafe(|| route(panics))).unwrap_err();
                    }
                    AssertUnwindSafe(polled(panics)).catch_unwind().await.unwrap_err();
                    AssertUnwindSafe(polled_and_judged(panics)).catch_unwind().await.unwrap_err();
                    assert!(polled(fails).now_or_never().is_none(), "it is cancelled");
                    let totals = Registry::global().get(NAME).unwrap().totals();
                    assert_eq!(failures(&totals), [5 * round, 0, round, 4 * round]);
                }
                assert_eq!(Registry::global().get(NAME).unwrap().state(), State::Closed);
            }

            #[tokio::test(start_paused = true)]
            async fn failures_of_each_route_are_counted_by_kind() {
                call_by_each_route().await;
            }

            /// A call in a scope takes another way than one outside.
            #[tokio::test(start_paused = true)]
            async fn failures_of_each_route_are_counted_by_kind_in_a_scope() {
                let _scope = Scope::enter();
                call_by_each_route().await;
            }
        }
    };
}

each_tuning!(routes);

fn breaker(config: breakerbox::ConfigBuilder) -> (Breaker, breakerbox::ManualClock) {
    let (clock, hand) = breakerbox::Clock::manual();
    (Breaker::new("db", config.build().unwrap()).with_clock(clock), hand)
}

fn end(breaker: &Breaker, verdict: Verdict) {
    breaker.try_acquire().unwrap().record(verdict);
}

#[test]
fn slow_success_is_a_slow_failure_and_a_slow_error_an_error() {
    let (breaker, hand) = breaker(Config::builder().threshold(100).slow_call(SECOND));
    for succeeds in [true, false] {
        let permit = breaker.try_acquire().unwrap();
        hand.advance(SECOND);
        if succeeds { permit.success() } else { permit.failure() }
    }
    assert_eq!(failures(&breaker.totals()), [1, 1, 0, 0]);
}

#[test]
fn slow_call_is_no_failure_beside_a_slow_rate_but_as_a_probe() {
    let rate = Config::builder().slow_call(SECOND).slow_rate(1.0).threshold(100);
    let (breaker, hand) = breaker(rate.cooldown(SECOND));
    let slow = || {
        let permit = breaker.try_acquire().unwrap();
        hand.advance(SECOND);
        permit.success();
    };
    slow();
    assert_eq!(failures(&breaker.totals()), [0; 4]);
    breaker.half_open();
    slow();
    assert_eq!((failures(&breaker.totals()), breaker.state()), ([0, 1, 0, 0], State::Open));
}

#[test]
fn call_that_hangs_is_slow_once_whatever_comes_of_it() {
    for rate in [None, Some(1.0)] {
        let mut config = Config::builder().threshold(100).slow_call(SECOND).min_calls(100);
        if let Some(rate) = rate {
            config = config.slow_rate(rate);
        }
        let (breaker, hand) = breaker(config);
        let hangs = breaker.try_acquire().unwrap();
        hand.advance(SECOND * 2);
        breaker.try_acquire().unwrap().success();
        let slow = u64::from(rate.is_none());
        assert_eq!(failures(&breaker.totals()), [0, slow, 0, 0], "found by the next call");
        hangs.failure();
        // Beside a slow rate it was no failure yet.
        assert_eq!(failures(&breaker.totals()), [1 - slow, slow, 0, 0], "{rate:?}");
    }
}

#[test]
fn probe_that_hangs_is_slow_once() {
    let (breaker, hand) = breaker(Config::builder().slow_call(SECOND).cooldown(HOUR));
    breaker.half_open();
    let hangs = breaker.try_acquire().unwrap();
    hand.advance(SECOND);
    breaker.try_acquire().unwrap_err();
    assert_eq!((failures(&breaker.totals()), breaker.state()), ([0, 1, 0, 0], State::Open));
    hangs.failure();
    let totals = breaker.totals();
    assert_eq!((failures(&totals), totals.late_outcomes), ([0, 1, 0, 0], 1));
}

#[test]
fn failure_that_counts_nowhere_is_no_failure() {
    let (breaker, _hand) = breaker(Config::builder().threshold(100));
    let late = breaker.try_acquire().unwrap();
    breaker.reset();
    late.failure();
    breaker.disable();
    breaker.try_acquire().unwrap().failure();
    breaker.half_open();
    let answered = breaker.call(|| {
        breaker.try_acquire().unwrap().failure();
        answer(true)
    });
    assert_eq!((answered, breaker.state()), (Ok(1), State::Closed), "it was inside of a probe");
    assert_eq!(failures(&breaker.totals()), [0; 4]);
    breaker.observe();
    breaker.try_acquire().unwrap().failure();
    assert_eq!(failures(&breaker.totals()), [1, 0, 0, 0], "an observing breaker counts");
}

#[test]
fn failures_that_trip_probes_that_fail_and_those_that_trip_at_once_count() {
    let down = Verdict::from(breakerbox::Outcome::Failure);
    for config in [
        Config::builder().threshold(2),
        Config::builder().failure_count(2).window_calls(10),
        Config::builder().failure_count(2).window_time(SECOND * 10),
    ] {
        let (breaker, _hand) = breaker(config);
        end(&breaker, down);
        end(&breaker, down);
        assert_eq!((failures(&breaker.totals()), breaker.state()), ([2, 0, 0, 0], State::Open));
        breaker.half_open();
        end(&breaker, down);
        assert_eq!((failures(&breaker.totals()), breaker.state()), ([3, 0, 0, 0], State::Open));
        breaker.reset();
        end(&breaker, down.trip());
        assert_eq!((failures(&breaker.totals()), breaker.state()), ([4, 0, 0, 0], State::Open));
    }
}

#[test]
fn failures_of_many_threads_are_counted_exactly() {
    const THREADS: u64 = 8;
    const CALLS: u64 = 100_000;
    for config in [
        Config::builder().threshold(60_000),
        Config::builder().failure_rate(1.0).window_calls(100),
        Config::builder().failure_rate(1.0).window_time(SECOND * 10),
    ] {
        let (breaker, _hand) = breaker(config);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for call in 0..CALLS {
                        let permit = breaker.try_acquire().unwrap();
                        if call % 2 == 0 { permit.success() } else { permit.failure() }
                    }
                });
            }
        });
        let wanted = [THREADS * CALLS / 2, 0, 0, 0];
        assert_eq!(failures(&breaker.totals()), wanted, "{config:?}");
    }
}

/// The failures of a breaker without a window stand in its word, which forgets them.
#[test]
fn failures_stay_counted_when_config_or_state_changes() {
    let row = || Config::builder().threshold(100);
    let window = || row().failure_count(100).window_calls(200);
    let (breaker, _hand) = breaker(row());
    let down = Verdict::from(breakerbox::Outcome::Failure);
    let mut wanted = 0;
    for round in 0..20 {
        let config = if round % 2 == 0 { window() } else { row().threshold(100 - round) };
        let changes: [&dyn Fn(); 7] = [
            &|| breaker.reconfigure(config.build().unwrap()),
            &|| breaker.observe(),
            &|| breaker.reset(),
            &|| breaker.try_acquire().unwrap().success(),
            &|| breaker.disable(),
            &|| breaker.reset(),
            &|| breaker.force_open(),
        ];
        for change in changes {
            if breaker.state() == State::Closed {
                end(&breaker, down);
                end(&breaker, down);
                wanted += 2;
            }
            change();
            assert_eq!(failures(&breaker.totals()), [wanted, 0, 0, 0], "round {round}");
        }
        breaker.reset();
    }
    assert!(wanted >= 20 * 10, "{wanted}");
}

#[test]
fn readings_beside_calls_and_changes_never_fall_and_never_run_ahead() {
    const CALLS: u64 = 200_000;
    let (breaker, _hand) = breaker(Config::builder().threshold(60_000));
    let begun = AtomicU64::new(0);
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut last = 0;
            while !ends.load(Ordering::Acquire) {
                let [errors, ..] = failures(&breaker.totals());
                assert!(errors >= last, "{errors} after {last}");
                assert!(errors <= begun.load(Ordering::SeqCst), "{errors} are too many");
                last = errors;
            }
        });
        scope.spawn(|| {
            let row = Config::builder().threshold(60_000).build().unwrap();
            let window =
                Config::builder().failure_count(60_000).window_time(SECOND).build().unwrap();
            while !ends.load(Ordering::Acquire) {
                breaker.reconfigure(window);
                breaker.reconfigure(row);
                breaker.observe();
                breaker.reset();
            }
        });
        for call in 0..CALLS {
            let permit = breaker.try_acquire().unwrap();
            if call % 10 == 0 {
                permit.success();
            } else {
                begun.fetch_add(1, Ordering::SeqCst);
                permit.failure();
            }
        }
        ends.store(true, Ordering::Release);
    });
    let totals = breaker.totals();
    let [errors, ..] = failures(&totals);
    let begun = begun.into_inner();
    assert!(errors <= begun && errors + totals.late_outcomes >= begun, "{errors}: {totals:?}");
}
