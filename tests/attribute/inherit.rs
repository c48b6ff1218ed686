//! Work that a probe hands to other tasks and threads, by `inherit` and `inherit_fn`; `is_probe`.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use breakerbox::testing::{Handle, Scope};
use breakerbox::{Breaker, Config, Outcome, State, circuit_breaker, inherit, inherit_fn, is_probe};
use support::{DOWN, Reply, named, now};

const COOLDOWN: Duration = Duration::from_secs(1);

#[circuit_breaker(name = "parts", threshold = 1, cooldown = "1s")]
async fn part(reply: Reply) -> Reply {
    tokio::task::yield_now().await;
    reply
}

#[circuit_breaker(name = "parts", threshold = 1, cooldown = "1s")]
fn sync_part(reply: Reply) -> Reply {
    reply
}

/// Opens the breaker, and lets the cooldown pass.
fn cooled_down(scope: &Scope) -> Arc<Breaker> {
    assert_eq!(sync_part(DOWN), DOWN);
    scope.advance(COOLDOWN);
    named(scope, "parts")
}

fn recovered(breaker: &Breaker) {
    let snapshot = breaker.snapshot();
    assert_eq!(snapshot.state, State::Closed);
    assert_eq!((snapshot.rejections, snapshot.late_outcomes), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawned_task_belongs_to_the_probe() {
    #[circuit_breaker(name = "parts", threshold = 1, cooldown = "1s")]
    async fn whole(handle: Handle) -> Reply {
        let spawn = |reply| tokio::spawn(handle.wrap(inherit(part(reply))));
        let (one, other) = (spawn(Ok(1)), spawn(Ok(2)));
        Ok(one.await.unwrap()? + other.await.unwrap()?)
    }
    let scope = Scope::enter();
    let breaker = cooled_down(&scope);
    assert_eq!(whole(scope.handle()).await, Ok(3));
    recovered(&breaker);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocking_task_belongs_to_the_probe_and_so_does_what_it_hands_on() {
    #[circuit_breaker(name = "parts", threshold = 1, cooldown = "1s")]
    async fn whole(handle: Handle) -> Reply {
        let work = inherit_fn(move || {
            let _entered = handle.enter();
            let inner = handle.clone();
            let nested = inherit_fn(move || {
                let _entered = inner.enter();
                assert!(is_probe());
                sync_part(Ok(1))
            });
            Ok(sync_part(Ok(2))? + thread::spawn(nested).join().unwrap()?)
        });
        tokio::task::spawn_blocking(work).await.unwrap()
    }
    let scope = Scope::enter();
    let breaker = cooled_down(&scope);
    assert_eq!(whole(scope.handle()).await, Ok(3));
    recovered(&breaker);
}

#[test]
fn scoped_threads_belong_to_the_probe() {
    #[circuit_breaker(name = "parts", threshold = 1, cooldown = "1s")]
    fn whole(handle: &Handle, inherits: bool) -> Reply {
        let work = || {
            let _entered = handle.enter();
            sync_part(Ok(1))
        };
        thread::scope(|threads| {
            let part = if inherits { threads.spawn(inherit_fn(work)) } else { threads.spawn(work) };
            part.join().unwrap()
        })
    }
    let scope = Scope::enter();
    let breaker = cooled_down(&scope);
    assert!(whole(&scope.handle(), false).is_err(), "its own slot is taken");
    scope.advance(COOLDOWN);
    assert_eq!(whole(&scope.handle(), true), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn failure_of_an_inherited_call_does_not_count_by_itself() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope);
    let probe = breaker.try_acquire().unwrap();
    let body = || {
        let work = inherit_fn(|| sync_part(DOWN));
        assert_eq!(work(), DOWN);
        assert_eq!(breaker.state(), State::HalfOpen);
    };
    probe.run(body, |()| Outcome::Success);
    recovered(&breaker);
}

#[test]
fn work_that_outlives_its_probe_is_a_call_like_any_other() {
    let scope = Scope::enter();
    let config = Config::builder().threshold(1).cooldown(COOLDOWN).success_threshold(3);
    scope.registry().configure("parts", config).unwrap();
    let breaker = cooled_down(&scope);
    let probe = breaker.try_acquire().unwrap();
    let (mut work, mut future) = (None, None);
    let body = || {
        work = Some(inherit_fn(|| (is_probe(), sync_part(Ok(1)))));
        future = Some(Box::pin(inherit(async { (is_probe(), sync_part(Ok(1))) })));
    };
    probe.run(body, |()| Outcome::Success);
    // The half-open goes on, and each piece of work is a probe of its own.
    assert_eq!((breaker.state(), breaker.snapshot().probe_successes), (State::HalfOpen, 1));
    assert_eq!(work.unwrap()(), (false, Ok(1)));
    assert_eq!(breaker.snapshot().probe_successes, 2);
    assert_eq!(now(future.unwrap()), (false, Ok(1)));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn moment_of_the_maker_counts_and_not_that_of_the_first_poll() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope);
    let early = inherit(async { sync_part(Ok(1)) });
    let probe = breaker.try_acquire().unwrap();
    let body = || {
        let late = inherit(async { sync_part(Ok(2)) });
        let handle = scope.handle();
        let elsewhere = thread::spawn(move || {
            let _entered = handle.enter();
            (now(early), now(late))
        });
        elsewhere.join().unwrap()
    };
    let (early, late) = probe.run(body, |_| Outcome::Success);
    assert!(early.unwrap_err().is_rejection());
    assert_eq!(late, Ok(2));
}

#[test]
fn probe_that_is_cancelled_or_panics_ends_for_those_who_inherit_it() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope);
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    let made = std::cell::RefCell::new(None);
    let body = async {
        *made.borrow_mut() = Some(inherit_fn(is_probe));
        std::future::pending::<Reply>().await
    };
    let mut call = Box::pin(breaker.call_async(body));
    assert!(call.as_mut().poll(context).is_pending());
    drop(call);
    assert!(!made.take().unwrap()());
    let body = || -> Reply {
        *made.borrow_mut() = Some(inherit_fn(is_probe));
        panic!("on purpose");
    };
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| breaker.call(body)));
    assert!(caught.is_err());
    assert!(!made.take().unwrap()());
    assert!(!is_probe(), "nothing is left behind");
}

