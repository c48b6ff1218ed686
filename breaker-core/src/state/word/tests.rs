use super::*;

fn phases() -> Vec<Phase> {
    let mut all = vec![Phase::Disabled];
    for by_hand in [false, true] {
        all.extend([0, 1, 0x7fff].map(|handles| Phase::Isolated { handles, by_hand }));
    }
    all.extend([0, 1, 5, u16::MAX].map(|failures| Phase::Closed { failures }));
    all.extend([0, 1, 5, u16::MAX].map(|failures| Phase::Observing { failures }));
    all.extend(
        [0, 1, 86_400_000, Tick::NEVER.bits()].map(|ms| Phase::Open { until: Tick::from_bits(ms) }),
    );
    for in_flight in [0, 1, 255] {
        all.extend([0, 1, 255].map(|successes| Phase::HalfOpen { in_flight, successes }));
    }
    all
}

#[test]
fn every_status_survives_packing() {
    let low = OPEN_EPISODE_MASK;
    for episode in [0, 1, 2, low - 1, low, low + 1, 3 * low, Episode::MASK - 1, Episode::MASK] {
        for phase in phases() {
            for flags in 0..16 {
                let [detached, timed, recorded, counted] =
                    [1, 2, 4, 8].map(|flag| flags & flag != 0);
                let tracking = Tracking { timed, recorded, counted };
                let status = Status { episode: Episode(episode), detached, tracking, phase };
                let word = Word::pack(status);
                assert_eq!(word.unpack(Episode(episode)), status);
                assert_eq!(Word(word.0 ^ SYNC).unpack(Episode(episode)), status);
                let closed = matches!(phase, Phase::Closed { .. }) && !detached;
                assert_eq!(word.admits(), closed && !timed, "{status:?}");
                assert_eq!(word.admits_timed(), closed && timed, "{status:?}");
                assert!(!word.is_held(), "{status:?}");
            }
        }
    }
}

/// [R13]
#[test]
fn open_episode_is_widened_though_the_record_has_moved_on() {
    for episode in [1, OPEN_EPISODE_MASK, OPEN_EPISODE_MASK + 1, 5 * OPEN_EPISODE_MASK + 7] {
        for ahead in [0, 1, 2, OPEN_EPISODE_MASK] {
            let low = episode & OPEN_EPISODE_MASK;
            assert_eq!(Episode::widen(low, Episode(episode + ahead)), Episode(episode));
        }
    }
}

#[test]
fn new_word_is_closed_and_empty() {
    for tracking in trackings() {
        let status = Word::new(tracking).unpack(Episode(0));
        assert_eq!(status.phase, Phase::Closed { failures: 0 });
        assert_eq!((status.episode, status.tracking), (Episode(0), tracking));
    }
}

#[test]
fn word_equals_its_pass_while_nothing_is_recorded_or_counted() {
    for (failures, tracking) in [0, 9].into_iter().flat_map(|n| trackings().map(|t| (n, t))) {
        let word = Word::pack(Status {
            episode: Episode(77),
            detached: false,
            tracking,
            phase: Phase::Closed { failures },
        });
        let is_plain = failures == 0 && !tracking.recorded && !tracking.counted;
        assert_eq!(word == word.pass(), is_plain, "{word:?}");
        assert_eq!(Word(word.0 ^ SYNC).pass(), word.pass());
        assert_eq!(word.pass().episode(), Episode(77));
        assert_eq!(word.pass_if_uncounted() == word.pass(), !tracking.counted);
        assert!(!word.pass().polled().admits() && !word.pass().polled().is_held());
        assert!(!word.pass().is_probe_or_parked());
        assert_eq!(word.without_failures().is_recorded(), tracking.recorded);
        assert!(!Word(word.without_failures().0 ^ SYNC).has_failures());
    }
}

#[test]
fn held_word_is_no_breakers() {
    const KINDS: [Held; 4] = [Held::Call, Held::Probe, Held::Unrecorded, Held::Parked];
    for (kind, payload) in KINDS.into_iter().flat_map(|kind| [0, u16::MAX].map(|p| (kind, p))) {
        let word = Word::held(kind, Episode(Episode::MASK), payload);
        assert_eq!((word.episode(), word.payload()), (Episode(Episode::MASK), payload));
        assert!(word.is_held() && !word.admits() && !word.admits_timed());
        let found = KINDS.into_iter().filter(|kind| word.is_held_as(*kind));
        assert_eq!(found.collect::<Vec<_>>(), [kind]);
        let is_either = word.is_held_as(Held::Probe) || word.is_held_as(Held::Parked);
        assert_eq!(word.is_probe_or_parked(), is_either);
        let polled = word.polled();
        assert!(polled.is_held_as(kind) && polled.is_polled() && !word.is_polled());
    }
    assert!(!Word::ABSENT.is_held());
}

fn trackings() -> [Tracking; 8] {
    [0, 1, 2, 3, 4, 5, 6, 7].map(|flags| {
        let [timed, recorded, counted] = [1, 2, 4].map(|flag| flags & flag != 0);
        Tracking { timed, recorded, counted }
    })
}
