//! A [`StateCell`] holds a breaker's word and makes every change to it. [`StateCell::update`] makes
//! them all, but for two short cuts that change only the failure count.
//!
//! [`StateCell::update`] loads the word, asks a pure function of [`crate::state::step`] for the
//! next word, and swaps that in if the word has not changed meanwhile; otherwise it asks again. The
//! words form one sequence, since such a function makes each word from the word before. No decision
//! is taken twice, and exactly one thread swaps in each new episode.
//!
//! Orderings, and what pairs with what:
//!
//! - The word is swapped with release and loaded with acquire. A thread that sees a transition
//!   also sees what the thread that made it wrote before. `opened` and `openings` need this.
//! - `opened` is the full number of the newest episode that opened the breaker. It is raised
//!   *before* the swap to open, so a thread that reads an open word finds in `opened` the episode
//!   of that word, or a later one; [`Word::unpack`] copes with both. It only grows (`fetch_max`),
//!   so a thread that lost its swap and lingers cannot set it back. A thread raises it to `e + 1`
//!   only after it has seen the word at `e`, so it is never more than one ahead of the word.
//! - `openings` is a note for the next episode. It tells how often the breaker has opened in a row
//!   (see [`crate::breaker::openings`]). Each thread that tries to begin that episode raises the
//!   note before its swap. So a thread that has loaded the word finds the note for the word's
//!   episode, or for the next; [`Openings::count_in`] copes with both.
//! - `held` is the newest episode in which a control set the deadline. `fresh` is the episode after
//!   the newest in which a control closed the breaker, which ends the growth of its cooldowns. Only
//!   controls raise them, before the swap. If another thread begins that episode, the control finds
//!   the breaker in the state that it wanted, or goes on to the next episode.
//! - `recording` and `since` are relaxed: no transition depends on them. People read both. `since`
//!   has the lowest bits of its episode, so a reader knows whether it belongs to the word or trails
//!   it. `since` also limits the cooldown that errors and events report as remaining, and aligns
//!   the first bucket of a time window. It is raised after the swap and may trail the word, for
//!   long if the thread is held up there.
//! - `began` is the moment at which a thread was first about to begin an episode. It is raised
//!   before the swap. So if `since` trails a reader's word, the reader finds the moment in `began`,
//!   unless another thread is already about to begin the next episode.
//! - [`StateCell::count_failure`] counts a failure that does not trip, and
//!   [`StateCell::forget_failures`] clears the count; neither goes through `update`. For the word
//!   itself both could be relaxed: they change only the count, and a swap carries on the release
//!   sequence of the word it replaces, so what an earlier release published stays published.
//!   Counting and [`StateCell::sync_recorders`] acquire and release for threads that record a call
//!   in a window of calls and then read the window: of two such threads, the second to change the
//!   word sees what the first has recorded. Both need an instruction that changes the word: a
//!   compiler drops a `fetch_or` of zero, and on x86-64 only a locked instruction holds back the
//!   loads after a store. No model shows that, so `cargo xtask machine-code` looks for the
//!   instructions, and `litmus` tries them.
//! - `opened`, `openings`, `held`, `fresh` and `recording` are part of the cold state. It is made
//!   before the first of them is raised, and so before the swap: a thread that reads a word that
//!   needs them finds the cold state.
//! - A success that finds its call's word unchanged writes nothing: it only compares. The load
//!   is relaxed: the thread reads no other data because of it.

use crate::breaker::atomic_word::AtomicWord;
use crate::breaker::cold::ColdState;
use crate::breaker::openings::Openings;
use crate::breaker::seat::{self, SeatNumber};
use crate::clock::Tick;
use crate::state::step;
use crate::state::word::{Episode, Phase, Status, Tracking, Word};
use crate::sync::atomic::{AtomicU64, Ordering, const_unless_loom};
use crate::sync::once::OnceBox;

/// A breaker's word, and the rest of its state.
///
/// If the first call of an annotated function makes the breaker, the word is stored in that
/// function's call site, where a call finds it without loading the breaker. Other functions that
/// use the breaker's name point to it.
#[derive(Debug)]
pub(crate) struct StateCell {
    own: AtomicWord,
    /// The place of the word, if that is not `own`; `own` is then [`Word::ABSENT`].
    elsewhere: Option<&'static AtomicWord>,
    since: AtomicU64,
    cold: OnceBox<ColdState>,
}

