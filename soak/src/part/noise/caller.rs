//! A caller, and all the ways in which its calls end.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use breakerbox::{Breaker, BreakerError, Outcome, Permit, Verdict};

use super::{NAMES, STEPS, Stage};
use crate::answer::{Answer, DOWN, Failed, Yield};
use crate::fault;
use crate::post::Doing;
use crate::quiet;
use crate::run::Worker;
use crate::tuning::ms;

std::thread_local! {
    /// Permits that the end of the thread drops, in a destructor.
    static LEFT: RefCell<Vec<Permit<Arc<Breaker>>>> = const { RefCell::new(Vec::new()) };
}

/// Permits of one caller that are out at once.
const HELD: usize = 6;

type Wanderer = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Futures between two polls, which any caller may poll or drop.
#[derive(Clone, Default)]
pub(super) struct Wandering(Arc<Mutex<Vec<Wanderer>>>);

impl Wandering {
    fn put(&self, future: Wanderer) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(future);
    }

    fn take(&self) -> Option<Wanderer> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The oldest one.
        (!all.is_empty()).then(|| all.remove(0))
    }

    pub(super) fn drop_all(&self) {
        while self.take().is_some() {}
    }
}

pub(super) struct Caller<'a> {
    stage: &'a Stage,
    worker: &'a mut Worker,
    held: Vec<Permit<&'a Breaker>>,
    rejections: [u64; NAMES.len()],
}

impl<'a> Caller<'a> {
    pub(super) fn new(stage: &'a Stage, worker: &'a mut Worker) -> Self {
        Caller { stage, worker, held: Vec::new(), rejections: [0; NAMES.len()] }
    }

    /// Returns the number of permits that it has forgotten.
    pub(super) fn play(mut self) -> u64 {
        for _ in 0..STEPS {
            self.step();
        }
        self.held.clear();
        self.stage.add_rejections(self.rejections);
        self.worker.tally.forgotten
    }

    fn step(&mut self) {
        self.worker.does(Doing::Calls);
        self.worker.tally.calls += 1;
        let number = self.worker.rng.usize(..NAMES.len());
        let breaker = &*self.stage.breakers[number];
        match self.worker.rng.u8(..20) {
            0..=7 => self.permit(number),
            8..=10 => self.call(number),
            11 => self.recurse(number),
            12 => self.nest(number),
            13..=15 => self.begin_future(number),
            16..=17 => self.poll_wanderer(),
            18 => {
                self.worker.tally.snapshots += 1;
                quiet::check(super::PART, &breaker.snapshot());
            }
            _ => {
                _ = format!("{breaker:?} {}", breaker.is_call_permitted());
            }
        }
    }

    /// Acquires a permit, and ends permits by lot until fewer than [`HELD`] are out.
    fn permit(&mut self, number: usize) {
        let breaker = &*self.stage.breakers[number];
        match breaker.try_acquire() {
            Ok(permit) => self.held.push(permit),
            Err(rejection) => self.note_rejection(&rejection),
        }
        while self.held.len() > self.worker.rng.usize(..HELD) {
            let permit = self.held.swap_remove(self.worker.rng.usize(..self.held.len()));
            self.worker.tally.probes += u64::from(permit.is_probe());
            self.end(permit);
        }
    }

    fn end(&mut self, permit: Permit<&'a Breaker>) {
        let hint = ms(self.worker.rng.u64(..30));
        match self.worker.rng.u16(..1_000) {
            0..=449 => permit.success(),
            450..=799 => permit.failure(),
            800..=849 => permit.ignore(),
            850..=869 => permit.record(Verdict::from(Outcome::Failure).trip()),
            870..=899 => permit.record(Verdict::from(Outcome::Failure).retry_after(hint)),
            900..=959 => {
                self.worker.tally.cancels += 1;
                drop(permit);
            }
            960..=979 => {
                self.worker.tally.panics += 1;
                fault::survive(|| permit.run(|| fault::panic_as_planned(), |()| Outcome::Success));
            }
            980..=989 => {
                self.worker.tally.panics += 1;
                fault::survive(|| permit.run(|| (), |()| -> Outcome { fault::panic_as_planned() }));
            }
            990..=994 => {
                self.worker.tally.forgotten += 1;
                std::mem::forget(permit);
            }
            _ => {
                let number = self.worker.rng.usize(..NAMES.len());
                drop(permit);
                match self.stage.breakers[number].try_acquire_owned() {
                    Ok(permit) => LEFT.with(|left| left.borrow_mut().push(permit)),
                    Err(rejection) => self.note_rejection(&rejection),
                }
            }
        }
    }

