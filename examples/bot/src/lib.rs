//! A chat bot and the services it needs, with circuit breakers and without.
//!
//! Read [`client`] first, the part that a program of yours would have. The other modules are its
//! stage: [`service`] has the fakes, [`bot`] a user's turn, [`crowd`] the users, [`scenario`] the
//! failures. [`run`](mod@run) plays a scenario; [`measure`], [`table`] and [`chart`] show the
//! result.

pub mod bot;
mod calls;
pub mod chart;
pub mod client;
pub mod crowd;
pub mod heartbeat;
mod luck;
pub mod measure;
mod naive;
pub mod run;
pub mod scale;
pub mod scenario;
pub mod service;
pub mod states;
pub mod table;

pub use self::calls::Guard;
