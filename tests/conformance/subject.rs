//! A breaker under test, the calls made through it, and what is noted of them.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use breakerbox::{
    Breaker, BreakerError, EventKind, Guardable, ManualClock, Outcome, Permit, Reason, State,
};

use crate::action::{Ending, Kind, Reaction};
use crate::case::Header;
use crate::log::{Entry, Log};
use crate::tuning;

/// The payload of a panic that a case asks of a body or listener: the panic hook keeps
/// silent about it.
pub(crate) struct Planned;

/// The way in which whole calls are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `Breaker::call`.
    Closure,
    /// `Breaker::call_async`.
    Future,
}

/// The reply to the caller of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Ok,
    Err,
    Rejected,
    Fallback,
    FallbackErr,
    Panic,
    Cancelled,
}

/// A call that has been made, with its admission and the reply to its caller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) admitted: bool,
    pub(crate) reply: Reply,
}

/// Counts of what the bodies, as they run, tell of themselves.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) executed: AtomicU64,
    pub(crate) ignored: AtomicU64,
    pub(crate) own_rejections: AtomicU64,
    pub(crate) success_events: AtomicU64,
    pub(crate) failure_events: AtomicU64,
    pub(crate) ignored_events: AtomicU64,
    pub(crate) slow_events: AtomicU64,
    pub(crate) fallback_events: AtomicU64,
}

pub(crate) struct Subject {
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) header: Header,
    pub(crate) log: Arc<Log>,
    pub(crate) tally: Arc<Tally>,
    hand: ManualClock,
    form: Form,
}

/// The output of a body, and its outcome.
struct Answer {
    reply: Reply,
    outcome: Outcome,
}

impl Guardable for Answer {
    fn outcome(&self) -> Outcome {
        self.outcome
    }

    fn rejected(_: BreakerError) -> Self {
        Answer { reply: Reply::Rejected, outcome: Outcome::Ignored }
    }
}

impl Subject {
    /// Takes a new breaker under observation, and brings it to its initial state.
    pub(crate) fn new(
        breaker: Arc<Breaker>,
        header: Header,
        hand: ManualClock,
        form: Form,
    ) -> Self {
        let log = Arc::new(Log::default());
        let notes = Arc::clone(&log);
        let immediate = Arc::downgrade(&breaker);
        let is_immediate = tuning::is_immediate(&header);
        let subscription = breaker.on_event(move |event| {
            notes.note(event);
            let opened = matches!(event.kind, EventKind::Transition { to: State::Open, reason, .. }
                if reason != Reason::Manual);
            if let (true, true, Some(breaker)) = (is_immediate, opened, immediate.upgrade()) {
                breaker.open_for(Duration::ZERO);
            }
        });
        subscription.keep();
        let subject = Self { breaker, header, log, tally: Arc::default(), hand, form };
        match subject.header.get("initial") {
            Some("open") => subject.open(),
            Some("half_open") => subject.breaker.half_open(),
            Some("forced_open") => subject.breaker.force_open(),
            Some("disabled") => subject.breaker.disable(),
            Some("metrics_only") => subject.breaker.observe(),
            _ => {}
        }
        subject.log.forget();
        subject
    }

    pub(crate) fn open(&self) {
        self.breaker.open();
        if tuning::is_immediate(&self.header) {
            self.breaker.open_for(Duration::ZERO);
        }
    }

    /// Makes a whole call. If it is rejected, the fallback answers.
    pub(crate) fn call(&self, ending: &Ending) -> Made {
        // A call can be cancelled only if it is a future.
        let reply = match (self.form, ending.kind) {
            (Form::Closure, kind) if kind != Kind::Cancelled => {
                survive(|| self.breaker.call(|| self.body(ending)).reply)
            }
            _ => self.call_future(ending),
        };
        match reply {
            Reply::Rejected => Made { admitted: false, reply: self.fall_back() },
            reply => Made { admitted: true, reply },
        }
    }

    /// Polls a call once, and drops it then: as a runtime does, a panic is caught
    /// first.
    fn call_future(&self, ending: &Ending) -> Reply {
        let mut call = Box::pin(self.breaker.call_async(async {
            let answer = self.body(ending);
            if answer.reply == Reply::Cancelled {
                std::future::pending::<()>().await;
            }
            answer
        }));
        let mut context = Context::from_waker(Waker::noop());
        survive(|| match call.as_mut().poll(&mut context) {
            Poll::Ready(answer) => answer.reply,
            Poll::Pending => Reply::Cancelled,
        })
    }

    /// Runs under the breaker's guard.
    fn body(&self, ending: &Ending) -> Answer {
        self.tally.executed.fetch_add(1, Ordering::Relaxed);
        self.hand.advance(ending.took);
        self.end(ending)
    }

    /// The end of a body: says how it went, or panics.
    fn end(&self, ending: &Ending) -> Answer {
        let outcome = self.judge(ending);
        self.note(ending, outcome);
        let reply = match ending.kind {
            Kind::Success => Reply::Ok,
            Kind::Failure | Kind::Ignored => Reply::Err,
            Kind::Cancelled => Reply::Cancelled,
            Kind::Panic => panic_any(Planned),
        };
        Answer { reply, outcome }
    }

