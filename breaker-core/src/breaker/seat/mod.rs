//! A [`Seat`]: a place in memory, never freed, that breakers by key take in turn.
//!
//! A call that finds its breaker by its key must not find freed memory, and if a count of the
//! breaker's holders existed, all of them would write to it. So the process's breakers by key are
//! in seats. A call holds a `&'static Seat`, and [counts](calls) itself in memory of its own
//! thread.
//!
//! The registry and the program hold the seat's *face*: an `Arc<Breaker>` with the name, whose
//! state is in the breaker in the seat. When the last reference to the face is dropped, the seat is
//! vacant. The next key that takes it gets a renewed breaker, in the next episode of its word. A
//! vacant seat is taken only when no call is under way through it, and the longest vacant one is
//! taken first. So there are as many seats as there were keys at once, and a few more.
//!
//! A call looks a seat up like this: it compares the [text], counts its start, loads the word, and
//! looks whether the text is unchanged. If so, and if the word is not detached, the breaker belongs
//! to the key. A registry that needs room asks whether calls are under way, detaches the word, asks
//! again, and attaches it again if a call has started meanwhile. The start of a call is a plain
//! store, which a processor may delay beyond the call's load of the word. So a call that starts in
//! the very moment in which its key goes may still find the breaker, and its outcome counts
//! nowhere. The seat is not taken for another key until sixteen other seats have been given up
//! after it, and then it is checked again.
//!
//! A key that takes a used seat finds:
//!
//! | part | as new because |
//! |---|---|
//! | word | it begins an episode, closed and attached; whoever holds an older word is late |
//! | `since`, `past.began`, `past.recording` | they are raised to that episode |
//! | `past.opened`, `past.held`, `leases`, `probes_out`, `observed_until`, `hung`, `grants` | they name the episode that they belong to |
//! | `past.openings` | `past.fresh` is raised, as by a `reset()`: no row of openings goes on |
//! | `tuning` | it is replaced; whether a link counts is asked when the key meets it |
//! | `windows` | the window is retired as by a change of its size; its memory serves the next one |
//! | `outbox`, `outcomes` | the listeners have been let go, nothing waits, episodes count anew |
//! | `counts`, `late`, `probes`, `observed_rejections`, `replaced` | set to zero |
//! | `history` | it begins anew |
//! | numbers of episodes that are shown | they are counted from the first one of the key |

pub(crate) mod calls;
pub(crate) mod held;
mod names;
mod pool;
pub(crate) mod text;

use core::sync::atomic::compiler_fence;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::breaker::cell::StateCell;
use crate::breaker::tuning::{Tuning, exclusive, tracking};
use crate::breaker::{Breaker, Shared};
use crate::config::Config;
use crate::name::Name;
use crate::state::status::Episode;
use crate::sync::atomic::{AtomicU64, Ordering, fence};
use calls::{Calls, SEATS};
use held::UnderWay;
use text::{SeatText, Wanted, Words};

#[cfg(not(breaker_loom))] // A model has no registry.
pub(crate) use pool::take;
pub(crate) use pool::{get, give_up, seeds, stamp};

/// The number of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeatNumber(pub(crate) u32);

impl SeatNumber {
    /// The bits of a number.
    pub(crate) const BITS: u32 = 20;
}

#[derive(Debug)]
#[repr(C, align(64))] // A call reads the first line, and the word at the start of the second.
pub(crate) struct Seat {
    pub(crate) text: SeatText,
    /// The number of keys made until a call last used the seat.
    used: AtomicU64,
    breaker: Breaker,
    number: SeatNumber,
    calls: &'static Calls,
    key: Mutex<SeatKey>,
    first_episode: AtomicU64,
    /// The hash of the key.
    hash: AtomicU64,
}

/// The key that has the seat.
#[derive(Debug)]
struct SeatKey {
    name: Name,
    face: Weak<Breaker>,
}

impl Seat {
    fn new(number: SeatNumber, calls: &'static Calls, shared: Arc<Shared>) -> Self {
        let name = Name::of_seat(number.0);
        let key = SeatKey { name: name.clone(), face: Weak::new() };
        Seat {
            text: SeatText::new(),
            used: AtomicU64::new(0),
            breaker: Breaker::named(name, Config::new()).in_registry(shared),
            number,
            calls,
            key: Mutex::new(key),
            first_episode: AtomicU64::new(0),
            hash: AtomicU64::new(0),
        }
    }

    /// Returns the call's hold on the seat, if the seat has this key under the name of number
    /// `family`.
    pub(crate) fn start_for(&'static self, wanted: &Wanted<'_>, family: u64) -> Option<UnderWay> {
        self.start_in(self.text.generation_of(wanted, family)?)
    }

    /// Like [`start_for`](Self::start_for), for a short key.
    #[inline]
    pub(crate) fn start_for_words(&'static self, wanted: Words, family: u64) -> Option<UnderWay> {
        self.start_in(self.text.generation_of_words(wanted, family)?)
    }

    /// Returns the call's hold on the seat, if the seat still has the key of that generation, and
    /// the breaker has not been removed.
    #[inline]
    fn start_in(&'static self, generation: u64) -> Option<UnderWay> {
        let call = self.start();
        // The compiler keeps the start before the loads that follow.
        compiler_fence(Ordering::SeqCst);
        let word = self.breaker.cell.load_own();
        if word.is_detached() || !self.text.is_still(generation) {
            return None;
        }
        self.touch();
        Some(call)
    }

