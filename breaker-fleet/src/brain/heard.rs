//! The pump's input: the connection, answers, and news.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::order::Way;
use super::output::Change;
use super::{Brain, Mode, Moment};
use crate::store::{Act, Answer, Effect, News, Place, Synced};

/// When the next sync is due.
#[derive(Debug, Default)]
pub(super) struct Syncs {
    is_connected: bool,
    /// `None` if there is no connection, or a sync is on its way and no other is wanted after it.
    next: Option<Moment>,
    /// The sync that is on its way.
    asked: Option<Asked>,
    /// The last place that a sync has named. The next sync goes on after it.
    last_named: Option<Place>,
}

#[derive(Debug)]
struct Asked {
    at: Moment,
    places: BTreeSet<Place>,
}

/// The most places that one sync names: the server does nothing else meanwhile.
const NAMED: usize = 1_000;

/// The time between two syncs.
const SYNC: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(10));

/// The wait before a sync after a lost connection, or when something does not add up: the whole
/// fleet may want a sync then.
const RESYNC: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

impl Syncs {
    /// Returns when a sync is to be sent.
    pub(super) fn at(&self, mode: &Mode) -> Option<Moment> {
        self.next.filter(|_| *mode != Mode::Left && self.asked.is_none())
    }
}

impl Brain {
    /// Notes that there is a connection, which brings news. Asks for a sync: the first time at
    /// once. Breakers are shared once the sync is answered.
    pub(crate) fn connected(&mut self, now: Moment) {
        if self.has_given_up {
            return;
        }
        let is_first = matches!(self.mode, Mode::Joining(None));
        let after = if is_first { Duration::ZERO } else { self.random.time(RESYNC.0, RESYNC.1) };
        self.syncs = Syncs { is_connected: true, next: Some(now + after), ..Syncs::default() };
    }

    /// Notes that the store is silent, or refuses. Commands on their way have no answer: the pump
    /// need not report each of them, and must not bring a late answer. A second call replaces the
    /// reason, and logs no change.
    pub(crate) fn lost(&mut self, now: Moment, why: &str) {
        if self.has_given_up {
            return;
        }
        self.syncs = Syncs::default();
        match &mut self.mode {
            Mode::Left => {}
            Mode::Joining(because) => *because = Some(why.into()),
            Mode::Alone(_, because) => *because = why.into(),
            Mode::Joined => {
                let why = Arc::<str>::from(why);
                self.mode = Mode::Alone(now, Arc::clone(&why));
                self.out.changes.push(Change::Alone { why });
            }
        }
        self.with_all(now, |entry, _| {
            entry.queue.lost();
            entry.queue.silent();
            entry.bids.at = None;
        });
    }

    /// Takes in the answer to [`Command::Sync`](super::Command::Sync); `None` if there is none. The
    /// first answer after a silence makes breakers shared.
    pub(crate) fn synced(&mut self, now: Moment, synced: Option<Synced>) {
        let Some(asked) = self.syncs.asked.take() else { return };
        let Some(Synced { live, sights }) = synced else {
            self.syncs.next = Some(now + self.random.time(RESYNC.0, RESYNC.1));
            return;
        };
        let joins = !matches!(self.mode, Mode::Joined | Mode::Left);
        // If all join at once, the first count few live domains, and one would be a quorum.
        self.live = if joins { live.max(self.live) } else { live };
        let time = if joins { RESYNC } else { SYNC };
        let next = now + self.random.time(time.0, time.1);
        self.syncs.next = Some(self.syncs.next.map_or(next, |wanted| wanted.min(next)));
        if joins {
            self.mode = Mode::Joined;
            self.out.changes.push(Change::Joined);
        }
        let found: BTreeSet<Place> = sights.iter().map(|sight| Arc::clone(&sight.place)).collect();
        self.with_all(now, |entry, cx| {
            entry.queue.resume();
            let is_older = entry.record.as_ref().is_some_and(|record| record.taken < asked.at);
            if is_older && asked.places.contains(&entry.place) && !found.contains(&entry.place) {
                entry.vanished(cx);
            }
        });
        for sight in sights {
            let place = Arc::clone(&sight.place);
            self.with_made(&place, now, |entry, cx| entry.see(&sight, Way::Asked(asked.at), cx));
        }
    }

