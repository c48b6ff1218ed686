//! Unix: every step to a record starts from an open folder. From the first folder on that must be
//! ours, no symbolic link is followed. So the file that was checked is the file that is written,
//! even if others rename folders meanwhile.
//!
//! An `flock` lock belongs to an open file, and a forked child shares its parent's open files. So
//! only the process that opened a file uses it.
//!
//! A program that becomes a daemon closes all open files, including ours, and the next file that it
//! opens gets the number of one of ours. So the file behind a number is compared before it is used
//! or closed.

use std::fs::DirBuilder;
use std::io;
use std::mem;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, Stat, flock, fstat, mkdirat, openat,
    unlinkat,
};
use rustix::io::{Errno, pread, pwrite, retry_on_intr};
use rustix::process::geteuid;

use crate::place::{Place, SUFFIX};
use crate::trouble::Trouble;

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);
/// The flags keep the opening of a pipe from blocking, and a terminal from becoming ours.
const FILE: OFlags = OFlags::RDWR
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// A record that has not changed for this long has no more to tell: it is closed, or has been due
/// for a day.
const STALE: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// An open file or folder. The `Arc` makes it possible to leave it open.
#[derive(Debug)]
struct Open {
    file: Arc<OwnedFd>,
    device: u64,
    inode: u64,
}

impl Open {
    fn new(file: OwnedFd) -> Result<Self, Trouble> {
        let (device, inode) = place(&fstat(&file).map_err(failed)?);
        Ok(Self { file: Arc::new(file), device, inode })
    }

    /// Returns the metadata, unless somebody has closed the file and opened another one.
    fn stat(&self) -> Option<Stat> {
        fstat(&self.file).ok().filter(|stat| place(stat) == (self.device, self.inode))
    }

    /// Returns true if the file still has a name.
    fn is_linked(&self) -> bool {
        self.stat().is_some_and(|stat| stat.st_nlink != 0)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.stat().is_none() {
            // The number now belongs to a file of somebody else, so it is not closed.
            mem::forget(Arc::clone(&self.file));
        }
    }
}

/// Returns the device and the number of a file. Their types depend on the system.
#[allow(
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    trivial_numeric_casts,
    reason = "they are compared alone, with what was made in the same way"
)]
fn place(stat: &Stat) -> (u64, u64) {
    (stat.st_dev as u64, stat.st_ino as u64)
}

/// The folder of a namespace.
#[derive(Debug)]
pub(crate) struct Folder(Open);

impl Folder {
    /// Opens the folder, and makes missing folders.
    pub(crate) fn open(place: &Place, namespace: &str) -> Result<Self, Trouble> {
        let mut folder = open_parent(&place.parent, place.makes_parent)?;
        for name in place.child.into_iter().chain([namespace]) {
            folder = descend(&folder, name)?;
        }
        Open::new(folder).map(Self)
    }

    /// Returns true if the folder still has a name.
    pub(crate) fn is_linked(&self) -> bool {
        self.0.is_linked()
    }

    /// Opens a record, if it exists.
    pub(crate) fn find(&self, name: &str) -> Result<Option<RecordFile>, Trouble> {
        match openat(&self.0.file, name, FILE, Mode::empty()) {
            Ok(file) => RecordFile::checked(file).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    /// Opens a record, and makes its file if it is missing.
    pub(crate) fn make(&self, name: &str) -> Result<RecordFile, Trouble> {
        let mode = Mode::RUSR | Mode::WUSR;
        RecordFile::checked(
            openat(&self.0.file, name, FILE | OFlags::CREATE, mode).map_err(refused)?,
        )
    }

    /// Returns true if there are `most` files or more. First removes records that have no more to
    /// tell: those that are stale, and those for which `is_idle` is true. Removes no more once
    /// `is_late`.
    pub(crate) fn is_full(
        &self,
        most: usize,
        is_late: impl Fn() -> bool,
        is_idle: impl Fn(&RecordFile) -> bool,
    ) -> Result<bool, Trouble> {
        let mut names = Vec::new();
        // Two of the names are `.` and `..`.
        for entry in Dir::read_from(&self.0.file).map_err(failed)?.take(most + 2) {
            names.push(entry.map_err(failed)?.file_name().to_owned());
        }
        names.retain(|name| !matches!(name.to_bytes(), b"." | b".."));
        let mut left = names.len();
        if left < most {
            return Ok(false);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // The start varies, since there may not be time to look at all.
        names.rotate_left(usize::try_from(now.subsec_nanos()).unwrap_or(0) % left.max(1));
        for name in names.iter().filter_map(|name| name.to_str().ok()) {
            if is_late() {
                break;
            }
            if name.ends_with(SUFFIX) && self.remove_if_silent(name, now, &is_idle).is_some() {
                left -= 1;
            }
        }
        Ok(left >= most)
    }

    /// Removes a record that has no more to tell. The lock keeps others from writing to it
    /// meanwhile.
    fn remove_if_silent(
        &self,
        name: &str,
        now: Duration,
        is_idle: impl Fn(&RecordFile) -> bool,
    ) -> Option<()> {
        let record = self.find(name).ok()??;
        let _lock = record.try_lock().ok()??;
        let stat = record.file.stat().filter(|stat| stat.st_nlink != 0)?;
        let changed = Duration::from_secs(u64::try_from(stat.st_mtime).unwrap_or_default());
        if changed + STALE >= now && !is_idle(&record) {
            return None;
        }
        // A process that has the file open sees that its name is gone, and makes another file.
        unlinkat(&self.0.file, name, AtFlags::empty()).ok()
    }
}

fn open_parent(path: &Path, makes: bool) -> Result<OwnedFd, Trouble> {
    let open = || openat(CWD, path, FOLDER, Mode::empty());
    match open() {
        Err(Errno::NOENT) if makes => {
            DirBuilder::new().recursive(true).mode(0o700).create(path)?;
            open().map_err(refused)
        }
        opened => opened.map_err(refused),
    }
}

/// Opens a folder in a folder. It must be ours alone, and is made if it is missing.
fn descend(folder: &OwnedFd, name: &str) -> Result<OwnedFd, Trouble> {
    let open = || openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty());
    let opened = match open() {
        Err(Errno::NOENT) => match mkdirat(folder, name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => open(),
            Err(error) => Err(error),
        },
        opened => opened,
    };
    let opened = opened.map_err(|error| match refused(error) {
        Trouble::NotARecord => Trouble::NotAFolder,
        trouble => trouble,
    })?;
    check_ours(&fstat(&opened).map_err(failed)?)?;
    Ok(opened)
}

/// Reads an error: some mean that something other than a record is in its place.
fn refused(error: Errno) -> Trouble {
    match error {
        Errno::LOOP | Errno::NOTDIR | Errno::ISDIR | Errno::NXIO => Trouble::NotARecord,
        error => failed(error),
    }
}

fn failed(error: Errno) -> Trouble {
    io::Error::from(error).into()
}

fn check_ours(stat: &Stat) -> Result<(), Trouble> {
    if stat.st_uid != geteuid().as_raw() {
        return Err(Trouble::NotOurs);
    }
    if Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH) {
        return Err(Trouble::WritableByOthers);
    }
    Ok(())
}

/// The file of a record.
#[derive(Debug)]
pub(crate) struct RecordFile {
    file: Open,
    process: u32,
}

impl RecordFile {
    fn checked(file: OwnedFd) -> Result<Self, Trouble> {
        let stat = fstat(&file).map_err(failed)?;
        // A second name may be in a folder where others expect another file.
        if !FileType::from_raw_mode(stat.st_mode).is_file() || stat.st_nlink > 1 {
            return Err(Trouble::NotARecord);
        }
        check_ours(&stat)?;
        Ok(Self { file: Open::new(file)?, process: std::process::id() })
    }

