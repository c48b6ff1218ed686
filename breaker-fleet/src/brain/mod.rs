//! The decisions: which breakers are told what, and which records are to be changed. No input, no
//! output, no clock, and no random numbers but those of a seed.
//!
//! The [link](crate::link) brings what breakers ask and do, on threads of their callers. The pump
//! brings the time, and what the store says. The decisions wait until the pump takes them by
//! [`Shared::work`](crate::shared::Shared::work). Neither a breaker nor the store is called under
//! the brain's lock. So other events may come between a decision and its effect:
//!
//! - *A breaker is told that its record is open, and trips by itself meanwhile.* It stays open for
//!   the later of both. Its vote finds the record open, and counts for nothing.
//! - *A breaker is told that its record is closed, and trips meanwhile.* It stays open for its own
//!   cooldown, which no news shortens, and votes.
//! - *A breaker has closed by its probes, and news from before its report says open.* While the
//!   report is on its way, news of that opening is kept back. The answer decides.
//! - *It is told open all the same, by news that was passed on before the report.* The report's
//!   answer says closed, and every breaker that was told open is told so.
//! - *A new breaker is told open by the answer to `attach`, after the pump has told it closed.* It
//!   rejects for at most as long as it was told; then it asks, and closes.
//! - *A breaker is closed by hand while it is told open.* It opens for the rest of that opening, or
//!   until the fleet closes. The program that closes it twice has its way.

mod asked;
mod bids;
mod entry;
mod evidence;
mod heard;
mod lease;
mod moment;
mod order;
mod output;
mod queue;
pub(crate) mod quorum;
pub(crate) mod random;
mod sights;
mod suspicion;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::store::Place;
pub(crate) use bids::{Reading, Said};
use entry::{Context, Entry};
pub(crate) use evidence::Report;
use heard::Syncs;
pub(crate) use moment::Moment;
use output::Outputs;
pub(crate) use output::{Change, Command, Tell, Word};
use random::Random;

/// The user's settings.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The witness that this process speaks for.
    pub(crate) domain: Arc<str>,
    /// The number of domains that open a record; `None` if it follows from the live domains.
    pub(crate) quorum: Option<u16>,
    /// The longest time by which a breaker closes later than its record; `None` for a tenth of the
    /// breaker's cooldown, at most two seconds.
    pub(crate) spread: Option<Duration>,
    /// The seed of all random numbers.
    pub(crate) seed: u64,
}

/// The state of the connection to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The store has not answered yet. Breakers are alone. The reason, once there is one.
    Joining(Option<Arc<str>>),
    /// The store answers.
    Joined,
    /// The store is silent since that moment. Breakers are alone.
    Alone(Moment, Arc<str>),
    /// This process has left. Breakers are alone.
    Left,
}

/// The decisions of one process. See the [module](self).
///
/// Every input carries its moment, and moments never go back. Each input may leave work, see
/// [`Shared::work`](crate::shared::Shared::work), and a sooner moment to be woken at.
pub(crate) struct Brain {
    setup: Setup,
    mode: Mode,
    random: Random,
    /// The number of domains that the last sync has counted.
    live: u16,
    entries: BTreeMap<Place, Entry>,
    timers: BTreeSet<(Moment, Place)>,
    /// The places that have an act to send.
    ready: BTreeSet<Place>,
    syncs: Syncs,
    out: Outputs,
    /// A panic has left the brain half changed, so it shares nothing any more.
    has_given_up: bool,
}

impl Brain {
    pub(crate) fn new(setup: Setup) -> Self {
        let random = Random::new(setup.seed);
        Self {
            setup,
            mode: Mode::Joining(None),
            random,
            live: 0,
            entries: BTreeMap::new(),
            timers: BTreeSet::new(),
            ready: BTreeSet::new(),
            syncs: Syncs::default(),
            out: Outputs::default(),
            has_given_up: false,
        }
    }

    /// Begins anew, without any breaker, and stays alone: a panic has left the brain half changed.
    pub(crate) fn give_up(&mut self, now: Moment) {
        let why = "a panic in breaker-fleet";
        let is_left = self.mode == Mode::Left;
        *self = Self::new(self.setup.clone());
        self.has_given_up = true;
        if is_left {
            self.mode = Mode::Left;
        } else {
            self.mode = Mode::Alone(now, why.into());
            self.out.changes.push(Change::Alone { why: why.into() });
        }
    }