/// A moment (40 bits), above the lowest 24 bits of the episode that it belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EpisodeTick(pub(crate) u64);

impl EpisodeTick {
    const EPISODE_BITS: u32 = 64 - Tick::BITS;
    const EPISODE_MASK: u64 = (1 << Self::EPISODE_BITS) - 1;

    pub(crate) fn new(episode: Episode, tick: Tick) -> Self {
        EpisodeTick(tick.bits() << Self::EPISODE_BITS | episode.0 & Self::EPISODE_MASK)
    }

    pub(crate) fn tick(self) -> Tick {
        Tick::from_bits(self.0 >> Self::EPISODE_BITS)
    }

    pub(crate) fn is_of(self, episode: Episode) -> bool {
        (self.0 ^ episode.0) & Self::EPISODE_MASK == 0
    }

    /// Returns the beginning of `episode`, unless `self` belongs to a later one. It is no earlier
    /// than `self`, whatever the clock showed on another thread.
    fn next(self, episode: Episode, now: Tick) -> Option<Self> {
        // The nearest episode that ends in these bits.
        let ahead = episode.0.wrapping_sub(self.0) & Self::EPISODE_MASK;
        (ahead <= Self::EPISODE_MASK / 2).then(|| EpisodeTick::new(episode, now.max(self.tick())))
    }

    /// Like [`next`](Self::next), but if both moments belong to `episode`, keeps the first.
    fn first(self, episode: Episode, now: Tick) -> Option<Self> {
        if self.is_of(episode) {
            return (now < self.tick()).then(|| EpisodeTick::new(episode, now));
        }
        self.next(episode, now)
    }
}

/// A mark that an update leaves beside the word, for later cooldowns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    /// A control sets the deadline of an open breaker.
    Held,
    /// A control closes the breaker: its cooldowns start anew.
    Fresh,
}

/// The result of an update: the status before and after, and what the change returned.
pub(crate) struct Changed<T> {
    pub(crate) before: Status,
    pub(crate) after: Status,
    pub(crate) result: T,
    /// The beginning of the episode, if the update has begun one.
    pub(crate) began: Option<Tick>,
}

impl StateCell {
    const_unless_loom! {
        /// Makes a cell with a closed word.
        pub(crate) fn new(tracking: Tracking) -> Self {
            let own = AtomicWord::new(Word::new(tracking));
            Self { own, elsewhere: None, since: AtomicU64::new(0), cold: OnceBox::new() }
        }
    }

    /// Makes the cell of a seat's face. The cell in the seat has the state, and its word at `word`.
    pub(crate) fn face(seat: SeatNumber, word: &'static AtomicWord) -> Self {
        let own = AtomicWord::new(Word::in_seat(seat.0));
        Self { own, elsewhere: Some(word), since: AtomicU64::new(0), cold: OnceBox::new() }
    }

    /// Returns the number of the seat whose face this is.
    fn face_of(&self) -> Option<SeatNumber> {
        self.own.load_relaxed().seat().map(SeatNumber)
    }

    /// Returns the cell that has the state: this one, or the seat's.
    fn real(&self) -> &Self {
        let seat = self.face_of().and_then(seat::get);
        seat.map_or(self, seat::Seat::cell)
    }

    /// Moves the word of a cell that is not yet shared to a place claimed for it.
    pub(crate) fn move_to(&mut self, claimed: &'static AtomicWord) {
        self.own = AtomicWord::absent();
        self.elsewhere = Some(claimed);
    }

    /// Returns the place of the word.
    #[inline]
    pub(crate) fn atomic_word(&self) -> &AtomicWord {
        self.elsewhere.unwrap_or(&self.own)
    }

    /// Returns a pass as [`AtomicWord::pass_or`] does. Looks first at `own`, which
    /// stores the word of a breaker that no annotated function made.
    #[inline]
    pub(crate) fn pass(&self) -> Option<Word> {
        self.own.pass_or(|| self.elsewhere)
    }

    /// Returns whether the word equals `pass`.
    #[inline]
    pub(crate) fn is_unchanged(&self, pass: Word) -> bool {
        self.own.equals_or(pass, || self.elsewhere)
    }

    /// Loads the word for a first look.
    #[inline]
    pub(crate) fn load_relaxed(&self) -> Word {
        self.atomic_word().load_relaxed()
    }

    /// Like [`load_relaxed`](Self::load_relaxed), for a cell whose word has not been moved.
    #[inline]
    pub(crate) fn load_own(&self) -> Word {
        self.own.load_relaxed()
    }

