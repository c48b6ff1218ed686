use core::time::Duration;

use super::*;
use crate::state::status::Tracking;

const EPISODES: [Episode; 3] = [Episode(0), Episode(7), Episode((1 << 40) - 1)];
const STAGES: [Stage; 4] = [Stage::Idle, Stage::Suspended, Stage::Running, Stage::Settled];

fn admitted(ticket: Ticket) -> (Episode, Option<LeaseId>, Option<Duration>) {
    let Admitted { episode, lease, began, .. } = ticket.admitted().unwrap();
    (episode, lease, began.map(|began| Duration::from_nanos(began.nanos())))
}

fn reading(began: Duration) -> Reading {
    Reading::precise(u64::try_from(began.as_nanos()).unwrap())
}

#[test]
fn ticket_is_two_words() {
    assert_eq!(size_of::<Ticket>(), 16);
}

#[test]
fn probe_keeps_its_lease_and_its_time_to_the_nanosecond() {
    let ticks = [0, 1, 2, 0xff_ffff, 0x100_0000, 86_400_000, Tick::NEVER.bits() - 1];
    for (episode, tick) in EPISODES.into_iter().flat_map(|e| ticks.map(|tick| (e, tick))) {
        // The lease's tick is the start time, rounded up.
        let stamp = Duration::from_millis(tick);
        let early = stamp.saturating_sub(Duration::from_nanos(999_999));
        for (began, number) in [(early, 0), (stamp, 1), (stamp, 0x1_ffff)] {
            let lease = LeaseId { began: Tick::from_bits(tick), number };
            let untimed = Ticket::probe(episode, lease, None);
            assert_eq!(admitted(untimed), (episode, Some(lease), None));
            let ticket = Ticket::probe(episode, lease, Some(reading(began)));
            assert_eq!(admitted(ticket), (episode, Some(lease), Some(began)));
            assert!(ticket.is_probe());
        }
    }
}

#[test]
fn tracked_call_keeps_its_episode_and_time() {
    for episode in EPISODES {
        for began in [None, Some(Duration::ZERO), Some(Duration::new(86_400, 1))] {
            let ticket = Ticket::tracked(episode, began.map(reading));
            assert_eq!((ticket.is_probe(), admitted(ticket)), (false, (episode, None, began)));
        }
    }
}

#[test]
fn timed_call_keeps_its_token() {
    for (episode, bits) in EPISODES.into_iter().flat_map(|e| [1, 77, u16::MAX].map(|b| (e, b))) {
        let token = Token::from_bits(bits);
        let began = Duration::new(86_400, 1);
        let key = Key::from_bits(episode.0 << 16 | u64::from(bits));
        let mut ticket = Ticket::timed(key, reading(began));
        ticket.set(Stage::Running, true);
        assert_eq!(ticket.timed_call(), Some((key, reading(began))));
        assert_eq!(admitted(ticket), (episode, None, Some(began)));
        assert_eq!(ticket.admitted().unwrap().token, token);
    }
    for ticket in [Ticket::tracked(Episode(7), None), Ticket::passed(Word::new(Tracking::NONE))] {
        assert_eq!(ticket.admitted().unwrap().token, None);
    }
}

#[test]
fn stage_changes_nothing_else() {
    let lease = LeaseId { began: Tick::from_bits(Tick::NEVER.bits() - 1), number: 9 };
    let began = Some(reading(Duration::from_millis(Tick::NEVER.bits() - 1)));
    for fresh in [Ticket::probe(Episode(7), lease, began), Ticket::tracked(Episode(7), None)] {
        assert_eq!((fresh.stage(), fresh.is_failed()), (Stage::Idle, false), "{fresh:?}");
        for (stage, failed) in STAGES.into_iter().flat_map(|s| [(s, false), (s, true)]) {
            let mut ticket = fresh;
            ticket.set(stage, failed);
            assert_eq!((ticket.stage(), ticket.is_failed()), (stage, failed));
            assert_eq!(admitted(ticket), admitted(fresh));
        }
    }
}

#[test]
fn unrecorded_call_has_nothing_to_settle() {
    assert!(Ticket::UNRECORDED.admitted().is_none());
    assert!(!Ticket::UNRECORDED.is_probe());
}

#[test]
fn running_or_suspended_ticket_is_that_of_a_closed_call_but_for_its_stage() {
    let word = Word::new(Tracking::NONE);
    let (mut closed, running) = (Ticket::passed(word), Ticket::running(word));
    for (ticket, stage) in [(running, Stage::Running), (Ticket::suspended(word), Stage::Suspended)]
    {
        closed.set(stage, false);
        assert_eq!(ticket.stage(), stage);
        assert_eq!((ticket.word(), ticket.packed), (closed.word(), closed.packed));
    }
    assert_eq!(admitted(running), (Episode(0), None, None));
}

/// The fields of a probe have only the bits that its lease's moment needs.
#[test]
fn probe_that_began_long_after_its_lease_is_timed_and_keeps_the_lease() {
    let tick = Tick::from_bits(0xffff << TICK_LOW | 5);
    let lease = LeaseId { began: tick, number: 0x1_ffff };
    let began = reading(Duration::from_secs(86_400 * 365 * 35));
    let ticket = Ticket::probe(Episode(7), lease, Some(began));
    let latest = Duration::from_nanos(before(tick.bits()) + UNTIMED_PROBE - 1);
    assert_eq!(admitted(ticket), (Episode(7), Some(lease), Some(latest)));
    assert_eq!(ticket.admitted().unwrap().token, None);
}
