//! A breaker, and the models that agree with everything it has shown.

use std::fmt::Debug;
use std::sync::Arc;

use breakerbox::{Breaker, Event};
use proptest::test_runner::TestCaseError;

use crate::reference::{Model, Told, every};
use crate::subject::{ms, show};
use crate::tuning::Tuning;

pub(crate) type Played = Result<(), TestCaseError>;

pub(crate) struct Instance {
    pub(crate) breaker: Arc<Breaker>,
    /// One model for each way in which it may have chosen what the contract leaves open.
    models: Vec<Model>,
    pub(crate) is_removed: bool,
}

impl Instance {
    pub(crate) fn new(breaker: Arc<Breaker>, tuning: Tuning, clock: u64) -> Self {
        Instance { breaker, models: vec![Model::new(tuning, clock)], is_removed: false }
    }

    /// Plays an operation on the models, and keeps those whose result is that of the breaker.
    pub(crate) fn play<R: PartialEq + Debug>(
        &mut self,
        found: &R,
        operation: impl Fn(&mut Model) -> R,
    ) -> Played {
        let (mut kept, mut results) = (Vec::new(), Vec::new());
        for model in &self.models {
            for (after, result) in every(model, |model| &mut model.choices, &operation) {
                if result == *found {
                    kept.push(after);
                } else {
                    results.push(result);
                }
            }
        }
        self.models = kept;
        self.agree(|| format!("the breaker says {found:?}, the model {results:?}"))
    }

    /// Compares all that the breaker shows, and what a listener has been told, if there is one.
    pub(crate) fn compare(&mut self, events: Option<&[Event]>) -> Played {
        let shown = show(&self.breaker.snapshot(), self.breaker.is_call_permitted());
        let name = self.breaker.name().to_string();
        let events: Option<Vec<_>> =
            events.map(|events| events.iter().map(|event| told(event, &name)).collect());
        let (mut kept, mut expected) = (Vec::new(), Vec::new());
        for mut model in std::mem::take(&mut self.models) {
            let wanted = (model.show(), model.told());
            if wanted.0 != shown || events.as_ref().is_some_and(|events| wanted.1 != *events) {
                expected.push(wanted);
            } else if !kept.contains(&model) {
                kept.push(model);
            }
        }
        self.models = kept;
        self.agree(|| {
            let differences: Vec<_> =
                expected.iter().map(|(s, t)| format!("\n  {s:?}\n  {t:?}")).collect();
            format!(
                "the breaker `{name}` shows\n  {shown:?}\n  {events:?}\nand the model{}",
                differences.concat()
            )
        })
    }

    fn agree(&self, difference: impl Fn() -> String) -> Played {
        if self.models.is_empty() { Err(TestCaseError::fail(difference())) } else { Ok(()) }
    }
}

fn told(event: &Event, name: &str) -> Told {
    assert_eq!(event.name, *name, "{event}");
    Told { episode: event.episode, kind: event.kind, remaining: event.remaining_cooldown.map(ms) }
}
