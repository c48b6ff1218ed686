//! What the scripts should do, by `breaker_core::shared::step` and a plain map of votes.

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
    votes: BTreeMap<Arc<str>, Vote>,
}

#[derive(Clone, Copy)]
struct Vote {
    ends_ms: u64,
    life_ms: u64,
}

impl Vote {
    fn is_read(self, now_ms: u64) -> bool {
        self.ends_ms - self.life_ms <= now_ms + 1_000 && self.ends_ms + 7_200_000 >= now_ms
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
    fn count(&self, now_ms: u64, except: Option<&str>) -> u16 {
        let running = self.votes.iter().filter(|(domain, vote)| {
            vote.is_read(now_ms) && vote.ends_ms > now_ms && except != Some(domain)
        });
        u16::try_from(running.count()).unwrap()
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
                self.votes.clear();
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

    /// Votes, and says what the act is to the record.
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
                let others = self.count(now_ms, Some(domain));
                self.votes.retain(|_, vote| vote.is_read(now_ms));
                let life_ms = ceil_ms(life).max(1);
                let vote = Vote { ends_ms: now_ms + life_ms, life_ms };
                let is_known = self.votes.insert(Arc::clone(domain), vote).is_some();
                if others + 1 >= quorum {
                    return Event::Trip { cooldown, openings };
                }
                if others == 0 && !is_known {
                    let (place, domain) = (Arc::clone(place), Arc::clone(domain));
                    let life = Duration::from_millis(life_ms);
                    news.push(News::Suspected { place, life, domain });
                }
                Event::Look
            }
            Act::Withdraw => {
                self.votes.remove(domain);
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
