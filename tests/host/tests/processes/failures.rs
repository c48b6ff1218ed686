//! A record, its file, its folder and its lock, each with all that can go wrong.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use breaker_core::shared::{Event, Record, step};
use breakerbox::host::{Host, Options, Trouble};
use breakerbox::{Breaker, Config, Registry, State};
use proptest::prelude::*;
use rustix::process::{Pid, Signal, kill_process};

use crate::world::{ACTOR, Talk, World, now_ms, until};

pub(crate) const COOLDOWN: Duration = Duration::from_secs(3_600);

/// Begins as a process does: with a registry of its own, that has joined.
pub(crate) fn begin(folder: &Path) -> (Registry, Host, Arc<Breaker>) {
    let registry = Registry::new();
    let options = Options::new().namespace("test").once().folder(folder);
    let host = options.join_registry(&registry);
    let config = Config::builder().threshold(3).cooldown(COOLDOWN).jitter(0.0).build().unwrap();
    let breaker = registry.get_or_insert("service", config).unwrap();
    (registry, host, breaker)
}

pub(crate) fn fail(breaker: &Breaker) {
    breaker.try_acquire().unwrap().failure();
}

/// Returns the file of a record with one failure.
pub(crate) fn counted(world: &World) -> PathBuf {
    fail(&begin(&world.state()).2);
    world.file().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn contents_of_any_kind_read_as_closed_and_are_written_anew(
        bytes in prop::collection::vec(any::<u8>(), 0..256),
        kept in 0..200_usize,
    ) {
        let world = World::new();
        let file = counted(&world);
        // The beginning of the record, and then something else.
        let mut contents = fs::read(&file).unwrap();
        contents.truncate(kept.min(56));
        contents.extend(bytes);
        fs::write(&file, contents).unwrap();
        let (_registry, host, breaker) = begin(&world.state());
        prop_assert_eq!((breaker.state(), breaker.snapshot().consecutive_failures), (State::Closed, 0));
        fail(&breaker);
        let trouble = host.status().trouble;
        prop_assert!(matches!(trouble, None | Some(Trouble::Newer { .. })), "{:?}", trouble);
        if trouble.is_none() {
            prop_assert_eq!(world.record().map(|record| record.failures(now_ms(), COOLDOWN)), Some(1));
        }
    }
}

#[test]
fn record_of_any_length_reads_as_closed() {
    let world = World::new();
    let file = counted(&world);
    let whole = fs::read(&file).unwrap();
    for length in 0..256 {
        let mut cut = whole.clone();
        cut.resize(length, 0);
        fs::write(&file, cut).unwrap();
        let breaker = begin(&world.state()).2;
        let failures = breaker.snapshot().consecutive_failures;
        assert_eq!(failures, u16::from(length >= 64), "{length} bytes");
    }
}

#[test]
fn record_of_a_newer_version_is_left_alone() {
    let world = World::new();
    let file = counted(&world);
    let newer = b"bbh\x02 and something that nobody knows yet";
    fs::write(&file, newer).unwrap();
    let (_registry, host, breaker) = begin(&world.state());
    for _ in 0..3 {
        fail(&breaker);
    }
    assert_eq!(breaker.state(), State::Open, "it works as without the record");
    assert_eq!(fs::read(&file).unwrap(), newer);
    assert_eq!(host.status().trouble, Some(Trouble::Newer { version: 2 }));
}

#[test]
fn file_that_is_cut_off_while_in_use_is_written_anew() {
    let world = World::new();
    let (_registry, host, breaker) = begin(&world.state());
    fail(&breaker);
    OpenOptions::new().write(true).open(world.file().unwrap()).unwrap().set_len(0).unwrap();
    fail(&breaker);
    assert_eq!(world.record().unwrap().failures(now_ms(), COOLDOWN), 2, "the row goes on");
    assert_eq!(host.status().trouble, None);
}

#[test]
fn file_or_folder_that_is_removed_is_made_anew() {
    let world = World::new();
    let (_registry, host, breaker) = begin(&world.state());
    let folder = world.state().join("named.test");
    for what in ["the file", "the folder", "all folders"] {
        breaker.reset();
        fail(&breaker);
        let removed = match what {
            "the file" => fs::remove_file(world.file().unwrap()),
            "the folder" => fs::remove_dir_all(&folder),
            _ => fs::remove_dir_all(world.state()),
        };
        removed.unwrap();
        fail(&breaker);
        assert_eq!(world.record().unwrap().failures(now_ms(), COOLDOWN), 2, "{what}");
    }
    assert_eq!(host.status().trouble, None);
}

