//! Bids for the lease of a probe. A process that knows the record to be due bids if it has callers:
//! a lease is of no use without a call soon. Each bidder first waits for a short random time; most
//! hear meanwhile that another process was granted the lease.

use std::time::Duration;

use breaker_core::State;
use breaker_core::link::Token;

use super::Moment;
use super::entry::{Context, Entry};
use super::lease::LONGEST_LEASE;
use super::output::Word;
use super::sights::is_shared;
use crate::store::Act;

/// The limit of a bid's random wait.
const SPREAD: Duration = Duration::from_millis(60);

/// A domain whose probe failed last bids this much later: the domain itself may be ill.
const STAND_BACK: Duration = Duration::from_millis(200);

/// The least time for which a lease waits for its first probe.
pub(super) const LEAST_START: Duration = Duration::from_millis(300);

/// A call is expected within so many mean gaps between calls.
const GAPS: u32 = 3;

/// The demand for a record that is open, and the bid for its lease.
#[derive(Debug, Default)]
pub(super) struct Bids {
    demand: Option<Demand>,
    /// When the claim is sent.
    pub(super) at: Option<Moment>,
}

/// The calls that were rejected while the record was open.
#[derive(Clone, Copy, Debug)]
struct Demand {
    /// The opening of the record.
    began: Token,
    from: Moment,
    /// The rejections counted by `from`; `None` until they are read.
    at_first: Option<u64>,
    /// The last reading, and the last moment at which a reading had grown.
    rejections: u64,
    last: Moment,
    /// The moment of the next reading, and its kind.
    next: Option<(Moment, Reading)>,
    due: Moment,
}

/// The moment at which a breaker's rejections are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The record has opened.
    First,
    /// Half of the time until it is due is over.
    Halfway,
    /// It is due.
    Due,
    /// The claim is about to leave.
    Bid,
}

/// A breaker's answer to a [`Reading`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) rejections: u64,
    pub(crate) state: State,
    pub(crate) cooldown: Duration,
    pub(crate) probe_timeout: Duration,
}

impl Bids {
    pub(super) fn next_wake(&self) -> Option<Moment> {
        let reading = self.demand.and_then(|demand| demand.next).map(|(at, _)| at);
        [self.at, reading].into_iter().flatten().min()
    }

    /// Forgets all: the record is not open.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}

impl Demand {
    fn read(&mut self, rejections: u64, now: Moment) {
        let known = *self.at_first.get_or_insert(rejections);
        if rejections > known.max(self.rejections) {
            self.last = now;
        }
        self.rejections = rejections.max(known);
    }

    /// Returns the mean time between the rejections so far; `None` if there were none.
    fn gap(&self) -> Option<Duration> {
        let count = self.rejections.saturating_sub(self.at_first?);
        let divisor = u32::try_from(count).unwrap_or(u32::MAX);
        (self.last - self.from).checked_div(divisor)
    }

    /// Returns whether a call was rejected within the last `GAPS` mean gaps.
    fn is_recent(&self, now: Moment) -> bool {
        self.gap().is_some_and(|gap| now - self.last <= gap.saturating_mul(GAPS))
    }
}

impl Entry {
    /// Begins, or goes on, to watch the demand for a record that is open.
    pub(super) fn await_due(&mut self, began: Token, due: Moment, cx: &mut Context<'_>) {
        if self.bids.demand.is_some_and(|known| (known.began, known.due) == (began, due)) {
            return;
        }
        let now = cx.now;
        let middle = now + (due - now) / 2;
        let next = Some((middle, Reading::Halfway));
        let known = self.bids.demand.filter(|demand| demand.began == began);
        let is_first = known.is_none();
        let new = Demand { began, from: now, at_first: None, rejections: 0, last: now, next, due };
        self.bids = Bids {
            demand: Some(Demand { next, due, ..known.unwrap_or(new) }),
            // Somebody has the lease now: a bid of this process would be too late.
            at: self.bids.at.filter(|_| due <= now),
        };
        if is_first {
            self.say(Word::Read(Reading::First), cx);
        }
    }

    pub(super) fn wake_bids(&mut self, cx: &mut Context<'_>) {
        let now = cx.now;
        if let Some(demand) = &mut self.bids.demand {
            if let Some((_, reading)) = demand.next.filter(|(at, _)| *at <= now) {
                demand.next = match reading {
                    Reading::Halfway => Some((demand.due, Reading::Due)),
                    _ => None,
                };
                self.say(Word::Read(reading), cx);
            }
        }
        if self.bids.at.is_some_and(|at| at <= now) {
            self.bids.at = None;
            if is_shared(cx.mode) {
                self.say(Word::Read(Reading::Bid), cx);
            }
        }
    }

    /// Takes in the breaker's answer to a reading.
    pub(super) fn said(&mut self, reading: Reading, said: Said, cx: &mut Context<'_>) {
        (self.cooldown, self.probe_timeout) = (said.cooldown, said.probe_timeout);
        let Some(demand) = &mut self.bids.demand else { return };
        demand.read(said.rejections, cx.now);
        match reading {
            Reading::Due if demand.is_recent(cx.now) && waits(said.state) => self.ring(cx),
            Reading::Bid if waits(said.state) => {
                let gap = demand.gap().unwrap_or(cx.now - demand.from);
                let start = gap.saturating_mul(GAPS).min(said.cooldown).max(LEAST_START);
                let lease = start.min(LONGEST_LEASE) + said.probe_timeout.min(LONGEST_LEASE);
                self.queue.push(Act::Claim { lease }, cx.now);
            }
            _ => {}
        }
    }

    /// Bids for the lease, unless a bid is under way.
    pub(super) fn ring(&mut self, cx: &mut Context<'_>) {
        let now = cx.now;
        let is_due = |entry: &Self| {
            let record = entry.record.as_ref()?;
            let (open, left) = record.left(now)?;
            let stands_back = open.failed.as_ref() == Some(&cx.setup.domain);
            let is_ours = entry.ignored == Some(open.began);
            (left.is_zero() && !is_ours).then_some(stands_back)
        };
        let Some(stands_back) = is_due(self).filter(|_| is_shared(cx.mode)) else { return };
        let is_under_way =
            self.bids.at.is_some() || self.queue.has(|act| matches!(act, Act::Claim { .. }));
        // The breaker's own failures hold it open for longer than the record does.
        let is_held = self.evidence.is_some_and(|evidence| now < evidence.until);
        if is_under_way || is_held || self.holds(now).is_some() {
            return;
        }
        let back = if stands_back { self.stand_back(cx) } else { Duration::ZERO };
        self.bids.at = Some(now + back + cx.random.below(SPREAD));
    }

    /// Returns for how long this process leaves the bid to others, if a probe of its domain failed
    /// last. Each further failed probe of this process doubles the time: it may be ill, and the
    /// others may have few calls.
    fn stand_back(&self, cx: &Context<'_>) -> Duration {
        if cx.quorum <= 1 {
            return STAND_BACK;
        }
        let doublings = u32::from(self.failed_probes.saturating_sub(1)).min(16);
        STAND_BACK.saturating_mul(1 << doublings).min(self.cooldown / 2).max(STAND_BACK)
    }
}

/// Returns whether a breaker in that state takes a lease.
fn waits(state: State) -> bool {
    matches!(state, State::Open | State::HalfOpen)
}
