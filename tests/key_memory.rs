//! A hundred thousand keys hold on to little memory.
//!
//! The seats of keys are the process's, so this test is a process of its own.

use allocation_counter::measure;
use breakerbox::{Registry, State, circuit_breaker};

#[circuit_breaker(name = "tenant", threshold = 1, key = tenant, error = |e| e.to_string())]
fn tenant(tenant: u32) -> Result<u8, String> {
    Ok(u8::try_from(tenant % 256).unwrap_or(0))
}

/// [G3]
#[test]
fn hundred_thousand_keys_leave_memory_flat_and_lose_no_open_breaker() {
    let registry = Registry::global();
    let mut after = [0, 0];
    let opened: Vec<u32> = (0..5).map(|n| n * 31).collect();
    let used = measure(|| {
        for number in 0..100_000 {
            assert_eq!(tenant(number), Ok(u8::try_from(number % 256).unwrap()));
            if opened.contains(&number) {
                registry.get_key("tenant", number).unwrap().open();
            }
            if number == 2_000 {
                after[0] = count(&registry);
            }
        }
    });
    after[1] = count(&registry);
    println!(
        "100,000 keys, at most 1,000 kept: {} breakers, {} KiB in all, {} KiB at the most",
        after[1],
        used.bytes_current / 1024,
        used.bytes_max / 1024
    );
    assert!(after.into_iter().all(|count| count <= 1_000), "{after:?}");
    assert!(used.bytes_current < 1024 * 1024, "{} bytes kept", used.bytes_current);
    for number in opened {
        let breaker = registry.get_key("tenant", number).unwrap();
        assert_eq!(breaker.state(), State::Open);
    }
}

fn count(registry: &Registry) -> usize {
    registry.iter().filter(|breaker| breaker.name().as_str().starts_with("tenant/")).count()
}
