//! A linked breaker's knowledge of the [record](crate::link), beside its word: the lease of its
//! half-open, and the part of its open that the breaker itself has caused.
//!
//! 1. The *lease* belongs to a half-open, not to one of its probes. The thread that has asked the
//!    link keeps the answer here *before* it swaps the word, for the episode that the swap begins
//!    or that the word is in. So a thread that finds the half-open finds its lease. If several
//!    threads ask at once, each may keep an answer; the newest stays, and serves them all.
//! 2. A lease that has run out, or has been given back, leaves its token: a late success still
//!    settles with the token, but does not renew the lease. The next probe asks the link first. If
//!    the link's answer is to wait, that is kept here too, so that not each call asks. It holds
//!    until the other lease may have ended: because this breaker had it, or because the link says
//!    so.
//! 3. The thread that ends the half-open *takes* the token and reports by it. If a thread that has
//!    asked for the lease finds the half-open over, it takes the token too, and gives it back. Only
//!    one of the two finds it. If the second thread is first, the record is not settled, but due:
//!    some process probes once more.
//! 4. Between the end of a half-open and its report the record is still open. The link would tell
//!    so to a call that fails then, and the breaker would open again. So reports under way are
//!    counted here, and a failure meanwhile does not ask.
//! 5. A thread notes it here if it has opened the breaker because the link told it to, or has put
//!    off the end of an open that the breaker itself caused. It does so afterwards. A link tells
//!    one thing after the other, so the next one finds the note. A call that was told by an answer
//!    may note it too late; the breaker is then open until its time is over. News that come later
//!    replace only the part of an open that the breaker did not cause.
//! 6. The thread that gives up the last probe gives the lease back, unless a call is *entering* by
//!    it: the call has found that the lease runs, and has not swapped the word yet, or has just
//!    done so. Entering calls are counted here. The last of them then gives the lease back, if none
//!    of them is a probe.
//!
//! All of it is under a mutex. A call that the word decides does not take it. The link is never
//! called under it.

use crate::clock::Tick;
use crate::link::Token;
use crate::state::status::Episode;
use crate::sync::atomic::{Mutex, MutexGuard, lock};

#[derive(Debug)]
pub(crate) struct Grants(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    lease: Option<Lease>,
    /// The end of the part of an open that the breaker itself has caused.
    own_end: Option<(Episode, Tick)>,
    /// The number of ended half-opens whose reports are under way.
    reports: u32,
    /// The number of entering calls: they have found a lease that runs, and may have yet to swap
    /// the word.
    entering: u32,
    /// True if the last probe was given up while calls were entering.
    is_left_to_them: bool,
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    /// The episode of the half-open.
    episode: Episode,
    /// `None` if the link has left the breaker alone.
    token: Option<Token>,
    /// The end of the lease.
    until: Tick,
    /// The moment before which the link is not asked.
    ask_from: Tick,
}

/// The state of a half-open's lease, as far as this process knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// The lease runs.
    Runs,
    /// The lease does not run, and the link is not to be asked before this moment.
    PutOff(Tick),
    /// The lease does not run, and the link is to be asked.
    Ask,
}

impl Grants {
    pub(crate) fn new() -> Self {
        let (lease, own_end) = (None, None);
        let kept = Kept { lease, own_end, reports: 0, entering: 0, is_left_to_them: false };
        Grants(Mutex::new(kept))
    }

    /// Looks for the lease of the half-open of `episode`.
    pub(crate) fn look(&self, episode: Episode, now: Tick) -> Look {
        self.lock().look(episode, now)
    }

    /// Looks for the lease as [`look`](Self::look) does, for a call that swaps the word if the
    /// lease runs. The call then [says so](Self::entered).
    pub(crate) fn enter(&self, episode: Episode, now: Tick) -> Look {
        let mut kept = self.lock();
        let look = kept.look(episode, now);
        kept.entering += u32::from(look == Look::Runs);
        look
    }

    /// Notes that an entering call has swapped the word, or will not. If the last probe was given
    /// up meanwhile, does what [`end_if_idle`](Self::end_if_idle) left to it.
    pub(crate) fn entered(&self, idle: impl FnOnce() -> Option<Episode>) -> Option<Token> {
        let mut kept = self.lock();
        kept.entering = kept.entering.saturating_sub(1);
        let is_last = kept.entering == 0 && core::mem::take(&mut kept.is_left_to_them);
        if is_last { kept.end(idle()?, None) } else { None }
    }

    /// Ends the lease of the half-open if it has no probe out, and returns the token, which the
    /// caller must give back. `idle` reads the word under the lock: a call that enters by this
    /// lease has swapped the word by then, or is counted as entering.
    pub(crate) fn end_if_idle(&self, idle: impl FnOnce() -> Option<Episode>) -> Option<Token> {
        let mut kept = self.lock();
        if kept.entering > 0 {
            kept.is_left_to_them = true;
            return None;
        }
        kept.end(idle()?, None)
    }

