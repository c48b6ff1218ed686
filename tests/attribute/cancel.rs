//! Futures: a call begins at the first poll, and a call that is dropped counts as nothing.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, State, circuit_breaker};
use support::{DOWN, Fault, Reply, named, now};

const COOLDOWN: Duration = Duration::from_secs(1);

#[circuit_breaker(name = "plain", threshold = 1, cooldown = "1s")]
async fn hang(started: &Cell<u32>) -> Reply {
    started.set(started.get() + 1);
    std::future::pending().await
}

#[circuit_breaker(name = "plain", threshold = 1, cooldown = "1s")]
async fn fetch(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

#[circuit_breaker(
    name = "judged",
    threshold = 1,
    cooldown = "1s",
    failure(Err(_)),
    error = Fault::Rejected
)]
async fn hang_judged(started: &Cell<u32>) -> Reply {
    started.set(started.get() + 1);
    std::future::pending().await
}

#[circuit_breaker(
    name = "kept",
    threshold = 1,
    cooldown = "1s",
    fallback = |_| Ok(0),
    fallback_on = "failure"
)]
async fn hang_kept(started: &Cell<u32>) -> Reply {
    started.set(started.get() + 1);
    std::future::pending().await
}

/// The breaker of the functions of that name, tripped, its cooldown over.
fn cooled_down(scope: &Scope, name: &str) -> Arc<Breaker> {
    let config = Config::builder().threshold(1).cooldown(COOLDOWN);
    let config = config.build().unwrap();
    let breaker = scope.registry().get_or_insert(name, config).unwrap();
    breaker.try_acquire().unwrap().failure();
    scope.advance(COOLDOWN);
    breaker
}

/// [MAC-154]
#[test]
fn nothing_happens_before_the_first_poll() {
    let scope = Scope::enter();
    let started = Cell::new(0);
    let (one, two, three) = (hang(&started), hang_judged(&started), hang_kept(&started));
    assert!(scope.registry().is_empty());
    drop((one, two, three));
    assert!(scope.registry().is_empty());
    assert_eq!(started.get(), 0);
}

/// [I7]
#[test]
fn future_dropped_before_the_first_poll_takes_no_slot() {
    let scope = Scope::enter();
    let started = Cell::new(0);
    let breaker = cooled_down(&scope, "plain");
    let unpolled = hang(&started);
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(now(fetch(Ok(1))), Ok(1), "takes the only slot");
    drop(unpolled);
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().late_outcomes, 0);
}

#[test]
fn admission_is_asked_at_the_first_poll_and_not_before() {
    let scope = Scope::enter();
    assert_eq!(now(fetch(Ok(1))), Ok(1));
    let made_while_closed = fetch(Ok(2));
    named(&scope, "plain").force_open();
    let made_while_open = fetch(Ok(3));
    assert!(now(made_while_closed).unwrap_err().is_rejection());
    named(&scope, "plain").reset();
    assert_eq!(now(made_while_open), Ok(3));
}

/// Polls a probe and drops it, again and again.
fn dropped_probe_leaves_half_open<'a, F: Future<Output = Reply>>(
    name: &str,
    started: &'a Cell<u32>,
    hang: impl Fn(&'a Cell<u32>) -> F,
) {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, name);
    let mut context = Context::from_waker(Waker::noop());
    for turn in 1..=3 {
        let mut probe = Box::pin(hang(started));
        assert!(probe.as_mut().poll(&mut context).is_pending());
        assert!(probe.as_mut().poll(&mut context).is_pending());
        assert_eq!((started.get(), breaker.state()), (turn, State::HalfOpen));
        assert!(breaker.try_acquire().is_err(), "the slot is taken");
        drop(probe);
        assert_eq!(breaker.snapshot().probes_in_flight, 0);
        assert_eq!(breaker.state(), State::HalfOpen, "neither closed nor open");
    }
    assert_eq!(breaker.snapshot().late_outcomes, 0);
    breaker.try_acquire().unwrap().success();
    assert_eq!(breaker.state(), State::Closed);
}

/// [H2]
#[test]
fn dropped_probe_gives_its_slot_back_and_decides_nothing() {
    dropped_probe_leaves_half_open("plain", &Cell::new(0), hang);
    dropped_probe_leaves_half_open("judged", &Cell::new(0), hang_judged);
    dropped_probe_leaves_half_open("kept", &Cell::new(0), hang_kept);
}

