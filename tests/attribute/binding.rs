//! Bindings in the patterns of `failure`, `ignore` and `trip`.

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};
use support::{DOWN, Fault, Reply, named};

#[test]
fn binding_after_an_underscore_and_one_beside_a_guard_are_taken() {
    #[circuit_breaker(
        name = "bindings",
        threshold = 9,
        failure(Err(_e), Ok(_code @ 500..=599)),
        ignore(Ok(code) if *code == 404, Err(fault @ Fault::BadRequest) if *fault != Fault::Down),
        trip = Ok(code @ 401..) if *code == 401,
    )]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    let failures = || named(&scope, "bindings").snapshot().consecutive_failures;
    assert_eq!((fetch(DOWN), fetch(Ok(503))), (DOWN, Ok(503)));
    assert_eq!(failures(), 2);
    assert_eq!((fetch(Ok(404)), failures()), (Ok(404), 2));
    assert_eq!((fetch(Err(Fault::BadRequest)), failures()), (Err(Fault::BadRequest), 2));
    assert_eq!(fetch(Ok(401)), Ok(401));
    assert_eq!(named(&scope, "bindings").state(), State::Open);
}
