//! Breakers by key in the registry of the process, as a program has them: they stand in memory
//! that other keys have used before.

mod anew;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use breakerbox::{
    BreakerError, CallOutcome, Config, Event, EventKind, Registry, State, circuit_breaker,
};

/// The most keys under one name, in all tests: the registry is that of the process.
const MAX_KEYS: usize = 8;
/// More keys than a seat rests for.
const MANY: usize = 100;

#[derive(Debug)]
enum Error {
    Down,
    Rejected(BreakerError),
}

impl From<BreakerError> for Error {
    fn from(error: BreakerError) -> Self {
        Error::Rejected(error)
    }
}

fn answer(succeeds: bool) -> Result<(), Error> {
    if succeeds { Ok(()) } else { Err(Error::Down) }
}

fn is_rejected(answer: &Result<(), Error>) -> bool {
    matches!(answer, Err(Error::Rejected(_)))
}

fn registry() -> Registry {
    let registry = Registry::global();
    registry.set_max_keys(MAX_KEYS);
    registry
}

/// Brings new keys under a name until all that may go have gone, and others have their seats.
fn crowd(call: impl Fn(&str)) {
    (0..MANY).for_each(|number| call(&format!("crowd-{number}")));
}

fn poll_once(call: Pin<&mut impl Future<Output = Result<(), Error>>>) -> Poll<Result<(), Error>> {
    call.poll(&mut Context::from_waker(Waker::noop()))
}

#[circuit_breaker(name = "busy", threshold = 2, cooldown = "1h", key = key)]
async fn busy(key: &str, end: &AtomicBool) -> Result<(), Error> {
    std::future::poll_fn(
        |_| if end.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending },
    )
    .await;
    answer(false)
}

#[test]
fn key_with_a_call_under_way_stays_wherever_the_call_ends() {
    let registry = registry();
    let end = AtomicBool::new(true);
    let crowd = || crowd(|key| assert!(poll_once(pin!(busy(key, &end))).is_ready()));
    let waits = AtomicBool::new(false);
    let mut call = Box::pin(busy("kept", &waits));
    assert!(poll_once(call.as_mut()).is_pending());
    crowd();
    assert!(registry.get_key("busy", "kept").is_some());
    thread::scope(|scope| {
        scope.spawn(|| {
            waits.store(true, Ordering::Relaxed);
            assert!(matches!(poll_once(call.as_mut()), Poll::Ready(Err(Error::Down))));
            drop(call);
        });
    });
    assert_eq!(registry.get_key("busy", "kept").unwrap().snapshot().consecutive_failures, 1);
    crowd();
    assert!(registry.get_key("busy", "kept").is_none(), "its call has ended");
}

#[circuit_breaker(name = "held", threshold = 2, cooldown = "1h", key = key)]
fn held(key: &str, succeeds: bool) -> Result<(), Error> {
    let _ = key;
    answer(succeeds)
}

#[test]
fn key_that_the_program_holds_stays_and_both_see_one_state() {
    let registry = registry();
    held("a", false).unwrap_err();
    let breaker = registry.get_key("held", "a").unwrap();
    crowd(|key| held(key, true).unwrap());
    assert!(Arc::ptr_eq(&breaker, &registry.get_key("held", "a").unwrap()));
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    breaker.try_acquire().unwrap().failure();
    assert_eq!((breaker.state(), is_rejected(&held("a", true))), (State::Open, true));
    assert_eq!(breaker.snapshot().rejections, 1);
    assert!(!breaker.is_call_permitted() && breaker.try_acquire().is_err());
    breaker.reset();
    held("a", true).unwrap();
    breaker.force_open();
    let Err(Error::Rejected(error)) = held("a", true) else { panic!("it is held open") };
    assert_eq!(error.name(), "held/a");
    breaker.reset();
    breaker
        .reconfigure(Config::builder().threshold(1).cooldown(Duration::from_secs(9)).build_const());
    assert_eq!(breaker.config().threshold(), Some(1));
    held("a", false).unwrap_err();
    let left = breaker.snapshot().remaining_cooldown.unwrap();
    assert!(left < Duration::from_secs(10), "{left:?}");
    assert!(is_rejected(&held("a", true)));
    let listed = registry.iter().find(|it| it.name() == "held/a").unwrap();
    assert_eq!((listed.state(), listed.key()), (State::Open, Some("a")));
    assert!(registry.snapshots().iter().any(|it| it.name == "held/a" && it.state == State::Open));
}

