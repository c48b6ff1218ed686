//! Registries that share files like processes, step by step.
#![cfg(unix)]

mod ends;
mod news;
mod owed;

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use breaker_core::shared::{Event, Record, Shape, step};
use breaker_host::testing;
use breakerbox::host::{Host, Options};
use breakerbox::{Breaker, Config, ConfigBuilder, Registry, Role, State};
use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// A folder of records.
pub(crate) struct World(TempDir);

/// A registry in the role of a process.
pub(crate) struct Process {
    pub(crate) registry: Registry,
    pub(crate) host: Host,
    pub(crate) breaker: Arc<Breaker>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Begins a process whose breaker opens at the third failure.
    pub(crate) fn begin(&self) -> Process {
        self.begin_with(Config::builder().threshold(3))
    }

    pub(crate) fn begin_with(&self, config: ConfigBuilder) -> Process {
        let registry = Registry::new();
        let options = Options::new().namespace("test").once().folder(self.0.path());
        let host = options.join_registry(&registry);
        let config = config.cooldown(HOUR).jitter(0.0).build().unwrap();
        let breaker = registry.get_or_insert("service", config).unwrap();
        Process { registry, host, breaker }
    }

    pub(crate) fn file(&self) -> PathBuf {
        let mut files = fs::read_dir(self.0.path().join("named.test")).unwrap();
        files.next().expect("nobody has made a record").unwrap().path()
    }

    pub(crate) fn record(&self) -> Record {
        testing::record(&fs::read(self.file()).unwrap()).unwrap()
    }

    pub(crate) fn write(&self, record: &Record) {
        fs::write(self.file(), testing::file(record)).unwrap();
    }

    /// Changes the record as another process would.
    pub(crate) fn apply(&self, event: Event) {
        self.write(&step(self.record(), event, now_ms()).0);
    }

    /// Waits until the cooldown of the record is over.
    pub(crate) fn ripen(&self) {
        let mut record = self.record();
        let Shape::Open { until_ms, .. } = &mut record.shape else { panic!("it is closed") };
        *until_ms = now_ms();
        self.write(&record);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.record().remaining(now_ms()).is_some()
    }

    pub(crate) fn failures(&self) -> u16 {
        self.record().failures(now_ms(), HOUR)
    }

    /// Holds the lock of the record until it is dropped.
    pub(crate) fn lock(&self) -> File {
        let file = File::open(self.file()).unwrap();
        flock(&file, FlockOperation::LockExclusive).unwrap();
        file
    }
}

impl Process {
    pub(crate) fn fail(&self) {
        self.breaker.try_acquire().unwrap().failure();
    }

    /// Opens the breaker.
    pub(crate) fn trip(&self) {
        for _ in 0..3 {
            self.fail();
        }
        assert_eq!(self.state(), State::Open);
    }

    pub(crate) fn succeed(&self) {
        self.breaker.try_acquire().unwrap().success();
    }

    /// Looks once, like the watcher every 100 ms.
    pub(crate) fn look(&self) {
        testing::look(&self.host);
    }

    pub(crate) fn state(&self) -> State {
        self.breaker.state()
    }

    pub(crate) fn role(&self) -> Option<Role> {
        self.breaker.snapshot().shared.map(|sharing| sharing.role)
    }
}

pub(crate) fn now_ms() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since_1970.as_millis()).unwrap()
}
