//! Callers that meet on real threads and tasks.

#![allow(clippy::unchecked_time_subtraction, reason = "of constants")]

mod counts;
mod first_use;
mod herd;
mod transitions;