    /// Returns the hold of a call that starts now.
    #[inline]
    pub(crate) fn start(&'static self) -> UnderWay {
        self.calls.start(self.place());
        UnderWay::new(self)
    }

    #[inline]
    fn end(&self) {
        self.calls.end(self.place());
    }

    /// Notes that a call uses the seat. A seat whose key is in steady use is not written to.
    #[inline]
    pub(crate) fn touch(&self) {
        let now = stamp();
        // Relaxed: the number is only compared.
        if self.used.load(Ordering::Relaxed) != now {
            self.used.store(now, Ordering::Relaxed);
        }
    }

    /// Returns whether the seat has a key with these highest bits of its hash, under the name of
    /// number `family`. The answer may be out of date.
    pub(crate) fn is_of(&self, hash: u64, family: u64) -> bool {
        let stored = self.hash() >> SeatNumber::BITS << SeatNumber::BITS;
        stored == hash && self.text.family() == family && !self.breaker.is_detached()
    }

    /// Returns the hash of the seat's key. It may be out of date.
    pub(crate) fn hash(&self) -> u64 {
        // Relaxed: it decides only where a cache keeps an entry, and which entry is overwritten.
        self.hash.load(Ordering::Relaxed)
    }

    /// Returns when a call last used the seat.
    pub(crate) fn used(&self) -> u64 {
        // Relaxed: the number is only compared.
        self.used.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn number(&self) -> SeatNumber {
        self.number
    }

    fn place(&self) -> usize {
        self.number.0 as usize % SEATS
    }

    /// Returns whether calls are under way.
    pub(crate) fn is_busy(&self) -> bool {
        // Pairs with nothing: it orders a change of the word before the look at the counts. A store
        // that another processor has made by now is seen.
        fence(Ordering::SeqCst);
        self.calls.any(self.place())
    }

    /// Returns the name of the seat's key. The caller holds a call through the seat.
    pub(crate) fn name(&self) -> Name {
        names::get(self.number, self.text.generation()).unwrap_or_else(|| self.name_slow())
    }

    #[cold]
    #[inline(never)]
    fn name_slow(&self) -> Name {
        let key = self.key();
        let (name, generation) = (key.name.clone(), self.text.generation());
        drop(key);
        // An odd number belongs to no name: see `names`.
        if generation % 2 == 0 {
            names::keep(self.number, generation, &name);
        }
        name
    }

    /// Returns the number of an episode, counted from the key's first one.
    pub(crate) fn shown_episode(&self, episode: Episode) -> u64 {
        // Relaxed: it changes only while no call is under way.
        episode.0.saturating_sub(self.first_episode.load(Ordering::Relaxed))
    }

    pub(crate) fn cell(&self) -> &StateCell {
        &self.breaker.cell
    }

    pub(crate) fn tuning(&self) -> &Tuning {
        &self.breaker.tuning
    }

    fn face(&self) -> Option<Arc<Breaker>> {
        self.key().face.upgrade()
    }

    // Only names and weak references are replaced under the lock, so a poisoned one is whole.
    fn key(&self) -> MutexGuard<'_, SeatKey> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the vacant seat to a key under the name of number `family`, and returns its face.
    fn give(
        &'static self,
        name: Name,
        family: u64,
        config: Config,
        shared: &Arc<Shared>,
    ) -> Arc<Breaker> {
        let name = name.in_seat(self.number.0);
        let text = name.key().cloned().unwrap_or_default();
        let face = Arc::new(Breaker::face(self, name.clone(), config, Arc::clone(shared)));
        self.text.replace(text.as_bytes(), family, || {
            let key = SeatKey { name, face: Arc::downgrade(&face) };
            // The old name is dropped outside the lock.
            drop(core::mem::replace(&mut *self.key(), key));
            let first = self.breaker.renew(config);
            // Relaxed: no call is under way, and `used` is only compared.
            self.first_episode.store(first.0, Ordering::Relaxed);
            self.used.store(stamp(), Ordering::Relaxed);
            let wanted = Wanted::new(text.as_bytes());
            let hash = wanted.map_or(0, |wanted| wanted.hash(seeds()));
            // Relaxed: it decides only where a cache keeps an entry.
            self.hash.store(hash, Ordering::Relaxed);
        });
        face
    }
}

impl Breaker {
    /// Makes the face of a seat.
    fn face(seat: &'static Seat, name: Name, config: Config, shared: Arc<Shared>) -> Self {
        let mut face = Breaker::named(name, config);
        face.cell = StateCell::face(seat.number, seat.breaker.cell.atomic_word());
        face.in_registry(shared)
    }

    /// Returns the seat of a breaker by key, which is the seat's face or the breaker in it.
    pub(crate) fn seat(&self) -> Option<&'static Seat> {
        self.name.seat().map(SeatNumber).and_then(get)
    }

    /// Renews the breaker of a vacant seat, for another key. Returns its first episode.
    fn renew(&self, config: Config) -> Episode {
        let _one_at_a_time = exclusive();
        let now = self.clock().stamp();
        if let Some(cold) = self.cell.cold_if_made() {
            let mut change = cold.windows.lock();
            // The window is closed first, as in a change of the config.
            let _closed = change.close();
            change.retire();
            drop(change);
            cold.renew(now, self.cell.status().failures_for_totals());
        }
        self.tuning.replace(config);
        self.cell.renew(now, tracking(config))
    }
}
