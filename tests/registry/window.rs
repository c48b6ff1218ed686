//! A window whose kind or size is changed begins empty, and the breaker keeps all else.

use std::time::{Duration, Instant};

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Clock, Config, ConfigBuilder, Registry, State, circuit_breaker};

const SECOND: Duration = Duration::from_secs(1);

fn rate() -> ConfigBuilder {
    Config::builder().failure_rate(0.5)
}

/// Pairs of shapes that differ in kind, size, length or buckets.
fn pairs() -> Vec<[ConfigBuilder; 2]> {
    let shapes = [
        rate().window_calls(10),
        rate().window_calls(20),
        rate().window_calls(1_000_000),
        rate().window_time(SECOND * 10),
        rate().window_time(SECOND * 1_000),
        rate().window_buckets(SECOND * 10, 9),
        rate().window_buckets(SECOND * 10, 20),
        rate().window_buckets(Duration::from_millis(10), 10),
    ];
    let of = |a: ConfigBuilder| shapes.into_iter().map(move |b| [a, b]);
    shapes.into_iter().flat_map(of).filter(|[a, b]| a.build() != b.build()).collect()
}

fn succeed(breaker: &Breaker, times: usize) {
    (0..times).for_each(|_| breaker.try_acquire().unwrap().success());
}

fn fail(breaker: &Breaker, times: usize) {
    (0..times).for_each(|_| breaker.try_acquire().unwrap().failure());
}

/// A breaker whose time stands still: its shortest windows do not slide while a test waits for a
/// core.
fn still(name: &'static str, config: ConfigBuilder) -> Breaker {
    Breaker::new(name, config.build().unwrap()).with_clock(Clock::manual().0)
}

fn window(breaker: &Breaker) -> (u64, u64) {
    let snapshot = breaker.snapshot();
    (snapshot.calls.unwrap(), snapshot.failures.unwrap())
}

/// Plays a change of the window and its undoing, by `change`.
fn undone_change_brings_nothing_back(
    breaker: &Breaker,
    [a, b]: [ConfigBuilder; 2],
    mut change: impl FnMut(ConfigBuilder),
) {
    succeed(breaker, 6);
    fail(breaker, 3);
    assert_eq!(window(breaker), (9, 3), "{a:?}");
    change(b);
    assert_eq!(window(breaker), (0, 0), "{a:?} to {b:?}");
    let row = breaker.snapshot().consecutive_failures;
    assert!(row == 3 || row == 0, "{row}");
    succeed(breaker, 5);
    assert_eq!(window(breaker), (5, 0), "{a:?} to {b:?}");
    change(a);
    assert_eq!(window(breaker), (0, 0), "{a:?} to {b:?} and back");
    fail(breaker, 1);
    assert_eq!((breaker.state(), window(breaker)), (State::Closed, (1, 1)));
    succeed(breaker, 8);
    assert_eq!(window(breaker), (9, 1));
}

#[test]
fn window_changed_and_changed_back_is_empty() {
    for (n, [a, b]) in pairs().into_iter().enumerate() {
        let scope = Scope::enter();
        scope.advance(Duration::from_millis(7_001 * n as u64));
        let config = a.build().unwrap();
        let breaker = scope.registry().get_or_insert("changed", config).unwrap();
        undone_change_brings_nothing_back(&breaker, [a, b], |config| {
            breaker.reconfigure(config.build().unwrap());
        });
    }
}

#[test]
fn window_given_up_and_taken_up_again_is_empty() {
    for [a, _] in pairs() {
        let breaker = still("given-up", a);
        fail(&breaker, 4);
        breaker.reconfigure(Config::builder().threshold(9).build().unwrap());
        breaker.reconfigure(a.build().unwrap());
        assert_eq!(window(&breaker), (0, 0), "{a:?}");
        succeed(&breaker, 9);
        assert_eq!(window(&breaker), (9, 0), "{a:?}");
    }
}

#[test]
fn window_of_equal_shape_stays() {
    for [a, _] in pairs() {
        let breaker = still("rate", a);
        fail(&breaker, 3);
        breaker.reconfigure(a.failure_rate(0.75).threshold(30).build().unwrap());
        assert_eq!(window(&breaker), (3, 3), "{a:?}");
        breaker.reconfigure(a.build().unwrap());
        assert_eq!(window(&breaker), (3, 3), "{a:?}");
    }
}

#[circuit_breaker(name = "overridden", failure_rate = 0.5, window = 10)]
fn overridden(ok: bool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if ok { Ok(()) } else { Err("down".into()) }
}

