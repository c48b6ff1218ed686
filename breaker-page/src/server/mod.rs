//! A server for programs that have none.

mod io;

use std::future::Future;
use std::io as std_io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::page::Page;

use io::Limited;

/// The time for the head of a request, and for an idle connection between two requests.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// The time for a reader to take some of the bytes that are sent to it.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// The time for requests that are under way when the server ends.
const GRACE: Duration = Duration::from_secs(5);
/// The time between two tries to accept a connection, if the system refuses: for example, if no
/// files are left.
const PAUSE: Duration = Duration::from_millis(200);
/// The number of connections besides those of streams.
const CONNECTIONS: usize = 64;
/// The size of the largest head of a request, and about that of the buffer for a slow reader.
const BUFFER: usize = 16 << 10;

/// Serves the page at an address, for ever.
///
/// It has neither TLS nor users: give it an address that only operators reach, such as a loopback
/// address, `127.0.0.1:9464`. There it answers to `localhost` and loopback addresses as the host,
/// and to the names of [`Page::hosts`].
///
/// # Errors
/// The address cannot be bound.
///
/// ```no_run
/// # async fn run() -> std::io::Result<()> {
/// use breaker_core::Registry;
/// use breaker_page::{Page, serve};
///
/// tokio::spawn(serve("127.0.0.1:9464", Page::new(Registry::global())));
/// # Ok(())
/// # }
/// ```
pub async fn serve(address: impl ToSocketAddrs, page: Page) -> std_io::Result<()> {
    Server::bind(address, page).await?.run().await;
    Ok(())
}

/// A server of a [`Page`] that has its address and does not answer yet.
///
/// It speaks HTTP/1.1, and accepts 64 connections more than there may be streams; others wait. It
/// closes a connection whose client takes more than 15 seconds for the head of a request, or takes
/// nothing of an answer for 30 seconds.
///
/// ```
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use breaker_core::Registry;
/// use breaker_page::{Page, Server};
///
/// let server = Server::bind("127.0.0.1:0", Page::new(Registry::new())).await?;
/// println!("breakers: http://{}", server.local_addr()?);
/// # let until_ctrl_c = async {};
/// server.run_until(until_ctrl_c).await;
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a server does nothing until it runs"]
pub struct Server {
    listener: TcpListener,
    page: Page,
}

impl Server {
    /// Binds an address; port 0 stands for a free port.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn bind(address: impl ToSocketAddrs, page: Page) -> std_io::Result<Self> {
        Ok(Self::new(TcpListener::bind(address).await?, page))
    }

    /// Takes an existing listener, for example one of systemd's.
    pub fn new(listener: TcpListener, page: Page) -> Self {
        Server { listener, page }
    }

    /// Returns the address.
    ///
    /// # Errors
    /// The system does not know it.
    pub fn local_addr(&self) -> std_io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers requests for ever.
    pub async fn run(self) {
        self.run_until(std::future::pending()).await;
    }

    /// Answers until `end` is ready. Then it accepts no more connections, ends all streams, and
    /// gives other answers five seconds to finish.
    pub async fn run_until(self, end: impl Future<Output = ()>) {
        let Server { listener, page } = self;
        let page = match listener.local_addr() {
            Ok(address) => page.served_at(address.ip()),
            Err(_) => page,
        };
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(
            page.most_streams().saturating_add(CONNECTIONS).min(Semaphore::MAX_PERMITS),
        ));
        let mut end = pin!(end);
        loop {
            let accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (listener.accept().await, place)
            };
            let (accepted, place) = tokio::select! {
                biased;
                () = &mut end => break,
                accepted = accepted => accepted,
            };
            let Ok((stream, _)) = accepted else {
                sleep(PAUSE).await;
                continue;
            };
            let connection = graceful.watch(connection(stream, page.clone()));
            tokio::spawn(async move {
                // A client that breaks off, or is too slow, is no error of the server.
                let _: hyper::Result<()> = connection.await;
                drop(place);
            });
        }
        drop(listener);
        page.end_streams();
        let _: Result<(), tokio::time::error::Elapsed> = timeout(GRACE, graceful.shutdown()).await;
    }
}

type Connection = http1::Connection<TokioIo<Limited<TcpStream>>, TowerToHyperService<Page>>;

fn connection(stream: TcpStream, page: Page) -> Connection {
    // Events are small, and each is to be seen at once.
    let _: std_io::Result<()> = stream.set_nodelay(true);
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(BUFFER)
        .serve_connection(
            TokioIo::new(Limited::new(stream, WRITE_TIME)),
            TowerToHyperService::new(page),
        )
}
