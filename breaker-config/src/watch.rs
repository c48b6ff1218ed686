//! Reads a source again when its file has changed.
//!
//! A look reads the whole file and compares bytes. So any way of changing the file works: an
//! editor, a rename, or the swap of a symbolic link in a folder above it, by which Kubernetes
//! mounts a `ConfigMap`. A change is applied when the next look finds the changed bytes again, so a
//! file that is still being written is left alone.

use std::any::Any;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use breaker_core::Registry;

use crate::mistake::Mistakes;
use crate::source::{Applied, Source};

/// The time after which a changed file is looked at again.
const SETTLING: Duration = Duration::from_secs(1);
/// The time that a name may have no breaker before the listener is told.
const UNUSED_AFTER: Duration = Duration::from_secs(60);

/// The outcome of a look, for the listener. `Display` writes a text for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The tuning is in force.
    Applied(Applied),
    /// The file or the variables have mistakes, or the file cannot be read. The tuning stays as it
    /// was.
    Refused(Mistakes),
    /// These names are tuned, and nothing has them. With the feature `inventory`, which knows the
    /// functions, they are reported at once. Otherwise these names and keys have been in force for
    /// a minute, and no breaker has them.
    Unused(Vec<String>),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied(applied) => match applied.len() {
                1 => f.write_str("breakers are tuned by 1 table"),
                tables => write!(f, "breakers are tuned by {tables} tables"),
            },
            Self::Refused(mistakes) => {
                write!(f, "{mistakes}\n\nthe tuning of breakers stays as it was")
            }
            Self::Unused(names) => {
                write!(f, "tuned, but no breaker has this name: {}", names.join(", "))
            }
        }
    }
}

/// A watch over the file of a [`Source`]. It ends when this is dropped.
#[derive(Debug)]
#[must_use = "the watch ends when this is dropped"]
pub struct Watch {
    /// Dropping this sender ends the thread, which holds the receiver.
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Ends the watch, and waits for a look that is under way. Do not call it from the listener.
    pub fn stop(mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _: Result<(), Box<dyn Any + Send>> = thread.join();
        }
    }
}

impl Source {
    /// Applies the source at once, and again whenever its file has changed, until the returned
    /// [`Watch`] is dropped. `every` is the time between two looks at the file. A change is applied
    /// when a second look, at most a second later, finds it too.
    ///
    /// `listener` is told of each outcome, of the first one before `watch` returns. Mistakes change
    /// nothing: the tuning stays, and the watch goes on. A file that is removed or becomes
    /// unreadable is a mistake; so is an [`optional_file`](Self::optional_file) once it was there.
    /// To refuse to start with a mistake, call [`apply`](Self::apply) first.
    ///
    /// # Errors
    /// The system gives no thread.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use breaker_config::Source;
    /// use breaker_core::Registry;
    ///
    /// let source = Source::new().file("breakers.toml").env(std::env::vars_os());
    /// let every = Duration::from_secs(5);
    /// let watch = source.watch(&Registry::global(), every, |outcome| eprintln!("{outcome}"))?;
    /// # drop(watch);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn watch(
        self,
        registry: &Registry,
        every: Duration,
        mut listener: impl FnMut(Outcome) + Send + 'static,
    ) -> io::Result<Watch> {
        let start = Instant::now();
        let mut watcher = Watcher::new(self, registry.clone(), every);
        let mut next = watcher.first(Duration::ZERO, &mut listener);
        let (stop, stopped) = mpsc::channel();
        let look = move || {
            while stopped.recv_timeout(next) == Err(RecvTimeoutError::Timeout) {
                next = watcher.look(start.elapsed(), &mut listener);
            }
        };
        let thread = thread::Builder::new().name("breaker-config".into()).spawn(look)?;
        Ok(Watch { stop: Some(stop), thread: Some(thread) })
    }
}

/// The result of a look.
type Found = Result<Option<Vec<u8>>, Mistakes>;

/// A watch without its thread and its time.
struct Watcher {
    source: Source,
    registry: Registry,
    every: Duration,
    /// The last result that the listener was told of.
    told: Option<Found>,
    /// The result of the last look, if the listener has not been told of it.
    changed: Option<Found>,
    /// The tuning in force, and the time at which its unused names are reported.
    unused: Option<(Applied, Duration)>,
}

impl Watcher {
    fn new(source: Source, registry: Registry, every: Duration) -> Self {
        Watcher { source, registry, every, told: None, changed: None, unused: None }
    }

    /// Applies the source. Returns the time to wait for the next look.
    fn first(&mut self, now: Duration, tell: &mut dyn FnMut(Outcome)) -> Duration {
        let found = self.source.read_file();
        self.settle(found, now, tell);
        self.every
    }

    /// Looks at the file. Returns the time to wait for the next look.
    fn look(&mut self, now: Duration, tell: &mut dyn FnMut(Outcome)) -> Duration {
        let found = self.source.read_file();
        if self.told.as_ref() == Some(&found) {
            self.changed = None;
        } else if self.changed.as_ref() == Some(&found) {
            self.settle(found, now, tell);
        } else {
            self.changed = Some(found);
        }
        if let Some((applied, _)) = self.unused.take_if(|(_, when)| now >= *when) {
            // The listener was told of misspelt names when they were applied.
            let misspelt = applied.misspelt(&self.registry);
            let mut unused = applied.unused(&self.registry);
            unused.retain(|name| !misspelt.contains(name));
            tell_unused(tell, unused);
        }
        if self.changed.is_some() { self.every.min(SETTLING) } else { self.every }
    }

    fn settle(&mut self, found: Found, now: Duration, tell: &mut dyn FnMut(Outcome)) {
        self.changed = None;
        let outcome = match &found {
            Ok(bytes) => {
                if bytes.is_some() {
                    self.source.must_be_there();
                }
                self.source.lay(bytes.as_deref(), &self.registry)
            }
            Err(mistakes) => Err(mistakes.clone()),
        };
        self.told = Some(found);
        match outcome {
            Ok(applied) => {
                let misspelt = applied.misspelt(&self.registry);
                self.unused = Some((applied.clone(), now + UNUSED_AFTER));
                told(tell, Outcome::Applied(applied));
                tell_unused(tell, misspelt);
            }
            Err(mistakes) => told(tell, Outcome::Refused(mistakes)),
        }
    }
}

fn tell_unused(tell: &mut dyn FnMut(Outcome), names: Vec<String>) {
    if !names.is_empty() {
        told(tell, Outcome::Unused(names));
    }
}

/// Tells the listener. Its panic does not end the watch.
fn told(tell: &mut dyn FnMut(Outcome), outcome: Outcome) {
    let _: Result<(), Box<dyn Any + Send>> = catch_unwind(AssertUnwindSafe(|| tell(outcome)));
}

#[cfg(test)]
mod tests;
