//! Calls that end in the body of their answer.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use breaker_core::testing::Scope;
use breaker_core::{BreakerError, Config, ConfigBuilder, FailureKind, State};
use breaker_tower::http::{GrpcOutcomes, HttpOutcomes, grpc_outcomes, http_outcomes};
use breaker_tower::{BoxError, BreakerLayer, GuardedBody, Judge, Named, Until, Watched};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty, Full};
use tower::{Layer, service_fn};

use crate::fake::{Refused, ask};

/// The next step of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Data(&'static str),
    /// The trailer `grpc-status`.
    Status(&'static str),
    Fail,
    Wait,
    Panic,
}

use Step::{Data, Fail, Panic, Status, Wait};

/// A body that follows a script. It waits at `Wait` until the test removes that step.
#[derive(Debug)]
pub(crate) struct Script(pub(crate) VecDeque<Step>);

impl Body for Script {
    type Data = Bytes;
    type Error = Refused;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Refused>>> {
        if let Some(Wait) = self.0.front() {
            return Poll::Pending;
        }
        Poll::Ready(self.0.pop_front().map(|step| match step {
            Data(text) => Ok(Frame::data(Bytes::from_static(text.as_bytes()))),
            Status(code) => {
                let code = HeaderValue::from_static(code);
                Ok(Frame::trailers(HeaderMap::from_iter([("grpc-status".parse().unwrap(), code)])))
            }
            Fail => Err(Refused),
            Wait => unreachable!("looked at above"),
            Panic => panic!("in the body"),
        }))
    }
}

pub(crate) type Watching<J> = BreakerLayer<Named, J, Watched>;
pub(crate) type Answer = Response<GuardedBody<Script>>;

fn tuned() -> ConfigBuilder {
    Config::builder().threshold(1).count_calls(true)
}

/// Calls a service that answers with this body.
fn call<J>(layer: &Watching<J>, body: &[Step]) -> Answer
where
    J: Judge<Response<Script>, Refused> + Clone,
{
    answered(layer, Response::new(Script(body.iter().copied().collect())))
}

pub(crate) fn answered<J>(layer: &Watching<J>, answer: Response<Script>) -> Answer
where
    J: Judge<Response<Script>, Refused> + Clone,
{
    let mut answer = Some(answer);
    let answers = move |(): ()| std::future::ready(Ok::<_, Refused>(answer.take().unwrap()));
    ask(&mut layer.layer(NotCloned(Some(answers))), ()).unwrap()
}

/// A service that is called once, and may hold values that cannot be cloned.
struct NotCloned<F>(Option<F>);

impl<F> Clone for NotCloned<F> {
    fn clone(&self) -> Self {
        NotCloned(None)
    }
}

impl<F, R> tower::Service<()> for NotCloned<F>
where
    F: FnMut(()) -> std::future::Ready<Result<R, Refused>>,
{
    type Response = R;
    type Error = Refused;
    type Future = std::future::Ready<Result<R, Refused>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, (): ()) -> Self::Future {
        self.0.as_mut().unwrap()(())
    }
}

pub(crate) fn http(until: Until) -> Watching<HttpOutcomes> {
    BreakerLayer::named("body", tuned()).unwrap().judge(http_outcomes()).body(until)
}

fn grpc() -> Watching<GrpcOutcomes> {
    BreakerLayer::named("body", tuned()).unwrap().judge(grpc_outcomes()).body(Until::End)
}

/// Reads the next frame, which must be ready.
pub(crate) fn frame(body: &mut GuardedBody<Script>) -> Result<Frame<Bytes>, BoxError> {
    body.frame().now_or_never().expect("it does not wait").expect("it has not ended")
}

fn waits(body: &mut GuardedBody<Script>) -> bool {
    body.frame().now_or_never().is_none()
}

fn ends(body: &mut GuardedBody<Script>) -> bool {
    body.frame().now_or_never().is_some_and(|frame| frame.is_none())
}

/// Reads all that is ready.
fn read(answer: Answer) {
    let mut body = answer.into_body();
    while let Some(Some(_)) = body.frame().now_or_never() {}
}

