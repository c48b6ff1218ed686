//! The record of one breaker, as this process knows it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use breaker_core::Breaker;
use breaker_core::link::Id;
use breaker_core::shared::{Effect, Event, Record, Shape, Stamp, step};

use crate::deadline::Deadline;
use crate::files::{Files, OpenFile};
use crate::place::record_name;
use crate::slot::{self, Contents};
use crate::trouble::Trouble;

/// How often a record is opened anew in one change, if its file is removed meanwhile.
const ATTEMPTS: u32 = 3;

/// The longest time for which failures in a row are remembered, unless ten cooldowns are longer.
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// A breaker that is shared.
pub(crate) struct Entry {
    pub(crate) id: Id,
    file_name: String,
    /// Failures in a row that could not be written. A count alone: nothing else is read by it.
    owed: AtomicU16,
    inner: Mutex<Inner>,
}

struct Inner {
    breaker: Weak<Breaker>,
    file: Option<OpenFile>,
    /// The record as it was last read or written.
    known: Option<Record>,
    /// The last open that this process began.
    own: Option<Stamp>,
    /// The open that somebody has ended by hand in this process alone.
    left: Option<Stamp>,
    trouble: Option<Trouble>,
}

/// Why a record could not be read or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The folder of all records.
    Folder(Trouble),
    /// This record.
    Record(Trouble),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Record(trouble)
    }
}

/// What came of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    /// The stamp that this process knew before.
    pub(crate) seen: Option<Stamp>,
    pub(crate) record: Record,
    pub(crate) effect: Effect,
    pub(crate) now_ms: u64,
    /// Whether this process has opened it.
    pub(crate) is_own: bool,
    /// Whether somebody has ended this open by hand in this process alone.
    pub(crate) is_left: bool,
}

/// What another process has changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News {
    pub(crate) before: Option<Record>,
    pub(crate) record: Record,
    pub(crate) now_ms: u64,
}

/// Whether the trouble of a record is another one now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) from: Option<Trouble>,
    pub(crate) to: Option<Trouble>,
}

/// Milliseconds since 1970 by the clock of the host.
pub(crate) fn now_ms() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
}

/// Failures that are older than this do not meet a new one.
pub(crate) fn forget_after(cooldown: Duration) -> Duration {
    FORGET_AFTER.max(cooldown.saturating_mul(10))
}

impl Entry {
    pub(crate) fn new(id: &Id) -> Self {
        let inner = Inner {
            breaker: Weak::new(),
            file: None,
            known: None,
            own: None,
            left: None,
            trouble: None,
        };
        Self {
            id: id.clone(),
            file_name: record_name(id),
            owed: AtomicU16::new(0),
            inner: Mutex::new(inner),
        }
    }

    /// Returns how many failures in a row could not be written.
    pub(crate) fn owed(&self) -> u16 {
        self.owed.load(Ordering::Relaxed)
    }

