//! A function with a breaker for each model.

use breakerbox::circuit_breaker;

/// Asks a model, each behind a breaker of its own.
#[circuit_breaker(
    name = "models",
    key = model,
    threshold = 2,
    cooldown = "20s",
    failure = None,
    fallback = nothing
)]
pub(crate) fn ask(model: &str, answer: Option<u32>) -> Option<u32> {
    answer
}

fn nothing(_: &str, _: Option<u32>) -> Option<u32> {
    None
}

/// Opens the breaker of a model.
pub(crate) fn fail(model: &str) {
    for _ in 0..2 {
        assert_eq!(ask(model, None), None);
    }
}
