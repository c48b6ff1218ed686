//! A model of the scripts, by `breaker_core::shared::step` and a plain map of votes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::Token;
use breaker_core::shared::{self, Event, Record, Shape, Stamp, step};

use crate::store::{Act, Answer, Effect, News, OpenSight, Place, Sight};

#[derive(Default)]
pub(super) struct Model {
    pub(super) record: Option<Record>,
    holder: Option<Arc<str>>,
    failed: Option<Arc<str>>,
    pub(super) votes: BTreeMap<Arc<str>, Vote>,
    /// When each domain was last heard of.
    live: BTreeMap<Arc<str>, u64>,
}

/// A domain's vote and suspicion. Times are milliseconds; zero is none.
#[derive(Clone, Copy)]
pub(super) struct Vote {
    pub(super) ends: u64,
    pub(super) life: u64,
    /// When the domain raised its last suspicion.
    pub(super) raised: u64,
}

impl Vote {
    fn counts(&self, now_ms: u64) -> bool {
        self.ends > now_ms
    }

    /// Returns what the vote says at this moment.
    fn read(mut self, now_ms: u64) -> Option<Self> {
        if self.ends.saturating_sub(self.life).max(self.raised) > now_ms + 1_000 {
            return None;
        }
        if now_ms >= self.raised + (10 * self.life).max(600_000) {
            self.raised = 0;
        }
        (self.counts(now_ms) || self.raised > 0).then_some(self)
    }
}

/// Takes votes back, but keeps their suspicions.
fn take_back(votes: &mut BTreeMap<Arc<str>, Vote>, is_taken: impl Fn(&str) -> bool) {
    votes.retain(|domain, vote| !is_taken(domain) || vote.raised > 0);
    for (domain, vote) in votes {
        if is_taken(domain) {
            vote.ends = 0;
        }
    }
}

fn stamp(token: Token) -> Stamp {
    Stamp { generation: token.generation, epoch: token.epoch }
}

fn ceil_ms(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap()
}

fn is_due(record: Record, now_ms: u64) -> bool {
    let claim = Event::Claim { lease: Duration::from_secs(1) };
    step(record, claim, now_ms).1 == shared::Effect::Granted
}

impl Model {
    fn read_votes(&self, now_ms: u64) -> BTreeMap<Arc<str>, Vote> {
        let read = |(domain, vote): (&Arc<str>, &Vote)| {
            vote.read(now_ms).map(|vote| (Arc::clone(domain), vote))
        };
        self.votes.iter().filter_map(read).collect()
    }

    fn count(&self, now_ms: u64, except: Option<&str>) -> u16 {
        let votes = self.read_votes(now_ms);
        let counts =
            |(domain, vote): &(&Arc<str>, &Vote)| vote.counts(now_ms) && except != Some(&***domain);
        u16::try_from(votes.iter().filter(counts).count()).unwrap()
    }

    fn quorum(&mut self, domain: &Arc<str>, now_ms: u64) -> u16 {
        self.live.insert(Arc::clone(domain), now_ms);
        self.live.retain(|_, heard_ms| heard_ms.abs_diff(now_ms) <= 30_000);
        // There are three domains.
        if self.live.len() == 1 { 1 } else { 2 }
    }

