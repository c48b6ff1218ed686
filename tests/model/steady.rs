//! A service that has recovered, and answers each call after one length of time: shorter or
//! longer than each time in the tuning. Callers come at a steady pace. The breaker must close,
//! unless every call is too slow or runs out of its time.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Config, ConfigBuilder, Permit, State, circuit_breaker};

const MS: Duration = Duration::from_millis(1);
/// The length of a history, in milliseconds.
const END: u64 = 2_000;

/// A tuning, with the times in it, in milliseconds.
struct Times {
    text: &'static str,
    config: fn(ConfigBuilder) -> ConfigBuilder,
    bounds: &'static [u64],
    slow_call: Option<u64>,
}

const COOLDOWN: u64 = 20;

const ALL: [Times; 9] = [
    Times { text: "defaults", config: |config| config, bounds: &[COOLDOWN], slow_call: None },
    Times {
        text: "probes",
        config: |config| config.probes(3).success_threshold(2),
        bounds: &[COOLDOWN],
        slow_call: None,
    },
    Times {
        text: "many successes, one probe",
        config: |config| config.success_threshold(5),
        bounds: &[COOLDOWN],
        slow_call: None,
    },
    Times {
        text: "short probe timeout",
        config: |config| config.probe_timeout(MS * 3).success_threshold(2),
        bounds: &[COOLDOWN, 3],
        slow_call: None,
    },
    Times {
        text: "long probe timeout",
        config: |config| config.probe_timeout(MS * 75),
        bounds: &[COOLDOWN, 75],
        slow_call: None,
    },
    Times {
        text: "slow calls, longer than the cooldown",
        config: |config| config.slow_call(MS * 50),
        bounds: &[COOLDOWN, 50],
        slow_call: Some(50),
    },
    Times {
        text: "slow calls, shorter than the cooldown, by their rate",
        config: |config| config.slow_call(MS * 10).slow_rate(0.5).window_calls(20).threshold(1),
        bounds: &[COOLDOWN, 10],
        slow_call: Some(10),
    },
    Times {
        text: "a window of time",
        config: |config| config.failure_rate(0.5).min_calls(1).window_time(MS * 40),
        bounds: &[COOLDOWN, 40],
        slow_call: None,
    },
    Times {
        text: "growing cooldowns",
        config: |config| config.backoff(2.0).cooldown_max(MS * 80),
        bounds: &[COOLDOWN, 40, 80],
        slow_call: None,
    },
];

/// The lengths of calls on both sides of each time, and of its double.
fn lengths(bounds: &[u64]) -> impl Iterator<Item = u64> {
    let around = |time: u64| [time - 1, time, time + 1, 2 * time - 1, 2 * time, 2 * time + 1];
    bounds.iter().copied().flat_map(around)
}

/// Plays one history of a breaker that has just tripped. Returns when it closed.
fn play(scope: &Scope, breaker: &Breaker, length: u64, gap: u64) -> Option<u64> {
    let mut out: VecDeque<(u64, Permit<&Breaker>)> = VecDeque::new();
    let mut closed = None;
    for now in 0..END {
        while out.front().is_some_and(|(end, _)| *end <= now) {
            let (_, permit) = out.pop_front().unwrap();
            permit.success();
        }
        match (closed, breaker.state()) {
            (None, State::Closed) => closed = Some(now),
            (Some(_), state) => assert_eq!(state, State::Closed, "it stays closed"),
            _ => {}
        }
        if now % gap == 0 {
            match breaker.try_acquire() {
                Ok(permit) => out.push_back((now + length, permit)),
                Err(error) => assert!(closed.is_none(), "{error}"),
            }
        }
        scope.advance(MS);
    }
    closed
}

#[test]
fn service_that_is_well_closes_its_breaker_however_long_its_answers_take() {
    for Times { text, config, bounds, slow_call } in ALL {
        for (length, gap) in lengths(bounds).flat_map(|length| [1, 2, 7].map(|gap| (length, gap))) {
            let scope = Scope::enter();
            let config = config(Config::builder().cooldown(MS * 20)).build().unwrap();
            let breaker = scope.registry().get_or_insert("steady", config).unwrap();
            while breaker.state() == State::Closed {
                breaker.try_acquire().unwrap().failure();
            }
            let closed = play(&scope, &breaker, length, gap);
            let case = format!("{text}: {length} ms each, one in {gap} ms: {closed:?}");
            if slow_call.is_some_and(|bound| length >= bound) {
                assert_eq!(closed, None, "{case}");
                continue;
            }
            // One probe after the other, each with the wait for its caller.
            let probes = u64::from(config.success_threshold());
            let latest = COOLDOWN + gap + probes * (length + gap);
            assert!(closed.is_some_and(|closed| closed <= latest), "{case}, not by {latest}");
        }
    }
}

/// The attribute's page warns of a cooldown that is much shorter than the answers.
#[test]
fn cooldown_of_one_second_and_answers_of_forty_let_out_forty_probes() {
    let scope = Scope::enter();
    let config = Config::builder().threshold(1).cooldown(MS * 1_000).build().unwrap();
    let breaker = scope.registry().get_or_insert("forty", config).unwrap();
    breaker.try_acquire().unwrap().failure();
    let mut out = Vec::new();
    for _ in 0..40_000 {
        scope.advance(MS);
        out.extend(breaker.try_acquire());
    }
    assert_eq!((out.len(), breaker.snapshot().probes_in_flight), (40, 1));
    let mut out = out.into_iter();
    out.next().unwrap().success();
    assert_eq!(breaker.state(), State::Closed);
}

const TIMEOUT: u64 = 50;

#[circuit_breaker(name = "timed", threshold = 1, cooldown = "20ms", timeout = "50ms")]
async fn timed(length: u64) -> Result<(), BreakerError> {
    tokio::time::sleep(MS * u32::try_from(length).unwrap()).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn probe_with_a_time_limit_keeps_its_slot_that_long() {
    for length in [19, 20, 21, 39, 40, 41, TIMEOUT - 1, TIMEOUT + 1, 2 * TIMEOUT] {
        let scope = Scope::enter();
        let mut out: Vec<Pin<Box<dyn Future<Output = _>>>> = Vec::new();
        assert!(timed(2 * TIMEOUT).await.is_err(), "it trips");
        let breaker = scope.registry().get("timed").unwrap();
        let (mut most, mut closed) = (0, None);
        for now in 0..END {
            out.retain_mut(|call| poll(call).is_pending());
            let mut call: Pin<Box<dyn Future<Output = _>>> = Box::pin(timed(length));
            if poll(&mut call).is_pending() {
                out.push(call);
            }
            if closed.is_none() {
                most = most.max(out.len());
                closed = (breaker.state() == State::Closed).then_some(now);
            }
            scope.advance(MS);
            tokio::time::advance(MS).await;
        }
        if length < TIMEOUT {
            assert!(closed.is_some_and(|closed| closed <= COOLDOWN + length + 3), "{closed:?}");
        } else {
            assert_eq!(closed, None, "each runs out of its time");
        }
        assert_eq!(most, 1, "probes of {length} ms at once");
    }
}

fn poll<T>(call: &mut Pin<Box<dyn Future<Output = T>>>) -> Poll<T> {
    call.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
