//! Listeners as nobody should write them: they panic, call, steer and subscribe.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use breakerbox::{Breaker, CallOutcome, Config, Event, Registry, Subscription};
use fastrand::Rng;

use super::{NAMES, Stage};
use crate::fault;
use crate::tuning;

pub(super) struct Rude {
    _subscriptions: Vec<Subscription>,
    moves: Arc<Moves>,
}

impl Rude {
    /// The rejections that the listeners' own calls have met.
    pub(super) fn rejections(&self) -> [u64; NAMES.len()] {
        std::array::from_fn(|number| self.moves.rejections[number].load(Ordering::Relaxed))
    }
}

/// The moves of a listener that misbehaves, and the breakers that it makes them on.
struct Moves {
    breakers: Vec<Weak<Breaker>>,
    seed: u64,
    turns: AtomicU64,
    rejections: [AtomicU64; NAMES.len()],
}

pub(super) fn subscribe(stage: &Stage, rng: &mut Rng) -> Rude {
    let moves = Arc::new(Moves {
        breakers: stage.breakers.iter().map(Arc::downgrade).collect(),
        seed: rng.u64(..),
        turns: AtomicU64::new(0),
        rejections: Default::default(),
    });
    let on_event = |registry: Registry| {
        let moves = Arc::clone(&moves);
        move |_: &Event| moves.make(&registry)
    };
    let on_outcome = || {
        let (moves, registry) = (Arc::clone(&moves), stage.registry.clone());
        move |_: &CallOutcome| moves.make(&registry)
    };
    let mut subscriptions = vec![stage.registry.on_event(on_event(stage.registry.clone()))];
    for breaker in &stage.breakers {
        subscriptions.push(breaker.on_event(on_event(stage.registry.clone())));
        // Listening to outcomes times all calls, so only some rounds do it.
        if rng.u8(..4) == 0 {
            subscriptions.push(breaker.on_outcome(on_outcome()));
        }
    }
    if rng.u8(..4) == 0 {
        subscriptions.push(stage.registry.on_outcome(on_outcome()));
    }
    Rude { _subscriptions: subscriptions, moves }
}

impl Moves {
    /// Makes one move by lot. Few of them make another event, so that one event does not lead to
    /// the next for ever.
    fn make(&self, registry: &Registry) {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        let mut rng = Rng::with_seed(self.seed ^ turn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let number = rng.usize(..NAMES.len());
        let Some(breaker) = self.breakers[number].upgrade() else { return };
        match rng.u8(..24) {
            0 => fault::panic_as_planned(),
            1 => match breaker.try_acquire() {
                Ok(permit) if rng.bool() => permit.success(),
                Ok(permit) => permit.failure(),
                Err(_) => _ = self.rejections[number].fetch_add(1, Ordering::Relaxed),
            },
            2 => breaker.reconfigure(tuning::any(&mut rng).build().unwrap_or_default()),
            3 => _ = registry.snapshots(),
            4 => drop(breaker.on_event(|_| fault::panic_as_planned())),
            5 => drop(registry.on_outcome(|_| {})),
            // An override that breaks a rule together with others is refused.
            6 => _ = registry.configure(NAMES[number], Config::builder().probes(rng.u64(1..4))),
            7 => breaker.half_open(),
            8 => breaker.reset(),
            _ => {}
        }
    }
}
