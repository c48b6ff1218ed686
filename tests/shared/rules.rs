//! The rules of the record, one by one.

use std::time::Duration;

use breaker_core::shared::{Effect, Event, LONGEST, Record, Shape, Stamp, step};

const NOW: u64 = 1_700_000_000_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
const SECOND: Duration = Duration::from_secs(1);
const COOLDOWN: Duration = Duration::from_secs(30);

fn fail(seen: Option<Stamp>) -> Event {
    fail_times(1, seen)
}

fn fail_times(failures: u16, seen: Option<Stamp>) -> Event {
    let forget_after = Duration::from_secs(600);
    Event::Fail { failures, seen, threshold: 3, cooldown: COOLDOWN, openings: 1, forget_after }
}

fn trip(cooldown: Duration) -> Event {
    Event::Trip { cooldown, openings: 1 }
}

fn closed() -> Record {
    Record::new(9, NOW)
}

fn opened() -> Record {
    step(closed(), trip(COOLDOWN), NOW).0
}

fn claimed(lease: Duration) -> (Record, u64) {
    let due = NOW + 30_000;
    let (record, effect) = step(opened(), Event::Claim { lease }, due);
    assert_eq!(effect, Effect::Granted);
    (record, due)
}

fn failures(record: Record) -> u16 {
    record.failures(NOW, Duration::from_secs(600))
}

#[test]
fn failures_are_counted_until_the_threshold_opens() {
    let mut record = closed();
    for row in 1..3 {
        let (after, effect) = step(record, fail(None), NOW);
        assert_eq!((failures(after), effect, after.epoch), (row, Effect::Changed, 0));
        record = after;
    }
    let (record, effect) = step(record, fail(None), NOW);
    assert_eq!((effect, record.epoch, record.openings()), (Effect::Tripped, 1, 1));
    assert_eq!(record.remaining(NOW), Some(COOLDOWN));
    assert_eq!(step(record, fail(Some(record.stamp())), NOW), (record, Effect::None));
}

#[test]
fn failures_that_could_not_be_told_count_with_the_next_one() {
    assert_eq!(failures(step(closed(), fail_times(2, None), NOW).0), 2);
    assert_eq!(step(closed(), fail_times(3, None), NOW).1, Effect::Tripped);
    assert_eq!(failures(step(closed(), fail_times(0, None), NOW).0), 1);
}

#[test]
fn failure_of_an_earlier_epoch_counts_for_nothing() {
    let first = closed();
    let opened = step(first, trip(COOLDOWN), NOW).0;
    let record = step(opened, Event::Reset, NOW).0;
    for stale in [None, Some(first.stamp()), Some(opened.stamp())] {
        assert_eq!(step(record, fail(stale), NOW), (record, Effect::None));
    }
    let elsewhere = Stamp { generation: 8, ..record.stamp() };
    assert_eq!(step(record, fail(Some(elsewhere)), NOW), (record, Effect::None));
    assert_eq!(failures(step(record, fail(Some(record.stamp())), NOW).0), 1);
}

#[test]
fn old_failures_do_not_meet_a_new_one() {
    let mut record = closed();
    for _ in 0..2 {
        record = step(record, fail(None), NOW).0;
    }
    let later = NOW + 600_001;
    assert_eq!(record.failures(later - 1, Duration::from_secs(600)), 2);
    assert_eq!(record.failures(later, Duration::from_secs(600)), 0);
    let (record, effect) = step(record, fail(None), later);
    assert_eq!((record.failures(later, SECOND), effect), (1, Effect::Changed));
}

#[test]
fn success_changes_only_what_is_counted() {
    let record = closed();
    assert_eq!(step(record, Event::Succeed { seen: None }, NOW), (record, Effect::None));
    let counted = step(record, fail(None), NOW).0;
    let (after, effect) = step(counted, Event::Succeed { seen: None }, NOW);
    assert_eq!((failures(after), effect, after.epoch), (0, Effect::Changed, 0));
}

#[test]
fn lease_is_granted_once_when_the_cooldown_is_over() {
    let claim = Event::Claim { lease: SECOND };
    assert_eq!(step(opened(), claim, NOW + 29_999), (opened(), Effect::None));
    let (record, due) = claimed(SECOND);
    assert_eq!(record.remaining(due), Some(SECOND));
    assert_eq!(step(record, claim, due + 999), (record, Effect::None));
    let (second, effect) = step(record, claim, due + 1_000);
    assert_eq!((effect, second.epoch), (Effect::Granted, record.epoch + 1));
}

#[test]
fn lease_is_renewed_by_its_holder_alone() {
    let (record, due) = claimed(SECOND);
    let token = record.stamp();
    let renewed = step(record, Event::Renew { token, lease: COOLDOWN }, due).0;
    assert_eq!((renewed.remaining(due), renewed.stamp()), (Some(COOLDOWN), token));
    assert_eq!(step(renewed, Event::Renew { token, lease: SECOND }, due), (renewed, Effect::None));
    let other = Stamp { epoch: token.epoch - 1, ..token };
    assert_eq!(
        step(renewed, Event::Renew { token: other, lease: LONGEST }, due),
        (renewed, Effect::None)
    );
}

