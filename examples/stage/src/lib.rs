//! The stage of the example programs, which has nothing to do with breakers: services that die and
//! live again, pictures, the page's address, output. The programs' clients are their own.

#[cfg(feature = "chart")]
pub mod chart;
pub mod life;
pub mod output;
pub mod page;
#[cfg(feature = "signal")]
pub mod signal;
