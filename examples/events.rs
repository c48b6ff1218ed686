//! Listeners hear of the breakers' events, and a report sums them up.
//!
//! `cargo run --example events`

use std::io::{self, ErrorKind};
use std::thread::sleep;
use std::time::Duration;

use breakerbox::{Registry, circuit_breaker};

/// Asks a mail server, which is up or down as the caller says.
#[circuit_breaker(name = "mail", threshold = 2, cooldown = "300ms", count_calls = true)]
fn deliver(server_is_up: bool) -> io::Result<()> {
    if server_is_up { Ok(()) } else { Err(ErrorKind::ConnectionRefused.into()) }
}

fn main() {
    // A subscription that is dropped ends. `on_transition` leaves rejections out.
    let subscription = Registry::global().on_event(|event| println!("event: {event}"));

    println!("One call succeeds, two fail, one is rejected:");
    for server_is_up in [true, false, false, false] {
        // The listener prints the event.
        let _ = deliver(server_is_up);
    }
    println!("The cooldown is over, and the server is up again:");
    sleep(Duration::from_millis(310));
    let _ = deliver(true);
    drop(subscription);

    for report in Registry::global().reports() {
        let calls = report.totals.calls.unwrap_or_default();
        println!("report of `{}`, which is {}:", report.snapshot.name, report.snapshot.state);
        println!("  {} successes, {} failures", calls.successes, calls.failures);
        println!("  {} rejected, {} probes", report.totals.rejections, report.totals.probes);
    }
}
