//! Calls allocate nothing, and new keys allocate little.
//!
//! A number in brackets is that of a failure mode in `tests/defects/catalogue.rs`.

use allocation_counter::measure;
use breakerbox::{Breaker, BreakerError, Config, Registry, circuit_breaker};

#[circuit_breaker(name = "allocations-plain", threshold = 3)]
fn plain(outcome: Result<u8, BreakerError>) -> Result<u8, BreakerError> {
    outcome
}

#[circuit_breaker(name = "allocations-windowed", failure_rate = 0.5, window = "10s")]
fn windowed() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(name = "allocations-keyed", threshold = 1, key = key, error = |e| e.to_string())]
fn keyed(key: &str, fails: bool) -> Result<u8, String> {
    if fails { Err("down".into()) } else { Ok(1) }
}

#[circuit_breaker(name = "allocations-full", threshold = 1, key = key, error = |e| e.to_string())]
fn full(key: &str, fails: bool) -> Result<u8, String> {
    if fails { Err("down".into()) } else { Ok(1) }
}

#[circuit_breaker(
    name = "allocations-long", threshold = 1, key = format_args!("{key}{number}"), error = |e| e.to_string()
)]
fn long(key: &str, number: u32) -> Result<u8, String> {
    Ok(u8::from(!key.is_empty()))
}

/// [G7]
#[test]
fn second_call_allocates_nothing() {
    let first = plain(Ok(1)).and_then(|_| windowed());
    assert_eq!(first, Ok(1));
    let calls = || {
        for _ in 0..1_000 {
            let _ = std::hint::black_box(plain(std::hint::black_box(Ok(1))));
            let _ = std::hint::black_box(windowed());
        }
    };
    assert_eq!(measure(calls).count_total, 0);
}

#[test]
fn rejection_allocates_nothing() {
    let breaker = Registry::global().get_or_insert("allocations-rejecting", Config::new()).unwrap();
    breaker.force_open();
    let rejections = || {
        for _ in 0..1_000 {
            assert!(breaker.try_acquire().is_err());
        }
    };
    assert_eq!(measure(rejections).count_total, 0);
}

/// [G7]
#[test]
fn lookup_of_a_known_key_allocates_nothing() {
    let _ = keyed("known", false);
    let calls = || {
        for _ in 0..1_000 {
            let _ = std::hint::black_box(keyed(std::hint::black_box("known"), false));
        }
    };
    assert_eq!(measure(calls).count_total, 0);
}

#[test]
fn new_key_that_finds_no_room_allocates_nothing() {
    for number in 0..1_000 {
        let _ = full(&number.to_string(), true);
    }
    let _ = full("the first to share", false);
    let calls = || {
        for key in ["new", "newer", "a longer one"].iter().cycle().take(1_000) {
            assert!(full(std::hint::black_box(key), false).is_ok());
        }
    };
    assert_eq!(measure(calls).count_total, 0);
    assert_eq!(Registry::global().get("allocations-full").unwrap().key(), None);
}

#[test]
fn long_keys_hold_on_to_no_more_than_short_ones() {
    let text = "x".repeat(200_000);
    let used = measure(|| {
        for number in 0..100_u32 {
            assert_eq!(long(&text, number), Ok(1));
            assert_eq!(long(&text, number), Ok(1));
        }
    });
    assert!(used.bytes_max < 256 * 1024, "{} bytes", used.bytes_max);
    let kept =
        Registry::global().iter().filter(|breaker| breaker.family() == "allocations-long").count();
    assert_eq!(kept, 100);
}

/// Each change of the window begins a new one, which reuses the memory of an earlier one.
#[test]
fn five_thousand_windows_of_one_breaker_take_the_memory_of_two() {
    let size = |calls| Config::builder().failure_rate(0.9).window_calls(calls).build().unwrap();
    let time = |ms| {
        let length = std::time::Duration::from_millis(ms);
        Config::builder().failure_rate(0.9).window_time(length).build().unwrap()
    };
    let breaker = Breaker::new("retuned", size(10_000));
    let record = || breaker.try_acquire().unwrap().success();
    let first = measure(|| {
        record();
        breaker.reconfigure(time(1_000));
        record();
    });
    let changes = measure(|| {
        for n in 0..5_000 {
            breaker.reconfigure(size(10_000 - n));
            record();
            breaker.reconfigure(time(1_000 + 10 * n));
            record();
        }
    });
    assert!(changes.bytes_current < first.bytes_current, "{changes:?} after {first:?}");
}
