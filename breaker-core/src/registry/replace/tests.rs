//! Tests of overrides from several sources: which ones hold, and which stay when one is replaced.

use core::panic::Location;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use super::*;
use crate::config::ConfigBuilder;
use crate::registry::Switch;
use crate::state::State;

const SECOND: Duration = Duration::from_secs(1);

fn tuned(threshold: u64) -> ConfigBuilder {
    Config::builder().threshold(threshold)
}

fn declared(config: ConfigBuilder) -> (Registry, Arc<Breaker>) {
    let registry = Registry::new();
    let breaker = registry.get_or_insert("llm", config.build().unwrap()).unwrap();
    (registry, breaker)
}

fn of_name(over: impl Into<Override>) -> Overrides {
    let mut overrides = Overrides::new();
    overrides.set("llm", over).unwrap();
    overrides
}

fn switched(switch: Switch) -> Overrides {
    of_name(Override::new().switch(switch))
}

fn lay(registry: &Registry, overrides: Overrides) {
    registry.replace_overrides(OverrideSource::File, overrides).unwrap();
}

fn key(registry: &Registry, key: &str) -> Arc<Breaker> {
    static CONFIG: Config = Config::new();
    drop(registry.for_key("llm", key.as_bytes(), Some(&CONFIG), Location::caller()));
    registry.get_key("llm", key).unwrap()
}

#[test]
fn later_source_beats_earlier_one_parameter_by_parameter() {
    let (registry, llm) = declared(tuned(2).probes(2));
    registry.configure("llm", tuned(3).success_threshold(3)).unwrap();
    lay(&registry, of_name(tuned(4).cooldown(SECOND)));
    registry.replace_overrides(OverrideSource::Operator, of_name(tuned(5))).unwrap();
    let shown = || {
        let config = llm.config();
        (config.threshold(), config.cooldown(), config.success_threshold(), config.probes())
    };
    assert_eq!(shown(), (Some(5), SECOND, 3, 2));
    registry.replace_overrides(OverrideSource::Operator, Overrides::new()).unwrap();
    assert_eq!(shown(), (Some(4), SECOND, 3, 2));
    lay(&registry, Overrides::new());
    assert_eq!(shown(), (Some(3), 30 * SECOND, 3, 2), "what the program laid over stays");
    registry.configure("llm", Config::builder()).unwrap();
    assert_eq!(shown(), (Some(2), 30 * SECOND, 1, 2));
}

#[test]
fn key_beats_name_beats_all_whatever_the_source() {
    let registry = Registry::new();
    let (one, other) = (key(&registry, "one"), key(&registry, "other"));
    let own = registry.breaker("llm").unwrap();
    let mut file = of_name(tuned(20));
    file.set_for_all(tuned(10));
    file.set_for_key("llm", "one", tuned(30)).unwrap();
    lay(&registry, file);
    let mut operator = Overrides::new();
    operator.set_for_all(tuned(40).probes(4));
    registry.replace_overrides(OverrideSource::Operator, operator).unwrap();
    let thresholds = [&one, &other, &own].map(|breaker| breaker.config().threshold());
    assert_eq!(thresholds, [Some(30), Some(20), Some(20)]);
    assert_eq!(one.config().probes(), 4);
    let late = key(&registry, "late");
    assert_eq!((late.config().threshold(), late.config().probes()), (Some(20), 4));
}

#[test]
fn state_counts_and_window_stay() {
    let (registry, llm) = declared(tuned(5).window_calls(10));
    for _ in 0..3 {
        llm.try_acquire().unwrap().failure();
    }
    lay(&registry, of_name(tuned(9).cooldown(SECOND)));
    let snapshot = llm.snapshot();
    assert_eq!((snapshot.consecutive_failures, snapshot.calls), (3, Some(3)));
    llm.open();
    lay(&registry, Overrides::new());
    assert_eq!((llm.state(), llm.config().threshold()), (State::Open, Some(5)));
}

#[test]
fn breaker_that_the_overrides_do_not_change_is_not_touched() {
    let (registry, llm) = declared(tuned(5));
    let db = registry.get_or_insert("db", Config::new()).unwrap();
    lay(&registry, of_name(tuned(4)));
    llm.reconfigure(tuned(7).build().unwrap());
    db.reconfigure(tuned(8).build().unwrap());
    let mut next = of_name(tuned(4));
    next.set("other", tuned(1)).unwrap();
    lay(&registry, next);
    assert_eq!((llm.config().threshold(), db.config().threshold()), (Some(7), Some(8)));
    lay(&registry, of_name(tuned(4).cooldown(30 * SECOND)));
    assert_eq!(llm.config().threshold(), Some(7), "it spells out what is declared");
    lay(&registry, of_name(tuned(3)));
    assert_eq!(llm.config().threshold(), Some(3));
}