#[test]
fn inherited_work_that_panics_leaves_no_mark() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope);
    let probe = breaker.try_acquire().unwrap();
    let body = || {
        let work = inherit_fn(|| panic!("on purpose"));
        thread::spawn(|| {
            assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err());
            assert!(!is_probe());
        })
        .join()
    };
    assert!(probe.run(body, |_| Outcome::Success).is_ok());
}

#[test]
fn keyed_probe_and_a_second_breaker_are_inherited_at_once() {
    #[circuit_breaker(name = "keyed", key = key, threshold = 1, cooldown = "1s")]
    fn keyed(key: &str, reply: Reply) -> Reply {
        let _ = key;
        reply
    }
    #[circuit_breaker(name = "keyed", key = "a", threshold = 1, cooldown = "1s")]
    fn whole(handle: Handle) -> Reply {
        let probe = Handle::clone(&handle);
        both(move || {
            let work = inherit_fn(move || {
                let _entered = probe.enter();
                assert!(keyed("b", Ok(1)).is_err(), "another key's probe is out");
                Ok(keyed("a", Ok(1))? + sync_part(Ok(2))?)
            });
            thread::spawn(work).join().unwrap()
        })
    }
    #[circuit_breaker(name = "parts", threshold = 1, cooldown = "1s")]
    fn both(work: impl FnOnce() -> Reply) -> Reply {
        work()
    }
    let scope = Scope::enter();
    assert_eq!((keyed("a", DOWN), keyed("b", DOWN)), (DOWN, DOWN));
    let parts = cooled_down(&scope);
    let other = scope.registry().get_key("keyed", "b").unwrap();
    let _out = other.try_acquire().unwrap();
    assert_eq!(whole(scope.handle()), Ok(3));
    recovered(&parts);
    recovered(&scope.registry().get_key("keyed", "a").unwrap());
}

