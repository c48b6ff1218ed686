//! Progress on standard error, if that is a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use crate::read::source::Source;

/// The lines between two looks at the clock.
const STEP: u64 = 1 << 14;

/// The progress of reading.
pub(crate) struct Progress {
    bar: ProgressBar,
    read: Arc<AtomicU64>,
}

impl Progress {
    /// Shows nothing if standard error is no terminal.
    pub(crate) fn new(source: &Source, is_quiet: bool) -> Self {
        let (bar, template) = match source.size {
            _ if is_quiet => (ProgressBar::hidden(), ""),
            Some(size) => {
                (ProgressBar::new(size), "{msg} lines, {percent} %, {bytes_per_sec}, {eta} left")
            }
            None => (ProgressBar::no_length(), "{msg} lines, {bytes}, {bytes_per_sec}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, read: Arc::clone(&source.read) }
    }

    /// Notes that so many lines were read.
    #[inline]
    pub(crate) fn lines(&self, count: u64) {
        if count % STEP == 0 {
            self.show(count);
        }
    }

    #[cold]
    fn show(&self, count: u64) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_message(HumanCount(count).to_string());
        // Relaxed, as the counter.
        self.bar.set_position(self.read.load(Ordering::Relaxed));
    }

    /// Removes the line.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
