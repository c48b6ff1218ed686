//! sentinel-core: a time window only. A call is what stands between an entry
//! and its exit. The resource is found by its name on each call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sentinel_core::circuitbreaker::{BreakerStrategy, Rule, load_rules_of_resource};
use sentinel_core::{EntryBuilder, Error};

use super::{Cases, answer};
use crate::case::{COOLDOWN, Path, Policy, WINDOW};
use crate::subject::{Subject, shared};
use crate::work::{Reply, Sick, ready, work, work_later};

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row("sentinel-core", Policy::TimeWindow);
    for path in Path::ALL {
        row.sync(path, move || guarded(path, call));
        row.later(path, move || guarded(path, |name, task| ready(call_later(name, task))));
    }
}

fn guarded(path: Path, call: fn(&str, u64) -> Reply) -> Box<dyn Subject> {
    let name = load_rule(path);
    shared(move |task| call(&name, task), answer)
}

/// Gives the name of a new resource with a rule.
#[allow(clippy::expect_used, reason = "a benchmark without its peer is none")]
fn load_rule(path: Path) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let resource = format!("{path}-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let millis = |time: std::time::Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    let rule = Rule {
        resource: resource.clone(),
        strategy: BreakerStrategy::ErrorRatio,
        threshold: path.rate().into(),
        min_request_amount: path.min_calls().into(),
        retry_timeout_ms: millis(COOLDOWN),
        stat_interval_ms: millis(WINDOW),
        stat_sliding_window_bucket_count: 10,
        ..Rule::default()
    };
    load_rules_of_resource(&resource, vec![Arc::new(rule)]).expect("a rule that it accepts");
    resource
}

fn call(resource: &str, task: u64) -> Reply {
    let entry = EntryBuilder::new(resource.to_owned()).build().map_err(|_| Sick::Rejected)?;
    let reply = work(task);
    if reply.is_err() {
        entry.set_err(Error::msg("down"));
    }
    entry.exit();
    reply
}

async fn call_later(resource: &str, task: u64) -> Reply {
    let entry = EntryBuilder::new(resource.to_owned()).build().map_err(|_| Sick::Rejected)?;
    let reply = work_later(task).await;
    if reply.is_err() {
        entry.set_err(Error::msg("down"));
    }
    entry.exit();
    reply
}
