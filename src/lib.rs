#![doc = include_str!("../README.md")]

pub use breaker_core::*;
pub use breaker_macros::circuit_breaker;

/// What expansions of the attribute name. Not for users: may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use breaker_core::expansion::*;
    pub use core;
}