    /// Returns whether the word counts failures that a success clears.
    pub(crate) fn has_failures(&self) -> bool {
        self.load_relaxed().has_failures()
    }

    /// Loads the word and unpacks it.
    pub(crate) fn status(&self) -> Status {
        self.unpack(self.load())
    }

    /// Returns the cold state, and makes it if there is none.
    pub(crate) fn cold(&self) -> &ColdState {
        match self.cold.get() {
            Some(cold) => cold,
            None => self.real().make_cold(),
        }
    }

    /// Makes the cold state. The first transition makes it before the swap, so `since` still is the
    /// beginning of the first episode.
    #[cold]
    fn make_cold(&self) -> &ColdState {
        self.cold.get_or_init(|| Box::new(ColdState::new(self.own_since())))
    }

    /// Returns the cold state if there is any.
    #[inline]
    pub(crate) fn cold_if_made(&self) -> Option<&ColdState> {
        match self.cold.get() {
            Some(cold) => Some(cold),
            None => self.real().cold.get(),
        }
    }

    /// Returns the cold state, if this cell itself has one. A seat's face never does.
    #[inline]
    pub(crate) fn own_cold(&self) -> Option<&ColdState> {
        self.cold.get()
    }

    /// Like [`since`](Self::since), for a cell that [has its cold state itself](Self::own_cold).
    #[inline]
    pub(crate) fn own_since(&self) -> Tick {
        // Relaxed: no transition depends on `since`.
        EpisodeTick(self.since.load(Ordering::Relaxed)).tick()
    }

    /// Returns the moment that the present state began; for an instant, the moment that the state
    /// before it began.
    pub(crate) fn since(&self) -> Tick {
        // Relaxed: no transition depends on `since`.
        EpisodeTick(self.real().since.load(Ordering::Relaxed)).tick()
    }

    /// Returns the moment that the episode began. Returns `None` if the episode is over, or if the
    /// thread that began it has yet to store the moment and another thread is about to begin the
    /// next.
    pub(crate) fn since_of(&self, episode: Episode) -> Option<Tick> {
        // Relaxed: no transition depends on `since`; the swap to the word, which was loaded with
        // acquire, published `began`.
        let load = |moment: &AtomicU64| EpisodeTick(moment.load(Ordering::Relaxed));
        let began = || self.cold_if_made().map(|cold| load(&cold.past.began));
        let of_episode = |moment: &EpisodeTick| moment.is_of(episode);
        let since = Some(load(&self.real().since)).filter(of_episode);
        since.or_else(|| began().filter(of_episode)).map(EpisodeTick::tick)
    }

    /// Stores that a control replaces the deadline of an open breaker by `until` now. It is stored
    /// before the word is swapped, so a thread that reads the deadline in the word finds its
    /// beginning.
    pub(crate) fn replace_deadline(&self, now: Tick, until: Tick) {
        let replaced = EpisodeTick::new(Episode(until.bits()), now);
        // Relaxed: for people to read.
        self.cold().replaced.store(replaced.0, Ordering::Relaxed);
    }

    /// Returns when the cooldown that ends at `until` began, in a state that began at `since`.
    pub(crate) fn cooldown_began(&self, until: Tick, since: Tick) -> Tick {
        // Relaxed: for people to read.
        let load = |cold: &ColdState| cold.replaced.load(Ordering::Relaxed);
        let replaced = EpisodeTick(self.cold_if_made().map_or(0, load));
        let is_its_own = replaced.is_of(Episode(until.bits())) && replaced.tick() <= until;
        if is_its_own { replaced.tick().max(since) } else { since }
    }

    /// Stores the moment that the episode began, unless a later one has.
    pub(crate) fn start_at(&self, episode: Episode, now: Tick) {
        // Relaxed: no transition depends on `since`.
        let later = |found| EpisodeTick(found).next(episode, now).map(|since| since.0);
        let _ = self.real().since.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
    }

    /// Returns the newest episode whose calls a window records: closed or observing.
    pub(crate) fn recording(&self) -> Episode {
        // Relaxed: for people to read.
        let load = |cold: &ColdState| cold.past.recording.load(Ordering::Relaxed);
        Episode(self.cold_if_made().map_or(0, load))
    }