#[circuit_breaker(name = "tenants", key = tenant, failure_rate = 0.5, window = "10s")]
fn tenants(tenant: u8, ok: bool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let _ = tenant;
    if ok { Ok(()) } else { Err("down".into()) }
}

#[test]
fn window_changed_by_an_override_is_empty_though_the_override_is_undone() {
    for [_, b] in pairs() {
        let scope = Scope::enter();
        overridden(true).unwrap();
        tenants(1, true).unwrap();
        let registry = scope.registry();
        let all = |breakers: &[std::sync::Arc<Breaker>], calls| {
            for breaker in breakers {
                assert_eq!(window(breaker).0, calls, "{} by {b:?}", breaker.name());
            }
        };
        let breakers: Vec<_> = registry.iter().collect();
        assert_eq!(breakers.len(), 2);
        let undo = Config::builder();
        let [before, after] = [rate().window_calls(999), rate().window_time(SECOND * 999)];
        for (name, change) in [
            ("overridden", Registry::configure as fn(&Registry, &str, ConfigBuilder) -> _),
            ("tenants", Registry::configure),
        ] {
            for config in [before, after, b, before, undo] {
                change(registry, name, config).unwrap();
                let breaker = breakers.iter().find(|breaker| *breaker.family() == name).unwrap();
                assert_eq!(window(breaker).0, 0, "{name} by {config:?}");
                succeed(breaker, 2);
                assert_eq!(window(breaker).0, 2);
            }
        }
        registry.configure_all(before).unwrap();
        all(&breakers, 0);
        overridden(true).unwrap();
        tenants(1, true).unwrap();
        registry.configure_all(undo).unwrap();
        all(&breakers, 0);
    }
}

#[test]
fn consecutive_failures_stay_through_every_change_of_the_window() {
    let calls = |n| rate().window_calls(n);
    let tunings = [
        calls(10),
        calls(20),
        calls(20).threshold(1_000),
        calls(10).threshold(1_000),
        calls(10),
        calls(100_000),
        calls(10).slow_call(SECOND * 60),
        Config::builder().threshold(1_000),
        calls(10),
        rate().window_time(SECOND).threshold(1_000),
        rate().window_time(SECOND),
        calls(10),
    ];
    let breaker = Breaker::new("row", tunings[0].build().unwrap());
    for (turn, tuning) in (0..).zip(tunings.iter().cycle().take(100)) {
        breaker.reconfigure(tuning.build().unwrap());
        // Without a threshold or a window of calls, none are shown.
        let is_shown = turn % 12 != 10;
        let shown = |row| if is_shown { row } else { 0 };
        assert_eq!(breaker.snapshot().consecutive_failures, shown(2 * turn), "{tuning:?}");
        fail(&breaker, 2);
        assert_eq!(breaker.snapshot().consecutive_failures, shown(2 * turn + 2), "{tuning:?}");
    }
    succeed(&breaker, 1);
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
}

#[test]
fn failures_counted_in_the_window_go_on_to_a_threshold() {
    let breaker = Breaker::new("row", rate().window_calls(50).build().unwrap());
    fail(&breaker, 2);
    breaker.reconfigure(Config::builder().threshold(3).build().unwrap());
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Open);
}

/// Makes `rounds` changes of the window, with a call after each, and returns the time that a
/// success takes then.
fn time_after(rounds: u32, change: fn(u32) -> ConfigBuilder) -> Duration {
    let breaker = Breaker::new("retuned", change(0).build().unwrap());
    for round in 1..=rounds {
        breaker.reconfigure(change(round).build().unwrap());
        succeed(&breaker, 1);
    }
    let rounds = (0..20).map(|_| {
        let start = Instant::now();
        succeed(&breaker, 1_000);
        start.elapsed()
    });
    rounds.min().unwrap_or_default()
}

#[test]
fn five_thousand_changes_cost_no_time() {
    let changes: [fn(u32) -> ConfigBuilder; 3] = [
        |n| rate().window_calls(10_000 + u64::from(n)),
        |n| rate().window_time(SECOND * (n + 1)),
        |n| match n % 2 {
            0 => rate().window_calls(u64::from(n) + 1),
            _ => rate().window_buckets(SECOND * (n + 60), 1 + u64::from(n) % 60),
        },
    ];
    for change in changes {
        let (few, many) = (time_after(0, change), time_after(5_000, change));
        assert!(many < few * 10, "{few:?} before, {many:?} after");
    }
}
