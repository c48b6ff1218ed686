//! Command-line AI back ends behind circuit breakers.
//!
//! `gemini`, `codex` and `claude` are programs, started once for each question; `ollama`, a server
//! on the same machine, is the last resort. A back end whose login has expired, or whose model was
//! withdrawn, fails or hangs on every call, 90 to 120 seconds each. After three such calls, the
//! breaker in front of the start leaves the back end in peace for a minute.
//!
//! Start reading at [`backend::ask`], the function that carries
//! `#[circuit_breaker]`; then [`delegate`], which tries the back ends in turn;
//! [`notices`], which hears of trips; and [`config`], where the tuning comes from.
//! [`fakes`] and [`demo`] are the stage.

pub mod answer;
pub mod backend;
pub mod cli;
pub mod config;
pub mod delegate;
pub mod demo;
pub mod fakes;
pub mod notices;
pub mod ollama;
pub mod process;
pub mod prompt;
pub mod status;
