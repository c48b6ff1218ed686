//! The page of `breaker-page` in a real Chromium: a program that has breakers and serves the page,
//! and a tab that looks at it.
//!
//! Nothing here sleeps: [`Tab::until`] waits in the browser for a state of the document.

mod command;
mod driver;
mod faint;
mod program;
mod tab;

pub use driver::Driver;
pub use faint::FAINT;
pub use program::{ANY_PORT, Program, Served};
pub use tab::{Look, Tab, scene};
