use breakerbox::circuit_breaker;

enum Health {
    Up,
    Down,
}

use Health::{Down, Up};

static REFUSED: u8 = 3;

#[circuit_breaker(failure = Dwon, fallback = Health::Up {})]
fn misspelt() -> Health {
    Up
}

#[circuit_breaker(failure = Health::Dwon, fallback = Health::Up {})]
fn misspelt_with_a_path() -> Health {
    Down
}

#[circuit_breaker(failure(Up, Dwon if true), fallback = Health::Up {})]
fn misspelt_with_a_guard() -> Health {
    Down
}

#[circuit_breaker(failure = Err(Dwon), fallback = Ok(()))]
fn misspelt_inside() -> Result<(), Health> {
    Err(Down)
}

#[circuit_breaker(failure = REFUSED, fallback = 0)]
fn static_is_no_constant() -> u8 {
    1
}

fn main() {}
