//! The thread that makes the events.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use breaker_core::{Config, Name, Report};
use bytes::Bytes;
use serde::Serialize;

use super::list::List;
use super::text::{self, Rows};
use super::{Change, Work};
use crate::answer::to_json;
use crate::core::{Core, Heard};
use crate::history::Transition;
use crate::operator::Laid;
use crate::time::{self, Millis};
use crate::view::{Identity, Moving, Part, Recent, RegistryView};

const TICK: Duration = Duration::from_secs(1);
/// The time between two turns of the ticker, so that many transitions are reported together.
const PAUSE: Duration = Duration::from_millis(20);
/// The number of ticks between two comments.
const COMMENT_EVERY: u64 = 15;

/// Makes events until no stream is open.
pub(super) fn run(core: &Core) {
    let streams = &core.heard.streams;
    let mut ticker = Ticker::default();
    let mut next_tick = Instant::now();
    let mut not_before = next_tick;
    loop {
        let mut state = streams.state();
        let (work, is_tick) = loop {
            if state.open == 0 {
                // The next stream starts another ticker.
                state.running = false;
                state.log.clear();
                (state.list, state.work) = (None, Work::default());
                return;
            }
            let now = Instant::now();
            let due = if state.work.is_none() { next_tick } else { not_before.min(next_tick) };
            if now >= due {
                break (std::mem::take(&mut state.work), now >= next_tick);
            }
            let wait = streams.work.wait_timeout(state, due - now);
            state = wait.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        };
        drop(state);

        let turn = ticker.turn(&core.heard, &work, is_tick);

        let mut state = streams.state();
        state.log.push(turn.events);
        if work.overflow {
            state.log.clear();
        }
        if let Some((rows, registry, now)) = turn.list {
            let list = List::new(rows, &registry, now, state.log.next());
            state.list = Some(Arc::new(list));
            state.work.list = false;
        } else if is_tick {
            state.list = None;
        }
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_values().for_each(Waker::wake);

        let now = Instant::now();
        not_before = now + PAUSE;
        if is_tick {
            next_tick = (next_tick + TICK).max(now);
        }
    }
}

impl Work {
    fn is_none(&self) -> bool {
        !self.list && self.changes.is_empty() && !self.overflow
    }
}

/// The state that streams have been told.
#[derive(Debug, Default)]
struct Ticker {
    known: BTreeMap<Name, Known>,
    /// The registry as JSON.
    registry: Vec<u8>,
    ticks: u64,
    looks: u64,
}

#[derive(Debug)]
struct Known {
    moving: Moving,
    fixed: Fixed,
    /// The number of the last look that has seen the breaker.
    seen: u64,
}

/// The part of a breaker that seldom changes.
#[derive(Clone, Debug)]
struct Fixed {
    config: Config,
    place: Option<&'static Location<'static>>,
    over: Option<Arc<Laid>>,
}

impl PartialEq for Fixed {
    fn eq(&self, other: &Self) -> bool {
        let over = |it: &Self| it.over.as_ref().map(Arc::as_ptr);
        (self.config, self.place, over(self)) == (other.config, other.place, over(other))
    }
}

/// The result of a turn.
struct Turn {
    events: Vec<Bytes>,
    /// The rows of a list, and the registry's part of it.
    list: Option<(Rows, Vec<u8>, Millis)>,
}

#[derive(Serialize)]
struct TransitionEvent<'a> {
    now_ms: Millis,
    #[serde(flatten)]
    identity: Identity<'a>,
    transition: &'a Transition,
    breaker: Part<'a>,
}

impl Ticker {
    fn turn(&mut self, heard: &Heard, work: &Work, is_tick: bool) -> Turn {
        let mut turn = Turn { events: Vec::new(), list: None };
        let is_strange = |change: &Change| !self.known.contains_key(&change.name);
        // Only a look at all breakers finds the place of a new breaker's declaration.
        let looks = is_tick || work.list || work.changes.iter().any(is_strange);
        if looks {
            self.look(heard, work.list, is_tick, &mut turn);
        }
        if work.overflow {
            return turn;
        }
        for change in &work.changes {
            turn.events.extend(self.change(heard, change));
        }
        if is_tick {
            self.ticks += 1;
            if self.ticks % COMMENT_EVERY == 0 {
                turn.events.push(Bytes::from_static(text::COMMENT));
            }
        }
        turn
    }

