//! Chooses which breakers are shared, and with whom.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use breaker_core::Registry;
use breaker_core::link::Choice;

use crate::files::Files;
use crate::host::{Host, Shared};
use crate::link;
use crate::place::{Place, folder_of_namespace, folder_of_program};

/// A way to join for cases that [`join`](crate::join) and the like do not cover.
///
/// ```no_run
/// use breaker_host::Options;
///
/// let host = Options::new().namespace("shop").once().only(|name| name.starts_with("llm")).join();
/// println!("{}", host.status());
/// ```
#[derive(Default)]
#[must_use = "nothing is shared before `join`"]
pub struct Options {
    namespace: Option<String>,
    once: bool,
    choice: Choice,
    folder: Option<PathBuf>,
}

impl Options {
    /// Shares all names that somebody has given, with processes of this program.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shares with all processes that give this namespace. Without it, a program shares with
    /// processes whose executable has the same file name.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Starts no thread: for programs that end at once. A breaker learns of other processes'
    /// changes at its first call, at a failure, and before it probes, and not in between.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Shares the breakers of these names alone. `only` gets the name, without the key. It is asked
    /// when a breaker is made, and must not call breakers.
    pub fn only(mut self, only: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.choice.set_only(only);
        self
    }

    /// Also shares the breakers of functions that give no `name`. Such a name is the path of the
    /// function, and changes when somebody moves the function.
    pub fn default_names(mut self) -> Self {
        self.choice.add_default_names();
        self
    }

    /// Keeps the records in this folder, whatever the environment says. The folder is made if it is
    /// missing. Its own owner and mode are not checked, but those of the folders in it are.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Shares the breakers of the program, including those that exist already. It cannot fail: if
    /// there is trouble, breakers work as they do without it, and [`Host::status`] names the
    /// trouble.
    ///
    /// A registry is joined once. A second `join` changes nothing, and its status is
    /// [`Trouble::Taken`](crate::Trouble::Taken).
    #[allow(clippy::must_use_candidate, reason = "the host is there for who wants its status")]
    pub fn join(self) -> Host {
        let host = self.join_registry(&Registry::global());
        if !host.0.is_refused() {
            // The program's registry accepts only one host.
            let _ = JOINED.set(host.clone());
        }
        host
    }

    /// Like [`join`](Self::join), for the breakers of a registry of your own.
    #[allow(clippy::must_use_candidate, reason = "as of `join`")]
    pub fn join_registry(self, registry: &Registry) -> Host {
        let Self { namespace, once, choice, folder } = self;
        let place = folder.map_or_else(Place::find, |folder| Ok(Place::by_hand(folder)));
        let folder = namespace.as_deref().map_or_else(folder_of_program, folder_of_namespace);
        let files = Files::new(place, folder.clone());
        let shared = Arc::new(Shared::new(files, folder, choice, !once));
        if registry.link(link::of(&shared)).is_err() {
            shared.refuse();
        }
        Host(shared)
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("namespace", &self.namespace)
            .field("once", &self.once)
            .field("choice", &self.choice)
            .field("folder", &self.folder)
            .finish()
    }
}

/// The host of the program's own registry.
static JOINED: OnceLock<Host> = OnceLock::new();

/// Returns the present state of the sharing; `None` before the program has joined.
#[must_use]
pub fn status() -> Option<crate::Status> {
    JOINED.get().map(Host::status)
}
