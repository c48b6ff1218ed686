//! Annotated functions whose machine code `cargo xtask machine-code` looks at.

use breakerbox::{BreakerError, circuit_breaker};

/// A call through a closed breaker: load, call, load.
///
/// # Errors
/// As `body` gives them.
#[circuit_breaker(name = "machine", threshold = 5, cooldown = "30s")]
#[inline(never)]
pub fn closed_call(body: fn() -> Result<u64, BreakerError>) -> Result<u64, BreakerError> {
    body()
}
