//! Files that are whole, torn, foreign and newer. `tests/host` has more, with real files.

use std::time::Duration;

use breaker_core::shared::{Event, step};

use super::*;

fn opened() -> Record {
    let trip = Event::Trip { cooldown: Duration::from_secs(1), openings: 1 };
    step(Record::new(7, 1_000), trip, 1_000).0
}

/// A file after this number of writes. Each write raises the epoch by one.
fn written(writes: u32) -> ([u8; FILE], Record, Place) {
    let (mut file, mut place, mut record) = ([0; FILE], Place::FIRST, opened());
    for _ in 0..writes {
        record.epoch += 1;
        let at = usize::try_from(place.offset()).unwrap();
        file[at..at + SLOT].copy_from_slice(&write(&record, place));
        place = Place { is_second: !place.is_second, number: place.number.wrapping_add(1) };
    }
    (file, record, place)
}

#[test]
fn newest_slot_is_read() {
    for writes in 1..6 {
        let (file, record, next) = written(writes);
        assert_eq!(read(&file), Contents::Record { record, next }, "after {writes} writes");
    }
    assert_eq!(read(&[]), Contents::Nothing);
}

#[test]
fn newest_slot_is_read_when_the_number_wraps() {
    let mut file = [0; FILE];
    let (old, new) = (opened(), Record { epoch: 9, ..opened() });
    let place = |is_second, number| Place { is_second, number };
    file[..SLOT].copy_from_slice(&write(&new, place(false, 0)));
    file[SLOT..].copy_from_slice(&write(&old, place(true, u32::MAX)));
    assert_eq!(read(&file), Contents::Record { record: new, next: place(true, 1) });
}

#[test]
fn slot_that_is_cut_off_or_changed_leaves_the_record_before() {
    for writes in [4, 5] {
        let (file, _, next) = written(writes);
        let (_, before, _) = written(writes - 1);
        // The next write spares the newest slot.
        let newest = SLOT - usize::try_from(next.offset()).unwrap();
        for at in newest..newest + SLOT {
            for bit in 0..8 {
                let mut file = file;
                file[at] ^= 1 << bit;
                match read(&file) {
                    Contents::Record { record, next } => {
                        assert_eq!(record, before, "byte {at}, bit {bit}");
                        assert_eq!(next.offset(), newest as u64);
                    }
                    Contents::Newer(version) => assert!(at == newest + 3 && version > VERSION),
                    Contents::Nothing => panic!("byte {at}, bit {bit}"),
                }
            }
        }
    }
}

#[test]
fn file_of_any_length_is_read() {
    let (file, record, next) = written(2);
    let mut long = file.to_vec();
    long.resize(4_096, 7);
    for length in 0..=256 {
        let found = read(&long[..length]);
        match length {
            0..SLOT => assert_eq!(found, Contents::Nothing, "{length} bytes"),
            SLOT..FILE => {
                let Contents::Record { record: first, .. } = found else {
                    panic!("{length} bytes")
                };
                assert_ne!(first, record);
            }
            FILE.. => assert_eq!(found, Contents::Record { record, next }),
        }
    }
}

#[test]
fn newer_version_is_told_by_either_slot() {
    let (file, ..) = written(3);
    for at in [0, SLOT] {
        let mut file = file;
        file[at..at + 4].copy_from_slice(b"bbh\x02");
        assert_eq!(read(&file), Contents::Newer(2));
        let mut older = file;
        older[at + 3] = 0;
        assert!(matches!(read(&older), Contents::Record { .. }));
    }
}