/// Returns the successes, failures, ignored and cancelled calls.
pub(crate) fn counts(scope: &Scope) -> [u64; 4] {
    let breaker = scope.registry().get("body").unwrap();
    let calls = breaker.totals().calls.unwrap();
    let failures = breaker.totals().failures(FailureKind::Error)
        + breaker.totals().failures(FailureKind::TimedOut)
        + breaker.totals().failures(FailureKind::Panicked);
    [calls.successes, failures, calls.ignored, calls.cancelled]
}

pub(crate) const SUCCESS: [u64; 4] = [1, 0, 0, 0];
pub(crate) const FAILURE: [u64; 4] = [0, 1, 0, 0];
pub(crate) const CANCELLED: [u64; 4] = [0, 0, 0, 1];
const NOTHING: [u64; 4] = [0; 4];

#[test]
fn body_that_ends_is_a_success() {
    let scope = Scope::enter();
    let mut body = call(&http(Until::End), &[Data("a"), Data("b")]).into_body();
    for data in ["a", "b"] {
        assert_eq!(frame(&mut body).unwrap().into_data().unwrap(), data);
        assert_eq!(counts(&scope), NOTHING);
    }
    assert!(ends(&mut body));
    assert_eq!(counts(&scope), SUCCESS);
    drop(body);
    assert_eq!(counts(&scope), SUCCESS, "one outcome");
}

/// Clients turn a refusal into an error, and leave its body unread.
#[test]
fn refusal_ends_the_call_though_nobody_reads_its_body() {
    for (status, counted) in [(404, SUCCESS), (304, SUCCESS), (101, SUCCESS), (503, FAILURE)] {
        let scope = Scope::enter();
        let mut answer = Response::new(Script([Data("no"), Wait].into()));
        *answer.status_mut() = status.try_into().unwrap();
        drop(answered(&http(Until::End), answer));
        assert_eq!(counts(&scope), counted, "{status}");
    }
}

/// Readers may stop at the last byte, and drop the body.
#[test]
fn body_of_known_length_ends_with_its_last_byte() {
    let scope = Scope::enter();
    let answers =
        service_fn(|(): ()| async { Ok::<_, Refused>(Response::new(Full::from("hello"))) });
    let mut body = ask(&mut http(Until::End).layer(answers), ()).unwrap().into_body();
    let _data: Bytes = body.frame().now_or_never().unwrap().unwrap().unwrap().into_data().unwrap();
    assert!(body.is_end_stream());
    drop(body);
    assert_eq!(counts(&scope), SUCCESS);
}

#[test]
fn answer_without_a_body_ends_at_its_head() {
    let scope = Scope::enter();
    let answers =
        service_fn(|(): ()| async { Ok::<_, Refused>(Response::new(Empty::<Bytes>::new())) });
    let answer = ask(&mut http(Until::End).layer(answers), ()).unwrap();
    assert_eq!(counts(&scope), SUCCESS);
    drop(answer);
}

#[test]
fn body_that_fails_in_the_middle_is_one_failure() {
    let scope = Scope::enter();
    let mut body = call(&http(Until::End), &[Data("a"), Fail, Fail]).into_body();
    assert!(frame(&mut body).is_ok());
    let error = frame(&mut body).unwrap_err();
    assert!(error.is::<Refused>(), "the body's own error");
    assert_eq!(counts(&scope), FAILURE);
    assert!(frame(&mut body).is_err());
    drop(body);
    assert_eq!(counts(&scope), FAILURE);
    assert_eq!(scope.registry().get("body").unwrap().state(), State::Open);
}

#[test]
fn body_that_is_dropped_counts_as_nothing_and_gives_its_slot_back() {
    let scope = Scope::enter();
    let breaker = scope.registry().get_or_insert("body", tuned().build().unwrap()).unwrap();
    breaker.half_open();
    let mut body = call(&http(Until::End), &[Data("a"), Wait]).into_body();
    assert!(frame(&mut body).is_ok());
    assert!(waits(&mut body));
    assert!(breaker.try_acquire().is_err(), "the probe goes on in the body");
    drop(body);
    assert_eq!(counts(&scope), CANCELLED);
    assert!(breaker.try_acquire().is_ok());
    drop(call(&http(Until::End), &[Data("a")]));
    assert_eq!(counts(&scope)[..2], [0, 0], "nor does a body that is never read");
}

