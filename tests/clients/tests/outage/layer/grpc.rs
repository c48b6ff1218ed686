//! A channel of `tonic`, with the generated code of `tonic-health`.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::tower::http::{GrpcOutcomes, grpc_outcomes};
use breakerbox::tower::{BreakerLayer, BreakerService, Named, Until, Watched};
use breakerbox::{BreakerError, Config, State};
use futures_util::stream::{self, Stream, StreamExt};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::timeout::Timeout;
use tower::{Layer, ServiceBuilder};

use super::{COOLDOWN, SECOND, STALL, TIMEOUT, state};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Healthy,
    /// Answers with this status.
    Failing(Code),
    /// Does not answer. A stream gives nothing after its first item.
    Hanging,
}

/// A service that tells of its health, and counts who asks.
#[derive(Clone)]
struct Patient {
    mood: watch::Receiver<Mood>,
    received: watch::Sender<usize>,
}

#[tonic::async_trait]
impl Health for Patient {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    /// An error is an answer of headers alone.
    async fn check(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        self.received.send_modify(|received| *received += 1);
        let mood = *self.mood.borrow();
        match mood {
            Mood::Healthy => Ok(Response::new(serving())),
            Mood::Failing(code) => Err(Status::new(code, "ill")),
            Mood::Hanging => std::future::pending().await,
        }
    }

    /// An error is in the trailers.
    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        self.received.send_modify(|received| *received += 1);
        let first = stream::iter([Ok(serving())]);
        let mood = *self.mood.borrow();
        Ok(Response::new(match mood {
            Mood::Healthy => first.boxed(),
            Mood::Failing(code) => {
                first.chain(stream::iter([Err(Status::new(code, "ill"))])).boxed()
            }
            Mood::Hanging => first.chain(stream::pending()).boxed(),
        }))
    }
}

fn serving() -> HealthCheckResponse {
    HealthCheckResponse { status: ServingStatus::Serving.into() }
}

type Guarded = BreakerService<Timeout<Channel>, Named, GrpcOutcomes, Watched>;

/// The service and a client of it.
struct Case {
    scope: Scope,
    mood: watch::Sender<Mood>,
    received: watch::Receiver<usize>,
    client: HealthClient<Guarded>,
    connections: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Case {
    async fn start() -> Self {
        Self::with(grpc_outcomes(), false).await
    }

    /// `resets` resets a connection that is lost, which else is closed.
    async fn with(judge: GrpcOutcomes, resets: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, moods) = watch::channel(Mood::Healthy);
        let (count, received) = watch::channel(0);
        let connections = Arc::default();
        tokio::spawn(serve(
            listener,
            Patient { mood: moods, received: count },
            Arc::clone(&connections),
            resets,
        ));
        Case { scope: Scope::enter(), mood, received, client: client(address, judge), connections }
    }

    fn received(&self) -> usize {
        *self.received.borrow()
    }

    async fn check(&self) -> Result<(), Status> {
        self.client.clone().check(HealthCheckRequest::default()).await.map(drop)
    }

    /// Reads a stream to its end.
    async fn watch(&self) -> Result<(), Status> {
        let answer = self.client.clone().watch(HealthCheckRequest::default()).await?;
        let mut items = answer.into_inner();
        while items.message().await?.is_some() {}
        Ok(())
    }

    /// Lets the three calls fail that open the breaker, and then the service recover.
    async fn suffers(&self, ask: impl AsyncFn() -> Result<(), Status>, code: Code) {
        for after in [State::Closed, State::Closed, State::Open] {
            assert_eq!(ask().await.unwrap_err().code(), code);
            assert_eq!(state(&self.scope), after, "{code:?}");
        }
        self.recovers().await;
    }

    /// The service is left in peace while the breaker is open, and then asked again.
    async fn recovers(&self) {
        let requests = self.received();
        assert_eq!(state(&self.scope), State::Open);
        for _ in 0..3 {
            let rejected = self.check().await.unwrap_err();
            assert!(BreakerError::is_rejection_in(&rejected), "{rejected:?}");
        }
        assert_eq!(self.received(), requests);
        self.mood.send_replace(Mood::Healthy);
        self.scope.advance(COOLDOWN);
        self.watch().await.unwrap();
        assert_eq!((self.received(), state(&self.scope)), (requests + 1, State::Closed));
    }

    /// Lets that much time pass once so many requests have come in.
    async fn keeps_waiting(&self, requests: usize, time: std::time::Duration) {
        let mut received = self.received.clone();
        let arrival = received.wait_for(|received| *received >= requests);
        tokio::time::timeout(60 * SECOND, arrival).await.unwrap().unwrap();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
    }
}

