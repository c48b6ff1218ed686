//! The guarded clients, each against its service on a real socket.
//!
//! The breakers' clock is set by hand, so no test waits for a cooldown; the limits
//! of single calls run on the real one.

mod fallbacks;
mod hints;
mod recovery;
mod stage;
mod trips;
