//! Retries of other crates around a guarded function: they stop at a rejection, or wait for as
//! long as it says.

mod backon;
mod reqwest;
mod tokio_retry2;
mod tower;

use std::time::Duration;

use ::reqwest::Client;
use breakerbox::testing::Scope;
use breakerbox::{BreakerError, State, circuit_breaker};

use crate::server::{Mood, Server};

const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub(crate) enum TeaError {
    #[error(transparent)]
    Breaker(#[from] BreakerError),
    #[error(transparent)]
    Http(#[from] ::reqwest::Error),
}

impl TeaError {
    /// Returns how long to wait before the next attempt, if the breaker knows.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            TeaError::Breaker(error) => error.retry_after(),
            TeaError::Http(_) => None,
        }
    }
}

#[circuit_breaker(name = "tea", threshold = 3, cooldown = "10s")]
pub(crate) async fn tea(http: &Client, url: &str) -> Result<String, TeaError> {
    Ok(http.get(url).send().await?.error_for_status()?.text().await?)
}

pub(crate) fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// A service that is down, and a client that asks it.
struct Down {
    scope: Scope,
    server: Server,
    http: Client,
    url: String,
}

impl Down {
    async fn start() -> Self {
        let (scope, server) = (Scope::enter(), Server::start().await);
        server.set(Mood::Down);
        Down { url: server.url(), scope, server, http: client() }
    }

    async fn tea(&self) -> Result<String, TeaError> {
        tea(&self.http, &self.url).await
    }

    fn state(&self) -> State {
        self.scope.registry().get("tea").unwrap().state()
    }

    /// Lets a retry's wait pass for the breaker. The service recovers in a wait of seconds.
    fn pass(&self, wait: Duration) {
        self.scope.advance(wait);
        if wait > 2 * SECOND {
            self.server.set(Mood::Healthy);
        }
    }

    /// Checks that three attempts have reached the service, and that the fourth was the last.
    fn has_stopped(&self, result: &Result<String, TeaError>) {
        let Err(TeaError::Breaker(error)) = result else {
            panic!("the last attempt is rejected: {result:?}")
        };
        assert!(error.is_rejection());
        assert_eq!((self.server.received(), self.state()), (3, State::Open));
        assert_eq!(self.scope.registry().get("tea").unwrap().snapshot().rejections, 1);
    }

    /// Checks that the fourth attempt was rejected, and that the fifth came in time to succeed.
    fn has_waited(&self, result: Result<String, TeaError>, waits: &[Duration]) {
        assert_eq!(result.unwrap(), "\"Tea is ready.\"");
        assert_eq!(waits, [SECOND, SECOND, SECOND, 9 * SECOND]);
        assert_eq!((self.server.received(), self.state()), (4, State::Closed));
        assert_eq!(self.scope.registry().get("tea").unwrap().snapshot().rejections, 1);
    }
}
