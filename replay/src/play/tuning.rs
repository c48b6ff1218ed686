//! The breakers of one tuning, one for each key, on a clock that the events move.

use std::time::Duration;

use breaker_core::{Breaker, Clock, Config, ManualClock, Outcome, Permit, State};

use super::Event;
use super::lane::Lane;
use super::tally::Tally;

/// Counts of rejected calls by their start, and nanoseconds not closed.
pub(crate) type Guarded = Lane<2>;

/// A tuning that is being played.
pub(crate) struct Played {
    config: Config,
    clock: Clock,
    hand: ManualClock,
    now: u64,
    keys: Vec<Option<Keyed>>,
    /// The permits of the calls that are out, by their place; `None` for a rejected call.
    permits: Vec<Option<Permit<&'static Breaker>>>,
    tally: Tally,
    lane: Option<Guarded>,
}

/// The breaker of one key.
struct Keyed {
    breaker: &'static Breaker,
    state: State,
    /// The moment of the last transition from closed.
    opened: u64,
    /// The latest end of a call that failed in the log.
    failed: u64,
    /// The moment of the last return to closed, and its delay. A failure that ends at that moment
    /// may still come.
    closed: Option<(u64, u64)>,
}

impl Played {
    pub(crate) fn new(config: Config, has_lane: bool) -> Self {
        let (clock, hand) = Clock::manual();
        let lane = has_lane.then(Lane::new);
        let (keys, permits, tally) = (Vec::new(), Vec::new(), Tally::default());
        Self { config, clock, hand, now: 0, keys, permits, tally, lane }
    }

    pub(crate) fn play(&mut self, events: &[Event]) {
        for &event in events {
            if event.at > self.now {
                self.hand.advance(Duration::from_nanos(event.at - self.now));
                self.now = event.at;
            }
            if event.is_end() {
                self.end(event);
            } else {
                self.start(event);
            }
        }
    }

    fn start(&mut self, event: Event) {
        let key = event.key as usize;
        if self.keys.get(key).is_none_or(Option::is_none) {
            self.meet(key);
        }
        let Some(Some(keyed)) = self.keys.get_mut(key) else { return };
        let (tally, outcome) = (&mut self.tally, event.outcome());
        let answer = keyed.breaker.try_acquire();
        let state = keyed.breaker.state();
        match answer {
            Ok(permit) => {
                tally.admitted += 1;
                tally.reached_failures += u64::from(outcome == Outcome::Failure);
                tally.probes += u64::from(state == State::HalfOpen && permit.is_probe());
                let place = event.place();
                if place >= self.permits.len() {
                    self.permits.resize_with(place + 1, || None);
                }
                self.permits[place] = Some(permit);
            }
            Err(_) => {
                tally.rejected += 1;
                match outcome {
                    Outcome::Success => tally.lost_calls += 1,
                    Outcome::Failure => {
                        tally.saved_calls += 1;
                        tally.saved_ns = tally.saved_ns.saturating_add(event.duration);
                    }
                    Outcome::Ignored => tally.rejected_ignored += 1,
                }
                if let Some(lane) = &mut self.lane {
                    lane.add(event.at, REJECTED);
                }
            }
        }
        keyed.note(state, event.at, tally, self.lane.as_mut());
    }

    /// Makes the breaker of a key.
    #[cold]
    fn meet(&mut self, key: usize) {
        if key >= self.keys.len() {
            self.keys.resize_with(key + 1, || None);
        }
        let breaker = Breaker::new("replay", self.config).with_clock(self.clock.clone());
        // Breakers live as long as the program, so that permits hold them by plain references.
        let breaker: &'static Breaker = Box::leak(Box::new(breaker));
        let (opened, failed, closed) = (0, 0, None);
        self.keys[key] = Some(Keyed { breaker, state: State::Closed, opened, failed, closed });
    }

    fn end(&mut self, event: Event) {
        let permit = self.permits.get_mut(event.place()).and_then(Option::take);
        let outcome = event.outcome();
        if permit.is_none() && outcome != Outcome::Failure {
            return;
        }
        let Some(Some(keyed)) = self.keys.get_mut(event.key as usize) else { return };
        if outcome == Outcome::Failure {
            keyed.note_failure(event.at);
        }
        if let Some(permit) = permit {
            permit.record(outcome);
            let state = keyed.breaker.state();
            keyed.note(state, event.at, &mut self.tally, self.lane.as_mut());
        }
    }

    /// Returns how often the breakers say that they have opened.
    fn openings(&self) -> u64 {
        let breakers = self.keys.iter().flatten().map(|keyed| keyed.breaker.totals());
        let opened = |totals: &breaker_core::Totals| {
            let open = totals.transitions().filter(|(to, ..)| *to == State::Open);
            open.map(|(.., count)| count).sum::<u64>()
        };
        breakers.map(|totals| opened(&totals)).sum()
    }

    /// Ends the log at `last`, and returns the figures.
    pub(crate) fn finish(mut self, last: u64) -> (Tally, Option<Guarded>) {
        let mut tally = self.tally;
        for keyed in self.keys.iter_mut().flatten() {
            keyed.commit(&mut tally);
            if keyed.state != State::Closed {
                tally.open_at_end += 1;
                keyed.close(last, &mut tally, self.lane.as_mut());
                keyed.commit(&mut tally);
            }
        }
        if let Some(lane) = &mut self.lane {
            lane.reach(last);
        }
        debug_assert_eq!(tally.trips + tally.reopened, self.openings(), "a transition was missed");
        (tally, self.lane)
    }
}

/// The kinds of [`Guarded`].
pub(crate) const REJECTED: usize = 0;
pub(crate) const OPEN: usize = 1;

impl Keyed {
    /// Notes the state, which may be a new one. An admission or an outcome makes one transition at
    /// most.
    #[inline]
    fn note(&mut self, state: State, at: u64, tally: &mut Tally, lane: Option<&mut Guarded>) {
        if state != self.state {
            self.change(state, at, tally, lane);
        }
    }

    #[cold]
    fn change(&mut self, state: State, at: u64, tally: &mut Tally, lane: Option<&mut Guarded>) {
        match (std::mem::replace(&mut self.state, state), state) {
            (State::Closed, _) => {
                tally.trips += 1;
                self.commit(tally);
                self.opened = at;
            }
            (State::HalfOpen, State::Closed) => {
                tally.closes += 1;
                self.close(at, tally, lane);
            }
            (State::HalfOpen, _) => tally.reopened += 1,
            _ => {}
        }
    }

    fn note_failure(&mut self, at: u64) {
        self.failed = at;
        if let Some((closed, delay)) = &mut self.closed {
            if *closed == at {
                *delay = 0;
            }
        }
    }

    /// Ends a span that was not closed.
    fn close(&mut self, at: u64, tally: &mut Tally, lane: Option<&mut Guarded>) {
        tally.open_ns = tally.open_ns.saturating_add(at - self.opened);
        self.closed = Some((at, at - self.failed.max(self.opened)));
        if let Some(lane) = lane {
            lane.add_span(self.opened, at, OPEN);
        }
    }

    /// Adds the delay of the last span, which no further failure can shorten.
    fn commit(&mut self, tally: &mut Tally) {
        if let Some((_, delay)) = self.closed.take() {
            tally.late_ns = tally.late_ns.saturating_add(delay);
            tally.late_max_ns = tally.late_max_ns.max(delay);
        }
    }
}
