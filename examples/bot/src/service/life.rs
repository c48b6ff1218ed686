//! A service on its thread, from one life to the next.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
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
    /// Listens on a free port of the loopback interface when this returns.
    ///
    /// # Errors
    /// The system gives no port or no thread.
    pub fn start(kind: Kind, seed: u64) -> io::Result<Self> {
        let life = Life::begin(reserve((Ipv4Addr::LOCALHOST, 0).into())?)?;
        let address = life.listener.local_addr()?;
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

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Turns the switch.
    pub fn set(&self, health: Health) {
        self.health.send_replace(Some(health));
    }

    /// When it received requests. A refused connection is none.
    #[must_use]
    pub fn received(&self) -> Vec<Instant> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it. It does not listen or run any more when this returns.
    ///
    /// # Errors
    /// It had failed, because its port could not be had back.
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
        // Who wants to know whether it had failed calls `stop`.
        let _ = self.end();
    }
}

/// Lives until connections are to be refused; then lies dead until they are not;
/// then lives again.
fn live(
    mut life: Life,
    address: SocketAddr,
    app: &Router,
    mut switch: watch::Receiver<Option<Health>>,
) -> io::Result<()> {
    loop {
        life.serve(app.clone(), switch.clone());
        if switch.borrow().is_none() {
            return Ok(());
        }
        // Bound but not listening: the system refuses connections to the port, and
        // gives it to nobody else.
        let port = reserve(address)?;
        let waiting = Builder::new_current_thread().build()?;
        let back = |health: &Option<Health>| *health != Some(Health::Refusing);
        let awaited = waiting.block_on(switch.wait_for(back)).map(|health| *health);
        match awaited {
            Ok(Some(_)) => life = Life::begin(port)?,
            Ok(None) | Err(_) => return Ok(()),
        }
    }
}

fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Or else connections of a former life that linger would block the next.
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind(address)?;
    Ok(socket)
}

/// One process of the service, as it were. Its runtime dies with it, and takes
/// along the listener, all connections and the requests under way.
struct Life {
    runtime: Runtime,
    listener: TcpListener,
}

impl Life {
    fn begin(socket: TcpSocket) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _entered = runtime.enter();
            socket.listen(1024)?
        };
        Ok(Self { runtime, listener })
    }

    fn serve(self, app: Router, mut switch: watch::Receiver<Option<Health>>) {
        let over = |health: &Option<Health>| matches!(health, None | Some(Health::Refusing));
        self.runtime.block_on(async {
            tokio::select! {
                _ = axum::serve(self.listener, app) => {}
                _ = switch.wait_for(over) => {}
            }
        });
    }
}
