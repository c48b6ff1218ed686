//! What counts, as what, and by which clock.

use std::path::Path;

use breakerbox::State;
use breakerbox::testing::Scope;

use crate::{COOLDOWN, breaker, cooled_down, fail, recover, succeed, trip};

#[test]
fn cockatiel_and_pybreaker_ignored_or_cancelled_probe_does_not_close() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    for _ in 0..3 {
        breaker.try_acquire().unwrap().ignore();
        drop(breaker.try_acquire().unwrap());
        assert_eq!(breaker.state(), State::HalfOpen);
        assert_eq!(breaker.snapshot().probe_successes, 0);
    }
    recover(&breaker);
}

#[test]
fn polly_and_opossum_ignored_call_does_not_start_the_count_anew() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(2));
    fail(&breaker);
    breaker.try_acquire().unwrap().ignore();
    drop(breaker.try_acquire().unwrap());
    trip(&breaker);
}

#[test]
fn polly_and_vertx_count_of_failures_in_a_row_is_not_cumulative() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(3));
    for _ in 0..1_000 {
        fail(&breaker);
        fail(&breaker);
        succeed(&breaker);
    }
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
}

#[test]
fn arcly_http_success_resets_the_count_and_dropped_probe_frees_its_slot() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(2));
    fail(&breaker);
    succeed(&breaker);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    trip(&breaker);
    scope.advance(COOLDOWN);
    drop(breaker.try_acquire().unwrap());
    recover(&breaker);
}

#[test]
fn gobreaker_slow_failures_trip_however_long_they_take() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(20));
    for _ in 0..20 {
        let permit = breaker.try_acquire().unwrap();
        scope.advance(COOLDOWN * 360);
        permit.failure();
    }
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn opossum_rejected_calls_are_not_failures() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(2));
    fail(&breaker);
    trip(&breaker);
    for _ in 0..100 {
        assert!(breaker.try_acquire().is_err());
    }
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.rejections, snapshot.episode), (100, 1));
    scope.advance(COOLDOWN);
    recover(&breaker);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

/// [C3]
#[test]
fn disyuntor_breaker_that_recovered_takes_its_whole_threshold_again() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(3));
    for _ in 0..3 {
        fail(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Closed);
        trip(&breaker);
        scope.advance(COOLDOWN);
        recover(&breaker);
    }
}

#[test]
fn opencodex_breaker_that_was_reset_takes_its_whole_threshold_again() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(3));
    fail(&breaker);
    fail(&breaker);
    breaker.reset();
    fail(&breaker);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    trip(&breaker);
}

#[test]
fn resilience4j_and_polly_wall_clock_is_named_in_no_source() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = ["src", "breaker-core/src", "breaker-macros/src"];
    let mut folders: Vec<_> = sources.map(|folder| root.join(folder)).into();
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for word in ["SystemTime", "UNIX_EPOCH", "Realtime"] {
                assert!(!text.contains(word), "`{word}` in {}", path.display());
            }
            read += 1;
        }
    }
    assert!(read > 20, "the sources were found");
}
