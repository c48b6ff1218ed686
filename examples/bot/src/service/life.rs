//! A service on its thread, from one life to the next.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use axum::Router;
use axum::middleware::from_fn_with_state;
use stage::life::{Life, Port};
use tokio::runtime::Builder;
use tokio::sync::watch;

use super::fate::{Fate, decide};
use super::{Health, Kind};

/// A service that runs until it is dropped.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    health: watch::Sender<Option<Health>>,
    received: Arc<Mutex<Vec<Instant>>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Service {
    /// Starts a service, which listens on a free loopback port on return.
    ///
    /// # Errors
    /// The system gives no port or no thread.
    pub fn start(kind: Kind, seed: u64) -> io::Result<Self> {
        let life = Port::any()?.listen()?;
        let address = life.address()?;
        let (health, switch) = watch::channel(Some(Health::Healthy));
        let received = Arc::default();
        let fate = Fate {
            health: switch.clone(),
            pace: kind.pace(),
            seed,
            received: Arc::clone(&received),
        };
        let app = kind.router().layer(from_fn_with_state(fate, decide));
        let thread = thread::Builder::new()
            .name(format!("{kind:?}"))
            .spawn(move || live(life, address, &app, switch))?;
        Ok(Self { address, health, received, thread: Some(thread) })
    }

    /// Returns the service's address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Turns the switch.
    pub fn set(&self, health: Health) {
        self.health.send_replace(Some(health));
    }

    /// Returns the times of requests. A refused connection is none.
    #[must_use]
    pub fn received(&self) -> Vec<Instant> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops the service. On return it neither listens nor runs.
    ///
    /// # Errors
    /// The service had failed to get its port back.
    pub fn stop(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        self.health.send_replace(None);
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.join().map_err(|_| io::Error::other("the service panicked"))?
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Only `stop` reports a failure.
        let _ = self.end();
    }
}

/// Serves until `switch` is `Refusing`; holds the port closed until it is not; serves again.
fn live(
    mut life: Life,
    address: SocketAddr,
    app: &Router,
    mut switch: watch::Receiver<Option<Health>>,
) -> io::Result<()> {
    loop {
        let mut watched = switch.clone();
        let over = |health: &Option<Health>| matches!(health, None | Some(Health::Refusing));
        life.serve(app.clone(), async { _ = watched.wait_for(over).await });
        if switch.borrow().is_none() {
            return Ok(());
        }
        let port = Port::take(address)?;
        let waiting = Builder::new_current_thread().build()?;
        let back = |health: &Option<Health>| *health != Some(Health::Refusing);
        let awaited = waiting.block_on(switch.wait_for(back)).map(|health| *health);
        match awaited {
            Ok(Some(_)) => life = port.listen()?,
            Ok(None) | Err(_) => return Ok(()),
        }
    }
}