    /// Returns how often the breaker has opened in a row, in the state of `status`, which may be
    /// over.
    pub(crate) fn openings(&self, status: Status) -> u64 {
        let Some(cold) = self.cold_if_made() else { return 0 };
        // Relaxed, as all loads of `Past` that decide: it was raised before the swap to this word,
        // which was loaded with acquire.
        let is_fresh = cold.past.fresh.load(Ordering::Relaxed) > status.episode.0;
        if is_fresh && matches!(status.phase, Phase::Closed { .. }) {
            return 0;
        }
        Openings::from_bits(cold.past.openings.load(Ordering::Relaxed)).count_in(status)
    }

    /// Sets how often the breaker has opened in a row, in the state of `status`, unless a thread
    /// has meanwhile tried to leave that state. That thread may have taken the old number: its
    /// cooldown is then as long as if it had come first.
    pub(crate) fn set_openings(&self, status: Status, count: u64) {
        let note = |found| {
            let found = Openings::from_bits(found);
            (!found.is_after(status.episode)).then(|| Openings::of(status, count).bits())
        };
        // Relaxed: the next transition out of this state swaps the word after it.
        let past = &self.cold().past;
        let _ = past.openings.fetch_update(Ordering::Relaxed, Ordering::Relaxed, note);
        let of_this = |found| (found == status.episode.0 + 1).then_some(status.episode.0);
        let _ = past.fresh.fetch_update(Ordering::Relaxed, Ordering::Relaxed, of_this);
    }

    /// Returns whether a control has set the deadline in this episode, in which the breaker is
    /// open.
    pub(crate) fn is_held(&self, episode: Episode) -> bool {
        // Relaxed: raised before the swap to this word, as `openings` is.
        let load = |cold: &ColdState| cold.past.held.load(Ordering::Relaxed);
        self.cold_if_made().is_some_and(|cold| load(cold) >= episode.0)
    }

    /// Marks the episode of `status`, for a control that found the state it wanted.
    pub(crate) fn mark(&self, status: Status, mark: Mark) {
        let past = || &self.cold().past;
        // Relaxed: the swap publishes it, or nothing waits for it.
        let raise = |field: &AtomicU64, to| field.fetch_max(to, Ordering::Relaxed);
        match (mark, status.phase) {
            (Mark::Held, Phase::Open { .. }) => _ = raise(&past().held, status.episode.0),
            (Mark::Fresh, Phase::Closed { .. }) => _ = raise(&past().fresh, status.episode.0 + 1),
            _ => {}
        }
    }

    /// Applies `change` to the status, and returns the result of its last run. `change` may
    /// run several times, so it must have no side effect. `now` is called if a new episode
    /// begins. `grows` says whether an opening of a closed breaker is one more in a row.
    pub(crate) fn update<T>(
        &self,
        now: impl Fn() -> Tick,
        grows: impl Fn(Status) -> bool,
        mark: Mark,
        change: impl Fn(Status) -> (Status, T),
    ) -> Changed<T> {
        let mut found = self.load();
        loop {
            let before = self.unpack(found);
            let (after, result) = change(before);
            if after == before {
                return Changed { before, after, result, began: None };
            }
            self.mark(after, mark);
            // The totals have these failures already: see `past_rows`.
            let [old, new] = [before, after].map(|status| status.failures_for_totals());
            if new > old {
                self.cold().past_rows.take_back(new - old);
            }
            let began = (after.episode != before.episode).then(&now);
            if let Some(began) = began {
                self.announce(before, after, began, &grows);
            }
            // Release pairs with the acquire in `load` and in a failed swap here.
            let swap = self.atomic_word().atomic().compare_exchange(
                found.0,
                Word::pack(after).0,
                Ordering::Release,
                Ordering::Acquire,
            );
            match swap {
                Ok(_) => {
                    if let Some(began) = began {
                        self.start_at(after.episode, began);
                    }
                    if old > new {
                        self.cold().past_rows.add(old - new);
                    }
                    return Changed { before, after, result, began };
                }
                Err(newer) => {
                    if new > old {
                        self.cold().past_rows.add(new - old);
                    }
                    found = Word(newer);
                }
            }
        }
    }