/// [C9]
#[test]
fn dropped_closed_call_counts_as_nothing() {
    let scope = Scope::enter();
    let started = Cell::new(0);
    let config = Config::builder().threshold(2).build().unwrap();
    let breaker = scope.registry().get_or_insert("closed", config).unwrap();
    breaker.try_acquire().unwrap().failure();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..5 {
        let mut call = Box::pin(breaker.call_async(async {
            started.set(started.get() + 1);
            std::future::pending::<Reply>().await
        }));
        assert!(call.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(started.get(), 5);
    let snapshot = breaker.snapshot();
    assert_eq!(snapshot.state, State::Closed, "no failure");
    assert_eq!(snapshot.consecutive_failures, 1, "nor a success");
}

#[tokio::test]
async fn loser_of_a_select_is_cancelled() {
    let scope = Scope::enter();
    let started = Cell::new(0);
    let breaker = cooled_down(&scope, "plain");
    tokio::select! {
        biased;
        _ = hang(&started) => unreachable!(),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(started.get(), 1);
    assert_eq!(breaker.snapshot().probes_in_flight, 0);
    assert_eq!(fetch(Ok(1)).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn call_cut_off_by_a_timeout_is_cancelled() {
    let scope = Scope::enter();
    let started = Cell::new(0);
    let breaker = cooled_down(&scope, "plain");
    let limit = Duration::from_millis(5);
    assert!(tokio::time::timeout(limit, hang(&started)).await.is_err());
    assert_eq!(started.get(), 1);
    assert_eq!(breaker.snapshot().probes_in_flight, 0);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[tokio::test]
async fn aborted_task_is_cancelled() {
    #[circuit_breaker(name = "aborted", threshold = 1, cooldown = "1s")]
    async fn hang(started: tokio::sync::oneshot::Sender<()>) -> Reply {
        started.send(()).unwrap();
        std::future::pending().await
    }
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "aborted");
    let (sender, started) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(hang(sender));
    started.await.unwrap();
    assert_eq!(breaker.snapshot().probes_in_flight, 1);
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(breaker.snapshot().probes_in_flight, 0);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn rejected_call_ends_at_once_and_drops_its_arguments() {
    struct NoisyWhenDropped(Rc<Cell<u32>>);
    impl Drop for NoisyWhenDropped {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    #[circuit_breaker(name = "plain", threshold = 1, cooldown = "1s")]
    async fn hold(argument: NoisyWhenDropped) -> Reply {
        let _argument = argument;
        std::future::pending().await
    }
    let scope = Scope::enter();
    cooled_down(&scope, "plain").force_open();
    let dropped = Rc::new(Cell::new(0));
    let call = hold(NoisyWhenDropped(Rc::clone(&dropped)));
    assert!(now(call).unwrap_err().is_rejection(), "not pending");
    assert_eq!(dropped.get(), 1);
}

#[test]
fn finished_future_that_is_dropped_later_counts_once() {
    let scope = Scope::enter();
    let mut call = Box::pin(fetch(Ok(1)));
    assert_eq!(now(&mut call), Ok(1));
    let breaker = named(&scope, "plain");
    breaker.force_open();
    drop(call);
    assert_eq!(breaker.snapshot().late_outcomes, 0);
}

#[test]
fn futures_are_send_where_the_plain_ones_are() {
    fn is_send<T: Send>(_: &T) {}

    #[circuit_breaker(name = "send")]
    async fn plain(text: String) -> Reply {
        std::future::ready(()).await;
        text.parse().map_err(|_| Fault::BadRequest)
    }
    #[circuit_breaker(name = "send", failure(Err(_)), error = |_| Fault::Down)]
    async fn judged<T: Sync>(x: &T) -> Reply {
        std::future::ready(x).await;
        Ok(1)
    }
    async fn back<T: Sync>(_: &T) -> Reply {
        std::future::ready(DOWN).await
    }
    #[circuit_breaker(name = "send", fallback = back)]
    async fn falls_back<T: Sync>(x: &T) -> Reply {
        std::future::ready(x).await;
        Ok(1)
    }
    #[circuit_breaker(name = "send", fallback = |x, _cause| back(x).await, fallback_on = "failure")]
    async fn keeps<T: Sync>(x: &T) -> Reply {
        std::future::ready(x).await;
        Ok(1)
    }
    struct Client(Cell<u32>);
    impl Client {
        #[circuit_breaker(name = "send", fallback = |x| { self.0 = Cell::new(x); Ok(0) })]
        async fn fetch(&mut self, x: u32) -> Reply {
            std::future::ready(()).await;
            self.0.set(x);
            Ok(x)
        }
    }
    is_send(&plain(String::new()));
    is_send(&judged(&1));
    is_send(&falls_back(&1));
    is_send(&keeps(&1));
    is_send(&Client(Cell::new(0)).fetch(1));
    is_send(&Breaker::new("permit", Config::new()).try_acquire());
}

#[circuit_breaker(
    name = "slow",
    threshold = 3,
    slow_call = "10ms",
    slow_rate = 0.5,
    window = 4,
    cooldown = "1s"
)]
async fn slow(reply: Option<Reply>) -> Reply {
    match reply {
        Some(reply) => reply,
        None => std::future::pending().await,
    }
}

/// A cancelled call is no success, though it is slow and would trip the window.
#[test]
fn observed_slow_cancel_that_would_trip_keeps_the_consecutive_failures() {
    let scope = Scope::enter();
    assert_eq!(now(slow(Some(Ok(1)))).ok(), Some(1));
    let breaker = named(&scope, "slow");
    breaker.observe();
    assert!(now(slow(Some(DOWN))).is_err());
    let mut out: Vec<_> = (0..3).map(|_| Box::pin(slow(None))).collect();
    for call in &mut out {
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    scope.advance(Duration::from_millis(10));
    drop(out);
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.calls, snapshot.slow_calls), (Some(4), Some(3)));
    assert_eq!(snapshot.consecutive_failures, 1);
}
