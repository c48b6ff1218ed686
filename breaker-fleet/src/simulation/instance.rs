//! One process of the fleet: its registry, and a pump that does in virtual time what the real one
//! does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use breaker_core::{Breaker, Clock, Config, ManualClock, Registry};

use crate::brain::{Change, Moment, Setup};
use crate::link::FleetLink;
use crate::shared::Shared;
use crate::store::Place;

/// The name of the one breaker.
pub(super) const NAME: &str = "svc";
/// The place of its record.
pub(super) const PLACE: &str = "3:svc";

pub(super) struct Instance {
    pub(super) domain: Arc<str>,
    pub(super) shared: Arc<Shared>,
    /// The link has rung the bell.
    rung: Arc<AtomicBool>,
    _registry: Registry,
    pub(super) breaker: Arc<Breaker>,
    pub(super) pump: Pump,
    /// Its calls fail, whatever the service does.
    pub(super) is_poisoned: bool,
    /// The store cannot be reached from here.
    pub(super) is_cut_off: bool,
    /// It makes no calls and says nothing any more.
    pub(super) is_dead: bool,
    pub(super) rejections: u64,
    /// The moment for which it has asked to be woken.
    pub(super) wake: Option<Moment>,
}

/// The state of a connection, as the real pump keeps it.
#[derive(Default)]
pub(super) struct Pump {
    /// The number of the connection; messages by an earlier one are dropped.
    pub(super) connection: u64,
    pub(super) is_connected: bool,
    /// The commands on their way: the place of an act, or `None` for a sync.
    pub(super) pending: BTreeMap<u64, Option<Place>>,
    errors: u32,
    failing_since: Option<Duration>,
    pub(super) attempts: u32,
    pub(super) changes: Vec<Change>,
}

/// Errors in a row that make the store silent.
const ERRORS: u32 = 3;
/// The time without an answer that makes it silent.
const SILENCE: Duration = Duration::from_secs(2);

impl Pump {
    /// Counts an answer that has not come. Returns whether the store is silent.
    pub(super) fn fails(&mut self, now: Duration) -> bool {
        self.errors += 1;
        let since = *self.failing_since.get_or_insert(now);
        self.errors >= ERRORS || now.saturating_sub(since) >= SILENCE
    }

    pub(super) fn succeeds(&mut self) {
        (self.errors, self.failing_since, self.attempts) = (0, None, 0);
    }

    pub(super) fn disconnect(&mut self) {
        self.connection += 1;
        self.is_connected = false;
        self.pending.clear();
        (self.errors, self.failing_since) = (0, None);
    }

    /// Returns how long to wait before the next attempt to connect.
    pub(super) fn backoff(&mut self) -> Duration {
        let wait = Duration::from_millis(50 << self.attempts.min(5)).min(Duration::from_secs(2));
        self.attempts += 1;
        wait
    }
}

impl Instance {
    pub(super) fn new(hand: &ManualClock, clock: &Clock, setup: Setup, config: Config) -> Self {
        let registry = Registry::with_clock(clock.clone());
        let domain = Arc::clone(&setup.domain);
        let (hand, bell) = (hand.clone(), Arc::new(AtomicBool::new(false)));
        let now = Box::new(move || Moment(hand.elapsed()));
        let rung = Arc::clone(&bell);
        let shared = Shared::new(setup, now, Box::new(move || bell.store(true, Ordering::Relaxed)));
        registry.link(FleetLink::new(&shared, Box::new(|_| true))).unwrap();
        let breaker = registry.get_or_insert(NAME, config).unwrap();
        Self {
            domain,
            shared,
            rung,
            _registry: registry,
            breaker,
            pump: Pump::default(),
            is_poisoned: false,
            is_cut_off: false,
            is_dead: false,
            rejections: 0,
            wake: None,
        }
    }

    /// Returns whether the link has rung the bell since it was last asked.
    pub(super) fn has_rung(&self) -> bool {
        self.rung.swap(false, Ordering::Relaxed)
    }
}
