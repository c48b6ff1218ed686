//! The defects that circuit breakers are known for, one test each.
//!
//! A number in brackets is that of the failure mode in [`catalogue`], which also finds the tests of
//! other folders that name one: H half-open without end, R herds and races, L late results, C
//! counting, T time, E events, G registry, F fallback, I integration. A doc names the breakers in
//! which the defect was found.

#![allow(clippy::unchecked_time_subtraction, reason = "of constants")]

mod catalogue;
mod counting;
mod events;
mod fallback;
mod half_open;
mod integration;
mod late;
mod lost_probes;
mod macros;
mod registry;
mod threshold_and_window;
mod time;
mod windows;
