//! The record of one breaker, as this process knows it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use breaker_core::link::Id;
use breaker_core::shared::{Effect, Event, Record, Stamp};
use breaker_core::{Breaker, Role};

use crate::act::{Act, Found, Unsettled};
use crate::deadline::Deadline;
use crate::files::{Files, OpenFile};
use crate::memory::Memory;
use crate::owed::Waiting;
use crate::place::record_name;
use crate::slot::{self, Contents};
use crate::trouble::Trouble;

/// The number of times that one change reopens a record whose file is removed meanwhile.
const ATTEMPTS: u32 = 3;

/// The longest time for which failures in a row are remembered, unless ten cooldowns are longer.
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// A shared breaker.
pub(crate) struct Entry {
    pub(crate) id: Id,
    file_name: String,
    /// Failures that could be neither written nor noted in `memory`.
    waiting: Waiting,
    memory: Mutex<Memory>,
}

/// The reason why a record could not be read or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The trouble is with the folder of all records.
    Folder(Trouble),
    /// The trouble is with this record.
    Record(Trouble),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Record(trouble)
    }
}

/// The result of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    /// The stamp that this process knew before.
    pub(crate) seen: Option<Stamp>,
    pub(crate) record: Record,
    pub(crate) effect: Effect,
    pub(crate) now_ms: u64,
    /// This process has opened the record.
    pub(crate) is_own: bool,
    /// Somebody has ended this open by hand, in this process alone.
    pub(crate) is_left: bool,
}

/// A change that another process has made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News {
    /// The record that the breaker was last told of.
    pub(crate) before: Option<Record>,
    pub(crate) record: Record,
    pub(crate) now_ms: u64,
}

/// A change of a record's trouble, if the two differ.
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

/// Returns the age from which failures in a row are forgotten.
pub(crate) fn forget_after(cooldown: Duration) -> Duration {
    FORGET_AFTER.max(cooldown.saturating_mul(10))
}

impl Entry {
    pub(crate) fn new(id: &Id) -> Self {
        Self {
            id: id.clone(),
            file_name: record_name(id),
            waiting: Waiting::default(),
            memory: Mutex::default(),
        }
    }

    /// Notes a failure that could not be written.
    pub(crate) fn owe(&self, deadline: Deadline) {
        match deadline.lock(&self.memory) {
            Ok(mut memory) => memory.owe(1, now_ms()),
            Err(_) => self.waiting.add(now_ms()),
        }
    }

    /// Notes that the row of failures is over.
    pub(crate) fn forget_owed(&self, deadline: Deadline) {
        self.waiting.take();
        if let Ok(mut memory) = deadline.lock(&self.memory) {
            memory.owed = None;
        }
    }

    /// Notes the end of a half-open, or a closing by hand, that could not be written.
    pub(crate) fn settle_later(&self, act: Act, deadline: Deadline) {
        if let Ok(mut memory) = deadline.lock(&self.memory) {
            memory.unsettled = Unsettled::new(act, memory.known.as_ref(), now_ms());
        }
    }

    /// Notes that somebody has closed the breaker by hand.
    pub(crate) fn leave(&self, deadline: Deadline) {
        if let Ok(mut memory) = deadline.lock(&self.memory) {
            memory.leave_open();
        }
    }

    /// Notes that the breaker was told of the last look.
    pub(crate) fn told(&self, deadline: Deadline) {
        if let Ok(mut memory) = deadline.lock(&self.memory) {
            memory.note_told();
        }
    }

    pub(crate) fn trouble(&self) -> Option<Trouble> {
        Deadline::new().lock(&self.memory).map_or_else(Some, |memory| memory.trouble)
    }

    /// Returns the part that this process has in the record, unless there is trouble with that.
    pub(crate) fn role(&self, deadline: Deadline) -> Option<Role> {
        let memory = deadline.lock(&self.memory).ok()?;
        let role = if memory.has_lease(now_ms()) { Role::Prober } else { Role::Member };
        memory.trouble.is_none().then_some(role)
    }

    pub(crate) fn breaker(&self) -> Option<Arc<Breaker>> {
        Deadline::new().lock(&self.memory).ok()?.breaker.upgrade()
    }

    /// Returns true if the breaker was the last to be attached.
    pub(crate) fn is_of(&self, breaker: &Breaker) -> bool {
        let attached = Deadline::new().lock(&self.memory).map(|memory| memory.breaker.as_ptr());
        attached.is_ok_and(|attached| std::ptr::eq(attached, breaker))
    }

    /// Reads the record for a breaker that has just been made.
    pub(crate) fn attach(
        &self,
        breaker: &Arc<Breaker>,
        files: &Files,
        deadline: Deadline,
    ) -> (Result<Option<News>, Failure>, Option<Turn>) {
        let mut memory = match deadline.lock(&self.memory) {
            Ok(memory) => memory,
            Err(busy) => return (Err(busy.into()), None),
        };
        memory.attach(breaker);
        let read = self.read(&mut memory, files, deadline);
        let turn = memory.turn(read.as_ref().err());
        let news = |(record, now_ms)| News { before: None, record, now_ms };
        (read.map(|read| read.map(news)), turn)
    }