    /// Takes in the answer to the act that is on its way for this place; `None` if the answer was
    /// lost, or the store could not do the act.
    pub(crate) fn answered(&mut self, now: Moment, place: &Place, answer: Option<&Answer>) {
        let Some(Answer { effect, sight }) = answer else {
            self.with(place, now, |entry, cx| {
                entry.queue.lost();
                entry.unanswered = entry.unanswered.saturating_add(1);
                *cx.wants_sync = true;
            });
            return;
        };
        let effect = *effect;
        self.with(place, now, |entry, cx| {
            let Some(on_way) = entry.queue.answered() else { return };
            entry.unanswered = 0;
            let is_open = sight.open.is_some();
            let is_changed = effect == Effect::Changed;
            match *on_way.act() {
                Act::Vote { .. } if !is_open || is_changed => entry.note_voted(sight.stamp),
                Act::Withdraw => entry.may_vote = false,
                // The success did not count: the closed breaker is to be told open anew.
                Act::Recover { .. } | Act::RecoverIfDue { .. } if is_open => entry.told = None,
                _ => {}
            }
            if let (true, true, Some(open)) = (on_way.is_void(), is_changed, &sight.open) {
                entry.ignore(sight.stamp.generation, open.began);
            }
            entry.see(sight, Way::Asked(on_way.sent), cx);
            match *on_way.act() {
                Act::Claim { lease } if effect == Effect::Granted => {
                    if on_way.is_void() {
                        entry.back(sight.stamp, cx);
                    } else {
                        entry.granted(sight.stamp, on_way.sent + lease, cx);
                    }
                }
                Act::Renew { token, lease } if is_open && sight.stamp == token => {
                    entry.renewed(token, on_way.sent + lease);
                }
                Act::Relapse { .. } if !is_open => entry.vote_again(cx),
                Act::Vote { .. } if !is_open || is_changed => {
                    let (votes, quorum) = (sight.votes, cx.quorum);
                    entry.note(|place| Change::Voted { place, votes, quorum }, cx);
                }
                _ => {}
            }
        });
    }

    /// Takes in what another process has done.
    pub(crate) fn news(&mut self, now: Moment, news: News) {
        match news {
            News::Changed(sight) => {
                let place = Arc::clone(&sight.place);
                self.with_made(&place, now, |entry, cx| entry.see(&sight, Way::News, cx));
            }
            News::Suspected { place, life, domain } => {
                self.with(&place, now, |entry, cx| entry.suspect(domain, life, cx));
            }
        }
    }

    /// Notes that news are lost. A sync makes up for them soon.
    pub(crate) fn missed(&mut self, now: Moment) {
        self.want_sync(now);
    }

    /// Leaves: no breaker is shared from now on. Takes back this process's votes and leases, and is
    /// done once [`has_left`](Self::has_left).
    pub(crate) fn leave(&mut self, now: Moment) {
        let is_joined = self.mode == Mode::Joined;
        if self.mode != Mode::Left {
            self.mode = Mode::Left;
            self.out.changes.push(Change::Left);
        }
        self.with_all(now, |entry, cx| entry.leave(is_joined, cx));
    }

    /// Returns whether this process has left, and no act of it waits or is on its way.
    pub(crate) fn has_left(&self) -> bool {
        self.mode == Mode::Left && self.entries.values().all(|entry| entry.queue.is_empty())
    }

    /// Takes the sync that is due, and the places that it names.
    pub(super) fn sync(&mut self, now: Moment) -> Option<Vec<Place>> {
        let at = self.syncs.at(&self.mode)?;
        if at > now {
            return None;
        }
        let named = self.entries.values().filter(|entry| entry.asks_for_sight());
        let mut places: Vec<_> = named.map(|entry| Arc::clone(&entry.place)).collect();
        let last = self.syncs.last_named.as_ref();
        let after_last = places.partition_point(|place| Some(place) <= last);
        places.rotate_left(after_last);
        places.truncate(NAMED);
        self.syncs.last_named = places.last().map(Arc::clone);
        let asked = Asked { at: now, places: places.iter().map(Arc::clone).collect() };
        (self.syncs.next, self.syncs.asked) = (None, Some(asked));
        Some(places)
    }

    /// Asks for a sync soon, if there is a connection.
    pub(super) fn want_sync(&mut self, now: Moment) {
        if self.syncs.is_connected {
            // A sync that is on its way may have left too early.
            let soon = now + self.random.time(RESYNC.0, RESYNC.1);
            self.syncs.next = Some(self.syncs.next.map_or(soon, |next| next.min(soon)));
        }
    }
}
