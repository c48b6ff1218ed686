//! Compares breakers with a plain model in random histories.
//!
//! A history has calls that overlap in any way, and succeed, fail, hang, panic or are cancelled;
//! controls, overrides and removals; and steps of the clock of all sizes. After every step each
//! breaker must show what its model shows, and its listeners must have been told what the model
//! tells. The calls go through annotated functions, some of them by permits.
//! [`steady`] has no model: there a service has recovered, and the breaker must close.
//!
//! `MODEL_HISTORIES` sets the number of histories, and `MODEL_SEED` the seed that they are drawn
//! from: a failure prints it, with the shortest history that fails.

mod action;
mod history;
mod instance;
mod overrides;
mod reference;
mod steady;
mod subject;
mod tuning;

use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestRng, TestRunner};

use action::{Action, Setup, action, setup};
use history::History;

const HISTORIES: u32 = 2_000;
/// The seed is fixed, so that all runs of the tests play the same histories.
const SEED: u64 = 1;
const STEPS: usize = 80;

fn check(setup: &Setup, actions: &[Action]) -> Result<(), TestCaseError> {
    let mut history = History::new(setup);
    for (number, action) in actions.iter().enumerate() {
        history.play(action).map_err(|difference| {
            TestCaseError::fail(format!("step {number}, {action:?}: {difference}"))
        })?;
    }
    Ok(())
}

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{variable}` is no number: {text}")))
}

#[test]
fn breakers_and_models_agree_in_every_history() {
    // The panics of the calls are part of the test.
    std::panic::set_hook(Box::new(|info| {
        let said = info.payload().downcast_ref::<&str>().copied().unwrap_or_default();
        if said != subject::PANIC {
            eprintln!("{info}");
        }
    }));
    let cases = number("MODEL_HISTORIES").unwrap_or(HISTORIES);
    let seed: u64 = number("MODEL_SEED").unwrap_or(SEED);
    let bytes: Vec<u8> = seed.to_le_bytes().into_iter().cycle().take(32).collect();
    let runs = Runs { cases, failure_persistence: None, ..Runs::default() };
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(runs, random);
    let histories = (setup(), prop::collection::vec(action(), 1..STEPS));
    if let Err(difference) = runner.run(&histories, |(setup, actions)| check(&setup, &actions)) {
        panic!("MODEL_SEED={seed}: {difference}");
    }
}
