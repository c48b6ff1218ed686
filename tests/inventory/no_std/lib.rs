//! An annotated function without `std`, of an old edition, where `breakerbox` has another name.

#![no_std]
#![deny(warnings)]
#![forbid(unsafe_code)]

/// Stands in the way of paths that are not absolute.
pub mod core {}

#[guard::circuit_breaker(name = "no_std", crate = ::guard)]
pub fn no_std() -> Result<(), guard::BreakerError> {
    Ok(())
}
