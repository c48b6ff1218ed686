//! Races on the fast path: load the word, run the body, compare the word.
//!
//! A test can acquire and end a permit wherever it likes. On the fast path the body runs between
//! two loads.

use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

use super::*;

#[derive(Debug, PartialEq)]
enum Failure {
    OfBody,
    Rejected,
}

impl From<BreakerError> for Failure {
    fn from(_: BreakerError) -> Self {
        Failure::Rejected
    }
}

type Reply = Result<u8, Failure>;

fn succeed(breaker: &Arc<Breaker>) -> Reply {
    breaker.call(|| Ok(1))
}

fn fail(breaker: &Arc<Breaker>) -> Reply {
    breaker.call(|| Err(Failure::OfBody))
}

/// Runs `one` and `two` at once on a breaker from `make`, and `check`s the results.
fn both_ways<T: 'static, U: 'static>(
    least: [usize; 2],
    make: fn() -> (Arc<Breaker>, ManualClock),
    one: fn(&Arc<Breaker>) -> T,
    two: fn(&Arc<Breaker>) -> U,
    check: fn(&Breaker, &ManualClock, T, U),
) {
    explore(USUAL, least, move |role| {
        let (breaker, hand) = make();
        let (one, two) = role.race(on(&breaker, one), on(&breaker, two));
        check(&breaker, &hand, one, two);
    });
}

/// Polls once, with a waker that does nothing.
fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A body that is suspended once and then succeeds.
#[derive(Default)]
struct SuspendedOnce(bool);

impl Future for SuspendedOnce {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Reply> {
        let is_second = core::mem::replace(&mut self.0, true);
        if is_second { Poll::Ready(Ok(1)) } else { Poll::Pending }
    }
}

#[test]
fn success_beside_the_failure_that_trips_leaves_it_open() {
    // [a late success closes the breaker: R8]
    let check = |breaker: &Breaker, hand: &ManualClock, success: Reply, _: Reply| {
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
        assert_eq!(snapshot.rejections, u64::from(success == Err(Failure::Rejected)));
        assert_recovers(breaker, hand);
    };
    both_ways([1, 30], || breaker(config()), succeed, fail, check);
}

#[test]
fn success_beside_a_failure_takes_back_what_came_before_it_and_no_more() {
    // [a stale success clears a newer failure, or leaves an older one: R6]
    let make = || {
        let (breaker, hand) = breaker(config().threshold(3));
        let _ = fail(&breaker);
        (breaker, hand)
    };
    let check = |breaker: &Breaker, _: &ManualClock, _, _| {
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Closed, 0));
        // Zero if the success came last; one if the failure did.
        assert!([0, 1].contains(&snapshot.consecutive_failures), "{snapshot:?}");
    };
    both_ways([6, 13], make, succeed, fail, check);
}

#[test]
fn failures_at_once_are_both_counted() {
    // [a failure is lost: R11]
    let check = |breaker: &Breaker, _: &ManualClock, _, _| {
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
        let _ = breaker.call(|| Reply::Err(Failure::OfBody));
        assert_eq!(breaker.state(), State::Open);
    };
    both_ways([6, 6], || breaker(config().threshold(3)), fail, fail, check);
}

#[test]
fn recorded_failures_at_once_trip_once() {
    // [of two failures, neither sees the record of the other]
    let make = || breaker(Config::builder().failure_count(2).window_calls(3).cooldown(COOLDOWN));
    let check = |breaker: &Breaker, hand: &ManualClock, _, _| {
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
        assert_recovers(breaker, hand);
    };
    both_ways([500, 500], make, fail, fail, check);
}

