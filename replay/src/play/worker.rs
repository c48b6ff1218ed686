//! The threads that play the tunings.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, ScopedJoinHandle};

use super::Event;
use super::batch::{QUEUE, Sender};
use super::tuning::Played;

/// A thread that plays some of the tunings.
pub(crate) struct Worker<'s> {
    numbers: Vec<usize>,
    thread: ScopedJoinHandle<'s, Vec<Played>>,
}

/// Spreads the tunings over threads. Returns the threads, and how to send them events.
pub(crate) fn start<'s>(
    scope: &'s thread::Scope<'s, '_>,
    tunings: Vec<Played>,
) -> (Vec<Worker<'s>>, Vec<Sender>) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let count = cores.min(tunings.len()).max(1);
    let mut shares: Vec<Vec<(usize, Played)>> = Vec::new();
    shares.resize_with(count, Vec::new);
    for (number, tuning) in tunings.into_iter().enumerate() {
        shares[number % count].push((number, tuning));
    }
    let start = |share: Vec<(usize, Played)>| {
        let (sender, events) = sync_channel(QUEUE);
        let (numbers, tunings) = share.into_iter().unzip();
        (Worker { numbers, thread: scope.spawn(move || play(tunings, &events)) }, sender)
    };
    shares.into_iter().map(start).unzip()
}

fn play(mut tunings: Vec<Played>, events: &Receiver<Arc<Vec<Event>>>) -> Vec<Played> {
    for batch in events {
        for tuning in &mut tunings {
            tuning.play(&batch);
        }
    }
    tunings
}

/// Waits for the threads, whose senders are gone. Returns the tunings in their first order.
///
/// # Panics
/// A thread has panicked.
pub(crate) fn finish(workers: Vec<Worker<'_>>) -> Vec<Played> {
    let mut all = Vec::new();
    for Worker { numbers, thread } in workers {
        match thread.join() {
            Ok(tunings) => all.extend(numbers.into_iter().zip(tunings)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, tuning)| tuning).collect()
}
