//! The thread that looks at changes of other processes.

use std::io;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use breaker_core::link::Told;
use breaker_core::shared::Shape;

use crate::deadline::Deadline;
use crate::entry::{News, forget_after};
use crate::host::Shared;
use crate::link::opening;

/// The longest time for which a change by another process goes unseen.
const PERIOD: Duration = Duration::from_millis(100);

/// Starts the thread. It ends with the registry and its last [`Host`](crate::Host).
pub(crate) fn start(shared: &Arc<Shared>) -> io::Result<()> {
    let shared = Arc::downgrade(shared);
    let watcher = thread::Builder::new().name("breakerbox-host".into());
    watcher.spawn(move || watch(&shared)).map(drop)
}

fn watch(shared: &Weak<Shared>) {
    loop {
        thread::sleep(PERIOD);
        let Some(shared) = shared.upgrade() else { return };
        look(&shared);
    }
}

/// Tells the breakers of the changes by other processes.
pub(crate) fn look(shared: &Shared) {
    for entry in shared.entries() {
        let deadline = Deadline::new();
        let looked = entry.look(&shared.files, deadline);
        let Ok(Some(news)) = shared.note(&entry, looked, deadline) else { continue };
        // No lock is held, so the breaker's listeners may do anything.
        if let Some(breaker) = entry.breaker() {
            let cooldown = breaker.config().cooldown();
            for told in tell(&news, cooldown) {
                breaker.told(told);
            }
        }
        entry.told(Deadline::new());
    }
}

fn tell(news: &News, cooldown: Duration) -> impl Iterator<Item = Told> + use<> {
    let News { before, record, now_ms } = *news;
    let (first, second) = match record.shape {
        Shape::Open { .. } => (opening(&record, now_ms, false).map(Told::Open), None),
        Shape::Closed { .. } => {
            let failures = Told::Failures(record.failures(now_ms, forget_after(cooldown)));
            let is_counted_on = before.is_some_and(|before| before.stamp() == record.stamp());
            ((!is_counted_on).then_some(Told::Closed), Some(failures))
        }
    };
    first.into_iter().chain(second)
}