#[circuit_breaker(name = "removed", threshold = 2, cooldown = "1h", key = key)]
fn removed(key: &str, succeeds: bool) -> Result<(), Error> {
    let _ = key;
    answer(succeeds)
}

#[test]
fn removal_is_noticed_by_the_next_call_and_who_holds_the_breaker_keeps_it() {
    let registry = registry();
    let log: Arc<Mutex<Vec<EventKind>>> = Arc::default();
    let copy = Arc::clone(&log);
    removed("a", false).unwrap_err();
    let before = registry.get_key("removed", "a").unwrap();
    let subscription = before.on_event(move |event| copy.lock().unwrap().push(event.kind));
    assert!(Arc::ptr_eq(&registry.remove_key("removed", "a").unwrap(), &before));
    assert_eq!(*log.lock().unwrap(), [EventKind::Removed]);
    removed("a", false).unwrap_err();
    let after = registry.get_key("removed", "a").unwrap();
    assert!(!Arc::ptr_eq(&before, &after));
    assert_eq!(after.snapshot().consecutive_failures, 1);
    crowd(|key| removed(key, true).unwrap());
    before.try_acquire().unwrap().failure();
    assert_eq!((before.state(), after.state()), (State::Open, State::Closed));
    assert_eq!(
        (before.name().as_str(), before.snapshot().name.as_str()),
        ("removed/a", "removed/a")
    );
    drop(before);
    // Another key may have the seat now.
    crowd(|key| removed(key, false).unwrap_err().is_down());
    drop(subscription);
    assert_eq!(log.lock().unwrap().len(), 1, "the listener has been let go");
}

impl Error {
    fn is_down(&self) {
        assert!(matches!(self, Error::Down));
    }
}

#[circuit_breaker(name = "told", threshold = 1, cooldown = "1h", key = key)]
fn told(key: &str, succeeds: bool) -> Result<(), Error> {
    let _ = key;
    answer(succeeds)
}

#[test]
fn events_and_outcomes_are_those_of_the_key_and_episodes_begin_anew() {
    let registry = registry();
    let log: Arc<Mutex<Vec<Event>>> = Arc::default();
    let copy = Arc::clone(&log);
    let _subscription = registry.on_event(move |event| {
        if event.family == "told" {
            copy.lock().unwrap().push(event.clone());
        }
    });
    for number in 0..MANY {
        let key = format!("key-{number}");
        told(&key, true).unwrap();
        let breaker = registry.get_key("told", &key).unwrap();
        let outcomes: Arc<Mutex<Vec<CallOutcome>>> = Arc::default();
        let copy = Arc::clone(&outcomes);
        let subscription = breaker.on_outcome(move |call| copy.lock().unwrap().push(call.clone()));
        told(&key, true).unwrap();
        told(&key, false).unwrap_err();
        assert!(is_rejected(&told(&key, true)));
        drop(subscription);
        breaker.close();
        told(&key, true).unwrap();
        drop(breaker);
        let told_of: Vec<_> = outcomes.lock().unwrap().iter().map(|call| call.episode).collect();
        assert_eq!(told_of, [0, 0]);
        assert!(outcomes.lock().unwrap().iter().all(|call| call.key.as_deref() == Some(&*key)));
        let mut events = std::mem::take(&mut *log.lock().unwrap());
        let gone = number >= MAX_KEYS;
        assert_eq!(events[0].kind == EventKind::Removed, gone, "{events:?}");
        events.drain(..usize::from(gone));
        assert!(events.iter().all(|event| event.key.as_deref() == Some(&*key)), "{events:?}");
        let episodes: Vec<_> = events.iter().map(|event| event.episode).collect();
        assert_eq!(episodes, [1, 1, 2], "{events:?}");
    }
}

