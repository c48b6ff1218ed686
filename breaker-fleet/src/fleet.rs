//! A registry that has joined a fleet.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use breaker_core::Registry;
use tokio::sync::Notify;

use crate::brain::{Mode, Moment, Setup};
use crate::link::FleetLink;
use crate::notes::Refusals;
use crate::options::Options;
use crate::redis::Server;
use crate::shared::Shared;
use crate::status::{Status, Store};
use crate::store::Place;
use crate::{log, pump};

/// The longest that [`Fleet::leave`] waits.
const PATIENCE: Duration = Duration::from_secs(1);

/// A registry that has joined a fleet: as long as this lives, its breakers are shared.
///
/// Dropping it leaves, and does not wait: votes and leases are given back if the program lives long
/// enough, and else run out.
#[must_use = "dropping it leaves the fleet"]
pub struct Fleet {
    member: Arc<Member>,
}

/// The state that a fleet and its pump share.
pub(crate) struct Member {
    pub(crate) shared: Arc<Shared>,
    /// Wakes the pump.
    pub(crate) bell: Arc<Notify>,
    pub(crate) server: String,
    pub(crate) namespace: String,
    pub(crate) domain: Arc<str>,
    /// The registry had a link already.
    is_refused: bool,
    /// Set once, when the fleet is left. The bell publishes it.
    is_leaving: AtomicBool,
    notes: Mutex<Notes>,
    ended: Condvar,
}

#[derive(Default)]
struct Notes {
    refusals: Refusals,
    /// The reason why the last synchronization could not read a record.
    unreadable: Option<String>,
    has_ended: bool,
}

impl Fleet {
    pub(crate) fn join(options: Options, registry: &Registry) -> Self {
        #[cfg(feature = "tls")]
        if options.url().is_tls() {
            crate::tls::provide();
        }
        let member = Member::new(&options, registry);
        let fleet = Self { member: Arc::clone(&member) };
        if member.is_refused {
            log::refused(&member);
            member.note_ended();
            return fleet;
        }
        let server = Server::new(options.redis.client, &options.namespace, &member.domain);
        if let Err(error) = pump::start(&member, server, options.runtime) {
            let why = format!("the operating system refuses a thread: {error}");
            member.shared.tell(|brain, now| brain.lost(now, &why));
            log::changes(&member, member.shared.work().changes);
            member.note_ended();
        }
        fleet
    }

    /// Returns what is shared now. In a process forked from the one that joined, nothing is.
    #[must_use]
    pub fn status(&self) -> Status {
        let is_of_child = self.member.shared.is_of_child();
        if is_of_child { self.member.status_of_child() } else { self.member.status() }
    }

    /// Leaves the fleet: its breakers are alone from now on. Waits for at most a second until votes
    /// and leases are given back. A registry that has left cannot join again.
    ///
    /// On a runtime that was given by [`Options::runtime`] and has one thread, it waits in vain.
    pub fn leave(self) {
        if self.member.shared.is_of_child() {
            return;
        }
        self.member.leave();
        let notes = self.member.notes();
        let waits = |notes: &mut Notes| !notes.has_ended;
        // The program goes on even if the pump has not ended.
        drop(self.member.ended.wait_timeout_while(notes, PATIENCE, waits));
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if !self.member.shared.is_of_child() {
            self.member.leave();
        }
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").field("status", &self.status()).finish()
    }
}

impl Member {
    /// Makes a member, and links the registry to it.
    pub(crate) fn new(options: &Options, registry: &Registry) -> Arc<Self> {
        Self::of_process(std::process::id(), options, registry)
    }

