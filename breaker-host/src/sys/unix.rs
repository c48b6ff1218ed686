//! Unix: every step to a record is taken from an open folder, and no symbolic link is followed
//! from the first folder on that must be ours. So what is checked is what is written to, whatever
//! others rename meanwhile.
//!
//! `flock` locks belong to an open file, and a forked child shares those of its parent: a
//! file is used by the process that opened it alone.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, Stat, flock, fstat, mkdirat, openat,
    statat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::place::{Place, SUFFIX};
use crate::trouble::Trouble;

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);
/// A pipe in the place of a record would wait for its other end, and a terminal would become ours.
const FILE: OFlags = OFlags::RDWR
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// A record that nobody has changed for this long says nothing any more: it is closed, or has
/// been due for a day.
const STALE: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// The folder of a namespace.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

impl Folder {
    /// Opens it, and makes what is missing.
    pub(crate) fn open(place: &Place, namespace: &str) -> Result<Self, Trouble> {
        let mut folder = open_parent(&place.parent, place.makes_parent)?;
        for name in place.child.into_iter().chain([namespace]) {
            folder = descend(&folder, name)?;
        }
        Ok(Self(folder))
    }

    /// Returns whether the folder still has a name.
    pub(crate) fn is_linked(&self) -> bool {
        fstat(&self.0).is_ok_and(|stat| stat.st_nlink != 0)
    }

    /// Opens a record, if it is there.
    pub(crate) fn find(&self, name: &str) -> Result<Option<RecordFile>, Trouble> {
        match openat(&self.0, name, FILE, Mode::empty()) {
            Ok(file) => RecordFile::checked(file).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    /// Opens a record, and makes its file if it is missing.
    pub(crate) fn make(&self, name: &str) -> Result<RecordFile, Trouble> {
        let mode = Mode::RUSR | Mode::WUSR;
        RecordFile::checked(openat(&self.0, name, FILE | OFlags::CREATE, mode).map_err(refused)?)
    }

    /// Returns whether there are so many files, after the records have been removed that say nothing
    /// any more.
    pub(crate) fn is_full(&self, most: usize) -> Result<bool, Trouble> {
        let mut names = Vec::new();
        // Two names are those of the folder itself and of the one above.
        for entry in Dir::read_from(&self.0)?.take(most + 2) {
            names.push(entry?.file_name().to_owned());
        }
        names.retain(|name| !matches!(name.to_bytes(), b"." | b".."));
        let mut left = names.len();
        if left < most {
            return Ok(false);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let is_stale = |stat: Stat| {
            let changed = u64::try_from(stat.st_mtime).unwrap_or_default();
            Duration::from_secs(changed) + STALE < now
        };
        for name in names.iter().filter(|name| name.to_bytes().ends_with(SUFFIX.as_bytes())) {
            let name = name.as_c_str();
            // Who has the file open sees that its name is gone, and makes another.
            if statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(is_stale)
                && unlinkat(&self.0, name, AtFlags::empty()).is_ok()
            {
                left -= 1;
            }
        }
        Ok(left >= most)
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

/// Opens a folder in a folder, which must be ours alone, and makes it if it is missing.
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
    check_ours(&fstat(&opened)?)?;
    Ok(opened)
}

/// Errors that mean that something else is in the place.
fn refused(error: Errno) -> Trouble {
    match error {
        Errno::LOOP | Errno::NOTDIR | Errno::ISDIR | Errno::NXIO => Trouble::NotARecord,
        error => error.into(),
    }
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
    file: File,
    process: u32,
}

impl RecordFile {
    fn checked(file: OwnedFd) -> Result<Self, Trouble> {
        let stat = fstat(&file)?;
        // A second name may be in a folder where others expect something else.
        if !FileType::from_raw_mode(stat.st_mode).is_file() || stat.st_nlink > 1 {
            return Err(Trouble::NotARecord);
        }
        check_ours(&stat)?;
        Ok(Self { file: file.into(), process: std::process::id() })
    }

    /// Returns whether this process has opened it.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// Returns whether the file still has a name.
    pub(crate) fn is_linked(&self) -> bool {
        fstat(&self.file).is_ok_and(|stat| stat.st_nlink != 0)
    }

    /// Takes the lock, if it is free.
    pub(crate) fn try_lock(&self) -> io::Result<Option<Lock<'_>>> {
        match flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Lock(&self.file))),
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads from the beginning of the file, and returns how much.
    pub(crate) fn read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read_at(bytes, 0) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    pub(crate) fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }
}

/// The lock of a record, until dropped.
pub(crate) struct Lock<'a>(&'a File);

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // It cannot fail for a file that is locked; and if it did, closing the file would unlock it.
        let _ = flock(self.0, FlockOperation::Unlock);
    }
}
