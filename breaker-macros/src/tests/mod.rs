//! Tests of the expansion as a whole.

mod expansion;
mod fuzz;
mod nonsense;
mod places;
mod plan;
mod position;
