//! The delegate with real processes and real sockets. Time, where it is the
//! breakers', is set by hand; where it is a process's, it is waited for.
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
