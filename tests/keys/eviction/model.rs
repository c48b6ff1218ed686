//! Random histories of keys, against a plain rule that says which one makes room.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, State, circuit_breaker};

use crate::{CallError, DOWN, Error, answer};

/// So few that a new key looks at all of them.
const MAX_KEYS: usize = 6;
const KEYS: u64 = 14;

#[circuit_breaker(name = "model", key = key, threshold = 2, cooldown = "10s", probes = 2)]
fn call(key: u64, outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

struct Model {
    scope: Scope,
    /// The last use of each key that has a breaker: its time, and the new keys before it.
    used: BTreeMap<u64, (Duration, usize)>,
    held: BTreeMap<u64, Arc<Breaker>>,
    now: Duration,
    made: usize,
    seed: u64,
}

impl Model {
    fn random(&mut self, below: u64) -> u64 {
        // Marsaglia's xorshift.
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below
    }

    fn breaker(&self, key: u64) -> Option<Arc<Breaker>> {
        self.scope.registry().get_key("model", key)
    }

    /// The class of a breaker that may make room, the least first.
    fn class(&self, key: u64) -> Option<u8> {
        let snapshot = self.breaker(key).unwrap().snapshot();
        match snapshot.state {
            _ if self.held.contains_key(&key) => None,
            State::Closed => Some(u8::from(snapshot.consecutive_failures > 0)),
            State::HalfOpen => Some(2),
            State::Open if snapshot.remaining_cooldown == Some(Duration::ZERO) => Some(2),
            _ => None,
        }
    }

    fn step(&mut self) {
        let key = self.random(KEYS);
        match (self.random(12), self.breaker(key)) {
            (0, _) => {
                let step = Duration::from_secs(self.random(6));
                self.scope.advance(step);
                self.now += step;
            }
            (1, Some(breaker)) => drop(self.held.insert(key, breaker)),
            (2, _) => {
                let all: Vec<_> = self.held.keys().copied().collect();
                let one = self.random(KEYS);
                all.get(usize::try_from(one).unwrap()).map(|key| self.held.remove(key));
            }
            (3, Some(breaker)) => {
                let steer = [
                    Breaker::force_open,
                    Breaker::disable,
                    Breaker::observe,
                    Breaker::reset,
                    Breaker::half_open,
                    Breaker::open,
                    Breaker::reset,
                    Breaker::reset,
                ];
                steer[usize::try_from(self.random(8)).unwrap()](&breaker);
            }
            (choice, _) => self.call(key, choice % 3 == 0),
        }
    }

    fn call(&mut self, key: u64, fails: bool) {
        let is_new = !self.used.contains_key(&key);
        let mut free: Vec<_> = Vec::new();
        for (other, used) in &self.used {
            free.extend(self.class(*other).map(|class| ((class, *used), *other)));
        }
        let _ = call(key, if fails { DOWN } else { Ok(()) });
        let mut has_room = true;
        if is_new && self.used.len() == MAX_KEYS {
            let gone: Vec<_> =
                self.used.keys().copied().filter(|key| self.breaker(*key).is_none()).collect();
            let first = free.iter().map(|(rank, _)| *rank).min();
            let expected = free.iter().filter(|(rank, _)| Some(*rank) == first);
            let expected: Vec<_> = expected.map(|(_, key)| *key).collect();
            has_room = !expected.is_empty();
            assert_eq!(gone.len(), usize::from(has_room), "{gone:?} of {expected:?}");
            assert!(gone.iter().all(|key| expected.contains(key)), "{gone:?} of {expected:?}");
            self.used.retain(|key, _| !gone.contains(key));
        }
        assert_eq!(self.breaker(key).is_some(), has_room);
        if has_room {
            self.made += usize::from(is_new);
            self.used.insert(key, (self.now, self.made));
        }
        assert!(self.used.keys().all(|key| self.breaker(*key).is_some()));
    }
}

#[test]
fn two_hundred_random_histories_let_go_whom_the_rule_names() {
    for seed in 1..=200 {
        let scope = Scope::enter();
        scope.registry().set_max_keys(MAX_KEYS);
        let (used, held) = (BTreeMap::new(), BTreeMap::new());
        let mut model = Model { scope, used, held, now: Duration::ZERO, made: 0, seed };
        (0..120).for_each(|_| model.step());
    }
}