#[test]
fn every_mistake_is_listed_and_nothing_is_changed() {
    let (registry, llm) = declared(tuned(5).cooldown(60 * SECOND));
    lay(&registry, of_name(tuned(4)));
    let mut alone = of_name(tuned(0));
    alone.set_for_all(Config::builder().jitter(2.0));
    alone.set_for_key("db", "a b", Config::builder().probes(0)).unwrap();
    let refused = registry.replace_overrides(OverrideSource::File, alone).unwrap_err();
    let said: Vec<_> = refused.list().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "override for all: `jitter` must be between 0 and 1, found `2`",
            "override for `db/a\\u{20}b`: `probes` must be between 1 and 255, found `0`",
            "override for `llm`: `threshold` must be between 1 and 65535, found `0`",
        ]
    );
    assert_eq!(refused.to_string(), said.join("; "));

    let mut together = of_name(Config::builder().cooldown(9 * SECOND));
    together.set_for_all(Config::builder().cooldown_max(8 * SECOND).jitter(0.1));
    let refused = registry.replace_overrides(OverrideSource::File, together).unwrap_err();
    let [one] = refused.list() else { panic!("{refused}") };
    assert_eq!((one.error.key(), one.declared), ("cooldown_max", None));

    let mut declared = of_name(Config::builder().cooldown_max(SECOND));
    declared.set("db", tuned(1)).unwrap();
    let refused = registry.replace_overrides(OverrideSource::File, declared).unwrap_err();
    let [one] = refused.list() else { panic!("{refused}") };
    assert!(one.name.as_ref().is_some_and(|name| name == "llm"), "{one}");
    assert_eq!(one.declared.map(Location::file), Some(file!()));
    assert_eq!(llm.config().threshold(), Some(4));
    assert_eq!(registry.breaker("db").unwrap().config().threshold(), Some(5));
}

#[test]
fn many_keys_that_cannot_take_it_are_listed_once() {
    let registry = Registry::new();
    let _keys: Vec<_> = (0..20).map(|number| key(&registry, &number.to_string())).collect();
    let over = of_name(Config::builder().cooldown_max(SECOND));
    let refused = registry.replace_overrides(OverrideSource::File, over).unwrap_err();
    assert_eq!(refused.list().len(), 1);
}

#[test]
fn override_that_was_invalid_before_hinders_no_other() {
    let registry = Registry::new();
    registry.configure("llm", Config::builder().cooldown_max(SECOND)).unwrap();
    let llm = registry.get_or_insert("llm", Config::new()).unwrap();
    assert_eq!(registry.invalid_overrides().len(), 1);
    let mut file = Overrides::new();
    file.set_for_all(Override::from(Config::builder().jitter(0.5)).switch(Switch::Observing));
    lay(&registry, file.clone());
    assert_eq!((llm.config().jitter(), llm.state()), (0.0, State::Observing));
    assert_eq!(registry.invalid_overrides().len(), 1);
    file.set("llm", Config::builder().cooldown(SECOND)).unwrap();
    lay(&registry, file);
    assert_eq!((llm.config().cooldown(), llm.config().jitter()), (SECOND, 0.5));
    assert_eq!(registry.invalid_overrides(), []);
}

#[test]
fn listing_under_a_key_goes_with_the_override_of_the_key() {
    let registry = Registry::new();
    let mut file = Overrides::new();
    file.set_for_key("llm", "a", Config::builder().cooldown_max(SECOND)).unwrap();
    lay(&registry, file);
    let _a = key(&registry, "a");
    assert_eq!(registry.invalid_overrides().len(), 1);
    lay(&registry, Overrides::new());
    assert_eq!(registry.invalid_overrides(), []);
}

#[test]
fn switch_holds_breakers_that_are_there_and_that_come() {
    let (registry, llm) = declared(tuned(5));
    let mut all = Overrides::new();
    all.set_for_all(Override::new().switch(Switch::Observing));
    all.set("db", Override::new().switch(Switch::Isolated)).unwrap();
    all.set_for_key("llm", "a", Override::new().switch(Switch::Disabled)).unwrap();
    lay(&registry, all);
    let (a, b) = (key(&registry, "a"), key(&registry, "b"));
    let db = registry.get_or_insert("db", Config::new()).unwrap();
    let states = || [&llm, &a, &b, &db].map(|breaker| breaker.state());
    assert_eq!(states(), [State::Observing, State::Disabled, State::Observing, State::Isolated]);
    lay(&registry, Overrides::new());
    assert_eq!(states(), [State::Closed; 4]);
}

