//! The parts that differ between operating systems: folders that other users cannot write to, files
//! at a place in them, and locks that end with the process.

#[cfg(not(any(unix, windows)))]
mod none;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(not(any(unix, windows)))]
pub(crate) use none::{Folder, Lock, RecordFile};
#[cfg(unix)]
pub(crate) use unix::{Folder, Lock, RecordFile};
#[cfg(windows)]
pub(crate) use windows::{Folder, Lock, RecordFile};
