//! The layer, around services that are made by hand.

mod allocations;
mod body;
mod ends;
mod events;
mod fake;
mod ready;
mod reqwest_answers;
mod retry_after;
mod sharing;
mod status;
