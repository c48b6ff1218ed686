//! A registry that has joined: the records of its breakers, and the trouble with them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use breaker_core::Breaker;
use breaker_core::link::{Choice, Id};

use crate::deadline::Deadline;
use crate::entry::{Entry, Failure, Turn};
use crate::files::{Files, MOST_NAMES};
use crate::log;
use crate::status::Status;
use crate::trouble::Trouble;
use crate::watch;

/// The breakers of a registry that are shared with other processes.
///
/// Cloning it is cheap. Dropping it changes nothing: breakers stay shared as long as their registry
/// lives.
#[derive(Clone)]
pub struct Host(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) files: Files,
    pub(crate) namespace: String,
    choice: Choice,
    entries: Mutex<HashMap<Id, Arc<Entry>>>,
    watches: bool,
    /// The id of the process in which the watcher runs. A forked child has no watcher.
    watcher_of: AtomicU32,
    /// Events that stayed in this process.
    local: AtomicU64,
    /// True if the registry already had a link.
    is_refused: AtomicBool,
}

impl Shared {
    pub(crate) fn new(files: Files, namespace: String, choice: Choice, watches: bool) -> Self {
        Self {
            files,
            namespace,
            choice,
            entries: Mutex::default(),
            watches,
            watcher_of: AtomicU32::new(0),
            local: AtomicU64::new(0),
            is_refused: AtomicBool::new(false),
        }
    }

    /// Notes that the registry refused the link. No other memory is read after the flag.
    pub(crate) fn refuse(&self) {
        self.is_refused.store(true, Ordering::Relaxed);
        log::turned(None, Turn { from: None, to: Some(Trouble::Taken) });
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.is_refused.load(Ordering::Relaxed)
    }

    /// Returns the entry of a breaker that has just been made, if it is to be shared.
    pub(crate) fn enter(self: &Arc<Self>, id: &Id, deadline: Deadline) -> Option<Arc<Entry>> {
        if !self.choice.takes(id) {
            return None;
        }
        self.watch();
        let Ok(mut entries) = deadline.lock(&self.entries) else {
            self.count_local();
            return None;
        };
        if let Some(entry) = entries.get(id) {
            return Some(Arc::clone(entry));
        }
        if entries.len() >= MOST_NAMES {
            drop(entries);
            self.note_folder(Some(Trouble::TooManyNames), deadline);
            return None;
        }
        let entry = Arc::new(Entry::new(id));
        entries.insert(id.clone(), Arc::clone(&entry));
        Some(entry)
    }

    /// Removes the entry of a breaker, unless it belongs to a newer breaker of that name.
    pub(crate) fn leave(&self, breaker: &Breaker, id: &Id) {
        if let Ok(mut entries) = Deadline::new().lock(&self.entries) {
            if entries.get(id).is_some_and(|entry| entry.is_of(breaker)) {
                entries.remove(id);
            }
        }
    }

    /// Returns the entry of a breaker, if it is shared.
    pub(crate) fn entry(self: &Arc<Self>, id: &Id, deadline: Deadline) -> Option<Arc<Entry>> {
        self.watch();
        deadline.lock(&self.entries).ok()?.get(id).cloned()
    }

    pub(crate) fn entries(&self) -> Vec<Arc<Entry>> {
        let entries = Deadline::new().lock(&self.entries);
        entries.map_or_else(|_| Vec::new(), |entries| entries.values().cloned().collect())
    }

    /// Notes the result of an access to a record, and returns it.
    pub(crate) fn note<T>(
        &self,
        entry: &Entry,
        (done, turn): (Result<Option<T>, Failure>, Option<Turn>),
        deadline: Deadline,
    ) -> Result<Option<T>, Failure> {
        if let Some(turn) = turn {
            log::turned(Some(&entry.id), turn);
        }
        match &done {
            Ok(_) => self.note_folder(None, deadline),
            Err(failure) => {
                self.count_local();
                if let Failure::Folder(trouble) = *failure {
                    self.note_folder(Some(trouble), deadline);
                }
            }
        }
        done
    }

    fn note_folder(&self, trouble: Option<Trouble>, deadline: Deadline) {
        if let Some(turn) = self.files.turn(trouble, deadline) {
            log::turned(None, turn);
        }
    }

    fn count_local(&self) {
        // The count alone matters: no other memory is read after it.
        self.local.fetch_add(1, Ordering::Relaxed);
    }

    /// Starts the watcher, unless it runs in this process.
    fn watch(self: &Arc<Self>) {
        if !self.watches {
            return;
        }
        let process = std::process::id();
        // Of several threads, the `swap` of one returns another process's id. It publishes nothing.
        if self.watcher_of.load(Ordering::Relaxed) != process
            && self.watcher_of.swap(process, Ordering::Relaxed) != process
            && watch::start(self).is_err()
        {
            // The system may have a thread later. Until then, breakers learn of other processes
            // when they fail or probe.
            self.watcher_of.store(0, Ordering::Relaxed);
        }
    }

    pub(crate) fn status(&self) -> Status {
        let folder = self.files.folder(Deadline::new()).err();
        let entries = self.entries();
        let troubles: Vec<_> = entries.iter().filter_map(|entry| entry.trouble()).collect();
        let of_all = self.is_refused().then_some(Trouble::Taken).or(folder);
        Status {
            namespace: self.namespace.clone(),
            folder: self.files.path(),
            names: if of_all.is_some() { 0 } else { entries.len() - troubles.len() },
            local_names: if of_all.is_some() { entries.len() } else { troubles.len() },
            local_events: self.local.load(Ordering::Relaxed),
            trouble: of_all.or_else(|| self.files.trouble()).or_else(|| troubles.last().copied()),
        }
    }
}

impl Host {
    /// Returns the present state of the sharing.
    #[must_use]
    pub fn status(&self) -> Status {
        self.0.status()
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("status", &self.status()).finish()
    }
}
