//! Probes that take as long as the lease, in processes of their own.

use std::process::Child;
use std::time::Duration;

use breaker_core::shared::Shape;

use crate::world::{World, now_ms, until};

const LEASE_MS: u64 = 200;

/// Kills its processes when dropped, also by a test that fails.
struct Workers(Vec<Child>);

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.0 {
            let _ = worker.kill();
            let _ = worker.wait();
        }
    }
}

#[test]
fn service_comes_back_whose_calls_are_shorter_or_longer_than_the_lease() {
    for call_ms in [LEASE_MS / 2, LEASE_MS - 10, LEASE_MS + 10, 3 * LEASE_MS] {
        let world = World::new();
        let lease = format!("probe_timeout_ms={LEASE_MS}");
        world.trip(&["cooldown_ms=50", &lease]);
        world.set_down(false);
        let length = format!("call_ms={call_ms}");
        let worker =
            || world.command("life", &["cooldown_ms=50", &lease, &length]).spawn().unwrap();
        let _workers = Workers((0..3).map(|_| worker()).collect());
        let is_closed = || matches!(world.record().unwrap().shape, Shape::Closed { .. });
        until(&format!("closing by calls of {call_ms} ms"), is_closed);
    }
}

#[test]
fn probe_of_a_process_that_is_killed_is_made_by_another() {
    let world = World::new();
    let settings = ["cooldown_ms=50", "probe_timeout_ms=300"];
    world.trip(&settings);
    world.set_down(false);
    let mut long = settings.to_vec();
    long.push("call_ms=60000");
    let mut prober = world.command("life", &long).spawn().unwrap();
    until("the probe", || world.calls().1 > 0);
    prober.kill().unwrap();
    prober.wait().unwrap();
    let left = world.record().unwrap().remaining(now_ms()).unwrap();
    assert!(left <= Duration::from_millis(300), "{left:?}");
    until("another probe", || world.run("once", &settings).contains(&"ok".to_owned()));
}
