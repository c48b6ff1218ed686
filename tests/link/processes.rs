//! Processes that share a record: a registry for each, one clock for all, and a link that changes the
//! record as a file or a store would. A process that is not looking learns of a change when it asks.

use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use breaker_core::link::{Id, Link, Opening, Probe, Report, Tally, Terms, Token, Told};
use breakerbox::testing::Scope;
use breakerbox::{Breaker, EventKind, Reason, Role, Sharing, State};

/// The record, in the rules that the link promises: whoever claims the probe pushes out the end.
#[derive(Debug, Default)]
struct Record {
    now: Duration,
    epoch: u64,
    failures: u16,
    open: Option<Open>,
    leases: u64,
    trips: u64,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    until: Duration,
    openings: u16,
    began: u64,
    by: usize,
}

/// One process: its registry, and its end of the link.
pub(crate) struct Process {
    pub(crate) scope: Scope,
    link: Arc<Member>,
}

struct Member {
    number: usize,
    record: Arc<Mutex<Record>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    breaker: Weak<Breaker>,
    epoch: u64,
    /// The opening that this process was closed in by hand.
    dismissed: u64,
}

pub(crate) struct Host {
    pub(crate) processes: Vec<Process>,
    record: Arc<Mutex<Record>>,
}

impl Host {
    pub(crate) fn with(processes: usize) -> Self {
        let record = Arc::<Mutex<Record>>::default();
        let process = |number| {
            let scope = Scope::enter();
            let link =
                Arc::new(Member { number, record: Arc::clone(&record), known: Mutex::default() });
            scope.registry().link(Arc::clone(&link) as Arc<dyn Link>).unwrap();
            Process { scope, link }
        };
        let processes = (0..processes).map(process).collect();
        Host { processes, record }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.record.lock().unwrap().now += by;
        for process in &self.processes {
            process.scope.advance(by);
        }
    }

    /// Lets every process look at the record.
    pub(crate) fn look(&self) {
        self.processes.iter().for_each(|process| process.link.look());
    }

    /// Runs `act` in each process in turn.
    pub(crate) fn each<T>(&self, act: impl Fn(usize) -> T) -> Vec<T> {
        let run = |(number, process): (usize, &Process)| {
            let _inside = process.scope.handle().enter();
            act(number)
        };
        self.processes.iter().enumerate().map(run).collect()
    }

    /// Runs `act` in one process.
    pub(crate) fn run<T>(&self, number: usize, act: impl FnOnce() -> T) -> T {
        let _inside = self.processes[number].scope.handle().enter();
        act()
    }

    pub(crate) fn states(&self) -> Vec<State> {
        self.processes.iter().map(|it| it.breaker().state()).collect()
    }

    pub(crate) fn leases(&self) -> u64 {
        self.record.lock().unwrap().leases
    }

    pub(crate) fn trips(&self) -> u64 {
        self.record.lock().unwrap().trips
    }
}

impl Process {
    pub(crate) fn breaker(&self) -> Arc<Breaker> {
        self.scope.registry().get("svc").unwrap()
    }
}

impl Record {
    fn changed(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }

    fn opening(&self, open: Open, me: usize) -> Opening {
        let left = open.until.saturating_sub(self.now);
        let (openings, own) = (open.openings, open.by == me);
        Opening { left, openings, began: token(open.began), own }
    }

    fn is_dismissed(&self, known: &Known) -> bool {
        self.open.is_some_and(|open| open.began == known.dismissed)
    }

    fn open(&mut self, length: Duration, openings: u16, by: usize) {
        let (until, began) = (self.now + length, self.changed());
        self.open = Some(Open { until, openings, began, by });
    }
}

fn token(epoch: u64) -> Token {
    Token { generation: 1, epoch }
}

impl Member {
    /// Locks the record. The changes that the process makes until it is released are its own.
    fn record(&self) -> (MutexGuard<'_, Record>, MutexGuard<'_, Known>) {
        let known = self.known.lock().unwrap();
        (self.record.lock().unwrap(), known)
    }

