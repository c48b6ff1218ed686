//! Suspicion: another process has tripped alone. The breaker opens at its next failure, unless a
//! success comes before.

use std::sync::Arc;
use std::time::Duration;

use super::Moment;
use super::entry::{Context, Entry};
use super::output::{Change, Word};

#[derive(Clone, Copy, Debug)]
pub(super) struct Suspicion {
    pub(super) ends: Moment,
    /// The failures in a row that the breaker counted before, and all its errors until then; `None`
    /// until it has been told.
    counted: Option<(u16, u64)>,
}

impl Entry {
    /// Makes the breaker suspicious, for as long as the other process's is open.
    pub(super) fn suspect(&mut self, domain: Arc<str>, life: Duration, cx: &mut Context<'_>) {
        let is_open = self.record.as_ref().is_some_and(|record| record.open.is_some());
        if is_open || self.evidence.is_some() || !self.has_breaker() {
            return;
        }
        let ends = cx.now + life;
        match &mut self.suspicion {
            Some(suspicion) => suspicion.ends = suspicion.ends.max(ends),
            suspicion => *suspicion = Some(Suspicion { ends, counted: None }),
        }
        self.say(Word::Suspect, cx);
        self.note(|place| Change::Suspected { place, domain }, cx);
    }

    /// Takes in the breaker's counts from before it was told. `is_new`: a success has cleared the
    /// suspicion before this one.
    pub(super) fn suspected(&mut self, failures: u16, errors: u64, is_new: bool) {
        if let Some(suspicion) = &mut self.suspicion {
            if is_new || suspicion.counted.is_none() {
                suspicion.counted = Some((failures, errors));
            }
        }
    }

    /// Ends the suspicion, once its time is over.
    pub(super) fn acquit_in_time(&mut self, cx: &mut Context<'_>) {
        if self.suspicion.is_some_and(|suspicion| suspicion.ends <= cx.now) {
            self.acquit(cx);
        }
    }

    /// Ends the suspicion: the breaker counts as it did before.
    pub(super) fn acquit(&mut self, cx: &mut Context<'_>) {
        let Some(suspicion) = self.suspicion.take() else { return };
        if let Some((before, errors)) = suspicion.counted {
            self.say(Word::Acquit { before, errors }, cx);
        }
        self.note(|place| Change::Acquitted { place }, cx);
    }
}
