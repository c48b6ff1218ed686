//! Instances in one process, each with a registry of its own, and the service that they call.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use breakerbox::fleet::{Fleet, Options, Redis, Store};
use breakerbox::{Breaker, Config, ConfigBuilder, Registry, State, is_probe};

use crate::server::LIMIT;

/// The service, as all instances see it.
#[derive(Default)]
pub(crate) struct Service {
    pub(crate) is_down: AtomicBool,
    pub(crate) calls: AtomicU32,
    pub(crate) probes: AtomicU32,
    probing: AtomicU32,
    /// The most probes that were there at once.
    pub(crate) most_probing: AtomicU32,
}

/// A stand-in for a process.
pub(crate) struct Instance {
    pub(crate) registry: Registry,
    pub(crate) fleet: Fleet,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) service: Arc<Service>,
}

pub(crate) fn config() -> ConfigBuilder {
    let cooldown = Duration::from_millis(300);
    Config::builder().threshold(3).cooldown(cooldown).jitter(0.0).probe_timeout(5 * cooldown)
}

pub(crate) fn options(url: &str, domain: &str) -> Options {
    let options = Redis::new(url).unwrap().namespace("shop/test").unwrap();
    options.domain(domain).unwrap().quorum(2).spread(Duration::ZERO)
}

impl Instance {
    /// Begins an instance that opens at the third failure, or when two domains have tripped.
    pub(crate) fn begin(url: &str, domain: &str, service: &Arc<Service>) -> Self {
        Self::begin_with(options(url, domain), config(), service)
    }

    pub(crate) fn begin_with(
        options: Options,
        config: ConfigBuilder,
        service: &Arc<Service>,
    ) -> Self {
        let registry = Registry::new();
        let breaker = registry.get_or_insert("service", config.build().unwrap()).unwrap();
        let fleet = options.join(&registry);
        Self { registry, fleet, breaker, service: Arc::clone(service) }
    }

    /// Calls the service once.
    pub(crate) fn call(&self) {
        let _ = self.breaker.call(|| self.service.answer());
    }

    /// Calls until the breaker is open by its own failures.
    pub(crate) fn fail(&self) {
        eventually("the breaker opens", || {
            let _ = self.breaker.call(|| Err::<(), _>(io::Error::other("down")));
            self.state() == State::Open
        });
    }

    pub(crate) fn state(&self) -> State {
        self.breaker.state()
    }

    pub(crate) fn store(&self) -> Store {
        self.fleet.status().store
    }

    pub(crate) fn is_joined(&self) -> bool {
        self.store() == Store::Joined
    }
}

impl Service {
    fn answer(&self) -> io::Result<()> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if is_probe() {
            self.probes.fetch_add(1, Ordering::SeqCst);
            let probing = self.probing.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_probing.fetch_max(probing, Ordering::SeqCst);
            // Long enough for another one to come.
            thread::sleep(Duration::from_millis(20));
            self.probing.fetch_sub(1, Ordering::SeqCst);
        }
        if self.is_down.load(Ordering::SeqCst) {
            return Err(io::Error::other("down"));
        }
        Ok(())
    }

    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    pub(crate) fn probes(&self) -> u32 {
        self.probes.load(Ordering::SeqCst)
    }
}

/// Waits until something holds.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LIMIT, "{what}: not in {LIMIT:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn await_joined(instances: &[Instance]) {
    for instance in instances {
        let begun = Instant::now();
        while !instance.is_joined() {
            assert!(begun.elapsed() < LIMIT, "not joined: {}", instance.fleet.status());
            thread::sleep(Duration::from_millis(2));
        }
    }
}

pub(crate) fn all(instances: &[Instance], state: State) -> bool {
    instances.iter().all(|instance| instance.state() == state)
}

/// Calls by all instances at once, each on a thread, until something holds.
pub(crate) fn call_until(what: &str, instances: &[Instance], mut holds: impl FnMut() -> bool) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for instance in instances {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    instance.call();
                    thread::sleep(Duration::from_millis(2));
                }
            });
        }
        // A failure has to end the threads too.
        let end = End(&is_over);
        let begun = Instant::now();
        while !holds() {
            let states =
                || instances.iter().map(|it| format!("\n{:?}, {}", it.state(), it.fleet.status()));
            assert!(
                begun.elapsed() < LIMIT,
                "{what}: not in {LIMIT:?}{}",
                states().collect::<String>()
            );
            thread::sleep(Duration::from_millis(2));
        }
        drop(end);
    });
}

struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
