//! Random histories through annotated functions, against a plain model.
//!
//! Ten thousand sequences of calls, overlapping in any way, that succeed, fail,
//! are ignored, panic or are cancelled, with steps of the clock and manual
//! control in between. After every step the breaker must show what the model shows.
//! Beside them, in [`steady`], a service that is well and answers at its own pace.

mod reference;
mod steady;
mod subject;

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, TestRunner};

use reference::{Model, Tuning};
use subject::Subject;

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failure,
    Ignored,
    Panic,
    Cancel,
}

#[derive(Clone, Debug)]
enum Action {
    /// A call begins, and stays under way if it is admitted.
    Start,
    /// One of those under way ends.
    Finish(prop::sample::Index, End),
    /// One of those under way is forgotten: it never ends.
    Forget(prop::sample::Index),
    Advance(u64),
    ForceOpen,
    Disable,
    Reset,
}

fn action() -> impl Strategy<Value = Action> {
    let end = prop_oneof![
        6 => Just(End::Success),
        8 => Just(End::Failure),
        1 => Just(End::Ignored),
        1 => Just(End::Panic),
        2 => Just(End::Cancel),
    ];
    prop_oneof![
        20 => Just(Action::Start),
        20 => (any::<prop::sample::Index>(), end).prop_map(|(call, end)| Action::Finish(call, end)),
        1 => any::<prop::sample::Index>().prop_map(Action::Forget),
        10 => (0..=12_u64).prop_map(Action::Advance),
        1 => Just(Action::ForceOpen),
        1 => Just(Action::Disable),
        1 => Just(Action::Reset),
    ]
}

fn check(tuning: usize, actions: &[Action]) -> Result<(), TestCaseError> {
    let mut subject = Subject::new(tuning);
    let mut model = Model::new(Tuning::ALL[tuning]);
    let mut calls = Vec::new();
    for (number, action) in actions.iter().enumerate() {
        match action {
            Action::Start => {
                prop_assert_eq!(subject.is_call_permitted(), model.is_call_permitted());
                let (call, permit) = (subject.start(), model.start());
                prop_assert_eq!(call.is_some(), permit.is_some(), "step {}: admission", number);
                calls.extend(call.zip(permit));
            }
            Action::Finish(index, end) if !calls.is_empty() => {
                let (call, permit) = calls.swap_remove(index.index(calls.len()));
                Subject::finish(call, *end);
                model.finish(&permit, *end);
            }
            Action::Forget(index) if !calls.is_empty() => {
                std::mem::forget(calls.swap_remove(index.index(calls.len())));
            }
            Action::Finish(..) | Action::Forget(_) => {}
            Action::Advance(ms) => {
                subject.advance(Duration::from_millis(*ms));
                model.advance(*ms);
            }
            Action::ForceOpen => {
                subject.breaker().force_open();
                model.force_open();
            }
            Action::Disable => {
                subject.breaker().disable();
                model.disable();
            }
            Action::Reset => {
                subject.breaker().reset();
                model.reset();
            }
        }
        prop_assert_eq!(subject.show(), model.show(), "step {}: {:?}", number, action);
    }
    Ok(())
}

#[test]
fn breaker_and_model_agree_on_ten_thousand_histories() {
    // The panics of the calls are part of the test.
    std::panic::set_hook(Box::new(|info| {
        let said = info.payload().downcast_ref::<&str>().copied().unwrap_or_default();
        if said != subject::PANIC {
            eprintln!("{info}");
        }
    }));
    let runs = Runs { cases: 10_000, failure_persistence: None, ..Runs::default() };
    let histories = (0..Tuning::ALL.len(), prop::collection::vec(action(), 1..80));
    let mut runner = TestRunner::new(runs);
    let result = runner.run(&histories, |(tuning, actions)| check(tuning, &actions));
    if let Err(difference) = result {
        panic!("{difference}");
    }
}