#[test]
fn calls_at_the_end_of_the_cooldown_run_one_probe() {
    // [everybody is admitted: R1, R2]
    let check = |breaker: &Breaker, _: &ManualClock, one: Reply, two: Reply| {
        let snapshot = breaker.snapshot();
        // If a call was not rejected, it was the probe, or came after the probe had closed the
        // breaker.
        assert_eq!((snapshot.state, snapshot.episode), (State::Closed, 3));
        let rejected = [one, two].iter().filter(|reply| **reply == Err(Failure::Rejected)).count();
        assert_eq!((snapshot.rejections, rejected < 2), (rejected as u64, true));
    };
    both_ways([5_900, 5_900], || ripe(config()), succeed, succeed, check);
}

#[test]
fn call_that_began_before_a_reset_counts_for_nothing_after_it() {
    // [an outcome of a past episode is counted: R5, R6]
    let check = |breaker: &Breaker, _: &ManualClock, (): (), _| {
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Closed, 1));
        // The reset may have cleared the failure, which is then neither counted nor late.
        assert!(u64::from(snapshot.consecutive_failures) + snapshot.late_outcomes <= 1);
    };
    both_ways([6, 4], || breaker(config().threshold(3)), |breaker| breaker.reset(), fail, check);
}

#[test]
fn failure_admitted_before_a_reset_trips_nothing_after_it() {
    // [the episode is compared, and then forgotten until the swap: R6]
    let fail_at = |breaker: &Arc<Breaker>| {
        let mut episode = 0;
        let _ = breaker.call(|| {
            episode = breaker.snapshot().episode;
            Reply::Err(Failure::OfBody)
        });
        episode
    };
    let check = |breaker: &Breaker, _: &ManualClock, (): (), episode: u64| {
        let snapshot = breaker.snapshot();
        match snapshot.state {
            State::Open => assert_eq!((episode, snapshot.episode), (1, 2)),
            state => assert_eq!(state, State::Closed, "tripped before, or late"),
        }
    };
    both_ways([2_800, 850], || breaker(config()), |breaker| breaker.reset(), fail_at, check);
}

#[test]
fn success_that_takes_failures_back_does_not_undo_a_trip() {
    // [a stale success swaps in a closed word: R6]
    let make = || {
        let (breaker, hand) = breaker(config().threshold(2));
        let _ = fail(&breaker);
        (breaker, hand)
    };
    let fail_and_look = |breaker: &Arc<Breaker>| {
        let _ = fail(breaker);
        breaker.snapshot().episode
    };
    let check = |breaker: &Breaker, _: &ManualClock, _, episode: u64| {
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state == State::Open, snapshot.episode), (episode == 1, episode));
    };
    both_ways([18, 170], make, succeed, fail_and_look, check);
}

#[test]
fn future_suspended_across_a_trip_counts_for_nothing() {
    // [a late success is taken for the new episode's: R8]
    let wait = |breaker: &Arc<Breaker>| {
        let mut call = pin!(breaker.call_async(SuspendedOnce::default()));
        match poll_once(call.as_mut()) {
            Poll::Ready(reply) => reply,
            Poll::Pending => match poll_once(call) {
                Poll::Ready(reply) => reply,
                Poll::Pending => unreachable!("it is suspended once"),
            },
        }
    };
    let check = |breaker: &Breaker, hand: &ManualClock, waited: Reply, _: Reply| {
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
        assert!(waited != Err(Failure::OfBody), "{waited:?}");
        assert_recovers(breaker, hand);
    };
    both_ways([1, 30], || breaker(config()), wait, fail, check);
}

#[test]
fn future_cancelled_beside_a_probe_frees_nothing_that_is_not_its_own() {
    // [a slot is given back twice, or not at all: L4]
    let cancel = |breaker: &Arc<Breaker>| {
        let mut call = Box::pin(breaker.call_async(SuspendedOnce::default()));
        let polled = poll_once(call.as_mut());
        drop(call);
        polled
    };
    let check = |breaker: &Breaker, hand: &ManualClock, _, _: Option<_>| {
        assert!(breaker.snapshot().probes_in_flight <= 1);
        assert_recovers(breaker, hand);
    };
    both_ways([1_100, 590], || ripe(config()), cancel, acquire, check);
}