    /// Does the act, and returns the answer and what is published.
    pub(super) fn act(
        &mut self,
        place: &Place,
        act: &Act,
        domain: &Arc<str>,
        drawn: u64,
        now_ms: u64,
    ) -> (Answer, Vec<News>) {
        let before = self.record.unwrap_or_else(|| Record::new(drawn, now_ms));
        let mut news = Vec::new();
        let event = self.event(place, act, domain, before, now_ms, &mut news);
        let (after, effect) = step(before, event, now_ms);
        match (event, effect) {
            (Event::Claim { .. }, shared::Effect::Granted) => {
                self.holder = Some(Arc::clone(domain));
            }
            (Event::Relapse { .. }, _) if after.epoch > before.epoch => {
                self.failed = Some(Arc::clone(domain));
            }
            (Event::Recover { .. } | Event::Reset, _) if after.epoch > before.epoch => {
                self.votes = self.read_votes(now_ms);
                take_back(&mut self.votes, |_| true);
                if let Some(failed) = &self.failed {
                    self.votes.retain(|domain, _| domain == failed);
                }
            }
            (Event::Trip { .. }, _) => (self.holder, self.failed) = (None, None),
            _ => {}
        }
        self.record = Some(after);
        let effect = match effect {
            shared::Effect::None => Effect::None,
            shared::Effect::Changed | shared::Effect::Tripped => Effect::Changed,
            shared::Effect::Granted => Effect::Granted,
        };
        let sight = self.sight(place, after, now_ms);
        if effect != Effect::None {
            news.push(News::Changed(sight.clone()));
        }
        (Answer { effect, sight }, news)
    }

    /// Votes, and returns the act as an event of the record.
    fn event(
        &mut self,
        place: &Place,
        act: &Act,
        domain: &Arc<str>,
        before: Record,
        now_ms: u64,
        news: &mut Vec<News>,
    ) -> Event {
        match *act {
            Act::Vote { life, cooldown, openings, quorum } => {
                if matches!(before.shape, Shape::Open { .. }) {
                    return Event::Look;
                }
                let quorum = quorum.unwrap_or_else(|| self.quorum(domain, now_ms));
                let others = self.count(now_ms, Some(domain));
                self.votes = self.read_votes(now_ms);
                let is_suspected =
                    self.votes.values().any(|vote| vote.raised > 0 && vote.counts(now_ms));
                let raised = self.votes.get(domain).map_or(0, |vote| vote.raised);
                let life_ms = ceil_ms(life).max(1);
                let mut vote = Vote { ends: now_ms + life_ms, life: life_ms, raised };
                let event = if others + 1 >= quorum {
                    Event::Trip { cooldown, openings }
                } else {
                    if raised == 0 && !is_suspected {
                        vote.raised = now_ms;
                        let (place, domain) = (Arc::clone(place), Arc::clone(domain));
                        let life = Duration::from_millis(life_ms);
                        news.push(News::Suspected { place, life, domain });
                    }
                    Event::Look
                };
                self.votes.insert(Arc::clone(domain), vote);
                event
            }
            Act::Withdraw => {
                self.votes = self.read_votes(now_ms);
                take_back(&mut self.votes, |other| *other == **domain);
                Event::Look
            }
            Act::Claim { lease } => Event::Claim { lease },
            Act::Renew { token, lease } => Event::Renew { token: stamp(token), lease },
            Act::Back { token } => Event::Back { token: stamp(token) },
            Act::Recover { token } => Event::Recover { token: stamp(token) },
            Act::Relapse { token, cooldown } => Event::Relapse { token: stamp(token), cooldown },
            Act::RecoverIfDue { began } => match before.shape {
                Shape::Open { began: since, .. }
                    if before.generation == began.generation
                        && since == began.epoch
                        && is_due(before, now_ms) =>
                {
                    Event::Reset
                }
                _ => Event::Look,
            },
        }
    }

    fn sight(&self, place: &Place, record: Record, now_ms: u64) -> Sight {
        let Stamp { generation, epoch } = record.stamp();
        let open = match record.shape {
            Shape::Closed { .. } => None,
            Shape::Open { openings, began, .. } => Some(OpenSight {
                left: record.remaining(now_ms).unwrap(),
                openings,
                began,
                holder: self.holder.clone(),
                failed: self.failed.clone(),
            }),
        };
        Sight {
            place: Arc::clone(place),
            stamp: Token { generation, epoch },
            at_ms: record.at_ms,
            open,
            votes: self.count(now_ms, None),
        }
    }
}
