//! The head of a stream: the output of the function itself, and its fallback.

use std::future::Future;
use std::sync::Arc;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Cause, Config, State, circuit_breaker};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt, stream};

use super::{ADMITTING, Call, Duration, Fault, Item, Subject, config, next};

const HINT: Duration = Duration::from_secs(77);

fn subjects(scope: &Scope, name: &'static str) -> impl Iterator<Item = Subject> {
    ADMITTING.into_iter().map(move |state| subject(scope, name, state))
}

fn subject(scope: &Scope, name: &str, state: State) -> Subject {
    let config = config().build().unwrap();
    Subject::of(scope.registry().get_or_insert(name, config).unwrap(), state)
}

fn wait<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("it is ready at once")
}

type Reply = Result<BoxStream<'static, Item>, Fault>;

fn items(items: Vec<Item>) -> BoxStream<'static, Item> {
    stream::iter(items).boxed()
}

#[circuit_breaker(name = "head", threshold = 2, stream)]
fn head(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "head", threshold = 2, stream)]
async fn head_async(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

/// Rule 2.
#[test]
fn head_that_fails_is_a_failure() {
    let scope = Scope::enter();
    let calls: [fn(Reply) -> Reply; 2] = [head, |reply| wait(head_async(reply))];
    for call in calls {
        for subject in subjects(&scope, "head") {
            assert_eq!(call(Err(Fault::Overloaded)).err(), Some(Fault::Overloaded));
            assert_eq!(subject.call(), Call::Failure);
        }
    }
}

#[circuit_breaker(
    name = "judged",
    threshold = 2,
    ignore = Err(Fault::BadRequest),
    trip = Err(Fault::Overloaded),
    retry_after = |_| Some(HINT),
    stream
)]
fn judged(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "success", threshold = 2, failure = Err(Fault::Overloaded), stream)]
fn success(reply: Reply) -> Reply {
    reply
}

/// Rule 2.
#[test]
fn keys_of_the_function_judge_the_head() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "judged") {
        assert!(judged(Err(Fault::BadRequest)).is_err());
        assert!(subject.counts_as_nothing());
        assert!(judged(Err(Fault::Overloaded)).is_err());
        assert_eq!(subject.call(), Call::Failure);
        assert_eq!(subject.breaker.snapshot().cooldown, Some(HINT));
    }
    for subject in subjects(&scope, "success") {
        assert!(success(Err(Fault::BadRequest)).is_err());
        assert_eq!(subject.call(), Call::Success, "an `Err` that is no failure ends the call");
    }
}

/// Rule 2: the head's keys do not judge items.
#[test]
fn hint_of_the_head_is_not_asked_for_items() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "judged") {
        let mut stream = judged(Ok(items(vec![Err(Fault::BadRequest)]))).unwrap();
        assert_eq!(next(&mut stream), Some(Err(Fault::BadRequest)));
        assert_eq!(subject.call(), Call::Failure);
        assert_ne!(subject.breaker.snapshot().cooldown, Some(HINT));
    }
}

#[circuit_breaker(name = "answered", threshold = 2, stream, fallback = |_| Ok(items(vec![Ok(99)])))]
async fn answered(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

#[circuit_breaker(
    name = "replaced",
    threshold = 2,
    stream(first = "10s"),
    fallback = |_, _, cause| Ok(items(vec![Ok(of(&cause))])),
    fallback_on = "failure"
)]
async fn replaced(hangs: bool, reply: fn() -> Reply) -> Reply {
    if hangs {
        std::future::pending::<()>().await;
    }
    reply()
}

fn of(cause: &Cause<Reply>) -> u8 {
    match cause {
        Cause::Rejected(_) => 1,
        Cause::TimedOut(_) => 2,
        Cause::Failed(_) => 3,
    }
}

/// Rule 8.
#[tokio::test(start_paused = true)]
async fn fallback_answers_rejections_and_failures_of_the_head_but_no_items() {
    let scope = Scope::enter();
    let failing = || items(vec![Ok(1), Err(Fault::Overloaded)]);
    for subject in subjects(&scope, "answered") {
        assert!(answered(Err(Fault::Overloaded)).await.is_err());
        assert_eq!(subject.call(), Call::Failure);
    }
    for subject in subjects(&scope, "answered") {
        let mut stream = answered(Ok(failing())).await.unwrap();
        assert_eq!(next(&mut stream), Some(Ok(1)));
        assert_eq!(next(&mut stream), Some(Err(Fault::Overloaded)));
        assert_eq!(subject.call(), Call::Failure);
        let mut stream = answered(Ok(failing())).await.unwrap();
        assert_eq!((next(&mut stream), next(&mut stream)), (Some(Ok(99)), None), "it is open");
    }
    for subject in subjects(&scope, "replaced") {
        let mut stream =
            replaced(false, || Ok(items(vec![Ok(1), Err(Fault::Overloaded)]))).await.unwrap();
        assert_eq!(next(&mut stream), Some(Ok(1)));
        assert_eq!(next(&mut stream), Some(Err(Fault::Overloaded)));
        assert_eq!((next(&mut stream), subject.call()), (None, Call::Failure));
    }
    for (hangs, cause) in [(false, 3), (true, 2)] {
        for subject in subjects(&scope, "replaced") {
            let mut stream = replaced(hangs, || Err(Fault::Overloaded)).await.unwrap();
            assert_eq!((next(&mut stream), next(&mut stream)), (Some(Ok(cause)), None));
            assert_eq!(subject.call(), Call::Failure);
        }
    }
    subject(&scope, "replaced", State::Open);
    let mut stream = replaced(false, || Err(Fault::Overloaded)).await.unwrap();
    assert_eq!(next(&mut stream), Some(Ok(1)));
}

