//! The calls of a history: they begin, end, or do both at once.

use std::sync::Arc;

use proptest::sample::Index;
use proptest::test_runner::TestCaseError;

use super::{History, UnderWay};
use crate::action::{End, KEYS, Route, Target};
use crate::instance::Played;
use crate::reference::Rejection;
use crate::subject::{self, Call, Order, Work, rejection};

impl History {
    /// Returns the breaker that a call has gone through or will go through, and makes its model if
    /// the call has made the breaker.
    fn called(&mut self, target: Target) -> Result<usize, TestCaseError> {
        if target == Target::Plain && !self.is_declared {
            self.is_declared = true;
            self.tune(target)?;
        }
        if let Some(at) = self.instance(target) {
            return Ok(at);
        }
        let registry = self.scope.registry();
        let breaker = match target {
            Target::Key(key) => registry.get_key("keyed", KEYS[key]),
            _ => registry.get("plain"),
        };
        let at = self.add(breaker.unwrap(), self.in_force(target).tuning());
        match target {
            Target::Key(key) => self.keys[key] = Some(at),
            _ => self.plain = Some(at),
        }
        Ok(at)
    }

    pub(super) fn start(&mut self, target: Target, route: Route) -> Played {
        let known = self.instance(target).map(|at| Arc::clone(&self.instances[at].breaker));
        let strict = route == Route::AsyncFailsOnCancel;
        let order = Order::default();
        let result = match (route, known, target) {
            (Route::Permit, Some(breaker), _) => {
                let permit = breaker.try_acquire_owned();
                let call = permit.map(Call::Permit).map_err(|error| rejection(&error));
                let at = self.instance(target).unwrap();
                return self.started(at, call, false);
            }
            (_, Some(breaker), Target::Own) => {
                Call::start(subject::own_async(breaker, order.clone(), strict), order)
            }
            (_, _, Target::Key(key)) => {
                let function = self.functions(target).keyed[usize::from(strict)];
                Call::start(function(KEYS[key], order.clone()), order)
            }
            _ => {
                let function = self.functions(target).plain[usize::from(strict)];
                Call::start(function(order.clone()), order)
            }
        };
        let at = self.called(target)?;
        self.started(at, result, strict)
    }

    fn started(
        &mut self,
        instance: usize,
        call: Result<Call, Rejection>,
        fails_on_cancel: bool,
    ) -> Played {
        self.last_id += 1;
        let id = self.last_id;
        let found = call.as_ref().map(drop).map_err(Clone::clone);
        if let Ok(call) = call {
            self.calls.push(UnderWay { instance, id, call, fails_on_cancel });
        }
        self.act(instance, &found, |model| model.start(id))
    }

    pub(super) fn finish(&mut self, index: Index, end: End) -> Played {
        let UnderWay { instance, id, call, fails_on_cancel } =
            self.calls.swap_remove(index.index(self.calls.len()));
        call.finish(end);
        self.act(instance, &(), |model| model.finish(id, end, fails_on_cancel))
    }

    /// Makes a sync call, during which the clock moves on.
    pub(super) fn call(&mut self, target: Target, end: End, takes: u64) -> Played {
        let (functions, takes) = (self.functions(target), self.step(takes));
        let work = Work { end, takes, clock: self.scope.clock().clone() };
        let result = match target {
            Target::Plain => subject::call_sync(end, || (functions.plain_sync)(&work)),
            Target::Key(key) => {
                subject::call_sync(end, || (functions.keyed_sync)(KEYS[key], &work))
            }
            Target::Own => {
                let breaker = &self.instances[self.own].breaker;
                subject::call_sync(end, || subject::own_sync(breaker, &work))
            }
        };
        self.last_id += 1;
        let id = self.last_id;
        let is_admitted = result.is_ok();
        let at = self.called(target)?;
        self.act(at, &result, |model| model.start(id))?;
        if is_admitted {
            self.advance_models(takes)?;
            let end = if end == End::Cancel { End::Failure } else { end };
            self.act(at, &(), |model| model.finish(id, end, false))?;
        }
        Ok(())
    }
}