    /// Judges a call by the header's lists. An error that is not on the list
    /// of those that count is a success.
    fn judge(&self, ending: &Ending) -> Outcome {
        let list = |key| -> BTreeSet<&str> {
            let labels = self.header.get(key).unwrap_or_default().split('|');
            labels.filter(|label| !label.is_empty()).collect()
        };
        let is_on = |key| ending.label.as_deref().is_some_and(|label| list(key).contains(label));
        match ending.kind {
            Kind::Success if is_on("record_ok") => Outcome::Failure,
            Kind::Success => Outcome::Success,
            Kind::Ignored | Kind::Cancelled => Outcome::Ignored,
            Kind::Failure if is_on("ignore") => Outcome::Ignored,
            Kind::Failure if !list("record").is_empty() && !is_on("record") => Outcome::Success,
            Kind::Failure | Kind::Panic => Outcome::Failure,
        }
    }

    /// Counts the call as an event, which a disabled breaker makes none of.
    fn note(&self, ending: &Ending, outcome: Outcome) {
        if ending.kind == Kind::Cancelled {
            return;
        }
        let add = |count: &AtomicU64| count.fetch_add(1, Ordering::Relaxed);
        if outcome == Outcome::Ignored {
            add(&self.tally.ignored);
        }
        if self.breaker.state() == State::Disabled {
            return;
        }
        add(match outcome {
            Outcome::Success => &self.tally.success_events,
            Outcome::Failure => &self.tally.failure_events,
            Outcome::Ignored => &self.tally.ignored_events,
        });
        let bound = self.header.get("slow").and_then(tuning::duration);
        if bound.is_some_and(|bound| ending.took >= bound) {
            add(&self.tally.slow_events);
        }
    }

    /// The first half of a call in two steps.
    pub(crate) fn start(&self) -> Option<Permit<Arc<Breaker>>> {
        let permit = self.breaker.try_acquire_owned().ok()?;
        self.tally.executed.fetch_add(1, Ordering::Relaxed);
        Some(permit)
    }

    /// The second half.
    pub(crate) fn finish(&self, permit: Permit<Arc<Breaker>>, ending: &Ending) -> Reply {
        survive(|| {
            // If the end is a panic, it unwinds past the permit.
            let permit = permit;
            let answer = self.end(ending);
            match answer.reply {
                Reply::Cancelled => drop(permit),
                _ => permit.record(answer.outcome),
            }
            answer.reply
        })
    }

    /// Returns the reply to a rejected caller.
    pub(crate) fn fall_back(&self) -> Reply {
        let fallback = self.header.get("fallback").unwrap_or("none");
        if fallback == "none" {
            return Reply::Rejected;
        }
        self.tally.fallback_events.fetch_add(1, Ordering::Relaxed);
        survive(|| match fallback {
            "ok" => Reply::Fallback,
            "err" => Reply::FallbackErr,
            _ => panic_any(Planned),
        })
    }

    /// Attaches a listener that does this on every transition. It leaves
    /// rejections alone: those it caused itself would never end.
    pub(crate) fn listen(&self, reaction: Reaction) {
        let breaker = Arc::downgrade(&self.breaker);
        let (log, tally) = (Arc::clone(&self.log), Arc::clone(&self.tally));
        let subscription = self.breaker.on_event(move |event| {
            let EventKind::Transition { to, .. } = event.kind else { return };
            let Some(breaker) = breaker.upgrade() else { return };
            match reaction {
                Reaction::Panic => panic_any(Planned),
                Reaction::Read => {
                    let _ = (breaker.state(), breaker.snapshot(), breaker.is_call_permitted());
                }
                // An outcome that leaves no trace: the case does not count it.
                Reaction::Call => match breaker.try_acquire() {
                    Ok(permit) => permit.ignore(),
                    Err(_) => {
                        tally.own_rejections.fetch_add(1, Ordering::Relaxed);
                        log.push(Entry::OwnRejection);
                    }
                },
                Reaction::Reset if to != State::Closed => breaker.reset(),
                Reaction::Reset => {}
            }
        });
        subscription.keep();
    }

    /// Forgets the events so far.
    pub(crate) fn clear(&self) {
        self.log.forget();
        let Tally { success_events, failure_events, ignored_events, .. } = &*self.tally;
        let Tally { slow_events, fallback_events, .. } = &*self.tally;
        for count in [success_events, failure_events, ignored_events, slow_events, fallback_events]
        {
            count.store(0, Ordering::Relaxed);
        }
    }
}

impl Reply {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Err => "err",
            Self::Rejected => "rejected",
            Self::Fallback => "fallback",
            Self::FallbackErr => "fallback_err",
            Self::Panic => "panic",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Catches a planned panic, and no other.
fn survive(call: impl FnOnce() -> Reply) -> Reply {
    let expect = |payload: Box<dyn Any + Send>| match payload.downcast::<Planned>() {
        Ok(_) => Reply::Panic,
        Err(payload) => resume_unwind(payload),
    };
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(expect)
}
