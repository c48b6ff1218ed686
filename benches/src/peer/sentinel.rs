//! sentinel-core: a time window only. A call is the time between an entry and its exit. The
//! resource is found by its name on each call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sentinel_core::circuitbreaker::{BreakerStrategy, Rule, load_rules_of_resource};
use sentinel_core::{EntryBuilder, Error};

use super::llm::{self, Completion, LlmError};
use super::{Cases, answer};
use crate::case::{COOLDOWN, Group, Path, Policy, WINDOW};
use crate::subject::{Subject, cloned, shared};
use crate::work::{Reply, Sick, ready, work, work_later};

const NAME: &str = "sentinel-core";

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row(NAME, Policy::TimeWindow);
    for path in Path::ALL {
        row.sync(path, move || guarded(path, call));
        row.later(path, move || guarded(path, |name, task| ready(call_later(name, task))));
    }
    // Runs without `trip`, a growing cooldown and `retry_after`.
    let mut row = cases.grouped(Group::Llm, NAME, Policy::TimeWindow, llm::EXTRA);
    for path in Path::ALL {
        row.sync(path, move || guarded_llm(path, ask));
        row.later(path, move || {
            guarded_llm(path, |name, model, task| ready(ask_later(name, model, task)))
        });
    }
}

/// A resource for each model, with a rule for errors and one for slow calls.
fn guarded_llm(path: Path, call: fn(&str, &'static str, u64) -> Completion) -> Box<dyn Subject> {
    let errors = rule(path, BreakerStrategy::ErrorRatio, llm::WINDOW);
    let slow = Rule {
        max_allowed_rt_ms: u64::from(millis(llm::SLOW)),
        ..rule(path, BreakerStrategy::SlowRequestRatio, llm::WINDOW)
    };
    let resources = llm::MODELS.map(|_| load(path, [&errors, &slow]));
    let call = move |models: &mut llm::Models, task| {
        let model = models.next_index();
        call(&resources[model], llm::MODELS[model], task)
    };
    cloned(llm::Models::default(), call, llm::answer)
}

fn ask(resource: &str, model: &str, task: u64) -> Completion {
    let entry = EntryBuilder::new(resource.to_owned()).build().map_err(|_| LlmError::Rejected)?;
    let completion = llm::ask(model, task);
    if is_failure(&completion) {
        entry.set_err(Error::msg("overloaded"));
    }
    entry.exit();
    completion
}

async fn ask_later(resource: &str, model: &str, task: u64) -> Completion {
    let entry = EntryBuilder::new(resource.to_owned()).build().map_err(|_| LlmError::Rejected)?;
    let completion = llm::ask_later(model, task).await;
    if is_failure(&completion) {
        entry.set_err(Error::msg("overloaded"));
    }
    entry.exit();
    completion
}

fn is_failure(completion: &Completion) -> bool {
    !matches!(completion, Ok(_) | Err(LlmError::BadRequest))
}

fn guarded(path: Path, call: fn(&str, u64) -> Reply) -> Box<dyn Subject> {
    let name = load(path, [&rule(path, BreakerStrategy::ErrorRatio, WINDOW)]);
    shared(move |task| call(&name, task), answer)
}

/// Creates a resource with these rules, and returns its name.
#[allow(clippy::expect_used, reason = "a benchmark without its peer is none")]
fn load<const N: usize>(path: Path, rules: [&Rule; N]) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let resource = format!("{path}-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let of_it = |rule: &Rule| Arc::new(Rule { resource: resource.clone(), ..rule.clone() });
    let rules = rules.map(of_it).to_vec();
    load_rules_of_resource(&resource, rules).expect("rules that it accepts");
    resource
}

fn rule(path: Path, strategy: BreakerStrategy, window: Duration) -> Rule {
    Rule {
        strategy,
        threshold: path.rate().into(),
        min_request_amount: path.min_calls().into(),
        retry_timeout_ms: millis(COOLDOWN),
        stat_interval_ms: millis(window),
        stat_sliding_window_bucket_count: 10,
        ..Rule::default()
    }
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
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
