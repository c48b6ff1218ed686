//! Reads a source again when its file has changed.
//!
//! A look reads the whole file and compares bytes. So it does not matter how the file is changed:
//! by an editor, by a rename, or by the swap of a symbolic link in a folder above it, which is how
//! Kubernetes mounts a `ConfigMap`. What a look finds is applied when the next one finds the same:
//! a file that is being written is left alone.

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

/// How soon a file that has changed is looked at again.
const SETTLING: Duration = Duration::from_secs(1);
/// How long a name may have no breaker before it is told of.
const UNUSED_AFTER: Duration = Duration::from_secs(60);

/// What a watch tells its listener. Displayed, it is a text for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The tuning is in force.
    Applied(Applied),
    /// The file or the variables have mistakes, or the file cannot be read. The tuning stays as it
    /// was.
    Refused(Mistakes),
    /// These names are tuned, and no function has them: told at once, where the feature `inventory`
    /// knows the functions. Or these names and keys have been in force for a minute, and no breaker
    /// has them.
    Unused(Vec<String>),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied(applied) => write!(f, "breakers are tuned by {} tables", applied.len()),
            Self::Refused(mistakes) => {
                write!(f, "{mistakes}\n\nthe tuning of breakers stays as it was")
            }
            Self::Unused(names) => {
                write!(f, "tuned, but no breaker has this name: {}", names.join(", "))
            }
        }
    }
}

/// A watch over the file of a [`Source`], which ends when this is dropped.
#[derive(Debug)]
#[must_use = "the watch ends when this is dropped"]
pub struct Watch {
    /// The thread ends when its other end hears that this one is gone.
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
    /// [`Watch`] is dropped. `every` says how often the file is looked at; a change is applied when
    /// a second look, at most a second later, finds it too.
    ///
    /// `listener` is told of each outcome, of the first one before this returns. Mistakes change
    /// nothing: the tuning stays, and the watch goes on. A file that is removed, or that may not be
    /// read any more, counts as a mistake, an [`optional_file`](Self::optional_file) too once it was
    /// there. To refuse to start with a mistake, call [`apply`](Self::apply) first.
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

/// What a look has found.
type Found = Result<Option<Vec<u8>>, Mistakes>;

/// A watch without its thread and its time.
struct Watcher {
    source: Source,
    registry: Registry,
    every: Duration,
    /// What has been told of last.
    told: Option<Found>,
    /// What the last look has found, if it is not what was told of.
    changed: Option<Found>,
    /// What is in force, and when its unused names are told of.
    unused: Option<(Applied, Duration)>,
}

impl Watcher {
    fn new(source: Source, registry: Registry, every: Duration) -> Self {
        Watcher { source, registry, every, told: None, changed: None, unused: None }
    }

    /// Applies what is there. Returns how long to wait for the next look.
    fn first(&mut self, now: Duration, tell: &mut dyn FnMut(Outcome)) -> Duration {
        let found = self.source.read_file();
        self.settle(found, now, tell);
        self.every
    }

    /// Looks at the file. Returns how long to wait for the next look.
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
            // They have been told of when they were applied.
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

/// Tells the listener. A panic of it does not end the watch.
fn told(tell: &mut dyn FnMut(Outcome), outcome: Outcome) {
    let _: Result<(), Box<dyn Any + Send>> = catch_unwind(AssertUnwindSafe(|| tell(outcome)));
}

#[cfg(test)]
mod tests;