#[circuit_breaker(name = "own", threshold = 2, stream, fallback = stream::iter(vec![Ok(99)]))]
fn own(items: Vec<Item>) -> impl Stream<Item = Item> {
    stream::iter(items)
}

#[circuit_breaker(name = "small", threshold = 2, stream, fallback = own)]
fn large(items: Vec<Item>) -> impl Stream<Item = Item> {
    own(items)
}

/// Rule 8: also without a `Result`.
#[test]
fn fallback_answers_a_stream_that_is_no_result() {
    let scope = Scope::enter();
    subject(&scope, "own", State::Open);
    let mut stream = Box::pin(own(vec![Ok(1)]));
    assert_eq!((next(&mut stream), next(&mut stream)), (Some(Ok(99)), None));
    scope.registry().get("own").unwrap().reset();
    subject(&scope, "small", State::Open);
    let mut stream = Box::pin(large(vec![Ok(1)]));
    assert_eq!((next(&mut stream), next(&mut stream)), (Some(Ok(1)), None));
}

#[circuit_breaker(name = "timed", threshold = 2, timeout = "5s", stream(first = "10s"))]
async fn timed() -> Result<impl Stream<Item = Item>, Fault> {
    std::future::pending::<()>().await;
    Ok(stream::empty())
}

#[circuit_breaker(name = "timed", threshold = 2, timeout = "5s", stream)]
async fn timed_stream() -> impl Stream<Item = Item> {
    std::future::pending::<()>().await;
    stream::empty()
}

#[tokio::test(start_paused = true)]
async fn timeout_limits_the_head() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "timed") {
        let Err(Fault::Breaker(BreakerError::TimedOut { after, .. })) = timed().await else {
            panic!("it is late")
        };
        assert_eq!((after, subject.call()), (Duration::from_secs(5), Call::Failure));
    }
    for subject in subjects(&scope, "timed") {
        let mut stream = Box::pin(timed_stream().await);
        let late = next(&mut stream);
        assert!(matches!(late, Some(Err(Fault::Breaker(BreakerError::TimedOut { .. })))));
        assert_eq!((next(&mut stream), subject.call()), (None, Call::Failure));
    }
}

struct Client {
    breaker: Arc<Breaker>,
}

impl Client {
    #[circuit_breaker(breaker = self.breaker, stream)]
    fn complete(&self, items: Vec<Item>) -> impl Stream<Item = Item> + use<> {
        stream::iter(items)
    }
}

/// The stream outlives the client that it came from.
#[test]
fn breaker_of_a_field_is_held_by_the_stream() {
    let breaker = Arc::new(Breaker::new("field", Config::builder().threshold(1).build_const()));
    let client = Client { breaker: Arc::clone(&breaker) };
    let mut stream = Box::pin(client.complete(vec![Err(Fault::Overloaded)]));
    drop(client);
    assert_eq!(next(&mut stream), Some(Err(Fault::Overloaded)));
    assert_eq!(breaker.state(), State::Open);
}

#[circuit_breaker(name = "outer", threshold = 2, stream)]
#[circuit_breaker(name = "inner", threshold = 2, stream)]
fn twins(items: Vec<Item>) -> Result<impl Stream<Item = Item>, Fault> {
    Ok(stream::iter(items))
}

/// Two attributes each watch the stream; a rejection of the inner one is nothing to the outer one.
#[test]
fn two_attributes_watch_one_stream() {
    let scope = Scope::enter();
    for state in ADMITTING {
        let subjects = ["outer", "inner"].map(|name| subject(&scope, name, state));
        let mut stream = Box::pin(twins(vec![Ok(1), Err(Fault::Overloaded)]).unwrap());
        assert_eq!(next(&mut stream), Some(Ok(1)));
        assert_eq!(next(&mut stream), Some(Err(Fault::Overloaded)));
        assert_eq!(subjects.map(|subject| subject.call()), [Call::Failure; 2]);
    }
    for state in ADMITTING {
        let outer = subject(&scope, "outer", state);
        subject(&scope, "inner", State::Open);
        assert!(twins(vec![]).is_err());
        assert!(outer.counts_as_nothing());
    }
}
