//! Functions whose signature others' traits and macros set: handlers of axum,
//! services in the manner of tonic, tests of tokio.

use async_trait::async_trait;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use breakerbox::testing::Scope;
use breakerbox::{BreakerError, circuit_breaker};
use support::{Fault, Reply, now};

use crate::{SPARE, walk, walk_with_fallback};

struct HttpError(StatusCode);

impl From<BreakerError> for HttpError {
    fn from(_: BreakerError) -> Self {
        HttpError(StatusCode::SERVICE_UNAVAILABLE)
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

#[circuit_breaker(name = "handler", threshold = 1, cooldown = "10s")]
async fn handler(State(limit): State<u32>, Path(n): Path<u32>) -> Result<String, HttpError> {
    if n < limit { Ok(n.to_string()) } else { Err(HttpError(StatusCode::BAD_GATEWAY)) }
}

#[tokio::test]
async fn handler_of_axum_is_guarded() {
    let _scope = Scope::enter();
    let app = axum::Router::new().route("/{n}", get(handler)).with_state(10);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = async { axum::serve(listener, app).await };
    let client = async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let status = async |n: u32| {
            client.get(format!("http://{address}/{n}")).send().await.unwrap().status().as_u16()
        };
        [status(1).await, status(10).await, status(1).await]
    };
    // On one thread, so that the handler finds the test's registry.
    tokio::select! {
        stopped = server => panic!("{stopped:?}"),
        statuses = client => assert_eq!(statuses, [200, 502, 503]),
    }
}

struct Request<T>(T);
struct Answer<T>(T);

/// As gRPC has it: no error of the user's own.
#[derive(Debug)]
enum Status {
    Unavailable(BreakerError),
    Internal,
    InvalidArgument,
}

#[async_trait]
trait Greeter: Send + Sync + 'static {
    async fn greet(&self, request: Request<Reply>) -> Result<Answer<u32>, Status>;
}

struct Service;

#[async_trait]
impl Greeter for Service {
    #[circuit_breaker(
        name = "grpc", threshold = 1, cooldown = "10s",
        ignore = Err(Status::InvalidArgument), error = Status::Unavailable
    )]
    async fn greet(&self, request: Request<Reply>) -> Result<Answer<u32>, Status> {
        match request.0 {
            Ok(0) => Err(Status::InvalidArgument),
            Ok(n) => Ok(Answer(n)),
            Err(_) => Err(Status::Internal),
        }
    }
}

#[test]
fn service_in_the_manner_of_tonic_is_guarded() {
    walk("grpc", |reply| match now(Service.greet(Request(reply))) {
        Ok(answer) => Ok(answer.0),
        Err(Status::Unavailable(error)) => Err(Fault::Rejected(error)),
        Err(_) => Err(Fault::Down),
    });
    let _scope = Scope::enter();
    assert!(matches!(now(Service.greet(Request(Ok(0)))), Err(Status::InvalidArgument)));
    assert!(
        now(Service.greet(Request(Ok(1)))).is_ok(),
        "a mistake of the caller's counts as nothing"
    );
}

/// [MAC-122]
#[circuit_breaker(name = "test", threshold = 1)]
#[tokio::test]
async fn attribute_may_stand_above_a_test_of_tokio() -> Result<(), Fault> {
    tokio::task::yield_now().await;
    Ok(())
}

/// [MAC-122]
#[tokio::test]
#[circuit_breaker(name = "test", threshold = 1, fallback = Ok(()))]
async fn attribute_may_stand_below_a_test_of_tokio() -> Result<(), Fault> {
    tokio::task::yield_now().await;
    Ok(())
}

struct Spare;

impl Spare {
    #[circuit_breaker(name = "spare", threshold = 1, cooldown = "10s", fallback = Self::answer(&Spare, 1))]
    fn ask(&self, reply: Reply) -> Reply {
        reply
    }

    fn answer(&self, _: u32) -> Reply {
        Ok(SPARE)
    }
}

/// [MAC-246]
#[test]
fn call_is_a_fallback_that_is_evaluated_in_place() {
    walk_with_fallback("spare", |reply| Spare.ask(reply));
}
