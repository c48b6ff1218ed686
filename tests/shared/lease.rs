//! Probes of one length, shorter and longer than the lease: a service that is well again comes
//! back, one that is ill is probed by one process at a time.

use std::time::Duration;

use breaker_core::shared::{Effect, Event, Record, Stamp, step};

const LEASE: Duration = Duration::from_secs(10);
const COOLDOWN: Duration = Duration::from_secs(5);
const MS: u64 = 1;

struct Probe {
    token: Stamp,
    ends_ms: u64,
}

/// Plays so many processes, each of which claims whenever it has no probe under way. Returns
/// after how long the record closed, and how many probes there were.
fn play(processes: usize, call: Duration, well_after: Duration) -> Option<(Duration, u32)> {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap();
    let start_ms = 1_700_000_000_000;
    let trip = Event::Trip { cooldown: COOLDOWN, openings: 1 };
    let mut record = step(Record::new(1, start_ms), trip, start_ms).0;
    let mut probes: Vec<Option<Probe>> = (0..processes).map(|_| None).collect();
    let mut begun = 0;
    let end_ms = start_ms + ms(well_after) + 4 * ms(call + LEASE + COOLDOWN);
    let mut now_ms = start_ms;
    while now_ms < end_ms {
        for probe in &mut probes {
            match probe {
                Some(Probe { token, ends_ms }) if *ends_ms <= now_ms => {
                    let token = *token;
                    // The call is judged by how the service was when it arrived there.
                    let is_well = now_ms - ms(call) >= start_ms + ms(well_after);
                    let event = if is_well {
                        Event::Recover { token }
                    } else {
                        Event::Relapse { token, cooldown: COOLDOWN }
                    };
                    record = step(record, event, now_ms).0;
                    *probe = None;
                }
                Some(_) => {}
                None => {
                    let (after, effect) = step(record, Event::Claim { lease: LEASE }, now_ms);
                    record = after;
                    if effect == Effect::Granted {
                        begun += 1;
                        *probe = Some(Probe { token: after.stamp(), ends_ms: now_ms + ms(call) });
                    }
                }
            }
        }
        if record.remaining(now_ms).is_none() {
            return Some((Duration::from_millis(now_ms - start_ms), begun));
        }
        now_ms += 50 * MS;
    }
    None
}

#[test]
fn service_whose_calls_are_as_long_as_a_lease_comes_back() {
    for processes in [1, 2, 5] {
        for seconds in [1.0, 9.9, 10.0, 10.1, 19.9, 20.1, 35.0, 95.0] {
            for well_after in [0, 3, 17, 60] {
                let (call, well_after) =
                    (Duration::from_secs_f64(seconds), Duration::from_secs(well_after));
                let what = format!("{processes} processes, {call:?}, well after {well_after:?}");
                let (closed, probes) = play(processes, call, well_after).expect(&what);
                let latest = well_after + 2 * call + LEASE + COOLDOWN;
                assert!(closed <= latest, "{what}: closed after {closed:?}");
                // One lease after the other, whoever has them.
                let most = closed.as_secs_f64() / COOLDOWN.min(LEASE).as_secs_f64() + 1.0;
                assert!(f64::from(probes) <= most, "{what}: {probes} probes in {closed:?}");
            }
        }
    }
}

#[test]
fn ill_service_is_never_taken_for_well() {
    let well_after = Duration::from_secs(20_000);
    for seconds in [1.0, 9.9, 10.1, 35.0] {
        for processes in [1, 5] {
            let call = Duration::from_secs_f64(seconds);
            let (closed, probes) = play(processes, call, well_after).expect("it is well at last");
            assert!(closed >= well_after, "calls of {seconds} s: closed after {closed:?}");
            assert!(probes > 100, "calls of {seconds} s: {probes} probes");
        }
    }
}
