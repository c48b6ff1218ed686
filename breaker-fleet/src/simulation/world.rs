//! The fleet, its service, its store, and what is under way between them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use breaker_core::{Breaker, Clock, Config, ManualClock, Outcome, Permit, State, Verdict};

use super::instance::{Instance, PLACE};
use super::store::Store;
use super::wires::{Network, Reach, Reply};
use super::{ms, pick};
use crate::brain::random::Random;
use crate::brain::{Command, Moment, Setup};
use crate::store::News;

/// The service that all call.
pub(super) struct Service {
    pub(super) is_up: bool,
    pub(super) latency: Duration,
    /// The share of calls that fail though it is up.
    pub(super) error_rate: f64,
    pub(super) retry_after: Option<Duration>,
}

/// Something that is going to happen.
pub(super) enum Event {
    Call(usize),
    CallEnds(usize, Permit<Arc<Breaker>>, bool),
    Wake(usize),
    Reconnect(usize),
    AtStore { from: usize, connection: u64, number: u64, command: Command },
    Answered { to: usize, connection: u64, number: u64, reply: Reply },
    TimesOut { to: usize, connection: u64, number: u64 },
    Refused { to: usize, connection: u64, number: u64 },
    News { to: usize, connection: u64, news: News },
}

/// A probe that has reached the service.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProbeSeen {
    pub(super) at: Duration,
    pub(super) by: usize,
    /// The store knew of its lease, and it was running.
    pub(super) is_leased: bool,
}

pub(super) struct World {
    pub(super) now: Duration,
    hand: ManualClock,
    pub(super) random: Random,
    pub(super) fleet: Vec<Instance>,
    pub(super) store: Store,
    pub(super) reach: Reach,
    pub(super) network: Network,
    pub(super) service: Service,
    /// The mean time between two calls of one instance.
    pub(super) gap: Duration,
    /// Calls come at equal intervals.
    pub(super) is_regular: bool,
    /// The time between two calls of a poisoned instance, if it differs.
    pub(super) poisoned_gap: Option<Duration>,
    /// The pump of this instance stands still.
    pub(super) still: Option<usize>,
    /// The store does no acts, and says so: it has no memory left, for example.
    pub(super) refuses: bool,
    events: BTreeMap<(Duration, u64), Event>,
    pub(super) numbers: u64,
    pub(super) probes: Vec<ProbeSeen>,
    /// Calls that have reached the service.
    pub(super) calls: u64,
    /// The newest lease that was granted, and to whom.
    pub(super) lease: Option<(usize, u64)>,
}

pub(super) struct Plan {
    pub(super) instances: usize,
    pub(super) gap: Duration,
    pub(super) config: Config,
    pub(super) spread: Option<Duration>,
    /// Nobody calls before that moment.
    pub(super) calls_from: Duration,
    pub(super) seed: u64,
    /// The number of domains. Instances are dealt out to them in turn.
    pub(super) domains: usize,
}

impl Event {
    fn is_for_pump_of(&self, instance: usize) -> bool {
        match self {
            Event::Wake(to)
            | Event::Reconnect(to)
            | Event::Answered { to, .. }
            | Event::Refused { to, .. }
            | Event::TimesOut { to, .. }
            | Event::News { to, .. } => *to == instance,
            _ => false,
        }
    }
}

impl World {
    pub(super) fn new(plan: &Plan) -> Self {
        let (clock, hand) = Clock::manual();
        let mut random = Random::new(plan.seed);
        let instance = |number: usize| {
            let domain = format!("host-{}", number % plan.domains).into();
            let seed = plan.seed * 1_000 + number as u64;
            let setup = Setup { domain, quorum: None, spread: plan.spread, seed };
            Instance::new(&hand, &clock, setup, plan.config)
        };
        let fleet: Vec<_> = (0..plan.instances).map(instance).collect();
        let service = Service { is_up: true, latency: ms(20), error_rate: 0.0, retry_after: None };
        let start = random.below(ms(1));
        let mut world = World {
            now: Duration::ZERO,
            hand,
            random,
            fleet,
            store: Store::new(1_700_000_000_000),
            reach: Reach::Up,
            network: Network::FINE,
            service,
            gap: plan.gap,
            is_regular: false,
            poisoned_gap: None,
            still: None,
            refuses: false,
            events: BTreeMap::new(),
            numbers: 0,
            probes: Vec::new(),
            calls: 0,
            lease: None,
        };
        for number in 0..plan.instances {
            world.later(start, Event::Reconnect(number));
            let after = plan.calls_from + world.draw_gap(number);
            world.later(after, Event::Call(number));
        }
        world
    }

    pub(super) fn later(&mut self, after: Duration, event: Event) {
        self.numbers += 1;
        self.events.insert((self.now + after, self.numbers), event);
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.random.below(Duration::from_secs(1)).as_secs_f64() < share
    }

    /// Draws a number below `most`.
    pub(super) fn pick(&mut self, most: usize) -> usize {
        pick(&mut self.random, most)
    }

