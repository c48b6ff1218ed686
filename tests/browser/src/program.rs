//! A program that has breakers, and serves their page below `/ops`.

use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use axum::Router;
use breaker_page::Page;
use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, ConfigBuilder, Registry};
use std::sync::Arc;
use tokio::runtime;
use tokio::sync::oneshot;

/// A program whose annotated functions are those of the thread that made it. Its clock stands
/// until it is advanced.
#[derive(Debug)]
pub struct Program {
    /// Its registry and its clock.
    pub scope: Scope,
    page: Page,
    served: Served,
}

impl Program {
    /// Starts a program whose page changes nothing.
    #[must_use]
    pub fn start() -> Self {
        Self::with(|page| page)
    }

    /// Starts a program with a page of this making.
    #[must_use]
    pub fn with(make: impl FnOnce(Page) -> Page) -> Self {
        let scope = Scope::enter();
        let page = make(Page::new(scope.registry().clone()));
        let served = Served::start(ANY_PORT, below_ops(&page));
        Program { scope, page, served }
    }

    /// Returns the address of the page, without a slash at its end.
    #[must_use]
    pub fn page(&self) -> String {
        format!("http://{}/ops", self.served.address)
    }

    /// Returns its registry.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        self.scope.registry()
    }

    /// Makes a breaker.
    ///
    /// # Panics
    /// The name or the tuning breaks a rule.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "making it is the point")]
    pub fn breaker(&self, name: &str, config: ConfigBuilder) -> Arc<Breaker> {
        let config = config.build().expect("tuning of a test");
        self.registry().get_or_insert(name, config).expect("a name of a test")
    }

    /// Makes a breaker that the next failure opens.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "making it is the point")]
    pub fn touchy(&self, name: &str) -> Arc<Breaker> {
        self.breaker(name, Config::builder().threshold(1))
    }

    /// Ends the server and its connections, and lets go of the port.
    pub fn stop(&mut self) {
        self.served.stop();
    }

    /// Serves again, at the same address.
    pub fn start_again(&mut self) {
        self.served = Served::start(self.served.address, below_ops(&self.page));
    }
}

/// An address on this machine, with a port that is free.
pub const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn below_ops(page: &Page) -> Router {
    Router::new().nest_service("/ops", page.clone())
}

/// A server on a thread of its own.
#[derive(Debug)]
pub struct Served {
    /// The address that the program listens on.
    pub address: SocketAddr,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Served {
    /// Serves an application, from now on.
    ///
    /// # Panics
    /// The address cannot be had.
    #[must_use]
    pub fn start(address: SocketAddr, application: Router) -> Self {
        let listener = TcpListener::bind(address).expect("the port is free");
        listener.set_nonblocking(true).expect("a socket that can wait");
        let address = listener.local_addr().expect("it is bound");
        let (end, ended) = oneshot::channel();
        let serve = async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            tokio::select! {
                result = axum::serve(listener, application) => result.expect("it serves"),
                _ = ended => {}
            }
        };
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            // The connections end with the runtime.
            runtime.expect("a runtime").block_on(serve);
        });
        Served { address, running: Some((end, thread)) }
    }

    /// Ends it and its connections.
    pub fn stop(&mut self) {
        if let Some((end, thread)) = self.running.take() {
            // The thread has panicked if nobody takes it, and that is said already.
            let _ = end.send(());
            let _ = thread.join();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
    }
}
