//! Tests of the expansion as a whole.

mod fuzz;
mod nonsense;
mod places;
mod plan;
mod position;
