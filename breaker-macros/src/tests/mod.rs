//! Tests of the expansion as a whole.

mod fuzz;
mod nonsense;
mod plan;
mod position;
