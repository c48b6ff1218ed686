//! The store of warnings: one for each trip, in memory and in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use breakerbox::{Event, EventKind, Reason, Registry, State, Subscription};
use serde::Serialize;

use crate::answer::seconds;
use crate::backend::FAMILY;
use crate::delegate::SetupError;

/// A warning, which is one line of the file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// The time, in seconds since 1970.
    pub unix_seconds: u64,
    /// The gravity: `warning`.
    pub level: &'static str,
    /// The back end whose breaker tripped.
    pub backend: String,
    /// The time that it is left in peace.
    pub retry_after_seconds: Option<f64>,
    /// The message for people.
    pub message: String,
}

/// Listens to all breakers and keeps a notice of each trip.
#[derive(Debug)]
pub struct Notices {
    store: Arc<Mutex<Store>>,
    _subscription: Subscription,
}

#[derive(Debug, Default)]
struct Store {
    notices: Vec<Notice>,
    file: Option<File>,
}

impl Notices {
    pub(crate) fn new(file: Option<&Path>) -> Result<Self, SetupError> {
        let store = Arc::new(Mutex::new(Store { notices: Vec::new(), file: open(file)? }));
        let listener = Arc::clone(&store);
        // A breaker sends one event per trip, however many calls fail at once.
        let subscription = Registry::global().on_transition(move |event| {
            if let Some(notice) = Notice::of(event) {
                lock(&listener).keep(notice);
            }
        });
        Ok(Self { store, _subscription: subscription })
    }

    pub(crate) fn append_to(&self, file: Option<&Path>) -> Result<(), SetupError> {
        let file = open(file)?;
        lock(&self.store).file = file;
        Ok(())
    }

    /// Returns all notices so far.
    #[must_use]
    pub fn all(&self) -> Vec<Notice> {
        self.since(0)
    }

    /// Returns the notices after the first `seen`.
    #[must_use]
    pub fn since(&self, seen: usize) -> Vec<Notice> {
        lock(&self.store).notices.iter().skip(seen).cloned().collect()
    }
}

impl Notice {
    /// Makes a notice of a trip, the change from closed to open. A failed probe is none: the back
    /// end is known to be ill. A trip of another process is none: that process warns.
    fn of(event: &Event) -> Option<Self> {
        let backend = event.name.as_str().strip_prefix(FAMILY)?.strip_prefix('/')?;
        let (State::Closed, State::Open, reason) = (match event.kind {
            EventKind::Transition { reason: Reason::Peer, .. } => return None,
            EventKind::Transition { from, to, reason } => (from, to, reason),
            _ => return None,
        }) else {
            return None;
        };
        let rest = match event.remaining_cooldown {
            Some(time) => format!("left in peace for {}", seconds(time)),
            None => "left in peace until it is reset".to_owned(),
        };
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(Self {
            unix_seconds: since_1970.as_secs(),
            level: "warning",
            backend: backend.to_owned(),
            retry_after_seconds: event.remaining_cooldown.map(|time| time.as_secs_f64()),
            message: format!("{backend} does not answer ({reason}); {rest}"),
        })
    }
}

impl Store {
    /// Runs on the thread of the tripping call: one short line, and rarely.
    fn keep(&mut self, notice: Notice) {
        if let Err(error) = self.append(&notice) {
            // The warning is kept in memory all the same.
            let _ = writeln!(io::stderr(), "error: a notice cannot be written: {error}");
        }
        self.notices.push(notice);
    }

    fn append(&mut self, notice: &Notice) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = serde_json::to_string(notice)?;
        line.push('\n');
        // One write, so that lines of several processes do not mix.
        file.write_all(line.as_bytes())
    }
}

fn open(file: Option<&Path>) -> Result<Option<File>, SetupError> {
    let Some(file) = file else { return Ok(None) };
    let opened = OpenOptions::new().create(true).append(true).open(file);
    opened.map(Some).map_err(|source| SetupError::Notices { file: file.to_owned(), source })
}

fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}
