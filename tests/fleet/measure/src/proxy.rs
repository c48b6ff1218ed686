//! A proxy before the server, which may be slow, or cut off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Failure;

#[derive(Clone)]
pub(crate) struct Proxy(Arc<Shared>);

struct Shared {
    port: u16,
    server: u16,
    delay_ms: AtomicU64,
    is_cut: AtomicBool,
}

impl Proxy {
    pub(crate) async fn start(server: u16) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (delay_ms, is_cut) = (AtomicU64::new(0), AtomicBool::new(false));
        let proxy = Proxy(Arc::new(Shared { port, server, delay_ms, is_cut }));
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().join(client));
            }
        });
        Ok(proxy)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port
    }

    /// Delays each direction by half of this.
    pub(crate) fn set_delay(&self, delay: Duration) {
        let half = u64::try_from(delay.as_millis() / 2).unwrap_or(u64::MAX);
        self.0.delay_ms.store(half, Ordering::Relaxed);
    }

    /// Passes nothing on while it is cut, as a network does that drops packets.
    pub(crate) fn set_cut(&self, is_cut: bool) {
        self.0.is_cut.store(is_cut, Ordering::Relaxed);
    }

    async fn join(self, client: TcpStream) -> std::io::Result<()> {
        while self.0.is_cut.load(Ordering::Relaxed) {
            sleep(Duration::from_millis(10)).await;
        }
        let server = TcpStream::connect(("127.0.0.1", self.0.server)).await?;
        server.set_nodelay(true)?;
        client.set_nodelay(true)?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(self.clone().pass(from_client, to_server));
        tokio::spawn(self.pass(from_server, to_client));
        Ok(())
    }

    async fn pass(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let (sender, mut receiver) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
        let writer = async move {
            while let Some((at, bytes)) = receiver.recv().await {
                sleep_until(at).await;
                if to.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        };
        let reader = async {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(read @ 1..) = from.read(&mut buffer).await {
                while self.0.is_cut.load(Ordering::Relaxed) {
                    sleep(Duration::from_millis(10)).await;
                }
                let delay = Duration::from_millis(self.0.delay_ms.load(Ordering::Relaxed));
                if sender.send((Instant::now() + delay, buffer[..read].to_vec())).is_err() {
                    return;
                }
            }
            drop(sender);
        };
        tokio::join!(writer, reader);
    }
}
