#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod act;
mod deadline;
mod entry;
mod files;
mod host;
mod link;
mod log;
mod memory;
mod options;
mod owed;
mod place;
mod slot;
mod status;
mod sys;
mod trouble;
mod watch;

pub use host::Host;
pub use options::{Options, status};
pub use status::Status;
pub use trouble::Trouble;

/// Shares the breakers of this program with its other processes: executables with the same file
/// name. It cannot fail; [`status()`] says if there is trouble.
///
/// A thread looks every 100 ms at the changes of other processes. Breakers that exist already are
/// shared too. Breakers of functions without a `name` are not: see [`Options::default_names`].
pub fn join() {
    Options::new().join();
}

/// Like [`join`], with all processes that join in this namespace, of any program.
pub fn join_in(namespace: &str) {
    Options::new().namespace(namespace).join();
}

/// Like [`join`], without a thread: for programs that end at once. A breaker learns of other
/// processes' changes at its first call, at each failure, and before it probes.
pub fn join_once() {
    Options::new().once().join();
}

/// Like [`join_once`], with all processes that join in this namespace, of any program.
pub fn join_once_in(namespace: &str) {
    Options::new().once().namespace(namespace).join();
}

/// Records as files hold them, for the tests. Not for users: it may change in any release.
#[doc(hidden)]
pub mod testing {
    use breaker_core::shared::Record;

    use crate::slot::{self, Contents};

    /// Looks once at the changes of other processes, like the watcher.
    pub fn look(host: &crate::Host) {
        crate::watch::look(&host.0);
    }

    /// Reads the contents of a file.
    #[must_use]
    pub fn record(file: &[u8]) -> Option<Record> {
        match slot::read(file) {
            Contents::Record { record, .. } => Some(record),
            Contents::Nothing | Contents::Newer(_) => None,
        }
    }

    /// Writes the contents of a new file.
    #[must_use]
    pub fn file(record: &Record) -> Vec<u8> {
        slot::write(record, slot::Place::FIRST).to_vec()
    }
}
