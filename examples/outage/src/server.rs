//! A service that looks like a language model's, and falls sick by the script.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header::RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use stage::life::{Life, Port};
use tokio::sync::oneshot;

use crate::script::{Phase, Script};

/// The service on its thread.
pub(crate) struct Server {
    address: SocketAddr,
    arrivals: Arc<Arrivals>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Starts the service, which listens on a free loopback port on return.
    pub(crate) fn start(script: Script, seed: u64) -> io::Result<Self> {
        let life = Port::any()?.listen()?;
        let address = life.address()?;
        let arrivals = Arc::new(Arrivals::default());
        let service = Service { script, seed, arrivals: Arc::clone(&arrivals) };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || live(life, service, address, stopped));
        Ok(Self { address, arrivals, stop, thread })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Counts the requests so far.
    pub(crate) fn received(&self) -> usize {
        self.arrivals.lock().len()
    }

    /// Ends the service. Returns the times at which requests arrived.
    pub(crate) fn stop(self) -> io::Result<Vec<Duration>> {
        // This fails if the thread has failed; `join` then gives the reason.
        let _ = self.stop.send(());
        self.thread.join().map_err(|_| io::Error::other("the service panicked"))??;
        Ok(self.arrivals.take())
    }
}

/// Runs the service: one life, or two with the downtime in between.
fn live(
    first: Life,
    service: Service,
    address: SocketAddr,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let script = service.script;
    let app = Router::new().route("/v1/complete", post(complete)).with_state(service);

    let mut life = first;
    if let Some(downtime) = script.downtime() {
        let crash = async move { tokio::time::sleep_until(script.instant(downtime.start)).await };
        life.serve(app.clone(), crash);
        let port = Port::take(address)?;
        thread::sleep(downtime.end.saturating_sub(script.now()));
        life = port.listen()?;
    }
    life.serve(app, async move { stopped.await.unwrap_or_default() });
    Ok(())
}

/// The requests' times of arrival.
#[derive(Debug, Default)]
struct Arrivals(Mutex<Vec<Duration>>);

impl Arrivals {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Duration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut self.lock())
    }
}

/// The handlers' state.
#[derive(Clone)]
struct Service {
    script: Script,
    seed: u64,
    arrivals: Arc<Arrivals>,
}

impl Service {
    /// Returns a number that depends on seed and prompt alone.
    fn luck(&self, prompt: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, prompt).hash(&mut hasher);
        hasher.finish()
    }
}

#[derive(Deserialize)]
struct Question {
    prompt: String,
}

#[derive(Serialize)]
struct Completion {
    text: String,
}

async fn complete(State(service): State<Service>, Json(question): Json<Question>) -> Response {
    let now = service.script.now();
    service.arrivals.lock().push(now);
    let luck = service.luck(&question.prompt);
    match service.script.phase_at(now) {
        Phase::Healthy | Phase::Recovered => {
            pause(20 + luck % 21).await;
            Json(Completion { text: format!("You asked: {}", question.prompt) }).into_response()
        }
        Phase::Overloaded => match luck % 20 {
            0..=8 => turn_away(StatusCode::TOO_MANY_REQUESTS, luck).await,
            9..=14 => turn_away(StatusCode::SERVICE_UNAVAILABLE, luck).await,
            _ => std::future::pending().await,
        },
        // This request came just before the crash breaks its connection.
        Phase::Down => std::future::pending().await,
    }
}

async fn turn_away(status: StatusCode, luck: u64) -> Response {
    pause(5 + luck % 16).await;
    (status, [(RETRY_AFTER, "1")]).into_response()
}

async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
