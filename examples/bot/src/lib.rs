//! A chat bot and the services it lives on, with circuit breakers and without.
//!
//! Read [`client`] first: it is the part that a program of yours would have. The
//! rest is the stage: [`service`] has the fakes, [`bot`] a user's turn, [`crowd`]
//! the users, [`scenario`] what goes wrong, [`run`](mod@run) plays it, [`measure`], [`table`]
//! and [`chart`] tell what came of it.

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
