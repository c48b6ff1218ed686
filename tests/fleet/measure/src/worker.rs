//! One process of a fleet: it calls the service at random moments, and says what becomes of it.
//!
//! It prints `ready`, then waits for `go MICROSECONDS`, a moment since 1970. For each transition it
//! prints `event MICROSECONDS STATE REASON`, and at `stop` a line of its [`Sums`].

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use breakerbox::{BreakerError, EventKind, Registry, circuit_breaker, is_probe};
use clap::Args;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, stdin};
use tokio::net::TcpStream;

use crate::service::LATENCY;
use crate::{Failure, now};

#[derive(Args, Clone, Debug)]
pub(crate) struct Worker {
    /// The port of the service.
    #[arg(long)]
    pub(crate) service: u16,
    /// The port of the Redis; without it the process is alone.
    #[arg(long)]
    pub(crate) redis: Option<u16>,
    #[arg(long)]
    pub(crate) domain: String,
    /// Calls in a second.
    #[arg(long)]
    pub(crate) rate: f64,
    /// Its own calls fail, whatever the service does.
    #[arg(long)]
    pub(crate) poisoned: bool,
    #[arg(long)]
    pub(crate) quorum: Option<u16>,
}

/// The outcomes of a process's calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) ok: u64,
    pub(crate) failed: u64,
    pub(crate) rejected: u64,
    /// The longest time that a call took beside its own work.
    pub(crate) overhead: Duration,
}

#[derive(Debug)]
pub(crate) enum Fault {
    Down,
    Rejected,
}

impl From<BreakerError> for Fault {
    fn from(_: BreakerError) -> Self {
        Fault::Rejected
    }
}

impl From<std::io::Error> for Fault {
    fn from(_: std::io::Error) -> Self {
        Fault::Down
    }
}

/// Connections that no call uses at this moment.
type Pool = Mutex<Vec<BufReader<TcpStream>>>;

#[circuit_breaker(name = "service", threshold = 5, cooldown = "2s", jitter = 0.1)]
async fn call(worker: &Worker, pool: &Pool, work: &mut Duration) -> Result<(), Fault> {
    let began = Instant::now();
    let reply = ask(worker, pool, is_probe()).await;
    *work = began.elapsed();
    reply
}

async fn ask(worker: &Worker, pool: &Pool, is_probe: bool) -> Result<(), Fault> {
    if worker.poisoned {
        tokio::time::sleep(LATENCY).await;
        return Err(Fault::Down);
    }
    let idle = pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut connection = match idle {
        Some(connection) => connection,
        None => BufReader::new(TcpStream::connect(("127.0.0.1", worker.service)).await?),
    };
    let kind: &[u8] = if is_probe { b"probe\n" } else { b"call\n" };
    connection.get_mut().write_all(kind).await?;
    let mut reply = String::new();
    connection.read_line(&mut reply).await?;
    pool.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    if reply == "up\n" { Ok(()) } else { Err(Fault::Down) }
}

impl Worker {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let registry = Registry::global();
        let _fleet = match self.redis {
            Some(port) => {
                let redis = breaker_fleet::Redis::new(&format!("redis://127.0.0.1:{port}"))?;
                let redis = redis.namespace("measured")?.domain(self.domain.as_str())?;
                let redis = match self.quorum {
                    Some(quorum) => redis.quorum(quorum),
                    None => redis,
                };
                Some(redis.join(&registry))
            }
            None => None,
        };
        let _listener = registry.on_event(|event| {
            if let EventKind::Transition { to, reason, .. } = event.kind {
                println!("event {} {to} {reason}", now().as_micros());
            }
        });
        // The first call makes the breaker.
        let (worker, pool) = (self.clone(), Pool::default());
        let _ = call(&worker, &pool, &mut Duration::default()).await;
        println!("ready");
        let mut lines = BufReader::new(stdin()).lines();
        let go = lines.next_line().await?.ok_or("no word to go")?;
        let go: u64 = go.strip_prefix("go ").ok_or("another word than `go`")?.parse()?;
        tokio::time::sleep(Duration::from_micros(go).saturating_sub(now())).await;
        let sums = Arc::new(Mutex::new(Sums::default()));
        tokio::select! {
            () = self.clone().call_for_ever(Arc::clone(&sums)) => {}
            _ = lines.next_line() => {}
        }
        // Calls that are under way end.
        tokio::time::sleep(LATENCY * 5).await;
        println!("{}", *sums.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    async fn call_for_ever(self, sums: Arc<Mutex<Sums>>) {
        let (worker, pool) = (Arc::new(self), Arc::new(Pool::default()));
        let mut next = tokio::time::Instant::now();
        loop {
            next += Duration::from_secs_f64(-(1.0 - fastrand::f64()).ln() / worker.rate);
            tokio::time::sleep_until(next).await;
            let (worker, pool, sums) = (Arc::clone(&worker), Arc::clone(&pool), Arc::clone(&sums));
            tokio::spawn(async move {
                let (began, mut work) = (Instant::now(), Duration::ZERO);
                let reply = call(&worker, &pool, &mut work).await;
                let overhead = began.elapsed().saturating_sub(work);
                let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
                sums.overhead = sums.overhead.max(overhead);
                *match reply {
                    Ok(()) => &mut sums.ok,
                    Err(Fault::Down) => &mut sums.failed,
                    Err(Fault::Rejected) => &mut sums.rejected,
                } += 1;
            });
        }
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sums { ok, failed, rejected, overhead } = self;
        write!(f, "sums {ok} {failed} {rejected} {}", overhead.as_micros())
    }
}

impl FromStr for Sums {
    type Err = Failure;

    fn from_str(line: &str) -> Result<Self, Failure> {
        let numbers: Result<Vec<u64>, _> = line.split(' ').skip(1).map(str::parse).collect();
        let [ok, failed, rejected, overhead] = numbers?[..] else {
            return Err(format!("not sums: `{line}`").into());
        };
        Ok(Sums { ok, failed, rejected, overhead: Duration::from_micros(overhead) })
    }
}
