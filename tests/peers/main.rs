//! The defects found in other breakers, one test each. A name begins with the
//! peer where the defect was found, or with the subject where several share it.
//! A number in brackets is of the catalogue of failure modes.

#![allow(clippy::unchecked_time_subtraction, reason = "of constants")]

#[path = "../common/mod.rs"]
mod common;
mod counting;
mod late;
mod limits;
mod macros;
mod probes;

use common::{COOLDOWN, Fault, MS, Reply, breaker, cooled_down, fail, recover, succeed, trip};
