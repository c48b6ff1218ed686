//! The guarded clients, each against its service on a real socket.
//!
//! The breakers' clock is set by hand, so no test waits for a cooldown; the time limits of calls
//! use the real clock.

mod fallbacks;
mod hints;
mod recovery;
mod stage;
mod trips;
