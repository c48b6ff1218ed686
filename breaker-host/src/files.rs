//! The files of all records: their folder, which is opened at its first use, and the limit on files
//! that stay open.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use breaker_core::shared::{Record, Shape};

use crate::deadline::Deadline;
use crate::entry::{Failure, Turn};
use crate::place::Place;
use crate::slot::{self, Contents};
use crate::sys::{Folder, RecordFile};
use crate::trouble::Trouble;

/// The largest number of shared names, in one process and in one folder.
pub(crate) const MOST_NAMES: usize = 1_000;

/// The largest number of files that stay open. Many systems give a process no more than 1,024, and
/// the program needs some too. Other files are opened for each use.
const KEPT_OPEN: usize = 64;

/// The time for which a folder that cannot be opened, or is full, is not tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// The files of all records.
pub(crate) struct Files {
    place: Result<Place, Trouble>,
    namespace: String,
    folder: Mutex<Opened>,
    /// The moment at which the folder was last found full.
    full: Mutex<Option<Instant>>,
    kept_open: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Opened {
    folder: Option<Arc<Folder>>,
    refused: Option<(Trouble, Instant)>,
    /// The trouble that was last reported.
    said: Option<Trouble>,
}

/// The open file of a record.
pub(crate) struct OpenFile {
    file: RecordFile,
    kept: Option<Kept>,
}

/// One of the files that are kept open.
struct Kept(Arc<AtomicUsize>);

impl Drop for Kept {
    fn drop(&mut self) {
        // The count alone matters: no other memory is read after it.
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Files {
    pub(crate) fn new(place: Result<Place, Trouble>, namespace: String) -> Self {
        Self {
            place,
            namespace,
            folder: Mutex::default(),
            full: Mutex::default(),
            kept_open: Arc::default(),
        }
    }

    pub(crate) fn path(&self) -> Option<PathBuf> {
        self.place.as_ref().ok().map(|place| place.path().join(&self.namespace))
    }

    /// Opens a record. Returns `None` if it is missing and `makes` is false.
    pub(crate) fn open(
        &self,
        name: &str,
        makes: bool,
        deadline: Deadline,
    ) -> Result<Option<OpenFile>, Failure> {
        let folder = self.folder(deadline).map_err(|trouble| match trouble {
            // Another thread is opening the folder. Its records may still be used in time.
            Trouble::Busy => Failure::Record(trouble),
            trouble => Failure::Folder(trouble),
        })?;
        let found = folder.find(name)?;
        let file = match found {
            None if makes => Some(self.make(&folder, name, deadline)?),
            found => found,
        };
        Ok(file.map(|file| OpenFile { file, kept: None }))
    }

    fn make(&self, folder: &Folder, name: &str, deadline: Deadline) -> Result<RecordFile, Failure> {
        // The folder's lock is not held here: a thread whose record exists does not wait for this.
        let mut full = deadline.lock(&self.full)?;
        if full.is_some_and(|since| since.elapsed() < PAUSE) {
            return Err(Failure::Folder(Trouble::TooManyNames));
        }
        let is_full = folder.is_full(MOST_NAMES, || deadline.is_over(), is_idle)?;
        *full = is_full.then(Instant::now);
        if is_full {
            return Err(Failure::Folder(Trouble::TooManyNames));
        }
        Ok(folder.make(name)?)
    }

    /// Opens the folder, unless it is open and still has a name.
    pub(crate) fn folder(&self, deadline: Deadline) -> Result<Arc<Folder>, Trouble> {
        let mut opened = deadline.lock(&self.folder)?;
        if let Some(folder) = opened.folder.as_ref().filter(|folder| folder.is_linked()) {
            return Ok(Arc::clone(folder));
        }
        if let Some((trouble, _)) = opened.refused.filter(|(_, when)| when.elapsed() < PAUSE) {
            return Err(trouble);
        }
        let place = self.place.as_ref().map_err(|trouble| *trouble)?;
        match Folder::open(place, &self.namespace) {
            Ok(folder) => {
                let folder = Arc::new(folder);
                (opened.folder, opened.refused) = (Some(Arc::clone(&folder)), None);
                Ok(folder)
            }
            Err(trouble) => {
                (opened.folder, opened.refused) = (None, Some((trouble, Instant::now())));
                Err(trouble)
            }
        }
    }

    /// Notes the trouble of the folder, and returns the change if it differs from the last report.
    pub(crate) fn turn(&self, failure: Option<Trouble>, deadline: Deadline) -> Option<Turn> {
        let mut opened = deadline.lock(&self.folder).ok()?;
        // A name too many does not end the sharing of the others, so `TooManyNames` is reported
        // once and stays.
        if opened.said == Some(Trouble::TooManyNames) && failure.is_none() {
            return None;
        }
        let from = std::mem::replace(&mut opened.said, failure);
        (from != failure).then_some(Turn { from, to: failure })
    }

    pub(crate) fn trouble(&self) -> Option<Trouble> {
        Deadline::new().lock(&self.folder).map_or_else(Some, |opened| opened.said)
    }

    /// Returns true if the folder is open.
    pub(crate) fn is_open(&self) -> bool {
        Deadline::new().lock(&self.folder).is_ok_and(|opened| opened.folder.is_some())
    }

    /// Keeps a file open, unless too many are.
    pub(crate) fn keep(&self, mut file: OpenFile) -> Option<OpenFile> {
        if file.kept.is_none() {
            let add = |open: usize| (open < KEPT_OPEN).then_some(open + 1);
            self.kept_open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok()?;
            file.kept = Some(Kept(Arc::clone(&self.kept_open)));
        }
        Some(file)
    }
}

impl OpenFile {
    pub(crate) fn file(&self) -> &RecordFile {
        &self.file
    }

    /// Returns true if this process opened the file, and the file still has a name.
    pub(crate) fn is_usable(&self) -> bool {
        // A forked child opens files of its own.
        self.file.is_of_this_process() && self.file.is_linked()
    }

    pub(crate) fn is_linked(&self) -> bool {
        self.file.is_linked()
    }

    pub(crate) fn read(&self) -> Result<Contents, Trouble> {
        read(&self.file)
    }
}

fn read(file: &RecordFile) -> Result<Contents, Trouble> {
    let mut bytes = [0; slot::FILE];
    let length = file.read(&mut bytes)?;
    Ok(slot::read(&bytes[..length.min(slot::FILE)]))
}

/// Returns true if a record is closed, with no failure counted.
fn is_idle(file: &RecordFile) -> bool {
    let nothing = |record: &Record| matches!(record.shape, Shape::Closed { failures: 0, .. });
    matches!(read(file), Ok(Contents::Record { record, .. }) if nothing(&record))
}