    /// Returns the changes of other processes that the breaker was not told of.
    pub(crate) fn look(
        &self,
        files: &Files,
        deadline: Deadline,
    ) -> (Result<Option<News>, Failure>, Option<Turn>) {
        // Another thread holds the lock and reads the record too. The next look tells the breaker.
        let Ok(mut memory) = deadline.lock(&self.memory) else { return (Ok(None), None) };
        self.remember_waiting(&mut memory);
        let read = self.read(&mut memory, files, deadline);
        let turn = memory.turn(read.as_ref().err());
        let news = read.map(|read| read.and_then(|(record, now)| memory.note_look(record, now)));
        (news, turn)
    }

    fn remember_waiting(&self, memory: &mut Memory) {
        if let Some((count, last_ms)) = self.waiting.take() {
            memory.owe(count, last_ms);
        }
    }

    fn read(
        &self,
        memory: &mut Memory,
        files: &Files,
        deadline: Deadline,
    ) -> Result<Option<(Record, u64)>, Failure> {
        let Some(file) = self.take_file(memory, files, false, deadline)? else {
            memory.note_nothing();
            return Ok(None);
        };
        let contents = file.read();
        memory.file = files.keep(file);
        let now_ms = now_ms();
        let mut record = match contents? {
            Contents::Nothing => {
                memory.note_nothing();
                return Ok(None);
            }
            Contents::Newer(version) => return Err(Trouble::Newer { version }.into()),
            Contents::Record { record, .. } => record,
        };
        // The clock has gone back. `Event::Look` writes that down; otherwise the cooldown would
        // begin anew at each look.
        let is_ahead = record.remaining(now_ms).is_some() && record.is_from_the_future(now_ms);
        if is_ahead || memory.unsettled.is_some() {
            let look = |_: &Found| Some(Act::Event(Event::Look));
            let changed = self.change_file(memory, files, deadline, false, look)?;
            record = changed.map_or(record, |change| change.record);
        }
        memory.known = Some(record);
        Ok(Some((record, now_ms)))
    }

    /// Reads the record without its lock and without waiting. Used when an event did not get the
    /// lock: most likely another process has just done what the event asks for. Returns `None` for
    /// an open that this process has ended.
    pub(crate) fn peek(&self, files: &Files) -> Option<(Record, u64)> {
        let deadline = Deadline::over();
        let mut memory = deadline.lock(&self.memory).ok()?;
        let file = self.take_file(&mut memory, files, false, deadline).ok()??;
        let contents = file.read();
        memory.file = files.keep(file);
        match contents.ok()? {
            Contents::Record { record, .. } if !memory.has_ended(&record) => {
                Some((record, now_ms()))
            }
            _ => None,
        }
    }

    /// Applies the action that `act` returns to the record. Returns `None` if it returns none, or
    /// if there is no record and `makes` is false.
    pub(crate) fn change(
        &self,
        files: &Files,
        deadline: Deadline,
        makes: bool,
        act: impl Fn(&Found) -> Option<Act>,
    ) -> (Result<Option<Change>, Failure>, Option<Turn>) {
        let mut memory = match deadline.lock(&self.memory) {
            Ok(memory) => memory,
            Err(busy) => return (Err(busy.into()), None),
        };
        self.remember_waiting(&mut memory);
        let changed = self.change_file(&mut memory, files, deadline, makes, act);
        let turn = memory.turn(changed.as_ref().err());
        (changed, turn)
    }

    fn change_file(
        &self,
        memory: &mut Memory,
        files: &Files,
        deadline: Deadline,
        makes: bool,
        act: impl Fn(&Found) -> Option<Act>,
    ) -> Result<Option<Change>, Failure> {
        for _ in 0..ATTEMPTS {
            let Some(file) = self.take_file(memory, files, makes, deadline)? else {
                memory.note_nothing();
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
            let before = found.unwrap_or_else(|| Record::new(draw(), now_ms));
            let settled = memory.unsettled.map_or(before, |late| late.apply(before, now_ms));
            // This process knew of the late end that has just been applied.
            let seen = memory
                .known
                .map(|record| record.stamp())
                .map(|seen| if seen == before.stamp() { settled.stamp() } else { seen });
            let (owed, failed_ms) = (memory.owed, memory.failed_ms);
            let is_new = found.is_none();
            let act = act(&Found { record: settled, is_new, seen, owed, failed_ms, now_ms });
            let (record, effect) =
                act.map_or((settled, Effect::None), |act| act.apply(settled, now_ms));
            if record != before {
                file.file()
                    .write(&slot::write(&record, place), place.offset())
                    .map_err(Trouble::from)?;
            }
            drop(lock);
            memory.file = files.keep(file);
            let after = (found.is_some() || record != before).then_some(record);
            memory.unsettled = None;
            memory.note_change(found, after, act.map(|act| (act, effect)), now_ms);
            let (is_own, is_left) = (memory.is_own(&record), memory.has_left(&record));
            return Ok(act.map(|_| Change { seen, record, effect, now_ms, is_own, is_left }));
        }
        Err(Trouble::Io(std::io::ErrorKind::NotFound).into())
    }

    /// Takes the open file, or opens it.
    fn take_file(
        &self,
        memory: &mut Memory,
        files: &Files,
        makes: bool,
        deadline: Deadline,
    ) -> Result<Option<OpenFile>, Failure> {
        match memory.file.take().filter(OpenFile::is_usable) {
            Some(file) => Ok(Some(file)),
            None => files.open(&self.file_name, makes, deadline),
        }
    }
}

/// Draws a random number.
fn draw() -> u64 {
    RandomState::new().build_hasher().finish()
}
