//! A store in memory, which does to records what the scripts do, by a clock of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::Token;
use breaker_core::shared::{self, Event, Record, Shape, Stamp, step};

use crate::brain::quorum;
use crate::store::{Act, Answer, Effect, News, OpenSight, Place, Sight, Synced};

#[derive(Clone, Default)]
pub(super) struct Store {
    /// The lead of its clock over the time of the simulation, in milliseconds.
    pub(super) ahead_ms: u64,
    generations: u64,
    kept: BTreeMap<Place, Kept>,
    live: BTreeMap<Arc<str>, u64>,
    /// The suspicions that were published.
    pub(super) suspicions: u64,
}

#[derive(Clone, Default)]
struct Kept {
    record: Option<Record>,
    holder: Option<Arc<str>>,
    failed: Option<Arc<str>>,
    votes: BTreeMap<Arc<str>, Vote>,
}

/// A domain's vote and suspicion. Times are milliseconds.
#[derive(Clone, Copy)]
struct Vote {
    /// Zero if it was taken back.
    ends: u64,
    life: u64,
    /// When its domain has raised its last suspicion.
    raised: Option<u64>,
}

impl Vote {
    fn counts(&self, now_ms: u64) -> bool {
        self.ends > now_ms
    }

    /// Forgets a suspicion that was long ago. Returns whether the vote says anything still.
    fn is_kept(&mut self, now_ms: u64) -> bool {
        let forget_after = (10 * self.life).max(600_000);
        self.raised = self.raised.filter(|raised| now_ms < raised + forget_after);
        let began_ms = self.ends.saturating_sub(self.life);
        let is_of_future = began_ms.max(self.raised.unwrap_or(0)) > now_ms + 1_000;
        !is_of_future && (self.counts(now_ms) || self.raised.is_some())
    }
}

impl Store {
    pub(super) fn new(ahead_ms: u64) -> Self {
        Self { ahead_ms, ..Self::default() }
    }

    pub(super) fn now_ms(&self, now: Duration) -> u64 {
        ms(now) + self.ahead_ms
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        (self.kept, self.live) = Default::default();
    }

    pub(super) fn record(&self, place: &str) -> Option<Record> {
        self.kept.get(place)?.record
    }

    pub(super) fn is_closed(&self) -> bool {
        let is_open = |record: &Record| matches!(record.shape, Shape::Open { .. });
        !self.kept.values().filter_map(|kept| kept.record.as_ref()).any(is_open)
    }

    /// Does one act, and returns its answer and the news of it.
    pub(super) fn act(
        &mut self,
        now: Duration,
        domain: &Arc<str>,
        place: &Place,
        act: &Act,
    ) -> (Answer, Option<News>) {
        let now_ms = self.now_ms(now);
        let kept = self.kept.entry(Arc::clone(place)).or_default();
        if kept.record.is_none() {
            self.generations += 1;
        }
        let generation = self.generations * 1_000 + 7;
        let mut record = *kept.record.get_or_insert_with(|| Record::new(generation, now_ms));
        let before = record;
        kept.votes.retain(|_, vote| vote.is_kept(now_ms));
        let is_open = record.remaining(now_ms).is_some();
        let mut suspicion = None;
        let mut doing = Event::Look;
        match *act {
            Act::Vote { life, cooldown, openings, quorum } if !is_open => {
                let quorum = quorum
                    .unwrap_or_else(|| quorum::quorum(mark_live(&mut self.live, domain, now_ms)));
                let others = kept.count(now_ms, Some(domain));
                let is_suspected =
                    kept.votes.values().any(|it| it.raised.is_some() && it.counts(now_ms));
                let raised = kept.votes.get(domain).and_then(|vote| vote.raised);
                let mut vote = Vote { ends: now_ms + ms(life), life: ms(life), raised };
                if others + 1 >= quorum {
                    (kept.holder, kept.failed) = (None, None);
                    doing = Event::Trip { cooldown, openings };
                } else if raised.is_none() && !is_suspected {
                    vote.raised = Some(now_ms);
                    let (place, domain) = (Arc::clone(place), Arc::clone(domain));
                    self.suspicions += 1;
                    suspicion = Some(News::Suspected { place, life, domain });
                }
                kept.votes.insert(Arc::clone(domain), vote);
            }
            Act::Vote { .. } => {}
            Act::Withdraw => {
                if let Some(vote) = kept.votes.get_mut(domain) {
                    vote.ends = 0;
                }
            }
            Act::Claim { lease } => doing = Event::Claim { lease },
            Act::Renew { token, lease } => doing = Event::Renew { token: stamp(token), lease },
            Act::Back { token } => doing = Event::Back { token: stamp(token) },
            Act::Recover { token } => doing = Event::Recover { token: stamp(token) },
            Act::RecoverIfDue { began } => {
                let is_due = record.remaining(now_ms) == Some(Duration::ZERO);
                if is_due && began_of(&record) == Some(began) {
                    doing = Event::Reset;
                }
            }
            Act::Relapse { token, cooldown } => {
                doing = Event::Relapse { token: stamp(token), cooldown };
            }
        }
        let (after, effect) = step(record, doing, now_ms);
        record = after;
        let effect = match effect {
            shared::Effect::None => Effect::None,
            shared::Effect::Granted => Effect::Granted,
            _ => Effect::Changed,
        };
        match act {
            Act::Claim { .. } if effect == Effect::Granted => {
                kept.holder = Some(Arc::clone(domain));
            }
            Act::Relapse { .. } if record.epoch != before.epoch => {
                kept.failed = Some(Arc::clone(domain));
            }
            Act::Recover { .. } | Act::RecoverIfDue { .. } if record.epoch != before.epoch => {
                kept.votes.values_mut().for_each(|vote| vote.ends = 0);
                if let Some(failed) = &kept.failed {
                    kept.votes.retain(|domain, _| domain == failed);
                }
            }
            _ => {}
        }
        kept.record = Some(record);
        let sight = kept.sight(place, now_ms);
        let changed = (effect != Effect::None).then(|| News::Changed(sight.clone()));
        (Answer { effect, sight }, changed.or(suspicion))
    }

