//! The guard's costs and limits: sizes, depths, orders, places.

use std::cell::RefCell;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, Guardable, Outcome, State, circuit_breaker};
use support::{DOWN, Reply, now};

mod plain {
    use super::Reply;

    pub(super) async fn local(reply: Reply) -> Reply {
        let block = [1_u8; 16 * 1024];
        std::future::ready(()).await;
        std::hint::black_box(&block);
        reply
    }

    pub(super) async fn argument(block: [u8; 4096], reply: Reply) -> Reply {
        std::future::ready(()).await;
        std::hint::black_box(&block);
        reply
    }

    pub(super) async fn small() -> Reply {
        std::future::ready(()).await;
        Ok(1)
    }

    pub(super) async fn five(reply: Reply) -> Reply {
        async fn one(reply: Reply) -> Reply {
            two(reply).await
        }
        async fn two(reply: Reply) -> Reply {
            three(reply).await
        }
        async fn three(reply: Reply) -> Reply {
            four(reply).await
        }
        async fn four(reply: Reply) -> Reply {
            local(reply).await
        }
        one(reply).await
    }
}

#[circuit_breaker(name = "sized")]
async fn local(reply: Reply) -> Reply {
    let block = [1_u8; 16 * 1024];
    std::future::ready(()).await;
    std::hint::black_box(&block);
    reply
}

#[circuit_breaker(name = "sized")]
async fn argument(block: [u8; 4096], reply: Reply) -> Reply {
    std::future::ready(()).await;
    std::hint::black_box(&block);
    reply
}

#[circuit_breaker(name = "sized", fallback = |_, reply| reply)]
async fn argument_or(block: [u8; 4096], reply: Reply) -> Reply {
    std::future::ready(()).await;
    std::hint::black_box(&block);
    reply
}

fn canned() -> Reply {
    Ok(1)
}

#[circuit_breaker(name = "sized", fallback = canned)]
async fn small_or() -> Reply {
    std::future::ready(()).await;
    Ok(1)
}

#[circuit_breaker(
    name = "sized", timeout = "1s", on_cancel = "failure", fallback = Ok(1), fallback_on = "failure"
)]
async fn local_or(reply: Reply) -> Reply {
    let block = [1_u8; 16 * 1024];
    std::future::ready(()).await;
    std::hint::black_box(&block);
    reply
}

#[circuit_breaker(name = "sized")]
async fn five(reply: Reply) -> Reply {
    #[circuit_breaker(name = "sized")]
    async fn one(reply: Reply) -> Reply {
        two(reply).await
    }
    #[circuit_breaker(name = "sized")]
    async fn two(reply: Reply) -> Reply {
        three(reply).await
    }
    #[circuit_breaker(name = "sized")]
    async fn three(reply: Reply) -> Reply {
        four(reply).await
    }
    #[circuit_breaker(name = "sized")]
    async fn four(reply: Reply) -> Reply {
        local(reply).await
    }
    one(reply).await
}

/// A future can be looked at, and dropped, beyond a panic where the plain one can.
#[test]
fn future_is_as_unwind_safe_as_the_plain_one() {
    fn assert_safe<F: UnwindSafe + RefUnwindSafe>(_: &F) {}
    assert_safe(&plain::local(Ok(1)));
    assert_safe(&local(Ok(1)));
}

/// [MAC-153] What a future holds is not held twice.
#[test]
fn future_grows_by_a_fixed_amount() {
    let grown = |guarded: usize, plain: usize| guarded - plain;
    let reply = || Ok(1);
    let block = [0; 4096];
    let plain = (
        size_of_val(&plain::local(reply())),
        size_of_val(&plain::argument(block, reply())),
        size_of_val(&plain::five(reply())),
        size_of_val(&plain::small()),
    );
    assert!(grown(size_of_val(&local(reply())), plain.0) <= 128);
    assert!(grown(size_of_val(&argument(block, reply())), plain.1) <= 128);
    assert!(grown(size_of_val(&argument_or(block, reply())), plain.1) <= 64);
    assert!(grown(size_of_val(&small_or()), plain.3) <= 96, "no room for a rejection");
    assert!(grown(size_of_val(&local_or(reply())), plain.0) <= 256, "tokio's timer with it");
    assert!(grown(size_of_val(&five(reply())), plain.2) <= 6 * 128, "once for each of them");
}

/// [MAC-161]
#[tokio::test]
async fn guarded_calls_nest_deeply() {
    #[circuit_breaker(name = "deep")]
    async fn deep(levels: u32) -> Reply {
        if levels == 0 { Ok(1) } else { Box::pin(deep(levels - 1)).await }
    }
    macro_rules! nest {
        ($($name:ident $next:ident)*) => {$(
            #[circuit_breaker(name = "nested")]
            async fn $name(reply: Reply) -> Reply {
                $next(reply).await
            }
        )*};
    }
    nest!(n0 n1 n1 n2 n2 n3 n3 n4 n4 n5 n5 n6 n6 n7 n7 n8 n8 n9 n9 local);
    assert_eq!(deep(128).await, Ok(1));
    assert_eq!(n0(Ok(1)).await, Ok(1));
}