fn client(address: SocketAddr, judge: GrpcOutcomes) -> HealthClient<Guarded> {
    let channel = Endpoint::try_from(format!("http://{address}")).unwrap().connect_lazy();
    let layer = BreakerLayer::named("service", Config::builder().threshold(3).cooldown(COOLDOWN))
        .unwrap()
        .judge(judge)
        .body(Until::End)
        .stall(STALL);
    let inner = ServiceBuilder::new().timeout(TIMEOUT).service(channel);
    HealthClient::new(layer.layer(inner))
}

async fn serve(
    listener: TcpListener,
    patient: Patient,
    open: Arc<Mutex<Vec<JoinHandle<()>>>>,
    resets: bool,
) {
    while let Ok((connection, _)) = listener.accept().await {
        if resets {
            connection.set_zero_linger().unwrap();
        }
        let service = TowerToHyperService::new(HealthServer::new(patient.clone()));
        let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(connection), service);
        let task = tokio::spawn(async { drop(connection.await) });
        open.lock().unwrap().push(task);
    }
}

#[tokio::test]
async fn tonic_status_in_headers_or_trailers_is_judged() {
    let case = Case::start().await;
    for code in [Code::Unavailable, Code::DeadlineExceeded, Code::ResourceExhausted, Code::Internal]
    {
        case.mood.send_replace(Mood::Failing(code));
        case.suffers(async || case.check().await, code).await;
        case.mood.send_replace(Mood::Failing(code));
        case.suffers(async || case.watch().await, code).await;
    }
}

#[tokio::test]
async fn tonic_status_of_the_callers_making_closes() {
    let case = Case::start().await;
    for code in [Code::Unavailable, Code::NotFound, Code::Unavailable] {
        case.mood.send_replace(Mood::Failing(code));
        assert_eq!(case.check().await.unwrap_err().code(), code);
        assert_eq!(case.watch().await.unwrap_err().code(), code);
    }
    assert_eq!(state(&case.scope), State::Closed, "never three failures in a row");
}

#[tokio::test]
async fn tonic_call_that_hangs_is_a_failure() {
    let case = Case::start().await;
    case.mood.send_replace(Mood::Hanging);
    for call in 1..=3 {
        let (answer, ()) = tokio::join!(case.check(), case.keeps_waiting(call, TIMEOUT));
        assert!(!BreakerError::is_rejection_in(&answer.unwrap_err()));
    }
    case.recovers().await;
}

#[tokio::test]
async fn tonic_stream_that_stalls_is_a_failure() {
    let case = Case::start().await;
    case.mood.send_replace(Mood::Hanging);
    for call in 1..=3 {
        let (answer, ()) = tokio::join!(case.watch(), case.keeps_waiting(call, STALL));
        let error = answer.unwrap_err();
        assert!(format!("{error:?}").contains("TimedOut"), "{error:?}");
    }
    case.recovers().await;
}

#[tokio::test]
async fn tonic_connection_that_is_lost_is_a_failure() {
    for resets in [false, true] {
        let case = Case::with(grpc_outcomes(), resets).await;
        case.mood.send_replace(Mood::Hanging);
        for call in 1..=3 {
            let connection_is_lost = async {
                case.keeps_waiting(call, SECOND).await;
                case.connections.lock().unwrap().drain(..).for_each(|task| task.abort());
            };
            let (answer, ()) = tokio::join!(case.watch(), connection_is_lost);
            let error = answer.unwrap_err();
            assert!(!BreakerError::is_rejection_in(&error));
            assert_eq!(format!("{error:?}").contains("ConnectionReset"), resets, "{error:?}");
        }
        case.recovers().await;
    }
}

#[tokio::test]
async fn tonic_failures_are_the_codes_that_the_program_gives() {
    let judge = grpc_outcomes().failures([Code::Aborted, Code::DataLoss].map(|code| code as u32));
    let case = Case::with(judge, false).await;
    for code in [Code::Unavailable, Code::Internal] {
        case.mood.send_replace(Mood::Failing(code));
        for _ in 0..3 {
            assert_eq!(case.check().await.unwrap_err().code(), code);
            assert_eq!(case.watch().await.unwrap_err().code(), code);
        }
        assert_eq!(state(&case.scope), State::Closed);
    }
    for code in [Code::Aborted, Code::DataLoss] {
        case.mood.send_replace(Mood::Failing(code));
        case.suffers(async || case.check().await, code).await;
        case.mood.send_replace(Mood::Failing(code));
        case.suffers(async || case.watch().await, code).await;
    }
}
