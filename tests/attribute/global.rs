//! Annotated functions on the registry of the process, outside any test scope,
//! as a program runs them: there a closed breaker's calls take a shorter way.

use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::Barrier;
use std::task::{Context, Poll, Waker};
use std::thread;

use breakerbox::{BreakerError, Config, Registry, State, circuit_breaker};

#[derive(Clone, Copy)]
enum Does {
    Succeed,
    Fail,
    Panic,
}

#[circuit_breaker(name = "global", threshold = 3, error = |error| error.to_string())]
fn mapped(does: Does) -> Result<(), String> {
    act(does)
}

#[circuit_breaker(name = "global-plain", threshold = 3)]
fn plain(does: Does) -> Result<(), Error> {
    act(does).map_err(|_| Error)
}

#[derive(Debug)]
struct Error;

impl From<BreakerError> for Error {
    fn from(_: BreakerError) -> Self {
        Error
    }
}

fn act(does: Does) -> Result<(), String> {
    match does {
        Does::Succeed => Ok(()),
        Does::Fail => Err("down".into()),
        Does::Panic => panic!("as asked"),
    }
}

fn failures(name: &str) -> u16 {
    Registry::global().get(name).unwrap().snapshot().consecutive_failures
}

#[test]
fn outcomes_and_panics_count_on_the_short_way() {
    for (name, call) in [
        ("global", (|does| mapped(does).is_ok()) as fn(Does) -> bool),
        ("global-plain", |does| plain(does).is_ok()),
    ] {
        assert!(call(Does::Succeed));
        assert!(!call(Does::Fail));
        assert!(catch_unwind(|| call(Does::Panic)).is_err());
        assert_eq!(failures(name), 2);
        assert!(call(Does::Succeed));
        assert_eq!(failures(name), 0);
        assert!(!call(Does::Fail));
        assert!(!call(Does::Fail));
        assert!(catch_unwind(|| call(Does::Panic)).is_err(), "and trips");
        assert_eq!(Registry::global().get(name).unwrap().state(), State::Open);
        assert!(!call(Does::Panic), "the body does not run");
    }
}

#[test]
fn removed_breaker_is_noticed_on_the_short_way() {
    #[circuit_breaker(name = "global-removed", threshold = 1)]
    fn call(does: Does) -> Result<(), Error> {
        act(does).map_err(|_| Error)
    }
    call(Does::Succeed).unwrap();
    let old = Registry::global().remove("global-removed").unwrap();
    let _ = call(Does::Fail);
    assert_eq!(old.state(), State::Closed);
    assert_eq!(Registry::global().get("global-removed").unwrap().state(), State::Open);
}

/// Makes a sync and an async function of one name.
macro_rules! pair {
    ($name:literal) => {{
        #[circuit_breaker(name = $name, threshold = 3)]
        fn one(does: Does) -> Result<(), Error> {
            act(does).map_err(|_| Error)
        }
        #[circuit_breaker(name = $name, threshold = 3)]
        async fn other(does: Does) -> Result<(), Error> {
            std::future::ready(()).await;
            act(does).map_err(|_| Error)
        }
        let other = |does| at_once(other(does)).is_ok();
        [(|does| one(does).is_ok()) as fn(Does) -> bool, other]
    }};
}

fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it has nothing to wait for"),
    }
}

/// Asserts that each of two functions counts the calls of both.
fn assert_shared(name: &str, calls: [fn(Does) -> bool; 2]) {
    for [mine, others] in [calls, [calls[1], calls[0]]] {
        assert!(mine(Does::Succeed) && others(Does::Succeed));
        assert!(!mine(Does::Fail) && !others(Does::Fail));
        assert_eq!(failures(name), 2);
        assert!(mine(Does::Succeed));
        assert_eq!(failures(name), 0);
        assert!(!others(Does::Fail));
        assert!(catch_unwind(|| mine(Does::Panic)).is_err());
        assert!(catch_unwind(|| others(Does::Panic)).is_err(), "and trips");
        let breaker = Registry::global().get(name).unwrap();
        assert_eq!((breaker.state(), breaker.snapshot().episode % 2), (State::Open, 1));
        assert!(!mine(Does::Panic) && !others(Does::Panic), "no body runs");
        breaker.reset();
    }
}

#[test]
fn functions_of_one_name_count_together_whichever_is_first() {
    assert_shared("global-first", pair!("global-first"));
    let [first, second] = pair!("global-second");
    assert_shared("global-second", [second, first]);
}

#[test]
fn breaker_that_is_there_before_its_functions_is_theirs() {
    let config = Config::builder().threshold(3).build().unwrap();
    let by_hand = Registry::global().get_or_insert("global-by-hand", config).unwrap();
    assert_shared("global-by-hand", pair!("global-by-hand"));
    assert_eq!(by_hand.snapshot().episode, 4);
}

#[test]
fn removed_breaker_leaves_no_function_behind() {
    let calls = pair!("global-both-removed");
    assert_shared("global-both-removed", calls);
    let old = Registry::global().remove("global-both-removed").unwrap();
    let before = old.snapshot();
    assert_shared("global-both-removed", calls);
    assert_eq!(old.snapshot().episode, before.episode);
}

#[test]
fn first_calls_at_once_are_counted_by_one_breaker() {
    const THREADS: usize = 8;
    macro_rules! name {
        ($($name:literal)*) => {[$(($name, pair!($name))),*]};
    }
    for (name, calls) in name!["race-1" "race-2" "race-3" "race-4" "race-5" "race-6" "race-7"] {
        // None of them trips at this threshold.
        Registry::global().configure(name, Config::builder().threshold(60_000)).unwrap();
        let together = Barrier::new(THREADS);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (together, call) = (&together, calls[thread % 2]);
                scope.spawn(move || {
                    together.wait();
                    (0..100).for_each(|_| assert!(!call(Does::Fail)));
                });
            }
        });
        assert_eq!(usize::from(failures(name)), THREADS * 100);
    }
}
