//! Bare names where a pattern or a predicate may stand: variants, constants and bindings.

use breakerbox::circuit_breaker;
use breakerbox::testing::Scope;
use support::{Fault, Reply, named};

use super::{WITHOUT_BAD_REQUESTS, counts};
use crate::outcome::{FAILED, SUCCEEDED, count_after};

#[derive(Clone, Copy, PartialEq)]
enum Health {
    Up,
    Down,
}

use Health::Down;

impl Health {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "as predicates are called")]
    fn is_down(&self) -> bool {
        *self == Down
    }
}

#[test]
fn bare_name_with_a_capital_is_a_variant_or_a_constant() {
    const REFUSED: u16 = 503;
    #[circuit_breaker(name = "health", failure = Down, fallback = { Down })]
    fn health(health: Health) -> Health {
        health
    }
    #[circuit_breaker(name = "health", failure = Health::Down, fallback = { Down })]
    fn by_path(health: Health) -> Health {
        health
    }
    #[circuit_breaker(name = "health", failure = Health::is_down, fallback = { Down })]
    fn by_method(health: Health) -> Health {
        health
    }
    #[circuit_breaker(name = "code", failure = REFUSED, ignore = (REFUSED | 504), fallback = 0)]
    fn code(code: u16) -> u16 {
        code
    }
    for f in [health, by_path, by_method] {
        assert_eq!(count_after("health", f, Down, Down), FAILED);
        assert_eq!(count_after("health", f, Down, Health::Up), SUCCEEDED);
    }
    let scope = Scope::enter();
    for status in [503, 504, 200] {
        code(status);
        assert_eq!(named(&scope, "code").snapshot().consecutive_failures, 0);
    }
}

#[test]
fn names_deep_in_a_pattern_are_not_bindings_either() {
    #[circuit_breaker(name = "deep", failure(Err(_), Ok((None, [Down, ..]))))]
    fn deep(
        reply: Result<(Option<u8>, [Health; 2]), Fault>,
    ) -> Result<(Option<u8>, [Health; 2]), Fault> {
        reply
    }
    let count = |reply| count_after("deep", deep, Err(Fault::Down), reply);
    assert_eq!(count(Ok((None, [Down, Down]))), FAILED);
    assert_eq!(count(Ok((Some(1), [Down, Down]))), SUCCEEDED);
    assert_eq!(count(Ok((None, [Health::Up, Down]))), SUCCEEDED);
}

#[test]
fn name_with_a_guard_or_a_subpattern_is_a_binding() {
    #[circuit_breaker(name = "bound", failure = output if output.is_err(), ignore = _bad @ Err(Fault::BadRequest))]
    fn bound(reply: Reply) -> Reply {
        reply
    }
    assert_eq!(counts("bound", bound), WITHOUT_BAD_REQUESTS);
}