#[test]
fn body_and_permit_know_that_they_are_a_probe() {
    #[circuit_breaker(name = "parts", threshold = 1, cooldown = "1s", fallback = Ok(u32::from(is_probe())))]
    fn asks() -> Reply {
        Ok(10 + u32::from(is_probe()))
    }
    #[circuit_breaker(name = "parts", threshold = 1, cooldown = "1s")]
    async fn asks_later() -> Reply {
        let before = is_probe();
        tokio::task::yield_now().await;
        assert_eq!(before, is_probe());
        Ok(10 + u32::from(before))
    }
    let scope = Scope::enter();
    assert_eq!(asks(), Ok(10));
    let breaker = cooled_down(&scope);
    assert_eq!(asks(), Ok(11), "a probe");
    assert_eq!(asks(), Ok(10), "closed");
    cooled_down(&scope);
    let permit = breaker.try_acquire().unwrap();
    assert!(permit.is_probe() && !is_probe(), "a permit alone runs no body");
    assert_eq!(asks(), Ok(0), "rejected: the fallback is no probe");
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    permit.ignore();
    let mut call = Box::pin(asks_later());
    assert!(call.as_mut().poll(context).is_pending());
    assert!(!is_probe(), "between two polls");
    let std::task::Poll::Ready(reply) = call.as_mut().poll(context) else { panic!("it ends") };
    assert_eq!(reply, Ok(11));
    let permit = breaker.try_acquire().unwrap();
    assert!(!permit.is_probe());
    permit.ignore();
    cooled_down(&scope);
    breaker.try_acquire().unwrap().run(
        || assert!(breaker.try_acquire().unwrap().is_probe(), "a part of the probe"),
        |()| Outcome::Success,
    );
}

/// Each poll of a call lists its probe anew.
#[test]
fn two_probes_out_at_once_end_each_for_those_who_inherit_it() {
    type Works = RefCell<Vec<Box<dyn FnOnce() -> bool>>>;
    #[circuit_breaker(name = "two", threshold = 1, probes = 2, success_threshold = 3)]
    async fn twice(works: &Works) -> Reply {
        for _ in 0..2 {
            works.borrow_mut().push(Box::new(inherit_fn(is_probe)));
            tokio::task::yield_now().await;
        }
        Ok(1)
    }
    let scope = Scope::enter();
    let config = Config::builder().threshold(1).probes(2).success_threshold(3).build().unwrap();
    let breaker = scope.registry().get_or_insert("two", config).unwrap();
    breaker.half_open();
    let works = Works::default();
    let context = &mut Context::from_waker(Waker::noop());
    let [mut one, mut other] = [(); 2].map(|()| Box::pin(twice(&works)));
    for _ in 0..2 {
        assert!(one.as_mut().poll(context).is_pending());
        assert!(other.as_mut().poll(context).is_pending());
    }
    assert!(one.as_mut().poll(context).is_ready());
    let mut works = works.take().into_iter();
    let mut is_inherited = || works.next().unwrap()();
    assert!(!is_inherited(), "the first has ended");
    assert!(is_inherited(), "the other has not");
    assert!(other.as_mut().poll(context).is_ready());
    assert!(!is_inherited() && !is_inherited(), "both have ended");
    assert_eq!(breaker.snapshot().state, State::HalfOpen);
}

#[test]
fn permit_of_a_probe_that_has_ended_is_no_part_of_another_breakers_probe() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope);
    let acquire = || Arc::clone(&breaker).try_acquire_owned().unwrap();
    let inner = acquire().run(acquire, |_| Outcome::Success);
    recovered(&breaker);
    let other = Breaker::new("other", Config::new());
    other.half_open();
    other.try_acquire().unwrap().run(|| assert!(!inner.is_probe()), |()| Outcome::Success);
    recovered(&other);
}

/// The end of inherited work ends its own listing, and not that of the probe it runs in.
#[test]
fn inherited_work_inside_another_breakers_probe_leaves_that_probe_as_it_was() {
    #[circuit_breaker(name = "other", threshold = 1, cooldown = "1s")]
    fn nested(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker(name = "other", threshold = 1, cooldown = "1s")]
    fn other(work: impl FnOnce() -> Reply) -> Reply {
        nested(work())
    }
    #[circuit_breaker(name = "parts", threshold = 1, cooldown = "1s")]
    fn whole() -> Reply {
        other(inherit_fn(|| sync_part(Ok(1))))
    }
    let scope = Scope::enter();
    assert_eq!(nested(DOWN), DOWN);
    let parts = cooled_down(&scope);
    assert_eq!(whole(), Ok(1));
    recovered(&parts);
    recovered(&named(&scope, "other"));
}