    pub(super) fn alive(&self) -> usize {
        self.fleet.iter().filter(|it| !it.is_dead).count()
    }

    fn draw_gap(&mut self, number: usize) -> Duration {
        let part = 1.0 - self.random.below(Duration::from_secs(1)).as_secs_f64();
        let gap = self.poisoned_gap.filter(|_| self.fleet[number].is_poisoned).unwrap_or(self.gap);
        if self.is_regular { gap } else { gap.mul_f64(-part.max(1e-9).ln()) }
    }

    /// Runs until a moment, or until `is_over` says so after an event.
    pub(super) fn run_until(
        &mut self,
        end: Duration,
        mut is_over: impl FnMut(&Self) -> bool,
    ) -> bool {
        while let Some(entry) = self.events.first_entry() {
            if entry.key().0 > end {
                break;
            }
            let ((at, _), event) = entry.remove_entry();
            self.advance(at);
            self.happen(event);
            if is_over(self) {
                return true;
            }
        }
        self.advance(end);
        false
    }

    pub(super) fn since(&self, earlier: Duration) -> Duration {
        self.now.saturating_sub(earlier)
    }

    pub(super) fn run(&mut self, time: Duration) {
        self.run_until(self.now + time, |_| false);
    }

    fn advance(&mut self, to: Duration) {
        self.hand.advance(to.saturating_sub(self.now));
        self.now = self.now.max(to);
    }

    fn happen(&mut self, event: Event) {
        if self.still.is_some_and(|still| event.is_for_pump_of(still)) {
            return;
        }
        match event {
            Event::Call(number) => self.call(number),
            Event::CallEnds(number, permit, is_failure) => {
                let verdict = if is_failure { Outcome::Failure } else { Outcome::Success };
                let mut verdict = Verdict::from(verdict);
                if let (true, Some(hint)) = (is_failure, self.service.retry_after) {
                    verdict = verdict.retry_after(hint);
                }
                permit.record(verdict);
                self.pump_if_rung(number);
            }
            Event::Wake(number) => {
                self.fleet[number].wake = None;
                self.pump(number);
            }
            Event::Reconnect(number) => self.reconnect(number),
            Event::AtStore { from, connection, number, command } => {
                self.at_store(from, connection, number, command);
            }
            Event::Answered { to, connection, number, reply } => {
                self.answered(to, connection, number, reply);
            }
            Event::TimesOut { to, connection, number } => self.times_out(to, connection, number),
            Event::Refused { to, connection, number } => self.refused(to, connection, number),
            Event::News { to, connection, news } => {
                if self.fleet[to].pump.connection == connection && !self.fleet[to].is_dead {
                    self.fleet[to].shared.tell(|brain, now| brain.news(now, news));
                    self.pump(to);
                }
            }
        }
    }

    fn call(&mut self, number: usize) {
        if self.fleet[number].is_dead {
            return;
        }
        let after = self.draw_gap(number);
        self.later(after, Event::Call(number));
        let breaker = Arc::clone(&self.fleet[number].breaker);
        match breaker.try_acquire_owned() {
            Err(_) => self.fleet[number].rejections += 1,
            Ok(permit) => {
                self.calls += 1;
                if permit.is_probe() {
                    self.note_probe(number);
                }
                let has_error = self.chance(self.service.error_rate);
                let is_failure = has_error || !self.service.is_up || self.fleet[number].is_poisoned;
                self.later(self.service.latency, Event::CallEnds(number, permit, is_failure));
            }
        }
        self.pump_if_rung(number);
    }

    fn note_probe(&mut self, by: usize) {
        let now_ms = self.store.now_ms(self.now);
        let is_leased = self.store.record(PLACE).is_some_and(|record| {
            let is_running = record.remaining(now_ms).is_some_and(|left| !left.is_zero());
            is_running && self.lease == Some((by, record.epoch))
        });
        self.probes.push(ProbeSeen { at: self.now, by, is_leased });
    }

    fn pump_if_rung(&mut self, number: usize) {
        if self.fleet[number].has_rung() {
            self.pump(number);
        }
    }

    /// Does what the real pump does after anything has happened.
    pub(super) fn pump(&mut self, number: usize) {
        if self.fleet[number].is_dead || self.still == Some(number) {
            return;
        }
        let work = self.fleet[number].shared.work();
        self.fleet[number].pump.changes.extend(work.changes);
        for command in work.commands {
            self.send(number, command);
        }
        let instance = &mut self.fleet[number];
        if let Some(wake) = work.wake {
            if instance.wake.is_none_or(|known| wake < known) {
                instance.wake = Some(wake);
                let after = wake - Moment(self.now);
                self.later(after, Event::Wake(number));
            }
        }
    }

    pub(super) fn count(&self, state: State) -> usize {
        self.fleet.iter().filter(|it| !it.is_dead && it.breaker.state() == state).count()
    }

    pub(super) fn probes_since(&self, from: Duration) -> impl Iterator<Item = &ProbeSeen> {
        self.probes.iter().filter(move |probe| probe.at >= from)
    }
}