    /// Returns true if this process opened the file.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// Returns true if the file still has a name.
    pub(crate) fn is_linked(&self) -> bool {
        self.file.is_linked()
    }

    /// Takes the lock, if it is free.
    pub(crate) fn try_lock(&self) -> io::Result<Option<Lock<'_>>> {
        match flock(&self.file.file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Lock(&self.file.file))),
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads from the beginning of the file, and returns the number of bytes.
    pub(crate) fn read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        Ok(retry_on_intr(|| pread(&self.file.file, &mut *bytes, 0))?)
    }

    pub(crate) fn write(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match retry_on_intr(|| pwrite(&self.file.file, bytes, offset))? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => {
                    bytes = bytes.get(written..).unwrap_or_default();
                    offset += written as u64;
                }
            }
        }
        Ok(())
    }
}

/// The lock of a record, held until it is dropped.
pub(crate) struct Lock<'a>(&'a OwnedFd);

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // A locked file can always be unlocked; if not, closing the file would unlock it.
        let _ = flock(self.0, FlockOperation::Unlock);
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use rustix::io::dup2;

    use super::*;

    #[test]
    fn file_under_a_number_that_was_ours_is_neither_used_nor_closed() {
        let world = tempfile::tempdir().unwrap();
        let folder = Folder::open(&Place::by_hand(world.path().into()), "test").unwrap();
        let mut record = folder.make("a.v1").unwrap();
        assert!(record.is_linked());
        let other = std::fs::File::create(world.path().join("other")).unwrap();
        // Somebody closes all files, and opens another one.
        let number = Arc::get_mut(&mut record.file.file).unwrap();
        dup2(&other, number).unwrap();
        let number = number.as_raw_fd();
        assert!(!record.is_linked());
        drop(record);
        let place = std::fs::read_link(format!("/proc/self/fd/{number}"));
        #[cfg(target_os = "linux")]
        assert!(place.unwrap().ends_with("other"), "it is closed");
    }

    #[test]
    fn full_folder_loses_the_records_that_say_nothing() {
        let world = tempfile::tempdir().unwrap();
        let folder = Folder::open(&Place::by_hand(world.path().into()), "test").unwrap();
        for name in ["a.v1", "b.v1", "c.v1"] {
            folder.make(name).unwrap().write(name.as_bytes(), 0).unwrap();
        }
        let is_idle = |record: &RecordFile| {
            let mut first = [0];
            record.read(&mut first).unwrap();
            first != *b"a"
        };
        assert!(folder.is_full(3, || true, is_idle).unwrap(), "there was no time");
        let in_use = folder.find("b.v1").unwrap().unwrap();
        let lock = in_use.try_lock().unwrap();
        assert!(!folder.is_full(3, || false, is_idle).unwrap());
        let is_there = |name| folder.find(name).unwrap().is_some();
        assert_eq!(["a.v1", "b.v1", "c.v1"].map(is_there), [true, true, false]);
        assert!(!folder.is_full(4, || false, is_idle).unwrap());
        drop(lock);
        assert!(!folder.is_full(2, || false, is_idle).unwrap());
        assert!(!is_there("b.v1") && !in_use.is_linked());
    }
}
