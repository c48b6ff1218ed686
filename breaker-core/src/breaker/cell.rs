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
//!   episode, or for the next; `Openings::count_in` copes with both.
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

mod moment;
mod past;

use crate::breaker::atomic_word::AtomicWord;
use crate::breaker::cold::ColdState;
use crate::breaker::seat::{self, SeatNumber};
use crate::clock::Tick;
use crate::state::status::{Episode, Status, Tracking};
use crate::state::step;
use crate::state::word::Word;
use crate::sync::atomic::{AtomicU64, Ordering, const_unless_loom};
use crate::sync::once::OnceBox;

pub(crate) use moment::EpisodeTick;
pub(crate) use past::Mark;

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
            // Pairs with itself and with `sync_recorders`: of two threads that have recorded in a
            // window of calls, the second to change the word sees what the first has recorded.
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
        // Pairs with itself and with `count_failure`: a thread that has recorded a call releases the
        // record, and acquires those of the threads that have changed the word before it. So of two
        // such threads, one sees both records when it reads the window.
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
mod tests;
