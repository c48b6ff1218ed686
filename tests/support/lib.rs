//! The faults, breakers and threads that the tests of several subjects use.

mod breaker;
mod fault;
mod thread;

pub use breaker::{
    COOLDOWN, MS, breaker, cooled_down, fail, named, recover, succeed, transition, trip,
};
pub use fault::{DOWN, Fault, Reply};
pub use thread::{ends, now, together};
