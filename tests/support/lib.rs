//! The faults, breakers, threads and traces that the tests of several subjects use.

mod breaker;
mod fault;
mod thread;
mod trace;

pub use breaker::{
    COOLDOWN, MS, breaker, cooled_down, fail, named, recover, succeed, transition, trip,
};
pub use fault::{DOWN, Fault, Reply};
pub use thread::{ends, now, together};
pub use trace::Trace;
