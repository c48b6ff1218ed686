//! A dead service does not hold up the event loop.
//!
//! The test measures stalls, and other tests would stall it, so it is a process of its own.

use std::thread;
use std::time::Duration;

use bot::Guard;
use bot::heartbeat::{BEAT, Control, Pulse};
use bot::run::{Setup, run};
use bot::scenario::{Scenario, Script};
use tokio::runtime::Builder;

const LIMIT: Duration = Duration::from_millis(50);
const LENGTH: Duration = Duration::from_secs(4);

/// The event loop's own stalls show in every run. The control subtracts the machine's stalls; a
/// stall that it misses hardly strikes five times.
const RUNS: usize = 5;

#[test]
fn with_a_dead_service_the_event_loop_never_stalls_for_50_ms() {
    for scenario in [Scenario::CAT, Scenario::LLM] {
        let stalls: Vec<_> = until_short((0..RUNS).map(|_| stall_with_breakers(scenario)));
        println!("{}: {stalls:?}", scenario.title);
        assert!(stalls.iter().any(|stall| *stall < LIMIT), "{}: {stalls:?}", scenario.title);
    }
}

/// The measure sees an event loop that is blocked.
#[test]
fn blocked_event_loop_is_seen_to_stall() {
    let blocked = || {
        let (pulse, control) = (Pulse::default(), Control::start().unwrap());
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.spawn(pulse.clone().beat());
        runtime.block_on(async {
            tokio::time::sleep(BEAT * 5).await;
            thread::sleep(LIMIT * 10);
            tokio::time::sleep(BEAT * 5).await;
        });
        pulse.longest_stall_beyond(&control.stop())
    };
    let stalls: Vec<_> = (0..RUNS).map(|_| blocked()).collect();
    assert!(stalls.iter().any(|stall| *stall >= LIMIT), "{stalls:?}");
}

fn stall_with_breakers(scenario: Scenario) -> Duration {
    let setup = Setup { scenario, users: 50, seed: 1 };
    let run = run(setup, Guard::Breakers, Script::start_now(LENGTH)).unwrap();
    assert!(!run.states.changes().is_empty(), "no breaker had anything to do");
    assert!(run.pulse.beats() > 20 && run.control.beats() > 20, "{:?}", run.pulse);
    run.pulse.longest_stall_beyond(&run.control)
}

/// Returns the stalls up to the first short one.
fn until_short(stalls: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut seen = Vec::new();
    for stall in stalls {
        seen.push(stall);
        if stall < LIMIT {
            break;
        }
    }
    seen
}
