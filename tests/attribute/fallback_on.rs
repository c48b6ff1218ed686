//! `fallback_on = "failure"`: the fallback answers failed calls too, from
//! arguments that were cloned for it.

use std::sync::Arc;

use std::cell::Cell;
use std::rc::Rc;

use breakerbox::testing::Scope;
use breakerbox::{Cause, State, circuit_breaker};
use support::{DOWN, Fault, Reply, named, now};

/// An argument that counts its clones.
#[derive(Default)]
struct Counted(Rc<Cell<u32>>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.0.set(self.0.get() + 1);
        Counted(Rc::clone(&self.0))
    }
}

/// Two arguments that count their clones.
fn two() -> (Counted, Counted, impl Fn() -> (u32, u32)) {
    let (a, b) = (Counted::default(), Counted::default());
    let (of_a, of_b) = (Rc::clone(&a.0), Rc::clone(&b.0));
    (a, b, move || (of_a.get(), of_b.get()))
}

#[test]
fn rejection_spelled_out_is_the_default() {
    #[circuit_breaker(name = "default", fallback = Ok(0), fallback_on = "rejection")]
    fn fetch(_a: Counted) -> Reply {
        DOWN
    }
    let _scope = Scope::enter();
    let (a, _, clones) = two();
    assert_eq!(fetch(a), DOWN);
    assert_eq!(clones(), (0, 0));
}

/// [F1]
#[test]
fn failed_call_is_answered_by_the_fallback_and_still_counts() {
    #[circuit_breaker(
        name = "failed",
        threshold = 2,
        fallback = |x| Ok(x + 1),
        fallback_on = "failure"
    )]
    fn fetch(x: u32) -> Reply {
        if x == 0 { Ok(100) } else { DOWN }
    }
    let scope = Scope::enter();
    assert_eq!(fetch(0), Ok(100), "a success needs no fallback");
    assert_eq!(fetch(7), Ok(8));
    let breaker = named(&scope, "failed");
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    assert_eq!(fetch(8), Ok(9), "the one that trips too");
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(fetch(9), Ok(10), "a rejection too");
    assert_eq!(breaker.snapshot().rejections, 1);
}

fn explain(cause: Cause<Reply>) -> Reply {
    match cause {
        Cause::Failed(Err(Fault::Busy(left))) => Ok(u32::try_from(left).unwrap()),
        Cause::Failed(output) => output,
        Cause::Rejected(error) | Cause::TimedOut(error) => Err(Fault::Rejected(error)),
    }
}

#[test]
fn cause_is_the_output_of_a_failed_call_or_the_rejection() {
    #[circuit_breaker(
        name = "cause",
        threshold = 2,
        fallback = |_reply, cause| explain(cause),
        fallback_on = "failure"
    )]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker(
        name = "cause",
        threshold = 2,
        fallback = |_reply, cause| explain(cause),
        fallback_on = "failure"
    )]
    async fn fetch_async(reply: Reply) -> Reply {
        std::future::ready(reply).await
    }
    for call in [fetch, |reply| now(fetch_async(reply))] {
        let _scope = Scope::enter();
        assert_eq!(call(Err(Fault::Busy(30))), Ok(30));
        assert_eq!(call(DOWN), DOWN);
        assert!(call(Ok(1)).unwrap_err().is_rejection());
    }
}

#[test]
fn output_given_to_the_fallback_need_not_be_cloned() {
    #[derive(Debug, PartialEq)]
    struct Page(u16);

    #[circuit_breaker(
        name = "page",
        failure = Page(500..),
        fallback = |cause| match cause {
            Cause::Failed(Page(status)) => Page(status + 1),
            Cause::Rejected(_) | Cause::TimedOut(_) => Page(0),
        },
        fallback_on = "failure"
    )]
    fn load() -> Page {
        Page(503)
    }
    let _scope = Scope::enter();
    assert_eq!(load(), Page(504));
}

#[test]
fn ignored_call_keeps_its_own_answer() {
    #[circuit_breaker(
        name = "ignored",
        ignore = Err(Fault::BadRequest),
        fallback = Ok(0),
        fallback_on = "failure"
    )]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    let _scope = Scope::enter();
    assert_eq!(fetch(Err(Fault::BadRequest)), Err(Fault::BadRequest));
    assert_eq!(fetch(DOWN), Ok(0));
}

#[test]
fn path_clones_every_argument_once() {
    fn back(a: Counted, b: Counted) -> Reply {
        drop((a, b));
        Ok(0)
    }
    #[circuit_breaker(name = "path", fallback = back, fallback_on = "failure")]
    fn fetch(a: Counted, b: Counted) -> Reply {
        drop((a, b));
        DOWN
    }
    let _scope = Scope::enter();
    let (a, b, clones) = two();
    assert_eq!(fetch(a, b), Ok(0));
    assert_eq!(clones(), (1, 1));
}

#[test]
fn inline_value_clones_only_the_arguments_it_names() {
    #[circuit_breaker(name = "inline", fallback = Ok(b.0.get()), fallback_on = "failure")]
    fn fetch(a: Counted, b: Counted, unclonable: Box<dyn Fn()>) -> Reply {
        unclonable();
        drop((a, b));
        DOWN
    }
    let _scope = Scope::enter();
    let (a, b, clones) = two();
    assert_eq!(fetch(a, b, Box::new(|| ())), Ok(1));
    assert_eq!(clones(), (0, 1));
}

