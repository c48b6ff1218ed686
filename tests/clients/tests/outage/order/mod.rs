//! Breaker, retry and timeout around one another: `docs/clients.md` says of each order what it does,
//! and a test here shows it, once with the attribute and once with tower's layers.

mod attribute;
mod layer;

use std::time::Duration;

use breakerbox::State;
use breakerbox::testing::Scope;
use reqwest::Client;

use crate::retries::{TeaError, client};
use crate::server::{Mood, Server};

const SECOND: Duration = Duration::from_secs(1);

/// A service that is ill, and a client that asks it.
struct Ill {
    scope: Scope,
    server: Server,
    http: Client,
}

impl Ill {
    async fn start(mood: Mood) -> Self {
        let (scope, server) = (Scope::enter(), Server::start().await);
        server.set(mood);
        Ill { scope, server, http: client() }
    }

    /// Asks it, without a breaker.
    async fn ask(&self) -> Result<String, TeaError> {
        let response = self.http.get(self.server.url()).send().await?;
        Ok(response.error_for_status()?.text().await?)
    }

    fn state(&self, name: &str) -> State {
        self.scope.registry().get(name).unwrap().state()
    }

    fn failures(&self, name: &str) -> u16 {
        self.scope.registry().get(name).unwrap().snapshot().consecutive_failures
    }
}

fn is_rejection<T>(result: &Result<T, TeaError>) -> bool {
    matches!(result, Err(TeaError::Breaker(error)) if error.is_rejection())
}
