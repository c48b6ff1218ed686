//! Clocks, cooldowns and their limits.

use std::path::Path;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, ConfigBuilder, State};
use support::{COOLDOWN, MS, breaker, cooled_down, fail, recover, succeed, trip};

use crate::catalogue::rust_files;

const DAY: Duration = Duration::from_secs(86_400);

/// [T1] Resilience4j, Polly.
#[test]
fn wall_clock_is_named_in_no_source() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "breaker-core/src", "breaker-macros/src"] {
        for (path, text) in rust_files(&root.join(folder)) {
            for word in ["SystemTime", "UNIX_EPOCH", "Realtime"] {
                assert!(!text.contains(word), "`{word}` in {}", path.display());
            }
        }
    }
}

/// [T2]
#[test]
fn cooldown_and_uptime_beyond_thirty_two_bits_of_milliseconds_are_kept() {
    let wrap = MS * u32::MAX + MS;
    for uptime in [Duration::ZERO, wrap - COOLDOWN / 2, wrap * 3] {
        for cooldown in [COOLDOWN, wrap, wrap + MS * 5] {
            let scope = Scope::enter();
            scope.advance(uptime);
            let breaker = breaker(&scope, |config| config.cooldown(cooldown));
            trip(&breaker);
            scope.advance(cooldown - MS);
            assert!(!breaker.is_call_permitted());
            scope.advance(MS);
            recover(&breaker);
        }
    }
}

/// [T2]
#[test]
fn window_does_not_find_its_records_again_after_thirty_two_bits_of_buckets() {
    let scope = Scope::enter();
    let config = Config::builder().failure_count(2).window_time(MS * 10).build().unwrap();
    let breaker = scope.registry().get_or_insert("window", config).unwrap();
    fail(&breaker);
    scope.advance(MS * u32::MAX + MS);
    assert_eq!(breaker.snapshot().failures, Some(0), "fifty days later");
    fail(&breaker);
    assert_eq!(breaker.state(), State::Closed, "one in ten milliseconds");
}

/// [T3] Recloser, failsafe-rs.
#[test]
fn endless_cooldown_rejects_for_ever() {
    for cooldown in [Duration::MAX, Duration::from_secs(u64::MAX / 4)] {
        let scope = Scope::enter();
        scope.advance(DAY);
        let breaker = breaker(&scope, |config| {
            config.cooldown(cooldown).slow_call(Duration::MAX).backoff(2.0).jitter(1.0)
        });
        trip(&breaker);
        scope.advance(Duration::MAX);
        assert_eq!(breaker.try_acquire().unwrap_err().retry_after(), None);
        assert_eq!(breaker.snapshot().remaining_cooldown, None);
        breaker.reset();
        breaker.open_for(cooldown);
        assert!(breaker.try_acquire().is_err());
        breaker.reset();
        succeed(&breaker);
    }
}

/// [T3]
#[test]
fn endless_probe_timeout_replaces_no_probe() {
    let scope = Scope::enter();
    let tune = |config: ConfigBuilder| config.probe_timeout(Duration::MAX).window_time(DAY);
    let breaker = cooled_down(&scope, tune);
    let probe = breaker.try_acquire().unwrap();
    scope.advance(Duration::MAX);
    assert!(breaker.try_acquire().is_err());
    probe.success();
    assert_eq!(breaker.state(), State::Closed);
}

/// [T3]
#[test]
fn longest_window_is_empty_at_the_beginning_of_each_episode() {
    let scope = Scope::enter();
    // The longest window begins its numbers anew after some 180,000 episodes.
    for (window, episodes) in [(DAY, 200_000), (DAY / 2, 20_000), (MS * 10, 20_000)] {
        let config = Config::builder().failure_count(1_000).window_time(window);
        let name = format!("{window:?}");
        let breaker = scope.registry().get_or_insert(&name, config.build().unwrap()).unwrap();
        for episode in 0..episodes {
            fail(&breaker);
            let failures = breaker.snapshot().failures;
            assert_eq!(failures, Some(1), "window of {window:?}, reset {episode} times");
            breaker.reset();
        }
    }
}

