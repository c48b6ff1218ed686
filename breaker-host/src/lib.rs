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

/// Shares the breakers of this program with other processes of it: of executables with the same file
/// name. It cannot fail; [`status()`] says if there is trouble.
///
/// A thread looks every 100 ms at what the others have done. Breakers that are there already are
/// shared too. Those of functions that give no `name` are not: see [`Options::default_names`].
pub fn join() {
    Options::new().join();
}

/// As [`join`], with whoever joins in the same namespace, whatever the program.
pub fn join_in(namespace: &str) {
    Options::new().namespace(namespace).join();
}

/// As [`join`], without a thread: for programs that end at once. A breaker learns what others have
/// done at its first call, at each failure, and when it wants to probe.
pub fn join_once() {
    Options::new().once().join();
}

/// As [`join_once`], with whoever joins in the same namespace, whatever the program.
pub fn join_once_in(namespace: &str) {
    Options::new().once().namespace(namespace).join();
}

/// Records as files hold them, for the tests. Not for users: may change in any release.
#[doc(hidden)]
pub mod testing {
    use breaker_core::shared::Record;

    use crate::slot::{self, Contents};

    /// Looks at once at what other processes have changed, as the watcher does.
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