    /// Notes that a failure could not be written.
    pub(crate) fn owe(&self) {
        self.owed.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that so many are written now, or that the row is over.
    pub(crate) fn pay(&self, failures: u16) {
        let less = |owed: u16| Some(owed.saturating_sub(failures));
        // It always has a next value.
        let _ = self.owed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    pub(crate) fn trouble(&self) -> Option<Trouble> {
        Deadline::new().lock(&self.inner).map_or_else(Some, |inner| inner.trouble)
    }

    pub(crate) fn breaker(&self) -> Option<Arc<Breaker>> {
        Deadline::new().lock(&self.inner).ok()?.breaker.upgrade()
    }

    /// Returns whether the breaker was the last one to be attached.
    pub(crate) fn is_of(&self, breaker: &Breaker) -> bool {
        let attached = Deadline::new().lock(&self.inner).map(|inner| inner.breaker.as_ptr());
        attached.is_ok_and(|attached| std::ptr::eq(attached, breaker))
    }

    /// Reads the record for a breaker that has just been made.
    pub(crate) fn attach(
        &self,
        breaker: &Arc<Breaker>,
        files: &Files,
    ) -> (Result<Option<News>, Failure>, Option<Turn>) {
        let deadline = Deadline::new();
        let mut inner = match deadline.lock(&self.inner) {
            Ok(inner) => inner,
            Err(busy) => return (Err(busy.into()), None),
        };
        inner.breaker = Arc::downgrade(breaker);
        let read = self.read(&mut inner, files, deadline);
        let turn = inner.turn(read.as_ref().err());
        (read, turn)
    }

    /// Returns what others have changed since this process last read or wrote the record.
    pub(crate) fn look(&self, files: &Files) -> (Result<Option<News>, Failure>, Option<Turn>) {
        let deadline = Deadline::new();
        // Whoever holds the lock reads the record too.
        let Ok(mut inner) = deadline.lock(&self.inner) else { return (Ok(None), None) };
        if inner.file.as_ref().is_some_and(|file| !file.is_linked()) {
            inner.file = None;
        }
        let before = inner.known;
        let read = self.read(&mut inner, files, deadline);
        let turn = inner.turn(read.as_ref().err());
        let is_news = |news: &News| Some(news.record) != before && !inner.has_left(&news.record);
        (read.map(|news| news.filter(is_news)), turn)
    }

    /// Notes that somebody has closed the breaker by hand. If the record is open all the same, that
    /// open does not concern this process any more.
    pub(crate) fn leave(&self) {
        if let Ok(mut inner) = Deadline::new().lock(&self.inner) {
            inner.left = inner.known.as_ref().and_then(began);
        }
    }

    fn read(
        &self,
        inner: &mut Inner,
        files: &Files,
        deadline: Deadline,
    ) -> Result<Option<News>, Failure> {
        let before = inner.known;
        inner.known = None;
        let Some(file) = self.take_file(inner, files, false)? else { return Ok(None) };
        let contents = file.read();
        inner.file = files.keep(file);
        let now_ms = now_ms();
        let mut record = match contents? {
            Contents::Nothing => return Ok(None),
            Contents::Newer(version) => return Err(Trouble::Newer { version }.into()),
            Contents::Record { record, .. } => record,
        };
        if record.remaining(now_ms).is_some() && record.is_from_the_future(now_ms) {
            // Unless somebody writes down that the clock has gone back, the cooldown begins anew
            // at each look.
            let healed = self.change_file(inner, files, deadline, false, |_| Event::Look)?;
            record = healed.map_or(record, |change| change.record);
        }
        inner.known = Some(record);
        Ok(Some(News { before, record, now_ms }))
    }

    /// Reads the record without its lock and without waiting, for an event that was not let in by
    /// the lock: most likely somebody else has just done what it asks for.
    pub(crate) fn peek(&self, files: &Files) -> Option<(Record, u64)> {
        let deadline = Deadline::over();
        let mut inner = deadline.lock(&self.inner).ok()?;
        let file = self.take_file(&mut inner, files, false).ok()??;
        let contents = file.read();
        inner.file = files.keep(file);
        match contents.ok()? {
            Contents::Record { record, .. } => Some((record, now_ms())),
            Contents::Nothing | Contents::Newer(_) => None,
        }
    }

    /// Applies an event to the record. Returns `None` if there is no record, and `makes` is false.
    pub(crate) fn change(
        &self,
        files: &Files,
        makes: bool,
        event: impl Fn(Option<Stamp>) -> Event,
    ) -> (Result<Option<Change>, Failure>, Option<Turn>) {
        let deadline = Deadline::new();
        let mut inner = match deadline.lock(&self.inner) {
            Ok(inner) => inner,
            Err(busy) => return (Err(busy.into()), None),
        };
        let changed = self.change_file(&mut inner, files, deadline, makes, event);
        let turn = inner.turn(changed.as_ref().err());
        (changed, turn)
    }

    fn change_file(
        &self,
        inner: &mut Inner,
        files: &Files,
        deadline: Deadline,
        makes: bool,
        event: impl Fn(Option<Stamp>) -> Event,
    ) -> Result<Option<Change>, Failure> {
        for _ in 0..ATTEMPTS {
            let Some(file) = self.take_file(inner, files, makes)? else {
                inner.known = None;
                return Ok(None);
            };
            let lock = deadline.lock_file(file.file())?;
            if !file.is_linked() {
                continue;
            }
            let contents = file.read()?;
            let now_ms = now_ms();
            let (found, place) = match contents {
                Contents::Record { record, next } => (Some(record), next),
                Contents::Nothing => (None, slot::Place::FIRST),
                Contents::Newer(version) => return Err(Trouble::Newer { version }.into()),
            };
            let seen = inner.known.map(|record| record.stamp());
            let before = found.unwrap_or_else(|| Record::new(draw(), now_ms));
            let event = event(seen);
            let (record, effect) = step(before, event, now_ms);
            if effect != Effect::None {
                file.file()
                    .write(&slot::write(&record, place), place.offset())
                    .map_err(Trouble::from)?;
            }
            drop(lock);
            inner.file = files.keep(file);
            inner.known = (found.is_some() || effect != Effect::None).then_some(record);
            if opens(event, effect) {
                inner.own = began(&record);
            }
            let is_own = inner.own.is_some() && inner.own == began(&record);
            let is_left = inner.has_left(&record);
            return Ok(Some(Change { seen, record, effect, now_ms, is_own, is_left }));
        }
        Err(Trouble::Io(std::io::ErrorKind::NotFound).into())
    }

    /// Opens the file, unless it is open.
    fn take_file(
        &self,
        inner: &mut Inner,
        files: &Files,
        makes: bool,
    ) -> Result<Option<OpenFile>, Failure> {
        // A forked child opens its own.
        match inner.file.take().filter(OpenFile::is_of_this_process) {
            Some(file) => Ok(Some(file)),
            None => files.open(&self.file_name, makes),
        }
    }
}

impl Inner {
    fn has_left(&self, record: &Record) -> bool {
        self.left.is_some() && self.left == began(record)
    }

    /// Notes how the last access went. Trouble of the folder is everybody's, and noted elsewhere.
    fn turn(&mut self, failure: Option<&Failure>) -> Option<Turn> {
        let to = match failure {
            Some(Failure::Folder(_)) => return None,
            Some(Failure::Record(trouble)) => Some(*trouble),
            None => None,
        };
        let from = std::mem::replace(&mut self.trouble, to);
        (from != to).then_some(Turn { from, to })
    }
}

/// Returns whether this event of this process has begun an open.
fn opens(event: Event, effect: Effect) -> bool {
    match event {
        Event::Fail { .. } => effect == Effect::Tripped,
        Event::Trip { .. } | Event::Relapse { .. } => effect == Effect::Changed,
        _ => false,
    }
}

/// Returns the stamp at which the open began.
pub(crate) fn began(record: &Record) -> Option<Stamp> {
    match record.shape {
        Shape::Open { began, .. } => Some(Stamp { epoch: began, ..record.stamp() }),
        Shape::Closed { .. } => None,
    }
}

/// Draws a random number.
fn draw() -> u64 {
    RandomState::new().build_hasher().finish()
}
