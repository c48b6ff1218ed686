//! A thousand reloads while calls go through the breakers.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use breaker_config::Source;
use breaker_core::{Config, Registry, State};

#[test]
fn thousand_reloads_under_load_lose_no_call_and_no_state() {
    let path = std::env::temp_dir().join(format!("breaker-config-reload-{}", std::process::id()));
    let registry = Registry::new();
    let day = Duration::from_secs(86_400);
    let config = Config::builder().failure_count(1_000_000).window_time(day);
    let llm = registry.get_or_insert("llm", config.build().unwrap()).unwrap();
    let held = registry.get_or_insert("held", Config::new()).unwrap();
    held.force_open();
    let (stop, failures) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut resident = Vec::new();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    for _ in 0..1_000 {
                        llm.try_acquire().expect("nothing opens it").success();
                    }
                    llm.try_acquire().expect("nothing opens it").failure();
                    failures.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // The callers end even if an assertion fails.
        let _end = Raised(&stop);
        for round in 0_u32..1_000 {
            let (probes, threshold) = (round % 200 + 1, 60_000 + round);
            let text = format!(
                "[breakers.llm]\nprobes = {probes}\nfailure_count = {}\n[breakers.held]\nthreshold = {threshold}\n",
                1_000_000 - round,
            );
            fs::write(&path, text).unwrap();
            Source::new().file(&path).apply(&registry).unwrap();
            assert_eq!(u32::from(llm.config().probes()), probes);
            if round % 100 == 99 {
                resident.extend(resident_pages());
            }
        }
    });
    fs::remove_file(&path).unwrap();
    assert_eq!(held.state(), State::Isolated);
    let snapshot = llm.snapshot();
    assert_eq!((snapshot.state, snapshot.episode), (State::Closed, 0));
    let counted = failures.load(Ordering::Relaxed);
    assert_eq!(snapshot.failures, Some(counted), "the window is of an unchanged shape");
    if let [_, second, .., last] = resident[..] {
        assert!(last <= second + 256, "a mebibyte of pages at most: {resident:?}");
    }
}

/// Raises a flag when it is dropped.
struct Raised<'a>(&'a AtomicBool);

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The number of pages of memory that the process has, if the system tells it.
fn resident_pages() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    statm.split(' ').nth(1)?.parse().ok()
}
