//! Collects the warnings that mdBook logs while it builds.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::filter::LevelFilter;

/// The text of all warnings and errors so far.
#[derive(Clone, Default)]
pub(crate) struct Warnings(Arc<Mutex<Vec<u8>>>);

impl Warnings {
    /// Installs a subscriber for the rest of the process.
    pub(crate) fn listen() -> Self {
        let warnings = Warnings::default();
        let written = warnings.clone();
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::WARN)
            .without_time()
            .with_ansi(false)
            .with_writer(move || written.clone())
            .init();
        warnings
    }

    pub(crate) fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Warnings {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
