//! Batches of events, which all workers read, and which are used again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::Event;

/// The events of a batch.
const SIZE: usize = 1 << 13;

/// The batches that a worker may be behind.
pub(crate) const QUEUE: usize = 8;

/// The way to a worker.
pub(crate) type Sender = SyncSender<Arc<Vec<Event>>>;

/// Events, and a sender to each worker.
pub(crate) struct Batches {
    next: Vec<Event>,
    workers: Vec<Sender>,
    /// The batches that were sent, the oldest first.
    sent: VecDeque<Arc<Vec<Event>>>,
}

impl Batches {
    pub(crate) fn new(workers: Vec<Sender>) -> Self {
        Self { next: Vec::with_capacity(SIZE), workers, sent: VecDeque::new() }
    }

    #[inline]
    pub(crate) fn push(&mut self, event: Event) {
        self.next.push(event);
        if self.next.len() == SIZE {
            self.send();
        }
    }

    /// Sends what there is.
    pub(crate) fn send(&mut self) {
        let used = self.sent.front_mut().and_then(Arc::get_mut).map(std::mem::take);
        let empty = match used {
            Some(mut used) => {
                self.sent.pop_front();
                used.clear();
                used
            }
            None => Vec::with_capacity(SIZE),
        };
        let batch = Arc::new(std::mem::replace(&mut self.next, empty));
        for worker in &self.workers {
            // A worker ends early only by a panic, which its thread's end tells.
            let _ = worker.send(Arc::clone(&batch));
        }
        self.sent.push_back(batch);
    }
}
