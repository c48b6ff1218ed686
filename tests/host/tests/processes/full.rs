//! A disk that is full: a small one in memory, which only root can have.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::Command;

use breaker_core::shared::Shape;
use breakerbox::host::Trouble;

use crate::failures::{begin, fail};
use crate::world::World;

/// A disk of 16 KiB, until dropped.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    /// Returns `None`, and says so, if there can be none.
    fn mount(at: &'a Path) -> Option<Self> {
        let options = ["-t", "tmpfs", "-o", "size=16k,mode=700", "tmpfs"];
        let mount = Command::new("mount").args(options).arg(at).output();
        let is_there = mount.is_ok_and(|output| output.status.success());
        if !is_there {
            println!("no disk can be mounted here: `no_byte_more_can_be_written` is the like");
        }
        is_there.then_some(Disk(at))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        // Lazily, since a test that fails may have files open.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn full_disk_is_no_trouble_for_calls() {
    let world = World::new();
    fs::create_dir(world.state()).unwrap();
    let state = world.state();
    let Some(_disk) = Disk::mount(&state) else { return };
    let filler = state.join("filler");
    let mut file = File::create(&filler).unwrap();
    let full = (0..).find_map(|_| file.write_all(&[0; 4_096]).err()).unwrap();
    assert_eq!(full.kind(), ErrorKind::StorageFull);

    let (_registry, host, breaker) = begin(&state);
    fail(&breaker);
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    assert_eq!(host.status().trouble, Some(Trouble::Io(ErrorKind::StorageFull)));
    drop(file);
    fs::remove_file(&filler).unwrap();
    fail(&breaker);
    assert_eq!(host.status().trouble, None);
    let Shape::Closed { failures, .. } = world.record().unwrap().shape else { panic!("it opened") };
    assert_eq!(failures, 2, "what could not be written counts with the next one");
}