#[test]
fn dropped_body_is_a_failure_where_the_layer_says_so() {
    let scope = Scope::enter();
    let mut body = call(&http(Until::End).cancel_is_failure(), &[Data("a"), Wait]).into_body();
    assert!(frame(&mut body).is_ok());
    assert!(waits(&mut body));
    drop(body);
    assert_eq!(scope.registry().get("body").unwrap().state(), State::Open);
}

#[test]
fn panic_in_the_body_is_a_failure() {
    let scope = Scope::enter();
    let mut body = call(&http(Until::End), &[Data("a"), Panic]).into_body();
    assert!(frame(&mut body).is_ok());
    let panicked = catch_unwind(AssertUnwindSafe(|| frame(&mut body)));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"in the body"));
    drop(body);
    let breaker = scope.registry().get("body").unwrap();
    assert_eq!(breaker.totals().failures(FailureKind::Panicked), 1);
}

#[test]
fn first_byte_ends_a_call_that_waits_for_no_more() {
    let scope = Scope::enter();
    let mut body = call(&http(Until::FirstByte), &[Data(""), Data("a"), Fail]).into_body();
    assert!(frame(&mut body).is_ok());
    assert_eq!(counts(&scope), NOTHING, "a frame without a byte");
    assert!(frame(&mut body).is_ok());
    assert_eq!(counts(&scope), SUCCESS);
    assert!(frame(&mut body).is_err());
    drop(body);
    assert_eq!(counts(&scope), SUCCESS);
}

#[test]
fn body_that_fails_before_its_first_byte_is_a_failure() {
    let scope = Scope::enter();
    read(call(&http(Until::FirstByte), &[Fail]));
    assert_eq!(counts(&scope), FAILURE);
}

#[test]
fn head_that_is_a_failure_ends_the_call() {
    let scope = Scope::enter();
    let script = Script([Data("overloaded")].into());
    let answer = answered(&http(Until::End), Response::builder().status(503).body(script).unwrap());
    assert_eq!(counts(&scope), FAILURE);
    read(answer);
    assert_eq!(counts(&scope), FAILURE);
}

#[tokio::test(start_paused = true)]
async fn body_that_stalls_fails_and_ends() {
    let scope = Scope::enter();
    let layer = || http(Until::End).stall(Duration::from_secs(10));
    let mut body = call(&layer(), &[Data("a"), Wait]).into_body();
    assert!(body.frame().await.unwrap().is_ok());
    // Nobody waits for the body during this time.
    tokio::time::advance(Duration::from_secs(60)).await;
    let began = tokio::time::Instant::now();
    let error = body.frame().await.unwrap().unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 10);
    let error = error.downcast_ref::<BreakerError>().unwrap();
    let text = "call through circuit breaker `body` did not end within 10s";
    assert_eq!(error.to_string(), text);
    assert!(!error.is_rejection());
    let breaker = scope.registry().get("body").unwrap();
    assert_eq!(breaker.totals().failures(FailureKind::TimedOut), 1);
    assert!(body.is_end_stream() && ends(&mut body));
    assert_eq!(counts(&scope), FAILURE);
}

#[tokio::test(start_paused = true)]
async fn limit_for_stalls_begins_anew_with_each_frame() {
    let scope = Scope::enter();
    let layer = http(Until::End).stall(Duration::from_secs(10));
    let steps = [Data("a"), Wait, Data("b"), Wait, Data("c")];
    let mut body = call(&layer, &steps).into_body();
    assert!(frame(&mut body).is_ok());
    for _ in 0..2 {
        assert!(waits(&mut body));
        tokio::time::advance(Duration::from_secs(9)).await;
        assert!(waits(&mut body), "not yet");
        // The test makes the next part ready.
        let Some(Wait) = body.get_mut().0.pop_front() else { panic!("it waits") };
        assert!(frame(&mut body).is_ok());
    }
    assert!(ends(&mut body));
    assert_eq!(counts(&scope), SUCCESS);
}