    /// Looks at all breakers, and reports those that have changed.
    fn look(&mut self, heard: &Heard, wants_list: bool, is_tick: bool, turn: &mut Turn) {
        self.looks += 1;
        let reports = heard.registry.reports();
        let now = time::now();
        let mut changed = Rows::default();
        let mut list = wants_list.then(Rows::default);
        let mut any = false;
        for report in &reports {
            let name = &report.snapshot.name;
            let change = self.take_in(heard, report, now);
            any |= change != Changed::Nothing;
            if list.is_some() || change == Changed::Whole {
                let whole = heard.whole(report, now);
                if let Some(list) = &mut list {
                    list.push(name, &whole);
                }
                if change == Changed::Whole {
                    changed.push(name, &whole);
                }
            }
            if let (Changed::Moving, Some(known)) = (change, self.known.get(name)) {
                let (identity, moving) = (Identity::new(name), &known.moving);
                changed.push(name, &Part { identity, moving, recent: None });
            }
        }
        let looks = self.looks;
        let gone: Vec<Name> = self
            .known
            .iter()
            .filter(|(_, known)| known.seen != looks)
            .map(|(name, _)| name.clone())
            .collect();
        self.known.retain(|_, known| known.seen == looks);

        let registry = to_json(&RegistryView::new(&heard.registry));
        let news = (registry != self.registry).then(|| registry.clone());
        // Before the first look, no stream knows anything that this would change.
        let is_told = self.looks > 1;
        if is_told && (any || is_tick || !gone.is_empty() || news.is_some()) {
            turn.events.extend(ticks(changed, &gone, news.as_deref(), now));
        }
        self.registry.clone_from(&registry);
        turn.list = list.map(|rows| (rows, registry, now));
    }

    fn take_in(&mut self, heard: &Heard, report: &Report, now: Millis) -> Changed {
        let name = &report.snapshot.name;
        let moving = Moving::new(report, now);
        let fixed = Fixed {
            config: report.config,
            place: report.declared_at,
            over: heard.operator.over(name),
        };
        let seen = self.looks;
        match self.known.get_mut(name) {
            None => {
                self.known.insert(name.clone(), Known { moving, fixed, seen });
                Changed::Whole
            }
            Some(known) => {
                known.seen = seen;
                let change = if known.fixed != fixed {
                    Changed::Whole
                } else if known.moving.is_like(&moving) {
                    return Changed::Nothing;
                } else {
                    Changed::Moving
                };
                (known.moving, known.fixed) = (moving, fixed);
                change
            }
        }
    }

    /// Reports a change as it happens.
    fn change(&mut self, heard: &Heard, change: &Change) -> Option<Bytes> {
        let name = &change.name;
        let now = time::now();
        let Some(breaker) = heard.breaker(name) else {
            self.known.remove(name)?;
            return ticks(Rows::default(), std::slice::from_ref(name), None, now).pop();
        };
        let report = breaker.report();
        drop(breaker);
        let known = self.known.get_mut(name)?;
        known.moving = Moving::new(&report, now);
        let identity = Identity::new(name);
        let moving = &known.moving;
        let past = heard.history.of(name);
        let recent = Some(Recent::new(&report, &past, now));
        let breaker = Part { identity, moving, recent };
        Some(match &change.transition {
            Some(transition) => {
                let event = TransitionEvent { now_ms: now, identity, transition, breaker };
                text::event("transition", &event)
            }
            None => {
                let mut rows = Rows::default();
                rows.push(name, &breaker);
                return ticks(rows, &[], None, now).pop();
            }
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Changed {
    Nothing,
    Moving,
    Whole,
}

/// Returns the events of a tick: more than one if much has changed.
fn ticks(changed: Rows, gone: &[Name], registry: Option<&[u8]>, now: Millis) -> Vec<Bytes> {
    let (full, rest) = changed.finish();
    let now = now.to_string();
    let gone: Vec<_> = gone.iter().map(Identity::new).collect();
    let tick = |rows: &[u8], gone: &[u8], registry: &[u8]| {
        let pieces: [&[u8]; 9] = [
            b"{\"now_ms\":",
            now.as_bytes(),
            b",\"changed\":[",
            rows,
            b"],\"gone\":",
            gone,
            b",\"registry\":",
            registry,
            b"}",
        ];
        text::event_of("tick", &pieces)
    };
    let parts = full.iter().map(|(rows, _)| tick(rows, b"[]", b"null"));
    let last = tick(&rest, &to_json(&gone), registry.unwrap_or(b"null"));
    parts.chain([last]).collect()
}

#[cfg(test)]
mod tests {
    use breaker_core::Registry;

    use super::*;

    #[test]
    fn comment_comes_each_fifteen_ticks() {
        let core = Core::new(Registry::new());
        let mut ticker = Ticker::default();
        let mut has_comment = |_: &u32| {
            let turn = ticker.turn(&core.heard, &Work::default(), true);
            turn.events.iter().any(|event| event == text::COMMENT)
        };
        let with_comment: Vec<u32> = (1..=45).filter(|tick| has_comment(tick)).collect();
        assert_eq!(with_comment, [15, 30, 45]);
    }
}
