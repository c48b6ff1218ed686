//! The service that fleets call: it is up or down, takes 20 ms, and notes each call.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::{Failure, now};

/// The time that a call takes.
pub(crate) const LATENCY: Duration = Duration::from_millis(20);

#[derive(Clone)]
pub(crate) struct Service(Arc<Shared>);

struct Shared {
    port: u16,
    is_down: AtomicBool,
    calls: Mutex<Vec<Call>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) at: Duration,
    pub(crate) is_probe: bool,
    pub(crate) failed: bool,
}

impl Service {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let shared = Shared { port, is_down: AtomicBool::new(false), calls: Mutex::default() };
        let service = Service(Arc::new(shared));
        let accepting = service.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().answer(stream));
            }
        });
        Ok(service)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port
    }

    /// Publishes nothing else, so relaxed orderings do.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.0.is_down.store(is_down, Ordering::Relaxed);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn answer(self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 0 {
            let failed = self.0.is_down.load(Ordering::Relaxed);
            let call = Call { at: now(), is_probe: line.trim() == "probe", failed };
            self.0.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
            line.clear();
            tokio::time::sleep(LATENCY).await;
            stream.get_mut().write_all(if failed { b"down\n" } else { b"up\n" }).await?;
        }
        Ok(())
    }
}