#[tokio::test(start_paused = true)]
async fn probe_keeps_its_slot_while_its_body_may_stall() {
    let scope = Scope::enter();
    let breaker = scope.registry().get_or_insert("body", tuned().build().unwrap()).unwrap();
    breaker.half_open();
    let mut body = call(&http(Until::End).stall(Duration::from_secs(600)), &[Wait]).into_body();
    assert!(waits(&mut body));
    scope.advance(Duration::from_secs(599));
    assert!(breaker.try_acquire().is_err(), "longer than `probe_timeout`");
    scope.advance(Duration::from_secs(1));
    assert!(breaker.try_acquire().is_ok());
}

#[test]
fn probe_keeps_its_slot_from_one_frame_to_the_next() {
    let scope = Scope::enter();
    let breaker = scope.registry().get_or_insert("body", tuned().build().unwrap()).unwrap();
    breaker.half_open();
    let mut body = call(&http(Until::End), &[Data("a"), Data("b"), Data("c"), Wait]).into_body();
    for _ in 0..3 {
        scope.advance(Duration::from_secs(20));
        assert!(breaker.try_acquire().is_err(), "within `probe_timeout`, which is 30 s");
        assert!(frame(&mut body).is_ok());
    }
    scope.advance(Duration::from_secs(30));
    assert!(breaker.try_acquire().is_ok());
}

#[test]
fn slow_call_measures_to_the_first_frame() {
    for (rest_before_first, state) in [(0, State::Closed), (2, State::Open)] {
        let scope = Scope::enter();
        let slow = tuned().slow_call(Duration::from_secs(1));
        let layer = BreakerLayer::named("body", slow).unwrap().judge(http_outcomes());
        let layer = layer.body(Until::End);
        let mut body = call(&layer, &[Data("a"), Data("b")]).into_body();
        scope.advance(Duration::from_secs(rest_before_first));
        assert!(frame(&mut body).is_ok());
        scope.advance(Duration::from_secs(10));
        assert!(frame(&mut body).is_ok());
        assert!(ends(&mut body));
        assert_eq!(scope.registry().get("body").unwrap().state(), state);
    }
}

#[test]
fn grpc_status_in_the_trailers_is_judged() {
    for (status, expected) in [("0", SUCCESS), ("5", SUCCESS), ("14", FAILURE), ("13", FAILURE)] {
        let scope = Scope::enter();
        let mut body = call(&grpc(), &[Data("message"), Status(status)]).into_body();
        assert!(frame(&mut body).is_ok());
        assert_eq!(counts(&scope), NOTHING);
        assert!(frame(&mut body).unwrap().is_trailers());
        assert_eq!(counts(&scope), expected, "{status}");
        drop(body);
        assert_eq!(counts(&scope), expected, "{status}");
    }
}

#[test]
fn grpc_body_without_a_status_is_a_failure() {
    let scope = Scope::enter();
    read(call(&grpc(), &[Data("message")]));
    assert_eq!(counts(&scope), FAILURE, "it ends");

    let scope = Scope::enter();
    read(call(&grpc(), &[Data("message"), Fail]));
    assert_eq!(counts(&scope), FAILURE, "it fails");

    let scope = Scope::enter();
    let answers =
        service_fn(|(): ()| async { Ok::<_, Refused>(Response::new(Empty::<Bytes>::new())) });
    let _answer = ask(&mut grpc().layer(answers), ()).unwrap();
    assert_eq!(counts(&scope), FAILURE, "there is none");
}

#[test]
fn grpc_answer_that_is_headers_alone_is_judged_by_them() {
    for (status, expected) in [("0", SUCCESS), ("3", SUCCESS), ("14", FAILURE)] {
        let scope = Scope::enter();
        let answer = Response::builder().header("grpc-status", status);
        read(answered(&grpc(), answer.body(Script(VecDeque::new())).unwrap()));
        assert_eq!(counts(&scope), expected, "{status}");
    }
}

#[test]
fn body_of_a_rejected_call_is_none() {
    let scope = Scope::enter();
    scope.registry().get_or_insert("body", tuned().build().unwrap()).unwrap().force_open();
    let called = service_fn(|(): ()| async {
        Ok::<_, Refused>(Response::new(Full::<Bytes>::from("hello")))
    });
    assert!(ask(&mut http(Until::End).layer(called), ()).is_err());
    assert_eq!(counts(&scope), NOTHING);
}
