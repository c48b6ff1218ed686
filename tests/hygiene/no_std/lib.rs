//! [MAC-130] A crate without the standard library's names. The breaker itself
//! needs the standard library, and links it.

#![no_std]

use breakerbox::{BreakerError, circuit_breaker};

/// Guarded, by every word that an expansion needs of a library.
///
/// # Errors
/// As given.
#[circuit_breaker(name = NAME, threshold = 1, cooldown = "1h", ignore = Ok(0))]
pub fn fetch(reply: Result<u8, BreakerError>) -> Result<u8, BreakerError> {
    reply
}

/// Returns the reply, once it is waited for.
///
/// # Errors
/// As given.
#[circuit_breaker(fallback_on = "failure", fallback = |reply| reply)]
pub async fn fetch_async(reply: Result<u8, BreakerError>) -> Result<u8, BreakerError> {
    core::future::ready(reply).await
}

const NAME: &str = "no-std";

#[cfg(test)]
mod tests {
    use breakerbox::{Breaker, Config};

    use super::fetch;

    #[test]
    fn function_in_a_crate_without_std_is_guarded() {
        let service = Breaker::new("service", Config::new());
        service.force_open();
        let failure = service.try_acquire().map(drop).map(|()| 1);
        assert_eq!(fetch(Ok(1)), Ok(1));
        assert_eq!(fetch(failure.clone()), failure);
        assert_eq!(fetch(Ok(1)).unwrap_err().name(), "no-std");
    }
}
