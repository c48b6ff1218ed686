//! Windows, not tested so far. Folders in `%LOCALAPPDATA%` belong to the user alone by default;
//! owners and links are not checked.
//!
//! On Windows a locked file cannot be read. So the lock is a file of its own, which is opened
//! without sharing: the system closes it with the process.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::place::{Place, SUFFIX};
use crate::trouble::Trouble;

/// `ERROR_SHARING_VIOLATION`
const IN_USE: i32 = 32;
/// As on Unix: a record that has not changed for this long has no more to tell.
const STALE: Duration = Duration::from_secs(2 * 24 * 60 * 60);

#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn open(place: &Place, namespace: &str) -> Result<Self, Trouble> {
        let folder = place.path().join(namespace);
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    pub(crate) fn is_linked(&self) -> bool {
        self.0.is_dir()
    }

    pub(crate) fn find(&self, name: &str) -> Result<Option<RecordFile>, Trouble> {
        match self.open_file(name, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => Ok(Some(opened?)),
        }
    }

    pub(crate) fn make(&self, name: &str) -> Result<RecordFile, Trouble> {
        Ok(self.open_file(name, true)?)
    }

    fn open_file(&self, name: &str, makes: bool) -> io::Result<RecordFile> {
        let path = self.0.join(name);
        let file =
            OpenOptions::new().read(true).write(true).create(makes).truncate(false).open(&path)?;
        Ok(RecordFile { file, lock: path.with_extension("lock") })
    }

    /// Only stale records are removed: a file that is open here cannot be.
    pub(crate) fn is_full(
        &self,
        most: usize,
        is_late: impl Fn() -> bool,
        _: impl Fn(&RecordFile) -> bool,
    ) -> Result<bool, Trouble> {
        let mut left = 0;
        for entry in fs::read_dir(&self.0)?.take(2 * most) {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().ends_with(SUFFIX) {
                continue;
            }
            let changed = entry.metadata().and_then(|data| data.modified());
            let is_stale = changed.is_ok_and(|changed| changed + STALE < SystemTime::now());
            if !is_stale || is_late() || fs::remove_file(entry.path()).is_err() {
                left += 1;
            }
        }
        Ok(left >= most)
    }
}

#[derive(Debug)]
pub(crate) struct RecordFile {
    file: File,
    lock: PathBuf,
}

#[expect(clippy::unused_self, reason = "as on Unix")]
impl RecordFile {
    /// Returns false, so that the file is opened for each use: it may be removed while it is open,
    /// without a sign of that.
    pub(crate) fn is_of_this_process(&self) -> bool {
        false
    }

    pub(crate) fn is_linked(&self) -> bool {
        true
    }

    pub(crate) fn try_lock(&self) -> io::Result<Option<Lock<'_>>> {
        let mut options = OpenOptions::new();
        match options.write(true).create(true).truncate(false).share_mode(0).open(&self.lock) {
            Ok(lock) => Ok(Some(Lock(lock, &self.file))),
            Err(error) if error.raw_os_error() == Some(IN_USE) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.seek_read(bytes, 0)
    }

    pub(crate) fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        match self.file.seek_write(bytes, offset)? {
            written if written == bytes.len() => Ok(()),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }
}

pub(crate) struct Lock<'a>(
    #[expect(dead_code, reason = "closed when dropped")] File,
    #[expect(dead_code, reason = "as on Unix")] &'a File,
);