    /// Keeps the lease of the half-open of `episode`. A half-open without a token is on its own,
    /// and settles with its last token. Returns `false` if the lease of a later half-open is kept.
    pub(crate) fn keep(&self, episode: Episode, token: Option<Token>, until: Tick) -> bool {
        let mut kept = self.lock();
        let is_over = kept.lease.is_some_and(|lease| lease.episode > episode);
        if !is_over {
            let last = kept.lease.filter(|lease| lease.episode == episode);
            let token = token.or(last.and_then(|lease| lease.token));
            let ask_from = Tick::from_bits(0);
            kept.lease = Some(Lease { episode, token, until, ask_from });
        }
        !is_over
    }

    /// Keeps the link's answer to wait, for the half-open of `episode`.
    pub(crate) fn put_off(&self, episode: Episode, ask_from: Tick) {
        let mut kept = self.lock();
        match &mut kept.lease {
            Some(lease) if lease.episode == episode => lease.ask_from = ask_from,
            Some(lease) if lease.episode > episode => {}
            lease => {
                let until = Tick::from_bits(0);
                *lease = Some(Lease { episode, token: None, until, ask_from });
            }
        }
    }

    /// Returns the token of the half-open of `episode`.
    pub(crate) fn token(&self, episode: Episode) -> Option<Token> {
        self.lock().lease.filter(|lease| lease.episode == episode)?.token
    }

    /// Extends a lease to `until`, if it still runs but not beyond `enough`, which is no later.
    /// Returns its token, by which the link is to be asked. A lease for ever is not extended.
    pub(crate) fn renew(
        &self,
        episode: Episode,
        now: Tick,
        [enough, until]: [Tick; 2],
    ) -> Option<Token> {
        let mut kept = self.lock();
        let is_due = |lease: &&mut Lease| {
            let ends = lease.until;
            lease.episode == episode && now < ends && ends <= enough && ends != Tick::NEVER
        };
        let lease = kept.lease.as_mut().filter(is_due)?;
        let token = lease.token?;
        lease.until = until;
        Some(token)
    }

    /// Ends the lease and returns its token, which also stays. The next probe asks the link, even
    /// if one was told to wait, perhaps for this very lease. A half-open on its own has no token.
    /// With `only`, ends only the lease of that token.
    pub(crate) fn end(&self, episode: Episode, only: Option<Token>) -> Option<Token> {
        self.lock().end(episode, only)
    }

    /// If a probe was told to wait, notes that the link may be asked from that moment on.
    pub(crate) fn ask_by(&self, episode: Episode, moment: Tick) {
        let mut kept = self.lock();
        if let Some(lease) = kept.lease.as_mut().filter(|lease| lease.episode == episode) {
            lease.ask_from = lease.ask_from.min(moment);
        }
    }

    /// Forgets the lease and returns its token. With `only`, does so only if that is its token.
    pub(crate) fn take(&self, episode: Episode, only: Option<Token>) -> Option<Token> {
        let mut kept = self.lock();
        let lease = kept.lease.filter(|lease| lease.episode == episode)?;
        if only.is_some() && only != lease.token {
            return None;
        }
        kept.lease = None;
        lease.token
    }

    /// Forgets the lease of a half-open that its own probes have ended, and returns its token. A
    /// report with it is then under way, until [`reported`](Self::reported).
    pub(crate) fn take_to_report(&self, episode: Episode) -> Option<Token> {
        let mut kept = self.lock();
        let lease = kept.lease.filter(|lease| lease.episode == episode)?;
        kept.lease = None;
        kept.reports += u32::from(lease.token.is_some());
        lease.token
    }

    pub(crate) fn reported(&self) {
        let mut kept = self.lock();
        kept.reports = kept.reports.saturating_sub(1);
    }

    /// Returns whether the report of a half-open's end is under way.
    pub(crate) fn is_reporting(&self) -> bool {
        self.lock().reports > 0
    }

    /// Notes until when the breaker itself has caused the open of `episode`, unless that is noted.
    pub(crate) fn note_own_end(&self, episode: Episode, end: Tick) {
        let mut kept = self.lock();
        let is_known = kept.own_end.is_some_and(|(known, _)| known >= episode);
        if !is_known {
            kept.own_end = Some((episode, end));
        }
    }

    /// Returns until when the breaker itself has caused an open of `episode` that ends at `until`.
    pub(crate) fn own_end(&self, episode: Episode, until: Tick) -> Tick {
        let noted = self.lock().own_end.filter(|(known, _)| *known == episode);
        noted.map_or(until, |(_, end)| end.min(until))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        lock(&self.0)
    }
}

impl Kept {
    fn look(&self, episode: Episode, now: Tick) -> Look {
        match self.lease {
            Some(lease) if lease.episode == episode => {
                if now < lease.until {
                    Look::Runs
                } else if now < lease.ask_from {
                    Look::PutOff(lease.ask_from)
                } else {
                    Look::Ask
                }
            }
            _ => Look::Ask,
        }
    }

    fn end(&mut self, episode: Episode, only: Option<Token>) -> Option<Token> {
        let lease = self.lease.as_mut().filter(|lease| lease.episode == episode)?;
        let token = lease.token.filter(|token| only.is_none_or(|only| only == *token))?;
        (lease.until, lease.ask_from) = (Tick::from_bits(0), Tick::from_bits(0));
        Some(token)
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
