//! After a run nothing listens and nothing runs.
//!
//! The test counts the threads of its process, so it is a process of its own.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use bot::client::Addresses;
use bot::run::{Setup, run_both};
use bot::scenario::{Scenario, Script};

/// Long enough for every service to be called, and for the sick one to hang.
const LENGTH: Duration = Duration::from_secs(1);

#[test]
fn after_a_run_nothing_listens_or_runs() {
    let before = threads();
    for scenario in [Scenario::CAT, Scenario::LLM] {
        let setup = Setup { scenario, users: 10, seed: 1 };
        let runs = run_both(setup, 2, Script::start_now(LENGTH)).unwrap();
        for address in runs.iter().flat_map(|run| all(run.addresses)) {
            assert!(TcpStream::connect(address).is_err(), "{address} still listens");
        }
    }
    // A thread that was joined may be in the system's list for a moment more.
    let deadline = Instant::now() + Duration::from_secs(30);
    while threads() > before {
        assert!(Instant::now() < deadline, "{} threads, before {before}", threads());
        std::thread::yield_now();
    }
}

fn all(addresses: Addresses) -> [SocketAddr; 5] {
    let Addresses { cat, llm, second, stt, voice } = addresses;
    [cat, llm, second, stt, voice]
}

/// Returns the number of the process's threads; zero if the system has no list of them.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}
