//! Breakers as messages show them, see `PROTOCOL.md`.

mod breaker;
mod config;
mod figures;
mod registry;
mod sharing;
mod totals;

pub(crate) use breaker::{Detail, Identity, Moving, Part, Recent, Whole, is_rejecting};
pub(crate) use figures::Figures;
pub(crate) use registry::{Departed, PageView, RegistryView};
