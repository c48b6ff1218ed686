//! Records as bytes, and steps of records that nobody wrote.

use std::time::Duration;

use breaker_core::shared::{
    Effect, Event, LONGEST, RECORD_BYTES, Record, Shape, Stamp, digest, step,
};
use proptest::prelude::*;

const LATEST_MS: u64 = 253_402_300_799_999;

fn record() -> impl Strategy<Value = Record> {
    let moment = || 0..=LATEST_MS;
    let closed = (any::<u16>(), moment())
        .prop_map(|(failures, last_failure_ms)| Shape::Closed { failures, last_failure_ms });
    let day_ms = u32::try_from(LONGEST.as_millis()).unwrap();
    let open = (moment(), 0..=day_ms, any::<u16>(), any::<prop::sample::Index>());
    let epoch = prop_oneof![0..9_u64, (1 << 62) - 9..=1_u64 << 62];
    (any::<u64>(), epoch, moment(), closed, open, any::<bool>()).prop_map(
        |(generation, epoch, at_ms, closed, open, is_open)| {
            let (until_ms, length_ms, openings, began) = open;
            let began = began.index(usize::try_from(epoch + 1).unwrap()) as u64;
            let shape = Shape::Open { until_ms, length_ms, openings, began };
            Record { generation, epoch, at_ms, shape: if is_open { shape } else { closed } }
        },
    )
}

fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::MAX),
        any::<u32>().prop_map(|ms| Duration::from_micros(ms.into())),
    ]
}

fn event(record: Record) -> impl Strategy<Value = Event> {
    let stamp = prop_oneof![
        Just(record.stamp()),
        (any::<u64>(), any::<u64>()).prop_map(|(generation, epoch)| Stamp { generation, epoch }),
        any::<u64>().prop_map(move |epoch| Stamp { epoch, ..record.stamp() }),
    ];
    (0..10_u8, stamp, any::<u16>(), any::<u16>(), time(), time()).prop_map(
        |(kind, token, threshold, openings, cooldown, lease)| match kind {
            0 => Event::Look,
            1 => Event::Fail {
                failures: openings,
                seen: Some(token),
                threshold,
                cooldown,
                openings,
                forget_after: lease,
            },
            2 => Event::Succeed { seen: Some(token) },
            3 => Event::Claim { lease },
            4 => Event::Renew { token, lease },
            5 => Event::Back { token },
            6 => Event::Recover { token },
            7 => Event::Relapse { token, cooldown },
            8 => Event::Trip { cooldown, openings },
            _ => Event::Reset,
        },
    )
}

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 4_096, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn record_is_read_as_it_was_written(record in record()) {
        prop_assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record));
    }

    #[test]
    fn bytes_are_refused_or_read_as_what_writes_them(
        bytes in prop::array::uniform32(any::<u8>()),
        rest in prop::array::uniform16(any::<u8>()),
        shape in 0..4_u8,
        is_small in any::<bool>(),
    ) {
        let mut all = [0; RECORD_BYTES];
        all[..32].copy_from_slice(&bytes);
        all[32..].copy_from_slice(&rest);
        if is_small {
            // Else next to nothing is read.
            for word in all.chunks_exact_mut(8) {
                word[3..].fill(0);
            }
            (all[46], all[47]) = (shape, 0);
        }
        if let Some(record) = Record::from_bytes(&all) {
            prop_assert_eq!(record.to_bytes(), all);
        }
    }

    #[test]
    fn any_event_of_any_record_ends_within_a_day(
        (record, event) in record().prop_flat_map(|record| (Just(record), event(record))),
        now_ms in prop_oneof![any::<u64>(), 0..=LATEST_MS],
    ) {
        let (after, effect) = step(record, event, now_ms);
        prop_assert_eq!(effect == Effect::None, after == record);
        prop_assert!(after.remaining(now_ms).is_none_or(|left| left <= LONGEST));
        if after.epoch <= 1 << 62 {
            prop_assert_eq!(Record::from_bytes(&after.to_bytes()), Some(after));
        }
    }
}

#[test]
fn texts_that_read_alike_have_two_digests() {
    let of = |parts: &[&str]| digest(&parts.iter().map(|part| part.as_bytes()).collect::<Vec<_>>());
    let alike = [
        of(&["svc/eu", "80"]),
        of(&["svc", "eu/80"]),
        of(&["svc/eu/80"]),
        of(&["svc/eu/80", ""]),
        of(&["", "svc/eu/80"]),
    ];
    let different: std::collections::HashSet<_> = alike.into_iter().collect();
    assert_eq!(different.len(), alike.len());
}
