//! The stage of the example programs, which has nothing to do with breakers: services that die and
//! live again, pictures, the page's address, output. Each program has its own client.

#[cfg(feature = "chart")]
pub mod chart;
pub mod life;
pub mod output;
pub mod page;
#[cfg(feature = "signal")]
pub mod signal;