    fn told(&self, record: &Record) -> Told {
        match record.open {
            Some(open) => Told::Open(record.opening(open, self.number)),
            None => Told::Failures(record.failures),
        }
    }

    fn look(&self) {
        let (record, mut known) = self.record();
        if record.epoch == known.epoch {
            return;
        }
        known.epoch = record.epoch;
        if record.is_dismissed(&known) {
            return;
        }
        let (told, breaker) = (self.told(&record), known.breaker.upgrade());
        drop((record, known));
        let Some(breaker) = breaker else { return };
        if let Told::Failures(_) = told {
            breaker.told(Told::Closed);
        }
        breaker.told(told);
    }
}

impl Link for Member {
    fn attach(&self, breaker: &Arc<Breaker>, _: &Id) -> Told {
        let (record, mut known) = self.record();
        *known = Known { breaker: Arc::downgrade(breaker), epoch: record.epoch, dismissed: 0 };
        self.told(&record)
    }

    fn counts(&self, _: &Id) -> bool {
        true
    }

    fn failed(&self, _: &Id, _: u16, terms: &Terms) -> Tally {
        let (mut record, mut known) = self.record();
        if record.is_dismissed(&known) {
            return Tally::Alone;
        }
        if record.open.is_none() {
            record.failures += 1;
            known.epoch = record.changed();
            if record.failures < terms.threshold {
                return Tally::Row(record.failures);
            }
            record.trips += 1;
            record.open(terms.opens_for, terms.openings, self.number);
        }
        known.epoch = record.epoch;
        record.open.map_or(Tally::Alone, |open| Tally::Open(record.opening(open, self.number)))
    }

    fn recovered(&self, _: &Id) {
        let (mut record, mut known) = self.record();
        if record.open.is_none() && record.failures > 0 {
            record.failures = 0;
            known.epoch = record.changed();
        }
    }

    fn due(&self, _: &Id, lease: Duration) -> Probe {
        let (mut record, mut known) = self.record();
        let Some(open) = record.open else { return Probe::Closed };
        if record.now < open.until {
            return Probe::Wait(open.until.saturating_sub(record.now));
        }
        let until = record.now + lease;
        record.open = Some(Open { until, ..open });
        record.leases += 1;
        known.epoch = record.changed();
        Probe::Go(token(record.epoch))
    }

    fn renew(&self, _: &Id, held: Token, lease: Duration) -> bool {
        let (mut record, _known) = self.record();
        let (now, epoch) = (record.now, record.epoch);
        if let Some(open) = record.open.as_mut().filter(|_| token(epoch) == held) {
            open.until = open.until.max(now + lease);
            return true;
        }
        false
    }

    fn back(&self, _: &Id, held: Token) {
        let (mut record, mut known) = self.record();
        let (now, epoch) = (record.now, record.epoch);
        if let Some(open) = record.open.as_mut().filter(|_| token(epoch) == held) {
            open.until = now;
            known.epoch = record.changed();
        }
    }

    fn event(&self, _: &Id, report: &Report<'_>) {
        let EventKind::Transition { from, to, reason } = report.event.kind else { return };
        let (mut record, mut known) = self.record();
        let settles = |open: Open| report.token.is_some_and(|held| held.settles(token(open.began)));
        let left = report.left();
        match (from, to) {
            (State::HalfOpen, State::Closed) if record.open.is_some_and(settles) => {
                (record.open, record.failures) = (None, 0);
                record.changed();
            }
            (State::HalfOpen, State::Open) if record.open.is_some_and(settles) => {
                record.open(left, report.openings, self.number);
            }
            (State::Closed, State::Open) if reason != Reason::Manual && record.open.is_none() => {
                record.trips += 1;
                record.open(left, report.openings, self.number);
            }
            (_, State::Closed) if matches!(reason, Reason::Manual | Reason::Reset) => {
                known.dismissed = record.open.map_or(0, |open| open.began);
                return;
            }
            _ => return,
        }
        known.epoch = record.epoch;
    }

    fn sharing(&self, _: &Id) -> Option<Sharing> {
        Some(Sharing::new("host", Role::Member))
    }
}
