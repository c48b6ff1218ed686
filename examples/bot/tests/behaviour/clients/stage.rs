//! Services, clients and breakers of a single test.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bot::client::cat::{self, Keeper};
use bot::client::llm::{self, Model};
use bot::client::stt::{self, Heard};
use bot::client::voice::{self, Spoken};
use bot::client::{Clients, ServiceError};
use bot::service::{Health, Kind, Services};
use breakerbox::testing::Scope;
use breakerbox::{Breaker, Snapshot, State};

/// Each service with its breaker's name, threshold, and cooldown in seconds of life.
pub(crate) const ALL: [(Kind, &str, usize, u64); 5] = [
    (Kind::Cat, "cat", 3, 60),
    (Kind::Llm, "llm", 5, 30),
    (Kind::Second, "llm-second", 5, 30),
    (Kind::Stt, "stt", 5, 30),
    (Kind::Voice, "voice", 5, 30),
];

pub(crate) struct Stage {
    pub(crate) scope: Scope,
    pub(crate) services: Services,
    pub(crate) clients: Arc<Clients>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let services = Services::start(1).unwrap();
        let clients = Arc::new(Clients::new(services.addresses()).unwrap());
        Self { scope: Scope::enter(), services, clients }
    }

    /// Turns a service's switch, and waits for the effect.
    pub(crate) fn set(&self, kind: Kind, health: Health) {
        let service = self.services.of(kind);
        service.set(health);
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(service.address()).is_err() != (health == Health::Refusing) {
            assert!(Instant::now() < deadline, "{kind:?} is not {health:?} yet");
            std::thread::yield_now();
        }
    }

    /// Calls a service by its guarded function. Returns whether the service itself answered.
    pub(crate) async fn call(&self, kind: Kind) -> bool {
        call(&self.clients, kind).await.unwrap()
    }

    pub(crate) fn received(&self, kind: Kind) -> usize {
        self.services.of(kind).received().len()
    }

    pub(crate) fn breaker(&self, name: &str) -> Arc<Breaker> {
        self.scope.registry().get(name).unwrap()
    }

    pub(crate) fn snapshot(&self, name: &str) -> Snapshot {
        self.breaker(name).snapshot()
    }

    pub(crate) fn state(&self, name: &str) -> State {
        self.breaker(name).state()
    }

    /// Trips the breaker by `threshold` calls.
    pub(crate) async fn trip(&self, kind: Kind, name: &str, threshold: usize) {
        for _ in 0..threshold {
            assert!(!self.call(kind).await);
        }
        assert_eq!(self.state(name), State::Open, "{name}");
    }
}

pub(crate) async fn call(clients: &Clients, kind: Kind) -> Result<bool, ServiceError> {
    Ok(match kind {
        Kind::Cat => cat::recall(&clients.cat, 1, "tea").await?.by == Keeper::Cat,
        Kind::Llm => llm::complete(&clients.llm, "hi").await?.by == Model::Large,
        // The caller must take the large model away first.
        Kind::Second => llm::complete(&clients.llm, "hi").await?.by == Model::Second,
        Kind::Stt => stt::transcribe(&clients.stt, b"hi").await? != Heard::Nothing,
        Kind::Voice => voice::speak(&clients.voice, "hi").await? != Spoken::TextOnly,
    })
}