#[test]
fn switch_that_stays_does_not_undo_what_an_operator_did() {
    let (registry, llm) = declared(tuned(5));
    lay(&registry, switched(Switch::Isolated));
    llm.reset();
    let mut same = switched(Switch::Isolated);
    same.set_for_all(Config::builder().jitter(0.1));
    lay(&registry, same);
    assert_eq!((llm.state(), llm.config().jitter()), (State::Closed, 0.1));
    llm.disable();
    lay(&registry, Overrides::new());
    assert_eq!(llm.state(), State::Disabled, "it is not the file's state");
    lay(&registry, switched(Switch::Observing));
    assert_eq!(llm.state(), State::Observing);
    lay(&registry, switched(Switch::Disabled));
    assert_eq!(llm.state(), State::Disabled);
}

#[test]
fn state_that_an_operator_has_set_again_outlasts_the_switch() {
    type Control = fn(&Breaker);
    let (registry, llm) = declared(tuned(5));
    let controls: [(Switch, Control); 3] = [
        (Switch::Observing, Breaker::observe),
        (Switch::Disabled, Breaker::disable),
        (Switch::Isolated, Breaker::force_open),
    ];
    for (switch, set_by_hand) in controls {
        lay(&registry, switched(switch));
        llm.reset();
        set_by_hand(&llm);
        lay(&registry, Overrides::new());
        assert_eq!(llm.state(), switch.state(), "an operator has set it since");
        lay(&registry, switched(switch));
        set_by_hand(&llm);
        lay(&registry, Overrides::new());
        assert_eq!(llm.state(), State::Closed, "the switch has taken it over");
    }
}

#[test]
fn isolating_handle_outlasts_the_switch() {
    let (registry, llm) = declared(tuned(5));
    lay(&registry, switched(Switch::Isolated));
    let handle = llm.isolate();
    lay(&registry, Overrides::new());
    assert_eq!(llm.state(), State::Isolated);
    drop(handle);
    assert_eq!(llm.state(), State::Closed);
}

#[test]
fn listeners_may_use_the_registry_when_a_switch_is_told_of() {
    let registry = Registry::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, inner) = (Arc::clone(&seen), registry.clone());
    let subscription = registry.on_transition(move |event| {
        inner.configure_all(Config::builder().jitter(0.5)).unwrap();
        log.lock().unwrap().push(event.to_string());
    });
    lay(&registry, switched(Switch::Isolated));
    let llm = registry.breaker("llm").unwrap();
    let _key = key(&registry, "a");
    lay(&registry, Overrides::new());
    llm.force_open();
    drop(subscription);
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "circuit breaker `llm`: closed to isolated (manual)",
            "circuit breaker `llm/a`: closed to isolated (manual)",
            "circuit breaker `llm`: isolated to closed (reset)",
            "circuit breaker `llm/a`: isolated to closed (reset)",
            "circuit breaker `llm`: closed to isolated (manual)",
        ]
    );
}

#[test]
fn override_by_the_program_leaves_the_switch_of_the_program() {
    let (registry, llm) = declared(tuned(5));
    registry.replace_overrides(OverrideSource::Program, switched(Switch::Observing)).unwrap();
    registry.configure("llm", tuned(2)).unwrap();
    assert_eq!((llm.state(), llm.config().threshold()), (State::Observing, Some(2)));
    assert_eq!(key(&registry, "new").state(), State::Observing);
}

#[test]
fn unused_names_of_every_source_are_listed_once() {
    let (registry, _llm) = declared(tuned(5));
    registry.configure("db", tuned(1)).unwrap();
    let mut file = of_name(tuned(1));
    file.set("db", tuned(2)).unwrap();
    file.set("lmm", tuned(2)).unwrap();
    lay(&registry, file);
    let unused: Vec<_> = registry.unused_overrides().iter().map(ToString::to_string).collect();
    assert_eq!(unused, ["db", "lmm"]);
}

#[test]
fn form_of_a_name_reaches_breakers_that_come_and_lies_over_the_name() {
    let registry = Registry::new();
    let mut file = Overrides::new();
    file.set("a::b", tuned(1).probes(2)).unwrap();
    file.set_for_form("A_B", tuned(3));
    file.set_for_form("LLM", Override::new().switch(Switch::Observing));
    lay(&registry, file);
    let config = registry.breaker("a::b").unwrap().config();
    assert_eq!((config.threshold(), config.probes()), (Some(3), 2));
    assert_eq!(registry.breaker("a-b").unwrap().config().threshold(), Some(3));
    assert_eq!(registry.breaker("ab").unwrap().config().threshold(), Some(5));
    assert_eq!(key(&registry, "x").state(), State::Observing);
    let mut bad = Overrides::new();
    bad.set_for_form("A_B", tuned(0));
    let refused = registry.replace_overrides(OverrideSource::File, bad).unwrap_err();
    assert!(refused.to_string().starts_with("override for `A_B`: `threshold`"), "{refused}");
}