    fn of_process(process: u32, options: &Options, registry: &Registry) -> Arc<Self> {
        let domain: Arc<str> = options.domain_or_host().into();
        let (bell, begun) = (Arc::new(Notify::new()), Instant::now());
        let setup = Setup {
            domain: Arc::clone(&domain),
            quorum: options.quorum,
            spread: options.spread,
            seed: RandomState::new().build_hasher().finish(),
        };
        let ring = Arc::clone(&bell);
        let shared = Shared::of_process(
            process,
            setup,
            Box::new(move || Moment(begun.elapsed())),
            Box::new(move || ring.notify_one()),
        );
        let choice = options.choice.clone();
        let link = FleetLink::new(&shared, Box::new(move |id| choice.takes(id)));
        Arc::new(Member {
            shared,
            bell,
            server: options.url().shown().to_owned(),
            namespace: options.namespace.clone(),
            domain,
            is_refused: registry.link(link).is_err(),
            is_leaving: AtomicBool::new(false),
            notes: Mutex::default(),
            ended: Condvar::new(),
        })
    }

    fn leave(&self) {
        // The pump reads it after the bell, whose own lock orders the two.
        self.is_leaving.store(true, Ordering::Relaxed);
        self.bell.notify_one();
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Relaxed)
    }

    /// Notes that an act was refused.
    pub(crate) fn note_refused(&self, place: &Place, why: &str) {
        let now = self.shared.now();
        self.notes().refusals.refused(place, why, now);
    }

    /// Notes that an act was done.
    pub(crate) fn note_done(&self, place: &Place) {
        self.notes().refusals.done(place);
    }

    /// Notes why a synchronization could not read a record.
    pub(crate) fn note_synced(&self, unreadable: Option<String>) {
        self.notes().unreadable = unreadable;
    }

    /// Notes that the pump does nothing any more.
    pub(crate) fn note_ended(&self) {
        self.notes().has_ended = true;
        self.ended.notify_all();
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn status(&self) -> Status {
        let (mode, names, domains, now) =
            self.shared.tell(|brain, now| (brain.mode().clone(), brain.names(), brain.live(), now));
        let store = match mode {
            _ if self.is_refused => Store::Refused,
            _ if self.is_leaving() => Store::Left,
            Mode::Joining(error) => Store::Joining { error: error.map(|why| why.to_string()) },
            Mode::Joined => Store::Joined,
            Mode::Alone(since, why) => {
                let since = SystemTime::now().checked_sub(now - since);
                Store::Alone {
                    since: since.unwrap_or(SystemTime::UNIX_EPOCH),
                    error: why.to_string(),
                }
            }
            Mode::Left => Store::Left,
        };
        let notes = self.notes();
        let trouble = notes.refusals.latest(now).or(notes.unreadable.as_deref());
        Status {
            server: self.server.clone(),
            namespace: self.namespace.clone(),
            domain: self.domain.to_string(),
            store,
            names: if self.is_refused { 0 } else { names },
            domains,
            trouble: trouble.map(str::to_owned),
        }
    }

    fn status_of_child(&self) -> Status {
        let error = "this process was forked from the one that joined".to_owned();
        Status {
            server: self.server.clone(),
            namespace: self.namespace.clone(),
            domain: self.domain.to_string(),
            store: Store::Alone { since: SystemTime::now(), error },
            names: 0,
            domains: 0,
            trouble: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn child_that_was_forked_is_alone_and_takes_no_lock() {
        let options = crate::Redis::new("redis://127.0.0.1:1").unwrap().namespace("shop").unwrap();
        let of_process = |process| Member::of_process(process, &options, &Registry::new());
        let member = of_process(std::process::id() + 1);
        let child = Fleet { member: Arc::clone(&member) };
        let own = Fleet { member: of_process(std::process::id()) };
        let notes = member.notes();
        member.shared.tell(|_, _| {
            // Both locks are held.
            let store = child.status().store;
            assert!(matches!(&store, Store::Alone { error, .. } if error.contains("forked")));
            child.leave();
        });
        drop(notes);
        assert!(!member.is_leaving(), "the child has not left");
        assert_eq!(own.status().store, Store::Joining { error: None });
    }
}