    /// Counts a failure in the stored word by [`step::count_failure`], and does not unpack it.
    /// Returns `false` if the word differs from `found` in more than the count, or the failure
    /// would trip.
    #[inline]
    pub(crate) fn count_failure(stored: &AtomicWord, mut found: Word, threshold: u16) -> bool {
        let closed = found.without_failures();
        loop {
            let Some(next) = step::count_failure(found, threshold) else { return false };
            // Pairs with itself and with `sync_recorders` on other threads: see the module's notes.
            // Relaxed if the swap fails: the word is only tried again.
            let swap = stored.atomic().compare_exchange(
                found.0,
                next.0,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            match swap {
                Ok(_) => return true,
                Err(newer) => found = Word(newer),
            }
            if found.without_failures() != closed {
                return false;
            }
        }
    }

    /// Clears the failure count for a success, as [`step::step`] does. Returns how many failures it
    /// has cleared, or `None` if the word differs from `closed` in more than the count.
    pub(crate) fn forget_failures(&self, closed: Word) -> Option<u16> {
        let stored = self.atomic_word();
        let mut found = stored.load_relaxed();
        while found.without_failures() == closed {
            if found == closed {
                return Some(0);
            }
            // Relaxed: only the count changes, and this thread reads no window after it.
            match stored.atomic().compare_exchange(
                found.0,
                closed.0,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    if !closed.is_recorded() {
                        self.cold().past_rows.add(found.failures());
                    }
                    return Some(found.failures());
                }
                Err(newer) => found = Word(newer),
            }
        }
        None
    }

    /// Flips the bit of the word that means nothing. This thread then sees the records in a window
    /// that other threads made before they changed the word.
    #[inline(never)] // Its machine code is looked at.
    pub(crate) fn sync_recorders(&self) {
        // Pairs with other calls of this and with `count_failure`: see the module's notes.
        self.atomic_word().atomic().fetch_xor(Word::SYNC, Ordering::AcqRel);
    }

    /// Begins an episode, closed, attached and with nothing counted, for another key of a seat. No
    /// other thread uses the cell meanwhile.
    pub(crate) fn renew(&self, now: Tick, tracking: Tracking) -> Episode {
        let renew = |status| (step::renewed(status, tracking), ());
        if self.cold_if_made().is_some() {
            return self.update(|| now, |_| false, Mark::Fresh, renew).after.episode;
        }
        // Without a cold state there is nothing to announce.
        let after = step::renewed(self.status(), tracking);
        // Release pairs with the acquire in `load`.
        self.atomic_word().atomic().store(Word::pack(after).0, Ordering::Release);
        self.start_at(after.episode, now);
        after.episode
    }

    /// Attaches a word that has been detached.
    pub(crate) fn attach(&self) {
        let attach = |status| (Status { detached: false, ..status }, ());
        // No episode begins, so no time is read.
        self.update(|| Tick::NEVER, |_| false, Mark::None, attach);
    }

    /// Raises the numbers that a reader of the next word needs. That word begins an episode `now`.
    fn announce(&self, before: Status, after: Status, now: Tick, grows: impl Fn(Status) -> bool) {
        let past = &self.cold().past;
        let first = |found| EpisodeTick(found).first(after.episode, now).map(|began| began.0);
        // Relaxed: the release of the swap publishes it with the word.
        let _ = past.began.fetch_update(Ordering::Relaxed, Ordering::Relaxed, first);
        let opens = matches!(after.phase, Phase::Open { .. });
        if opens {
            // Relaxed: the swap's release publishes it.
            past.opened.fetch_max(after.episode.0, Ordering::Relaxed);
        }
        if matches!(after.phase, Phase::Closed { .. } | Phase::Observing { .. }) {
            // Relaxed: for people to read.
            past.recording.fetch_max(after.episode.0, Ordering::Relaxed);
        }
        let note = Openings::note(before, self.openings(before), grows(before));
        // Relaxed: the swap's release publishes it.
        past.openings.fetch_max(note.bits(), Ordering::Relaxed);
    }

    fn load(&self) -> Word {
        // Acquire pairs with the release of the swap in `update`.
        Word(self.atomic_word().atomic().load(Ordering::Acquire))
    }

    fn unpack(&self, word: Word) -> Status {
        // Relaxed: the word was loaded with acquire. If it is open, the cold state was made
        // and `opened` raised to the episode of that word, or a later one, before the swap.
        let load = |cold: &ColdState| cold.past.opened.load(Ordering::Relaxed);
        let opened = if word.is_open() { self.cold_if_made().map_or(0, load) } else { 0 };
        word.unpack(Episode(opened))
    }
}

