//! Many instances in one process, for the load on the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use breakerbox::{Breaker, Config, Registry, State};
use clap::Args;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Failure;
use crate::server::{Load, Server};
use crate::worker::Fault;

#[derive(Args)]
pub(crate) struct Crowd {
    #[arg(long, default_value_t = 1_000)]
    instances: usize,
    /// Calls in a second of each.
    #[arg(long, default_value_t = 1.0)]
    rate: f64,
    /// The length of each part: idle, and in an outage.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

/// The service of the instances.
#[derive(Default)]
struct Service {
    is_down: AtomicBool,
    failures: AtomicU64,
}

impl Crowd {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let server = Server::start()?;
        let url = format!("redis://127.0.0.1:{}", server.port());
        let config = Config::builder().threshold(5).cooldown(Duration::from_secs(2)).build_const();
        let service = Arc::new(Service::default());
        let (mut breakers, mut fleets) = (Vec::new(), Vec::new());
        for number in 0..self.instances {
            let registry = Registry::new();
            let redis = breaker_fleet::Redis::new(&url)?.namespace("crowd")?;
            let redis = redis.domain(format!("instance-{number}"))?.runtime(Handle::current());
            fleets.push(redis.join(&registry));
            breakers.push((registry.get_or_insert("service", config)?, registry));
        }
        for (breaker, _) in &breakers {
            tokio::spawn(call_for_ever(Arc::clone(breaker), self.rate, Arc::clone(&service)));
        }
        // All have joined, and have had their first sync.
        sleep(Duration::from_secs(10)).await;
        let part = Duration::from_secs(self.seconds);
        self.report("idle", &server, part).await?;
        service.is_down.store(true, Ordering::Relaxed);
        let began = Instant::now();
        let before = server.load()?;
        while breakers.iter().any(|(breaker, _)| breaker.state() != State::Open) {
            if began.elapsed() > Duration::from_secs(60) {
                println!("not all are open after a minute");
                break;
            }
            sleep(Duration::from_millis(5)).await;
        }
        let scripts = server.load()?.scripts - before.scripts;
        println!("all open after {:?}, by {scripts} scripts", began.elapsed());
        self.report("outage", &server, part).await?;
        println!("{} calls failed in the outage", service.failures.load(Ordering::Relaxed));
        service.is_down.store(false, Ordering::Relaxed);
        let began = Instant::now();
        while breakers.iter().any(|(breaker, _)| breaker.state() != State::Closed) {
            if began.elapsed() > Duration::from_secs(60) {
                println!("not all are closed after a minute");
                break;
            }
            sleep(Duration::from_millis(5)).await;
        }
        println!("all closed {:?} after the service is up", began.elapsed());
        Ok(())
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of some thousand")]
    async fn report(&self, part: &str, server: &Server, length: Duration) -> Result<(), Failure> {
        let before = server.load()?;
        sleep(length).await;
        let after = server.load()?;
        let per_second =
            |of: fn(&Load) -> u64| (of(&after) - of(&before)) as f64 / length.as_secs_f64();
        println!(
            "{} instances, {part}: {:.0} scripts/s, {:.0} commands/s, {:.1} % of a core, {} kB",
            self.instances,
            per_second(|load| load.scripts),
            per_second(|load| load.commands),
            after.processor.saturating_sub(before.processor).as_secs_f64() / length.as_secs_f64()
                * 100.0,
            after.bytes / 1024,
        );
        Ok(())
    }
}

async fn call_for_ever(breaker: Arc<Breaker>, rate: f64, service: Arc<Service>) {
    let mut next = Instant::now();
    loop {
        next += Duration::from_secs_f64(-(1.0 - fastrand::f64()).ln() / rate);
        sleep_until(next).await;
        let _ = breaker.call(|| {
            if !service.is_down.load(Ordering::Relaxed) {
                return Ok(());
            }
            service.failures.fetch_add(1, Ordering::Relaxed);
            Err(Fault::Down)
        });
    }
}
