//! The delegate with real processes and sockets. The breakers' clock is set by hand; processes are
//! waited for.
#![cfg(unix)]

mod chat;
mod command_line;
mod configuration;
mod demo;
mod gate;
mod host;
mod notices;
mod page;
mod process;
mod router;
mod shell;
mod tuning;
mod world;
