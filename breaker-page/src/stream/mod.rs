//! Streams of events.
//!
//! Events go to a [`log`] that all streams read, each from its own position. So a slow reader keeps
//! no queue. Once the log has dropped events that the reader has not read, the reader gets a full
//! [`list`] again, in parts that all readers of this second share. A stream holds its position in
//! the log or in the list, and the part that it is sending.
//!
//! One thread makes the events, in the [`ticker`]: each second for all changes, and at once for
//! transitions. It runs only while a stream is open. The thread that caused a transition only
//! reports it, however many streams there are; the ticker's thread wakes them.

mod list;
mod log;
mod text;
mod ticker;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use breaker_core::Name;
use bytes::Bytes;

use crate::core::Core;
use crate::history::Transition;
use crate::view::PageView;

use list::List;
use log::{Found, Log};

/// The largest number of changes that wait for the ticker. Beyond it, all streams get a list.
const MOST_WAITING: usize = 4_096;

#[derive(Debug, Default)]
pub(crate) struct Streams {
    state: Mutex<State>,
    /// Wakes the ticker.
    work: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// True while the ticker's thread runs.
    running: bool,
    open: usize,
    next_id: u64,
    /// Streams with an id below this have been ended.
    ended: u64,
    /// The wakers of the streams that have read everything.
    wakers: HashMap<u64, Waker>,
    log: Log,
    /// The list of this second, if a stream has asked for one.
    list: Option<Arc<List>>,
    work: Work,
}

/// The work that waits for the ticker.
#[derive(Debug, Default)]
struct Work {
    list: bool,
    changes: VecDeque<Change>,
    /// True if there were too many changes to report each.
    overflow: bool,
}

/// A breaker that has changed.
#[derive(Debug)]
struct Change {
    name: Name,
    /// `None` for a change of the cooldown, and for a removal.
    transition: Option<Arc<Transition>>,
}

/// The reason why there is no stream.
#[derive(Debug)]
pub(crate) enum NoStream {
    TooMany,
    NoThread(io::Error),
}

impl Streams {
    pub(crate) fn tell_transition(&self, name: &Name, transition: Arc<Transition>) {
        self.tell(name, Some(transition));
    }

    pub(crate) fn tell_change(&self, name: &Name) {
        self.tell(name, None);
    }

    fn tell(&self, name: &Name, transition: Option<Arc<Transition>>) {
        let mut state = self.state();
        if !state.running {
            return;
        }
        if state.work.changes.len() < MOST_WAITING {
            state.work.changes.push_back(Change { name: name.clone(), transition });
        } else {
            state.work.overflow = true;
        }
        drop(state);
        self.work.notify_one();
    }

    /// Ends all streams that are open now.
    #[cfg(feature = "server")]
    pub(crate) fn end_all(&self) {
        let mut state = self.state();
        state.ended = state.next_id;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_values().for_each(Waker::wake);
    }

    // No foreign code runs under the lock except clones of wakers, so even a poisoned state is
    // consistent.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream, for its reader.
#[derive(Debug)]
pub(crate) struct Reader {
    core: Arc<Core>,
    id: u64,
    /// The event that comes before all others.
    first: Option<Bytes>,
    at: At,
}

/// The position of a reader.
#[derive(Debug)]
enum At {
    /// In a list, after this breaker.
    List {
        after: Option<Name>,
        /// The next event of the log after the list: the list has all events up to its beginning.
        then: Option<u64>,
    },
    /// In the log, before this event.
    Log(u64),
}

impl At {
    const START: At = At::List { after: None, then: None };
}

impl Reader {
    /// Opens a stream, and starts the ticker if there is none.
    pub(crate) fn open(
        core: &Arc<Core>,
        page: &PageView<'_>,
        most: usize,
    ) -> Result<Self, NoStream> {
        let streams = &core.heard.streams;
        let mut state = streams.state();
        if state.open >= most {
            return Err(NoStream::TooMany);
        }
        if !state.running {
            let core = Arc::clone(core);
            let ticker = thread::Builder::new().name("breaker-page".into());
            ticker.spawn(move || ticker::run(&core)).map_err(NoStream::NoThread)?;
            state.running = true;
        }
        let id = state.next_id;
        (state.next_id, state.open) = (id + 1, state.open + 1);
        drop(state);
        let first = Some(text::event("page", page));
        Ok(Reader { core: Arc::clone(core), id, first, at: At::START })
    }

    /// Returns the next event, or a part of a list.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        let streams = &self.core.heard.streams;
        let mut state = streams.state();
        if self.id < state.ended {
            return Poll::Ready(None);
        }
        if let Some(bytes) = self.at.advance(&state) {
            return Poll::Ready(Some(bytes));
        }
        if matches!(self.at, At::List { .. }) && !state.work.list {
            state.work.list = true;
            streams.work.notify_one();
        }
        state.wakers.insert(self.id, cx.waker().clone());
        Poll::Pending
    }
}

impl At {
    /// Returns the next piece, if there is one, and moves on.
    fn advance(&mut self, state: &State) -> Option<Bytes> {
        if let At::Log(next) = self {
            match state.log.get(*next) {
                Found::Event(bytes) => {
                    *next += 1;
                    return Some(bytes);
                }
                Found::NotYet => return None,
                Found::Forgotten => *self = At::START,
            }
        }
        let At::List { after, then } = self else { return None };
        let list = state.list.as_ref()?;
        let then = *then.get_or_insert(list.then);
        let (bytes, upto) = list.part_after(after.as_ref());
        *self = match upto {
            Some(upto) => At::List { after: Some(upto.clone()), then: Some(then) },
            None => At::Log(then),
        };
        Some(bytes)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let streams = &self.core.heard.streams;
        let mut state = streams.state();
        state.open -= 1;
        let waker = state.wakers.remove(&self.id);
        let is_last = state.open == 0;
        drop(state);
        // Dropping the waker may run foreign code.
        drop(waker);
        if is_last {
            streams.work.notify_one();
        }
    }
}