    /// Calls a closure, which may panic.
    fn call(&mut self, number: usize) {
        let breaker = &*self.stage.breakers[number];
        let (fails, panics) = (self.worker.rng.u8(..3) == 0, self.worker.rng.u8(..30) == 0);
        let answer = fault::survive(|| {
            breaker.call(|| {
                if panics {
                    fault::panic_as_planned();
                }
                if fails { DOWN } else { Ok(()) }
            })
        });
        match answer {
            Some(answer) => self.note(&answer),
            None => self.worker.tally.panics += 1,
        }
    }

    /// Calls a breaker inside a call of that breaker, on this thread or on another.
    fn recurse(&mut self, number: usize) {
        let breaker = &*self.stage.breakers[number];
        let (fails, elsewhere) = (self.worker.rng.bool(), self.worker.rng.u8(..50) == 0);
        let answer = breaker.call(|| {
            let inner = || breaker.call(|| if fails { DOWN } else { Ok(()) });
            if !elsewhere {
                return inner();
            }
            let inner = breakerbox::inherit_fn(inner);
            thread::scope(|scope| scope.spawn(inner).join()).unwrap_or(DOWN)
        });
        self.note(&answer);
    }

    /// Nests a call of one breaker in a call of another.
    fn nest(&mut self, number: usize) {
        let other = (number + 1) % NAMES.len();
        let (outer, inner) = (&self.stage.breakers[number], &self.stage.breakers[other]);
        let fails = self.worker.rng.u8(..4) == 0;
        let answer = outer.call(|| inner.call(|| if fails { DOWN } else { Ok(()) }));
        self.note(&answer);
    }

    /// Begins a future, and polls it a few times, drops it, or leaves it for another thread.
    fn begin_future(&mut self, number: usize) {
        let breaker = Arc::clone(&self.stage.breakers[number]);
        let wandering = self.stage.wandering.clone();
        let rng = &mut self.worker.rng;
        let (yields, fails, panics) = (rng.u8(..4), rng.u8(..3) == 0, rng.u8(..30) == 0);
        let (polls, hands_on) = (rng.u8(..5), rng.u8(..10) == 0);
        let future: Wanderer = Box::pin(async move {
            let body = async {
                if hands_on {
                    wandering.put(part_of_a_call(Arc::clone(&breaker)));
                }
                for _ in 0..yields {
                    Yield::once().await;
                }
                if panics {
                    fault::panic_as_planned();
                }
                if fails { DOWN } else { Ok(()) }
            };
            breaker.call_async(body).await
        });
        self.poll(future, polls);
    }

    fn poll_wanderer(&mut self) {
        if let Some(future) = self.stage.wandering.take() {
            let polls = self.worker.rng.u8(..4);
            self.poll(future, polls);
        }
    }

    fn poll(&mut self, mut future: Wanderer, polls: u8) {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..polls {
            match fault::survive(|| future.as_mut().poll(&mut context)) {
                Some(Poll::Pending) => {}
                Some(Poll::Ready(answer)) => return self.note(&answer),
                None => {
                    self.worker.tally.panics += 1;
                    return;
                }
            }
        }
        if self.worker.rng.bool() {
            self.stage.wandering.put(future);
        } else {
            self.worker.tally.cancels += 1;
        }
    }

    fn note(&mut self, answer: &Answer) {
        if let Err(Failed::Rejected(rejection)) = answer {
            self.note_rejection(rejection);
        }
    }

    fn note_rejection(&mut self, rejection: &BreakerError) {
        let number = NAMES.iter().position(|name| *name == rejection.name());
        let Some(number) = number else {
            return fault::report(super::PART, format_args!("of another breaker: {rejection}"));
        };
        self.rejections[number] += 1;
    }
}

/// Returns a call that becomes part of the calling call, if that is a probe.
fn part_of_a_call(breaker: Arc<Breaker>) -> Wanderer {
    Box::pin(breakerbox::inherit(async move {
        breaker
            .call_async(async {
                Yield::once().await;
                Ok(())
            })
            .await
    }))
}
