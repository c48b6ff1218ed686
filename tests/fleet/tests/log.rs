//! The log records of a fleet. A test of its own: the subscriber is that of the process.
#![cfg(unix)]

#[path = "../../../breaker-fleet/tests/support/server.rs"]
mod server;

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use breakerbox::Registry;
use breakerbox::fleet::Redis;
use server::{LIMIT, RedisServer};
use tracing::field::{Field, Visit};
use tracing::span;

/// Keeps records as lines.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "breakerbox"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

impl Log {
    /// Waits for a record, and takes all up to it.
    fn take(&self, level: &str, part: &str) {
        let begun = Instant::now();
        loop {
            let mut lines = self.0.lock().unwrap();
            let found =
                lines.iter().position(|line| line.starts_with(level) && line.contains(part));
            if let Some(at) = found {
                lines.drain(..=at);
                return;
            }
            assert!(begun.elapsed() < LIMIT, "no {level} `{part}` in {lines:?}");
            drop(lines);
            thread::sleep(Duration::from_millis(2));
        }
    }
}

#[test]
fn each_change_is_one_record() {
    let Some(mut server) = RedisServer::start(&[]) else { return };
    let log = Log::default();
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    let url = format!("redis://:secret@127.0.0.1:{}", server.port);
    // A server without a password refuses one, so this instance waits.
    let options = || Redis::new(&url).unwrap().namespace("shop").unwrap().domain("eu-1").unwrap();
    let registry = Registry::new();
    let refused = options().join(&registry);
    let second = options().join(&registry);
    log.take("WARN", "shared already; join once");
    drop((refused, second));

    let options = Redis::new(&server.url()).unwrap().namespace("shop").unwrap();
    let registry = Registry::new();
    let fleet = options.domain("eu-1").unwrap().quorum(9).join(&registry);
    log.take("INFO", "state of circuit breakers is shared with other instances");
    let breaker = registry.get_or_insert("service", breakerbox::Config::new()).unwrap();
    for _ in 0..10 {
        let _ = breaker.call(|| Err::<(), _>(std::io::Error::other("down")));
    }
    log.take("INFO", "tells other instances that it has tripped");
    server.kill();
    log.take("WARN", "state of circuit breakers is not shared with other instances");
    server.restart();
    log.take("INFO", "state of circuit breakers is shared with other instances");
    fleet.leave();
    log.take("INFO", "no longer shared");
    let rest = log.0.lock().unwrap();
    assert!(!rest.iter().any(|line| line.contains("secret")), "{rest:?}");
}