    pub(super) fn sync(&mut self, now: Duration, domain: &Arc<str>, places: &[Place]) -> Synced {
        let now_ms = self.now_ms(now);
        let live = mark_live(&mut self.live, domain, now_ms);
        let is_listed = |(place, kept): &(&Place, &Kept)| {
            let is_open = |record: Record| record.remaining(now_ms).is_some();
            kept.record.is_some_and(|record| is_open(record) || places.contains(place))
        };
        let sight = |(place, kept): (&Place, &Kept)| {
            let sight = kept.sight(place, now_ms);
            let votes = if sight.open.is_some() { 0 } else { sight.votes };
            Sight { votes, ..sight }
        };
        let sights = self.kept.iter().filter(is_listed).map(sight).collect();
        Synced { live, sights }
    }
}

impl Kept {
    fn count(&self, now_ms: u64, except: Option<&Arc<str>>) -> u16 {
        let counts =
            |(domain, vote): &(&Arc<str>, &Vote)| vote.counts(now_ms) && Some(*domain) != except;
        u16::try_from(self.votes.iter().filter(counts).count()).unwrap()
    }

    fn sight(&self, place: &Place, now_ms: u64) -> Sight {
        let record = self.record.unwrap();
        let open = record.remaining(now_ms).map(|left| OpenSight {
            left,
            openings: record.openings(),
            began: began_of(&record).unwrap().epoch,
            holder: self.holder.clone(),
            failed: self.failed.clone(),
        });
        let (stamp, votes) = (token(record.stamp()), self.count(now_ms, None));
        Sight { place: Arc::clone(place), stamp, at_ms: record.at_ms, open, votes }
    }
}

/// Marks a domain as alive, and returns the number of live domains.
fn mark_live(live: &mut BTreeMap<Arc<str>, u64>, domain: &Arc<str>, now_ms: u64) -> u16 {
    live.insert(Arc::clone(domain), now_ms);
    live.retain(|_, heard_ms| heard_ms.abs_diff(now_ms) <= 30_000);
    u16::try_from(live.len()).unwrap()
}

fn began_of(record: &Record) -> Option<Token> {
    match record.shape {
        Shape::Open { began, .. } => Some(Token { epoch: began, ..token(record.stamp()) }),
        Shape::Closed { .. } => None,
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}

fn token(Stamp { generation, epoch }: Stamp) -> Token {
    Token { generation, epoch }
}

fn stamp(Token { generation, epoch }: Token) -> Stamp {
    Stamp { generation, epoch }
}