/// [MAC-160] The cooldown is on the clock of the registry, not on tokio's.
#[tokio::test(start_paused = true)]
async fn paused_time_of_tokio_is_not_the_breakers() {
    #[circuit_breaker(name = "paused", threshold = 1, cooldown = "10s")]
    async fn fetch(reply: Reply) -> Reply {
        tokio::time::sleep(Duration::from_secs(1)).await;
        reply
    }
    let scope = Scope::enter();
    assert_eq!(fetch(DOWN).await, DOWN);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(fetch(Ok(1)).await.is_err());
    scope.advance(Duration::from_secs(10));
    assert_eq!(fetch(Ok(1)).await, Ok(1));
}

/// Notes its name when it is dropped.
struct Noisy(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for Noisy {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

impl Noisy {
    fn look(&self) {}
}

type Log = Rc<RefCell<Vec<&'static str>>>;

fn drops(call: impl FnOnce(&Log)) -> Vec<&'static str> {
    let log = Log::default();
    call(&log);
    log.take()
}

/// [MAC-163]
#[test]
fn arguments_are_dropped_in_the_documented_order() {
    fn plain(a: Noisy, _: Noisy, b: Noisy, _c: Noisy) -> Reply {
        let _local = Noisy("local", Rc::clone(&a.1));
        b.look();
        Ok(1)
    }
    #[circuit_breaker(name = "drops")]
    fn guarded(a: Noisy, _: Noisy, b: Noisy, _c: Noisy) -> Reply {
        let _local = Noisy("local", Rc::clone(&a.1));
        b.look();
        Ok(1)
    }
    #[circuit_breaker(name = "drops")]
    fn bound_anew(a: Noisy, mut b: Noisy) -> Reply {
        b.0 = "mut b";
        a.look();
        Ok(1)
    }
    #[circuit_breaker(name = "drops")]
    async fn future(a: Noisy, _: Noisy, b: Noisy, _c: Noisy) -> Reply {
        let _local = Noisy("local", Rc::clone(&a.1));
        std::future::ready(()).await;
        b.look();
        Ok(1)
    }
    let noisy = |name, log: &Log| Noisy(name, Rc::clone(log));
    let as_ever = drops(|log| {
        let _ = plain(noisy("a", log), noisy("_", log), noisy("b", log), noisy("c", log));
    });
    let of_guarded = drops(|log| {
        let _ = guarded(noisy("a", log), noisy("_", log), noisy("b", log), noisy("c", log));
    });
    assert_eq!(of_guarded, as_ever);
    assert_eq!(as_ever[0], "local");
    let of_bound_anew = drops(|log| {
        let _ = bound_anew(noisy("a", log), noisy("b", log));
    });
    assert_eq!(of_bound_anew, ["mut b", "a"]);
    let of_future = drops(|log| {
        let _ = now(future(noisy("a", log), noisy("_", log), noisy("b", log), noisy("c", log)));
    });
    assert_eq!(of_future, ["local", "a", "b", "c", "_"], "used ones by their first use");
}

/// [MAC-119]
#[test]
fn place_of_the_caller_is_lost_in_the_body() {
    #[track_caller]
    #[circuit_breaker(name = "place")]
    fn place() -> Result<u32, BreakerError> {
        Ok(Location::caller().line())
    }
    let body = line!() - 2;
    assert_eq!(place(), Ok(body), "a line of the function, and not of this call");
}

/// [MAC-067] [MAC-068] The outer type decides.
#[test]
fn output_is_judged_by_its_outer_type() {
    #[circuit_breaker(name = "nested-result", threshold = 1)]
    fn nested(inner: Reply) -> Result<Reply, BreakerError> {
        Ok(inner)
    }
    #[circuit_breaker(
        name = "poll", threshold = 1, failure = Poll::Ready(Err(_)), fallback = { Poll::Pending }
    )]
    fn poll(reply: Poll<Reply>) -> Poll<Reply> {
        reply
    }
    let scope = Scope::enter();
    assert_eq!(nested(DOWN), Ok(DOWN));
    assert_eq!(scope.registry().get("nested-result").unwrap().state(), State::Closed);
    assert_eq!(poll(Poll::Ready(DOWN)), Poll::Ready(DOWN));
    assert_eq!(poll(Poll::Ready(Ok(1))), Poll::Pending);
}

/// A reply of the user's own, which tells by itself.
#[derive(Debug, PartialEq)]
enum Answer {
    Text(&'static str),
    Lost,
    TurnedAway,
}

impl Guardable for Answer {
    fn outcome(&self) -> Outcome {
        if *self == Answer::Lost { Outcome::Failure } else { Outcome::Success }
    }

    fn rejected(_: BreakerError) -> Self {
        Answer::TurnedAway
    }
}

/// [MAC-069]
#[test]
fn own_type_may_tell_by_itself() {
    #[circuit_breaker(name = "own-type", threshold = 1)]
    fn ask(answer: Answer) -> Answer {
        answer
    }
    #[circuit_breaker(name = "own-type")]
    async fn ask_async(answer: Answer) -> Answer {
        std::future::ready(answer).await
    }
    let _scope = Scope::enter();
    assert_eq!(ask(Answer::Text("hi")), Answer::Text("hi"));
    assert_eq!(now(ask_async(Answer::Lost)), Answer::Lost);
    assert_eq!(ask(Answer::Text("hi")), Answer::TurnedAway);
}