#[circuit_breaker(name = "crowded", threshold = 1, cooldown = "1h", key = key)]
fn crowded(key: &str, succeeds: bool) -> Result<(), Error> {
    let _ = key;
    answer(succeeds)
}

#[test]
fn no_outcome_counts_for_another_key_though_keys_come_and_go_on_all_threads() {
    let registry = registry();
    let is_bad = |key: u32| key % 16 == 0;
    thread::scope(|scope| {
        for seed in 0..4 {
            scope.spawn(move || {
                let mut random = 88_172_645_463_325_252_u64 + seed;
                for _ in 0..5_000 {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    let key = u32::try_from(random % 64).unwrap();
                    let text = format!("key-{key}");
                    if let Err(Error::Rejected(error)) = crowded(&text, !is_bad(key)) {
                        // A key that finds no room shares the breaker of the name.
                        let own = error.name() == format!("crowded/{text}").as_str();
                        assert!(own && is_bad(key) || error.name() == "crowded", "{error}");
                    }
                }
            });
        }
    });
    let of_name: Vec<_> = registry.iter().filter(|it| it.family() == "crowded").collect();
    let keyed: Vec<_> = of_name.iter().filter(|it| it.key().is_some()).collect();
    assert_eq!(keyed.len(), MAX_KEYS);
    for breaker in keyed {
        let key: u32 = breaker.key().unwrap().strip_prefix("key-").unwrap().parse().unwrap();
        let snapshot = breaker.snapshot();
        assert_eq!(snapshot.state == State::Open, is_bad(key), "{snapshot:?}");
        assert_eq!(snapshot.consecutive_failures, 0);
    }
}

#[circuit_breaker(name = "override", threshold = 5, cooldown = "1h", key = key)]
fn overridden(key: &str) -> Result<(), Error> {
    let _ = key;
    answer(false)
}

#[test]
fn overrides_of_name_and_key_hold_for_the_keys_that_come() {
    let registry = registry();
    registry.configure("override", Config::builder().threshold(2)).unwrap();
    registry.configure_key("override", "weak", Config::builder().threshold(1)).unwrap();
    for _ in 0..3 {
        overridden("weak").unwrap_err();
        assert!(is_rejected(&overridden("weak")));
        registry.remove_key("override", "weak").unwrap();
        for number in 0..MANY {
            let key = format!("key-{number}");
            overridden(&key).unwrap_err();
            overridden(&key).unwrap_err();
            assert!(is_rejected(&overridden(&key)));
            registry.remove_key("override", &key).unwrap();
        }
    }
    registry.configure("override", Config::builder().threshold(3)).unwrap();
    overridden("later").unwrap_err();
    let later = registry.get_key("override", "later").unwrap();
    assert_eq!((later.config().threshold(), later.snapshot().consecutive_failures), (Some(3), 1));
}

#[circuit_breaker(name = "long-texts", threshold = 1, cooldown = "1h", key = key)]
fn long_texts(key: &str, succeeds: bool) -> Result<(), Error> {
    let _ = key;
    answer(succeeds)
}

#[test]
fn keys_of_every_length_are_told_apart() {
    registry();
    for len in [0, 1, 7, 8, 9, 31, 32, 33, 127, 128, 129, 200, 255, 256, 257, 400] {
        let key = "x".repeat(len);
        long_texts(&key, false).unwrap_err();
        assert!(is_rejected(&long_texts(&key, true)), "{len}");
        for at in [0, len / 2, len.saturating_sub(1)] {
            let mut other = key.clone();
            other.replace_range(at..(at + 1).min(len), "y");
            assert!(long_texts(&other, true).is_ok(), "{len} {at}");
        }
        Registry::global().remove_key("long-texts", &key).unwrap();
    }
}
