//! The queue of acts to one record. One act at a time is on its way.
//!
//! An act whose answer is lost may have been done or not. A claim, a renewal or the return of a
//! lease is then forgotten, since leases run out. An act that reports a breaker's findings is sent
//! again once the store answers; done twice, it has the effect of once.

use std::collections::VecDeque;
use std::time::Duration;

use breaker_core::link::Token;
use breaker_core::shared::LONGEST;

use super::Moment;
use crate::store::Act;

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Wish>,
    on_way: Option<OnWay>,
    /// An answer was lost: nothing is sent before a sync has been answered.
    is_stalled: bool,
}

#[derive(Clone, Debug)]
struct Wish {
    act: Act,
    since: Moment,
    /// The purpose of the act is gone.
    is_void: bool,
}

/// An act that is on its way, or has come back.
#[derive(Clone, Debug)]
pub(super) struct OnWay {
    wish: Wish,
    pub(super) sent: Moment,
}

impl OnWay {
    pub(super) fn act(&self) -> &Act {
        &self.wish.act
    }

    /// Returns whether the purpose of the act is gone.
    pub(super) fn is_void(&self) -> bool {
        self.wish.is_void
    }
}

impl Queue {
    /// Appends an act, and drops those that it makes needless.
    pub(super) fn push(&mut self, act: Act, now: Moment) {
        self.waiting.retain(|wish| !replaces(&act, &wish.act));
        self.waiting.push_back(Wish { act, since: now, is_void: false });
    }

    /// Takes back waiting acts of this kind, and marks one that is on its way as void. Returns
    /// whether there was one on its way.
    pub(super) fn void(&mut self, is_of_kind: impl Fn(&Act) -> bool) -> bool {
        self.waiting.retain(|wish| !is_of_kind(&wish.act));
        let Some(on_way) = self.on_way.as_mut().filter(|it| is_of_kind(it.act())) else {
            return false;
        };
        on_way.wish.is_void = true;
        true
    }

    /// Marks acts of this kind as void: the breaker has no part in their effect.
    pub(super) fn ignore(&mut self, is_of_kind: impl Fn(&Act) -> bool) {
        let on_way = self.on_way.as_mut().map(|on_way| &mut on_way.wish);
        let all = self.waiting.iter_mut().chain(on_way);
        all.filter(|wish| is_of_kind(&wish.act)).for_each(|wish| wish.is_void = true);
    }

    /// Returns whether such an act waits or is on its way.
    pub(super) fn has(&self, is_of_kind: impl Fn(&Act) -> bool) -> bool {
        let mut waiting = self.waiting.iter().map(|wish| &wish.act);
        waiting.any(&is_of_kind)
            || self.on_way.as_ref().is_some_and(|it| !it.is_void() && is_of_kind(it.act()))
    }

    /// Returns whether an outcome waits or is on its way that counts in a record open since
    /// `began`. The record is about to change.
    pub(super) fn is_settling(&self, began: Token) -> bool {
        self.has(|act| match *act {
            Act::Recover { token } | Act::Relapse { token, .. } => token.settles(began),
            Act::RecoverIfDue { began: settled } => settled == began,
            _ => false,
        })
    }

    pub(super) fn is_ready(&self) -> bool {
        self.on_way.is_none() && !self.is_stalled && !self.waiting.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.on_way.is_none() && self.waiting.is_empty()
    }

    /// Takes the next act, which leaves now.
    pub(super) fn send(&mut self, now: Moment) -> Option<Act> {
        let wish = if self.is_ready() { self.waiting.pop_front()? } else { return None };
        let act = as_of_now(&wish, now);
        self.on_way = Some(OnWay { wish, sent: now });
        Some(act)
    }

    /// Returns the act that has been answered.
    pub(super) fn answered(&mut self) -> Option<OnWay> {
        self.on_way.take()
    }

    /// Notes that the act on its way has no answer.
    pub(super) fn lost(&mut self) {
        let Some(OnWay { wish, .. }) = self.on_way.take() else { return };
        self.is_stalled = true;
        let is_replaced = self.waiting.iter().any(|later| replaces(&later.act, &wish.act));
        let is_over = wish.is_void && !matches!(wish.act, Act::Relapse { .. });
        if !is_over && !is_replaced && outlasts_silence(&wish.act) {
            self.waiting.push_front(wish);
        }
    }

    /// Drops the waiting acts that do not outlast a silence.
    pub(super) fn silent(&mut self) {
        self.waiting.retain(|wish| outlasts_silence(&wish.act));
    }

    /// Notes that the store answers.
    pub(super) fn resume(&mut self) {
        self.is_stalled = false;
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}

/// Returns whether an act makes an earlier one needless.
fn replaces(later: &Act, earlier: &Act) -> bool {
    use Act::{Back, Claim, Recover, RecoverIfDue, Relapse, Renew, Vote, Withdraw};
    match later {
        Vote { .. } | Withdraw => matches!(earlier, Vote { .. } | Withdraw),
        Claim { .. } => matches!(earlier, Claim { .. }),
        Renew { .. } => matches!(earlier, Renew { .. }),
        Back { .. } => matches!(earlier, Renew { .. } | Back { .. }),
        Recover { .. } | RecoverIfDue { .. } | Relapse { .. } => {
            !matches!(earlier, Vote { .. } | Withdraw)
        }
    }
}

fn outlasts_silence(act: &Act) -> bool {
    !matches!(act, Act::Claim { .. } | Act::Renew { .. } | Act::Back { .. })
}

/// Returns the act, with the wait taken off its times.
fn as_of_now(Wish { act, since, .. }: &Wish, now: Moment) -> Act {
    let left = |time: Duration| time.min(LONGEST).saturating_sub(now - *since);
    match *act {
        Act::Vote { life, cooldown, openings, quorum } => {
            let (life, cooldown) = (left(life).max(LEAST_LIFE.min(life)), left(cooldown));
            Act::Vote { life, cooldown, openings, quorum }
        }
        Act::Relapse { token, cooldown } => Act::Relapse { token, cooldown: left(cooldown) },
        ref act => act.clone(),
    }
}

/// The least life of a vote that was held up, so that other votes can meet it.
const LEAST_LIFE: Duration = Duration::from_secs(1);