#[test]
fn argument_named_in_a_format_string_is_kept() {
    #[circuit_breaker(name = "format", fallback = Ok(format!("{who:>4}?")), fallback_on = "failure")]
    fn greet(who: String) -> Result<String, Fault> {
        drop(who);
        Err(Fault::Down)
    }
    let _scope = Scope::enter();
    assert_eq!(greet("you".into()).unwrap(), " you?");
}

#[test]
fn arguments_by_pattern_are_kept_for_every_form() {
    fn sum((a, b): (u32, u32), [first, ..]: [u32; 3]) -> Reply {
        Ok(a + b + first)
    }
    #[circuit_breaker(name = "pattern", fallback = sum, fallback_on = "failure")]
    fn path((mut a, _): (u32, u32), [_, .., _]: [u32; 3]) -> Reply {
        a += 1;
        Err(Fault::Busy(a.into()))
    }
    #[circuit_breaker(
        name = "pattern",
        fallback = |(a, b), all| Ok(a + b + all[0]),
        fallback_on = "failure"
    )]
    async fn closure((_, _): (u32, u32), [_, .., _]: [u32; 3]) -> Reply {
        DOWN
    }
    #[circuit_breaker(name = "pattern", fallback = Ok(a + b + first), fallback_on = "failure")]
    async fn inline((a, b): (u32, u32), [first, ..]: [u32; 3]) -> Reply {
        std::future::ready(()).await;
        Err(Fault::Busy(u64::from(a * b * first)))
    }
    let _scope = Scope::enter();
    assert_eq!(path((1, 2), [4, 0, 0]), Ok(7));
    assert_eq!(now(closure((1, 2), [4, 0, 0])), Ok(7));
    assert_eq!(now(inline((1, 2), [4, 0, 0])), Ok(7));
}

#[tokio::test]
async fn async_fallback_answers_a_failed_async_call() {
    async fn back(x: &str) -> Reply {
        tokio::task::yield_now().await;
        Ok(u32::try_from(x.len()).unwrap())
    }
    struct Client(u32);
    impl Client {
        #[circuit_breaker(name = "back", fallback = Self::cached, fallback_on = "failure")]
        async fn fetch(&self, x: u32) -> Reply {
            tokio::task::yield_now().await;
            Err(Fault::Busy(x.into()))
        }

        async fn cached(&self, x: u32) -> Reply {
            tokio::task::yield_now().await;
            Ok(self.0 + x)
        }
    }
    #[circuit_breaker(name = "back", fallback = back, fallback_on = "failure")]
    async fn fetch(x: &str) -> Reply {
        tokio::task::yield_now().await;
        Err(Fault::Busy(u64::try_from(x.len()).unwrap()))
    }
    let scope = Scope::enter();
    assert_eq!(fetch("four").await, Ok(4));
    assert_eq!(Client(10).fetch(2).await, Ok(12));
    assert_eq!(named(&scope, "back").snapshot().consecutive_failures, 2);
}

#[test]
fn fallback_runs_after_the_permit_is_given_back() {
    #[circuit_breaker(
        name = "order",
        threshold = 1,
        fallback = |scope| Ok(u32::from(named(scope, "order").state() == State::Open)),
        fallback_on = "failure"
    )]
    fn fetch(scope: &Scope) -> Reply {
        assert_eq!(named(scope, "order").state(), State::Closed);
        DOWN
    }
    assert_eq!(fetch(&Scope::enter()), Ok(1));
}

#[test]
fn closure_clones_only_the_arguments_it_takes() {
    #[circuit_breaker(name = "closure", fallback = |_, b, _| { drop(b); Ok(0) }, fallback_on = "failure")]
    fn fetch(a: Counted, b: Counted, unclonable: Box<dyn Fn()>) -> Reply {
        unclonable();
        drop((a, b));
        DOWN
    }
    #[circuit_breaker(name = "closure", fallback = |_, _| Ok(0), fallback_on = "failure")]
    async fn fetch_async(a: Counted, b: Counted) -> Reply {
        drop((a, b));
        DOWN
    }
    let _scope = Scope::enter();
    let (a, b, clones) = two();
    assert_eq!(fetch(a, b, Box::new(|| ())), Ok(0));
    assert_eq!(clones(), (0, 1));
    let (a, b, clones) = two();
    assert_eq!(now(fetch_async(a, b)), Ok(0));
    assert_eq!(clones(), (0, 0));
}

#[test]
fn self_by_value_is_cloned_for_a_path() {
    struct Client(u32);
    impl Client {
        #[circuit_breaker(name = "arc", fallback = Self::cached, fallback_on = "failure")]
        fn fetch(self: Arc<Self>) -> Reply {
            drop(self);
            DOWN
        }
        fn cached(self: Arc<Self>) -> Reply {
            Ok(self.0)
        }
    }
    let _scope = Scope::enter();
    assert_eq!(Arc::new(Client(7)).fetch(), Ok(7));
}
