//! Streams of events.
//!
//! Events go to a [`log`] that all streams read, each from a place of its own. So a slow reader
//! keeps no queue: once the log has forgotten what it has not read, it gets a full [`list`] again,
//! in parts that all readers of this second share. A stream holds its place in the log or in the
//! list, and the part that it is sending.
//!
//! One thread makes the events, in the [`ticker`]: what has changed, each second, and transitions as
//! they come. It runs only while a stream is open. The thread that caused a transition does no more
//! than say so, however many streams there are; the ticker's wakes them.

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

/// The most changes that wait for the ticker. If there are more, all streams get a list.
const MOST_WAITING: usize = 4_096;

#[derive(Debug, Default)]
pub(crate) struct Streams {
    state: Mutex<State>,
    /// Wakes the ticker.
    work: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// True while there is a ticker.
    running: bool,
    open: usize,
    next_id: u64,
    /// Streams below this number have been ended.
    ended: u64,
    /// Of the streams that have read everything.
    wakers: HashMap<u64, Waker>,
    log: Log,
    /// The list of this second, if a stream has asked for one.
    list: Option<Arc<List>>,
    work: Work,
}

/// What the ticker is asked for.
#[derive(Debug, Default)]
struct Work {
    list: bool,
    changes: VecDeque<Change>,
    /// True if there were too many changes to tell of each.
    overflow: bool,
}

/// A breaker that has changed.
#[derive(Debug)]
struct Change {
    name: Name,
    /// `None` for a change that is no transition: of its cooldown, or that it was removed.
    transition: Option<Arc<Transition>>,
}

/// Why there is no stream.
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

    // No foreign code runs under the lock but the clones of wakers, so a poisoned one is whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream, for its reader.
#[derive(Debug)]
pub(crate) struct Reader {
    core: Arc<Core>,
    id: u64,
    /// What comes before everything else.
    first: Option<Bytes>,
    at: At,
}

/// Where a reader is.
#[derive(Debug)]
enum At {
    /// In a list: behind this breaker.
    List {
        after: Option<Name>,
        /// What was in the log when the list was begun is in the list. What has come since then
        /// comes after the list.
        then: Option<u64>,
    },
    /// In the log: this event comes next.
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
    /// Returns what is there to be read, and goes on behind it.
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
        // It may be foreign code that its drop runs.
        drop(waker);
        if is_last {
            streams.work.notify_one();
        }
    }
}