/// [T4]
#[test]
fn backoff_after_many_failures_is_long_and_never_short() {
    for cap in [None, Some(DAY)] {
        let scope = Scope::enter();
        let breaker = breaker(&scope, |config| {
            let config = config.backoff(2.0);
            if let Some(cap) = cap { config.cooldown_max(cap) } else { config }
        });
        trip(&breaker);
        let mut last = COOLDOWN;
        for attempt in 0..5_000 {
            breaker.half_open();
            trip(&breaker);
            let next = breaker.snapshot().cooldown.unwrap_or(Duration::MAX);
            assert!(next >= last, "{attempt}: {next:?} after {last:?}");
            last = next;
        }
        assert_eq!(last, cap.unwrap_or(Duration::MAX));
    }
}

/// [T6]
#[test]
fn every_timed_thing_runs_on_the_clock_that_was_given() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| {
        config.threshold(3).slow_call(MS * 20).window_time(MS * 100).probe_timeout(MS * 30)
    });
    let slow = breaker.try_acquire().unwrap();
    scope.advance(MS * 20);
    slow.success();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.slow_calls, snapshot.consecutive_failures), (Some(1), 1));
    assert_eq!(snapshot.time_in_state, MS * 20);
    scope.advance(MS * 100);
    assert_eq!(breaker.snapshot().calls, Some(0), "the window has slid");
    fail(&breaker);
    trip(&breaker);
    for _ in 0..1_000 {
        assert!(breaker.try_acquire().is_err(), "while it stands");
    }
    scope.advance(COOLDOWN);
    let lost = breaker.try_acquire().unwrap();
    scope.advance(MS * 30);
    recover(&breaker);
    drop(lost);
}

/// [T7] Documented so: reading changes nothing, and tells that the time is over.
#[test]
fn open_breaker_whose_cooldown_is_over_says_so_before_a_call_comes() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    trip(&breaker);
    scope.advance(COOLDOWN / 2);
    assert_eq!(breaker.snapshot().remaining_cooldown, Some(COOLDOWN / 2));
    scope.advance(DAY);
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.remaining_cooldown), (State::Open, Some(Duration::ZERO)));
    assert!(breaker.is_call_permitted());
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

/// [T8]
#[test]
fn jitter_of_a_seed_is_the_same_in_every_version() {
    let golden = [
        (1, [1_566_562, 1_971_003, 1_444_265, 1_877_349, 1_285_509]),
        (u64::MAX / 3, [1_118_268, 1_650_802, 1_105_962, 1_454_548, 1_949_200]),
    ];
    for (seed, wanted) in golden {
        let config = Config::builder().threshold(1).cooldown(MS * 1_000_000).jitter(1.0);
        let breaker = Breaker::new("golden", config.jitter_seed(seed).build().unwrap());
        let found = wanted.map(|_| {
            trip(&breaker);
            let cooldown = breaker.snapshot().cooldown.unwrap();
            breaker.reset();
            cooldown.as_millis()
        });
        assert_eq!(found, wanted, "seed {seed}");
    }
}

/// [T8]
#[test]
fn jitter_keeps_a_fleet_from_probing_in_step_and_repeats_with_a_seed() {
    let lengths = |seed: Option<u64>| -> Vec<Duration> {
        let config = Config::builder().threshold(1).cooldown(COOLDOWN).jitter(0.5);
        let config = seed.map_or(config, |seed| config.jitter_seed(seed)).build().unwrap();
        let fleet = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let length = |(turn, name)| {
            let breaker = Breaker::new(name, config);
            (0..turn).for_each(|_| breaker.reset());
            trip(&breaker);
            breaker.snapshot().cooldown.unwrap()
        };
        fleet.into_iter().enumerate().map(length).collect()
    };
    let spread = lengths(None);
    assert!(spread.iter().all(|length| (COOLDOWN..=COOLDOWN * 3 / 2).contains(length)));
    assert!(spread.iter().any(|length| *length != spread[0]), "{spread:?}");
    assert_eq!(lengths(Some(7)), lengths(Some(7)));
    assert_ne!(lengths(Some(7)), lengths(Some(8)));
    let scope = Scope::enter();
    recover(&cooled_down(&scope, |config| config));
}
