//! This process's own evidence of an outage.

use std::sync::Weak;
use std::time::Duration;

use breaker_core::link::Token;
use breaker_core::shared::LONGEST;

use super::Moment;
use super::entry::{Context, Entry};
use crate::store::Act;

/// Something that a breaker has done. The link makes it of [`Report`](breaker_core::link::Report),
/// which says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// It has opened because calls or a probe failed. `token` is the lease of the probe, if it had
    /// one.
    Opened {
        token: Option<Token>,
        /// For how long it will be open.
        left: Duration,
        /// The number of times in a row that it has opened.
        openings: u16,
    },
    /// An opening by its own failures has become longer.
    Extended { left: Duration, openings: u16 },
    /// It has closed because enough probes succeeded.
    Recovered { token: Option<Token> },
    /// A control has changed its state.
    ByHand,
}

/// The breaker is open because of what has failed in this process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// The end of the breaker's own cooldown.
    pub(super) until: Moment,
    openings: u16,
    /// The record has opened since: the record's rules hold, not the breaker's.
    pub(super) is_shared: bool,
    /// The stamp of the record when it took the vote.
    voted: Option<Token>,
}

impl Entry {
    /// Takes in what the breaker has done.
    pub(super) fn report(&mut self, report: Report, cx: &mut Context<'_>) {
        if !self.has_breaker() {
            return;
        }
        match report {
            Report::Opened { token, left, openings } => {
                self.found_down(left, openings, cx);
                (self.suspicion, self.bids.at) = (None, None);
                match token {
                    Some(token) => {
                        self.lease = None;
                        self.failed_probes = self.failed_probes.saturating_add(1);
                        let cooldown = left.min(LONGEST);
                        self.queue.push(Act::Relapse { token, cooldown }, cx.now);
                    }
                    None => {
                        self.ignored = None;
                        // The service was up, and is down again.
                        self.queue.void(|act| {
                            matches!(act, Act::Recover { .. } | Act::RecoverIfDue { .. })
                        });
                        self.vote(cx);
                    }
                }
            }
            Report::Extended { left, openings } => {
                if self.evidence.is_some_and(|evidence| !evidence.is_shared) {
                    self.found_down(left, openings, cx);
                    self.vote(cx);
                }
            }
            Report::Recovered { token: Some(token) } => {
                (self.evidence, self.lease) = (None, None);
                self.queue.push(Act::Recover { token }, cx.now);
            }
            Report::Recovered { token: None } => self.recovered_alone(cx),
            Report::ByHand => self.controlled_by_hand(cx),
        }
    }

    fn found_down(&mut self, left: Duration, openings: u16, cx: &Context<'_>) {
        let until = cx.now + left.min(LONGEST);
        self.evidence = Some(Evidence { until, openings, is_shared: false, voted: None });
    }

    /// Votes if there is evidence.
    pub(super) fn vote(&mut self, cx: &Context<'_>) {
        let Some(Evidence { until, openings, .. }) = self.evidence else { return };
        let left = until - cx.now;
        // If the user has set no quorum, the store works it out.
        let quorum = cx.setup.quorum;
        let vote = Act::Vote { life: left, cooldown: left, openings, quorum };
        self.queue.push(vote, cx.now);
    }

    fn recovered_alone(&mut self, cx: &mut Context<'_>) {
        self.evidence = None;
        self.withdraw(cx);
        let open = self.record.as_ref().and_then(|record| record.open.as_ref());
        let began = open.map(|open| open.began).filter(|began| self.ignored != Some(*began));
        if let Some(began) = began {
            self.queue.push(Act::RecoverIfDue { began }, cx.now);
        }
    }

    /// A control concerns this process alone. It ends the breaker's evidence, and the breaker's
    /// part in the present opening.
    fn controlled_by_hand(&mut self, cx: &mut Context<'_>) {
        (self.evidence, self.suspicion, self.bids.at) = (None, None, None);
        let open = self.record.as_ref().and_then(|record| record.open.as_ref());
        self.ignored = open.map(|open| open.began);
        self.queue.void(|act| matches!(act, Act::Vote { .. } | Act::Claim { .. }));
        self.queue.ignore(|act| matches!(act, Act::Relapse { .. }));
        self.withdraw(cx);
        if let Some(lease) = self.lease.take() {
            self.queue.push(Act::Back { token: lease.token }, cx.now);
        }
    }

    /// Takes the vote back, if there may be one.
    pub(super) fn withdraw(&mut self, cx: &Context<'_>) {
        let is_on_way = self.queue.void(|act| matches!(act, Act::Vote { .. }));
        if self.may_vote || is_on_way {
            self.queue.push(Act::Withdraw, cx.now);
        }
    }

    /// Notes that the record is open.
    pub(super) fn evidence_is_shared(&mut self) {
        if let Some(evidence) = &mut self.evidence {
            evidence.is_shared = true;
        }
    }

    /// Notes that the vote counts: the record is closed, or has opened by it.
    pub(super) fn note_voted(&mut self, stamp: Token) {
        self.may_vote = true;
        if let Some(evidence) = &mut self.evidence {
            evidence.voted = Some(stamp);
        }
    }

    /// Notes that the record is closed. If the record was open since this process found the service
    /// down, other processes have found the service up.
    pub(super) fn evidence_is_over(&mut self, stamp: Token, cx: &Context<'_>) {
        let Some(Evidence { is_shared, voted, .. }) = self.evidence else { return };
        let has_gone_on = voted.is_some_and(|voted| stamp.settles(voted));
        if is_shared || has_gone_on {
            // Closing the record removed the votes, but a vote may be under way.
            (self.evidence, self.may_vote) = (None, false);
            self.withdraw(cx);
        }
    }

    /// Votes again, for a record that the store has lost.
    pub(super) fn vote_again(&mut self, cx: &Context<'_>) {
        self.may_vote = false;
        if let Some(evidence) = &mut self.evidence {
            (evidence.is_shared, evidence.voted) = (false, None);
            self.vote(cx);
        }
    }

    /// Notes that this process has no part in an opening that its own act began: its breaker was
    /// controlled by hand meanwhile.
    pub(super) fn ignore(&mut self, generation: u64, began: u64) {
        self.ignored = Some(Token { generation, epoch: began });
    }

    /// Forgets the breaker, and gives back what it holds in the store.
    pub(super) fn let_go(&mut self, cx: &mut Context<'_>) {
        self.acquit(cx);
        self.breaker = Weak::new();
        self.evidence = None;
        self.queue.void(|act| matches!(act, Act::Claim { .. }));
        self.withdraw(cx);
        if let Some(lease) = self.lease.take() {
            self.queue.push(Act::Back { token: lease.token }, cx.now);
        }
        (self.told, self.close_at, self.ignored) = (None, None, None);
        self.bids.end();
    }

    /// Lets the breaker go as the whole process leaves. `is_joined`: the store may hear of it.
    pub(super) fn leave(&mut self, is_joined: bool, cx: &mut Context<'_>) {
        self.queue.clear();
        self.let_go(cx);
        if !is_joined {
            self.queue.clear();
        }
    }
}
