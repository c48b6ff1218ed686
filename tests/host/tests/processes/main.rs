//! Processes that share their breakers, with real files and real signals, on the disk and in memory.
//!
//! `HOST_FULL=1` runs the long form: processes and kills by the thousand. `cargo xtask full` does.

mod count;
mod crowd;
mod failures;
mod full;
mod kills;
mod lease;
mod log;
mod names;
mod permission;
mod watcher;
mod world;