#[test]
fn lease_that_is_given_back_is_the_next_ones() {
    let (record, due) = claimed(COOLDOWN);
    let token = record.stamp();
    let back = step(record, Event::Back { token }, due).0;
    assert_eq!(back.remaining(due), Some(Duration::ZERO));
    let (other, effect) = step(back, Event::Claim { lease: SECOND }, due);
    assert_eq!(effect, Effect::Granted);
    assert_eq!(step(other, Event::Back { token }, due), (other, Effect::None));
}

#[test]
fn late_outcome_of_a_probe_counts_as_long_as_the_open_lasts() {
    let (record, due) = claimed(SECOND);
    let first = record.stamp();
    let late = due + 5_000;
    let (record, _) = step(record, Event::Claim { lease: SECOND }, late);
    let second = record.stamp();
    assert_eq!(step(record, Event::Recover { token: first }, late).0.remaining(late), None);

    let relapsed = step(record, Event::Relapse { token: first, cooldown: COOLDOWN }, late).0;
    assert_eq!((relapsed.remaining(late), relapsed.openings()), (Some(COOLDOWN), 2));
    for void in [first, second] {
        for event in
            [Event::Recover { token: void }, Event::Relapse { token: void, cooldown: LONGEST }]
        {
            assert_eq!(step(relapsed, event, late), (relapsed, Effect::None));
        }
    }
}

#[test]
fn token_of_another_generation_counts_for_nothing() {
    let (record, due) = claimed(SECOND);
    let token = Stamp { generation: 8, ..record.stamp() };
    let cooldown = COOLDOWN;
    for event in [
        Event::Recover { token },
        Event::Relapse { token, cooldown },
        Event::Renew { token, lease: COOLDOWN },
        Event::Back { token },
    ] {
        assert_eq!(step(record, event, due), (record, Effect::None));
    }
}

#[test]
fn stamp_of_the_trip_is_no_token() {
    let token = opened().stamp();
    let cooldown = COOLDOWN;
    for event in [
        Event::Recover { token },
        Event::Relapse { token, cooldown },
        Event::Renew { token, lease: LONGEST },
        Event::Back { token },
    ] {
        assert_eq!(step(opened(), event, NOW), (opened(), Effect::None));
    }
}

#[test]
fn trip_opens_reopens_or_prolongs() {
    let later = step(opened(), trip(2 * COOLDOWN), NOW).0;
    assert_eq!((later.remaining(NOW), later.epoch), (Some(2 * COOLDOWN), 1));
    assert_eq!(step(later, trip(COOLDOWN), NOW), (later, Effect::None));
    let again = step(opened(), trip(SECOND), NOW + 30_000).0;
    assert_eq!((again.epoch, again.openings()), (2, 2));
    assert_eq!(again.remaining(NOW + 30_000), Some(SECOND));
}

#[test]
fn cooldown_without_end_is_shared_for_a_day() {
    let record = step(closed(), trip(Duration::MAX), NOW).0;
    assert_eq!(record.remaining(NOW), Some(LONGEST));
}

#[test]
fn clock_that_goes_back_costs_one_cooldown_more() {
    let record = opened();
    let before = NOW - DAY_MS;
    let (healed, effect) = step(record, Event::Look, before);
    assert_eq!((effect, healed.remaining(before)), (Effect::Changed, Some(COOLDOWN)));
    assert_eq!(step(healed, Event::Look, before + 1), (healed, Effect::None));
    let claim = Event::Claim { lease: SECOND };
    assert_eq!(step(healed, claim, before + 30_000).1, Effect::Granted);
    let Shape::Open { began, .. } = healed.shape else { panic!("closed by the clock") };
    assert_eq!((began, healed.epoch), (1, 1));
}

#[test]
fn clock_that_goes_forward_ends_the_cooldown() {
    let claim = Event::Claim { lease: SECOND };
    assert_eq!(step(opened(), claim, NOW + DAY_MS).1, Effect::Granted);
}

#[test]
fn small_steps_back_do_not_add_up() {
    let record = step(closed(), fail(None), NOW - 900).0;
    assert_eq!(record.at_ms, NOW);
    let record = step(record, fail(None), NOW - 1_800).0;
    assert_eq!(record.at_ms, NOW - 1_800, "together they are a large one");
}

#[test]
fn clock_that_wavers_changes_nothing() {
    let record = opened();
    assert_eq!(step(record, Event::Look, NOW - 1_000), (record, Effect::None));
    assert_eq!(record.remaining(NOW - 1_000), Some(COOLDOWN));
}