/// Gives up the seat if this was a seat's face.
impl Drop for StateCell {
    fn drop(&mut self) {
        if let Some(number) = self.face_of() {
            seat::give_up(number);
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    #[test]
    fn moment_is_that_of_the_latest_episode() {
        let at = Tick::from_bits;
        let mask = EpisodeTick::EPISODE_MASK;
        for first in [0, 1, mask - 1, mask, mask + 1, 5 * mask] {
            let since = EpisodeTick::new(Episode(first), at(7));
            let next = since.next(Episode(first + 1), at(9)).unwrap();
            assert!(next.is_of(Episode(first + 1)) && !next.is_of(Episode(first)), "{first}");
            assert_eq!((since.tick(), next.tick()), (at(7), at(9)));
            assert!(next.next(Episode(first), at(11)).is_none(), "it is over");
            assert_eq!(since.next(Episode(first + 2), at(3)).unwrap().tick(), at(7));
        }
    }
    use super::*;
    use crate::outcome::Outcome;
    use crate::state::step::Input;
    use crate::state::step::Limits;

    #[test]
    fn moment_is_known_before_the_word_that_it_belongs_to() {
        let at = Tick::from_bits;
        let cell = StateCell::new(Tracking::NONE);
        cell.start_at(Episode(0), at(5));
        let before = cell.status();
        let after =
            Status { episode: Episode(1), phase: Phase::Open { until: at(1_010) }, ..before };
        cell.announce(before, after, at(11), |_| false);
        // Another thread that lost its swap, or is about to lose it.
        cell.announce(before, after, at(10), |_| false);
        cell.announce(before, after, at(12), |_| false);
        assert_eq!(
            (cell.since_of(before.episode), cell.since_of(after.episode)),
            (Some(at(5)), Some(at(10)))
        );
        cell.start_at(after.episode, at(10));
        assert_eq!(
            (cell.since_of(before.episode), cell.since_of(after.episode)),
            (None, Some(at(10)))
        );
        let next = Status { episode: Episode(2), ..before };
        cell.announce(after, next, at(20), |_| false);
        assert_eq!(cell.since_of(after.episode), Some(at(10)));
    }

    #[test]
    fn forgotten_failures_are_the_step_of_a_success() {
        let limits = Limits { threshold: 9, probes: 1, success_threshold: 1 };
        let never = |_| -> Tick { unreachable!("it does not open") };
        for failures in [0, 1, 5, u16::MAX] {
            for recorded in [false, true] {
                let tracking = Tracking { recorded, ..Tracking::NONE };
                let (episode, phase) = (Episode(7), Phase::Closed { failures });
                let status = Status { episode, detached: false, tracking, phase };
                let input = Input::Settle { episode, outcome: Outcome::Success, trips: false };
                let (wanted, _) = step::step(status, input, limits, never);

                let cell = StateCell::new(tracking);
                cell.atomic_word().atomic().store(Word::pack(status).0, Ordering::Relaxed);
                let closed = Word::pack(status).without_failures();
                assert_eq!(cell.forget_failures(closed), Some(failures));
                assert_eq!(cell.forget_failures(closed), Some(0));
                assert_eq!(cell.status(), wanted);
            }
        }
    }

    #[test]
    fn failures_of_another_episode_or_state_are_left_alone() {
        let closed = Phase::Closed { failures: 3 };
        for (number, phase) in [(8, closed), (7, Phase::Observing { failures: 3 })] {
            let status = Status {
                episode: Episode(number),
                detached: false,
                tracking: Tracking::NONE,
                phase,
            };
            let cell = StateCell::new(Tracking::NONE);
            cell.atomic_word().atomic().store(Word::pack(status).0, Ordering::Relaxed);
            let mine = Status { episode: Episode(7), phase: closed, ..status };
            assert_eq!(cell.forget_failures(Word::pack(mine).without_failures()), None);
            let closed = Word::pack(mine).without_failures();
            assert!(!StateCell::count_failure(cell.atomic_word(), closed, 9));
            assert_eq!(cell.status(), status);
        }
    }

    #[test]
    fn cooldown_began_when_its_own_deadline_was_set_and_no_other() {
        let at = Tick::from_bits;
        let cell = StateCell::new(Tracking::NONE);
        assert_eq!(cell.cooldown_began(at(100), at(10)), at(10));
        cell.replace_deadline(at(50), at(100));
        assert_eq!(cell.cooldown_began(at(100), at(10)), at(50));
        assert_eq!(cell.cooldown_began(at(100), at(60)), at(60), "it was of the state before");
        assert_eq!(cell.cooldown_began(at(200), at(10)), at(10), "it was another deadline");
    }
}