#[test]
fn lock_that_nobody_gives_back_holds_up_a_failure_alone() {
    let world = World::new();
    let file = counted(&world);
    let mut hold = Command::new(ACTOR);
    hold.arg("hold").arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = Talk::start(hold);
    assert_eq!(holder.hear(), "held");
    let pid = Pid::from_raw(i32::try_from(holder.child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();

    let (_registry, host, breaker) = begin(&world.state());
    assert_eq!(breaker.snapshot().consecutive_failures, 1, "who reads needs no lock");
    let begun = Instant::now();
    fail(&breaker);
    let waited = begun.elapsed();
    assert!(waited < Duration::from_millis(500), "5 ms, on a machine that is busy: {waited:?}");
    assert_eq!(breaker.snapshot().consecutive_failures, 2, "it counts by itself");
    let status = host.status();
    assert_eq!((status.local_events, status.trouble), (1, Some(Trouble::Busy)));
    let begun = Instant::now();
    breaker.try_acquire().unwrap().ignore();
    assert!(begun.elapsed() < Duration::from_millis(5) + waited);

    drop(holder);
    fail(&breaker);
    assert_eq!(host.status().trouble, None);
    assert_eq!(breaker.state(), State::Open, "the failure that was local counts with this one");
    assert!(world.record().unwrap().remaining(now_ms()).is_some());
}

#[test]
fn crowd_that_waits_for_the_lock_in_vain_sees_the_lease() {
    let world = World::new();
    let (_registry, host, breaker) = begin(&world.state());
    let file = counted(&world);
    let due = step(Record::new(5, 0), Event::Trip { cooldown: Duration::ZERO, openings: 1 }, 0).0;
    fs::write(&file, breaker_host::testing::file(&due)).unwrap();
    let other = begin(&world.state()).2;
    assert_eq!(other.state(), State::Open);
    let leased = step(due, Event::Claim { lease: COOLDOWN }, now_ms()).0;
    fs::write(&file, breaker_host::testing::file(&leased)).unwrap();
    let lock = fs::File::open(&file).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    assert!(other.try_acquire().is_err(), "somebody else probes");
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open, "somebody else has tripped");
    assert_eq!(host.status().trouble, Some(Trouble::Busy));

    // Nobody does, and the lock is not had: the breaker probes by itself.
    fs::write(&file, breaker_host::testing::file(&due)).unwrap();
    let third = begin(&world.state()).2;
    assert!(third.try_acquire().unwrap().is_probe());
}

#[test]
fn clock_that_went_back_costs_one_cooldown_more() {
    let world = World::new();
    let file = counted(&world);
    let day_ms = 24 * 60 * 60 * 1_000;
    let trip = Event::Trip { cooldown: Duration::from_millis(300), openings: 1 };
    let tomorrow = step(Record::new(5, now_ms()), trip, now_ms() + day_ms).0;
    fs::write(&file, breaker_host::testing::file(&tomorrow)).unwrap();
    assert_eq!(begin(&world.state()).2.state(), State::Open);
    let healed = world.record().unwrap();
    assert!(healed.at_ms <= now_ms() && healed.epoch == tomorrow.epoch, "{healed:?}");
    let begun = Instant::now();
    until("the end of the cooldown", || begin(&world.state()).2.try_acquire().is_ok());
    assert!(begun.elapsed() >= Duration::from_millis(100));
}

#[test]
fn open_record_of_a_clock_that_went_forward_is_due() {
    let world = World::new();
    let file = counted(&world);
    let day_ms = 24 * 60 * 60 * 1_000;
    let trip = Event::Trip { cooldown: Duration::from_secs(60), openings: 1 };
    let yesterday = step(Record::new(5, now_ms() - day_ms), trip, now_ms() - day_ms).0;
    fs::write(&file, breaker_host::testing::file(&yesterday)).unwrap();
    let breaker = begin(&world.state()).2;
    let probe = breaker.try_acquire().unwrap();
    assert!(probe.is_probe());
    assert!(begin(&world.state()).2.try_acquire().is_err(), "one process probes");
    probe.success();
    assert_eq!(begin(&world.state()).2.state(), State::Closed);
}

#[test]
fn files_are_for_their_user_alone() {
    let world = World::new();
    let file = counted(&world);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    assert_eq!(mode(&world.state()), 0o700);
    assert_eq!(fs::metadata(&file).unwrap().len(), 64);
}

#[test]
fn contents_without_end_are_not_read() {
    let world = World::new();
    let file = counted(&world);
    // A file with a hole: it says to be long, and takes no room.
    let long = OpenOptions::new().write(true).open(&file).unwrap();
    long.set_len(1 << 40).unwrap();
    long.write_all_at(&[7; 64], 1 << 39).unwrap();
    let (_registry, host, breaker) = begin(&world.state());
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    fail(&breaker);
    assert_eq!((host.status().trouble, failures_in(&file)), (None, 2));
}

fn failures_in(file: &Path) -> u16 {
    let mut bytes = [0; 128];
    std::fs::File::open(file).unwrap().read_exact_at(&mut bytes, 0).unwrap();
    breaker_host::testing::record(&bytes).unwrap().failures(now_ms(), COOLDOWN)
}

#[test]
fn second_link_of_a_registry_is_refused() {
    let world = World::new();
    let (registry, host, breaker) = begin(&world.state());
    let second = Options::new().namespace("else").once().folder(world.state());
    let second = second.join_registry(&registry);
    assert_eq!(second.status().trouble, Some(Trouble::Taken));
    fail(&breaker);
    assert_eq!((host.status().trouble, host.status().names), (None, 1));
    assert!(world.file().is_some());
}

#[test]
fn breaker_that_is_held_open_and_let_go_does_not_care_for_the_open_of_others() {
    let world = World::new();
    let other = begin(&world.state()).2;
    for _ in 0..3 {
        fail(&other);
    }
    let breaker = begin(&world.state()).2;
    assert_eq!(breaker.state(), State::Open);
    drop(breaker.isolate());
    fail(&breaker);
    assert_eq!((breaker.state(), breaker.snapshot().consecutive_failures), (State::Closed, 1));
    assert!(world.record().unwrap().remaining(now_ms()).is_some(), "the others' breaker is open");
    // A process that closes the breaker by hand closes it for all.
    let third = begin(&world.state()).2;
    third.close();
    assert_eq!(begin(&world.state()).2.state(), State::Closed);
}