    /// Returns whether the store answers.
    pub(crate) fn mode(&self) -> &Mode {
        &self.mode
    }

    /// Returns the number of domains that the last sync has counted.
    pub(crate) fn live(&self) -> u16 {
        self.live
    }

    /// Returns the number of breakers that are attached.
    pub(crate) fn names(&self) -> usize {
        self.entries.values().filter(|entry| entry.has_breaker()).count()
    }

    /// Returns the number of domains that open a record, by what the last sync has counted. The store
    /// counts anew at each vote.
    pub(crate) fn quorum(&self) -> u16 {
        self.setup.quorum.unwrap_or_else(|| quorum::quorum(self.live))
    }

    /// Returns when [`wake`](Self::wake) has something to do.
    pub(crate) fn next_wake(&self) -> Option<Moment> {
        let timer = self.timers.first().map(|(at, _)| *at);
        [timer, self.syncs.at(&self.mode)].into_iter().flatten().min()
    }

    /// Returns whether there is something to take.
    pub(crate) fn has_work(&self) -> bool {
        let sends = matches!(self.mode, Mode::Joined | Mode::Left) && !self.ready.is_empty();
        sends || !self.out.tells.is_empty() || !self.out.changes.is_empty()
    }

    /// Does everything whose moment has come.
    pub(crate) fn wake(&mut self, now: Moment) {
        loop {
            let Some((at, place)) = self.timers.first() else { return };
            if *at > now {
                return;
            }
            let place = Arc::clone(place);
            self.with(&place, now, Entry::wake);
        }
    }

    /// Takes the words and questions for breakers.
    pub(crate) fn take_tells(&mut self) -> Vec<Tell> {
        self.out.tells.drain(..).collect()
    }

    /// Takes the changes for the log.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.out.changes)
    }

    /// Takes the commands for the store, which leave now.
    pub(crate) fn take_commands(&mut self, now: Moment) -> Vec<Command> {
        let mut commands = Vec::new();
        if let Some(places) = self.sync(now) {
            commands.push(Command::Sync(places));
        }
        if matches!(self.mode, Mode::Joined | Mode::Left) {
            for place in std::mem::take(&mut self.ready) {
                let send = |entry: &mut Entry, _: &mut Context<'_>| entry.queue.send(now);
                let act = self.with(&place, now, send).flatten();
                commands.extend(act.map(|act| Command::Act(place, act)));
            }
        }
        commands
    }

    /// Does something with an entry, if there is one.
    fn with<T>(
        &mut self,
        place: &str,
        now: Moment,
        act: impl FnOnce(&mut Entry, &mut Context<'_>) -> T,
    ) -> Option<T> {
        let quorum = self.quorum();
        let entry = self.entries.get_mut(place)?;
        let mut wants_sync = false;
        let mut cx = Context {
            now,
            setup: &self.setup,
            mode: &self.mode,
            quorum,
            random: &mut self.random,
            out: &mut self.out,
            wants_sync: &mut wants_sync,
        };
        let result = act(entry, &mut cx);
        let (is_idle, is_ready) = (entry.is_idle(), entry.queue.is_ready());
        let next = if is_idle { None } else { entry.next_wake() };
        let (place, listed) =
            (Arc::clone(&entry.place), std::mem::replace(&mut entry.listed, next));
        if listed != next {
            if let Some(at) = listed {
                self.timers.remove(&(at, Arc::clone(&place)));
            }
            if let Some(at) = next {
                self.timers.insert((at, Arc::clone(&place)));
            }
        }
        if is_idle {
            self.entries.remove(&place);
        }
        if is_ready {
            self.ready.insert(place);
        } else {
            self.ready.remove(&place);
        }
        if wants_sync {
            self.want_sync(now);
        }
        Some(result)
    }

    /// Does something with the entry of a place, which is made if there is none.
    fn with_made<T>(
        &mut self,
        place: &Place,
        now: Moment,
        act: impl FnOnce(&mut Entry, &mut Context<'_>) -> T,
    ) -> Option<T> {
        if !self.entries.contains_key(place) {
            self.entries.insert(Arc::clone(place), Entry::new(place));
        }
        self.with(place, now, act)
    }

    /// Does something with every entry.
    fn with_all(&mut self, now: Moment, mut act: impl FnMut(&mut Entry, &mut Context<'_>)) {
        let places: Vec<_> = self.entries.keys().map(Arc::clone).collect();
        for place in places {
            self.with(&place, now, &mut act);
        }
    }
}
