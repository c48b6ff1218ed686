//! Snapshots that are saved in formats that leave out fields, or their names.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Id, Link};
use breakerbox::{Breaker, Config, Registry, Role, Sharing, Snapshot, State};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value, json};

/// The fields of a saved snapshot, in the order in which they are written.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a snapshot")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Saves a snapshot, with the names of its fields and without them, and with `None` as a value
/// and left out as TOML leaves it out; reads each back.
fn read_back(snapshot: &Snapshot) -> Vec<Snapshot> {
    let text = serde_json::to_string(snapshot).unwrap();
    let fields = serde_json::from_str::<Fields>(&text).unwrap().0;
    let values = fields.iter().map(|(_, value)| value.clone()).collect::<Value>();
    let some = fields.into_iter().filter(|(_, value)| !value.is_null());
    let saved = [text, values.to_string(), Value::Object(some.collect()).to_string()];
    saved.iter().map(|text| serde_json::from_str(text).expect(text)).collect()
}

/// A snapshot in which no two fields of one type are equal.
fn full() -> Snapshot {
    let mut full = Breaker::new("full", Config::new()).snapshot();
    full.state = State::Open;
    full.episode = 1;
    full.consecutive_failures = 2;
    (full.calls, full.failures, full.slow_calls) = (Some(3), Some(4), Some(5));
    (full.failure_rate, full.slow_rate) = (Some(0.25), Some(0.5));
    (full.probes_in_flight, full.probe_successes) = (6, 7);
    (full.rejections, full.observed_rejections, full.late_outcomes) = (8, 9, 10);
    full.time_in_state = Duration::from_secs(11);
    full.cooldown = Some(Duration::from_secs(12));
    full.remaining_cooldown = Some(Duration::from_secs(13));
    full.openings = 14;
    full
}

#[test]
fn snapshot_reads_back_without_field_names_and_without_its_nones() {
    for snapshot in read_back(&full()) {
        assert_eq!(snapshot, full());
    }
}

#[test]
fn how_a_snapshot_was_shared_is_written_and_not_read_back() {
    struct Fleet;
    impl Link for Fleet {
        fn sharing(&self, _: &Id) -> Option<Sharing> {
            let mut sharing = Sharing::new("fleet", Role::Voter);
            (sharing.votes, sharing.quorum) = (1, Some(3));
            sharing.holder = Some("web-7".into());
            Some(sharing)
        }
    }
    let registry = Registry::new();
    registry.link(Arc::new(Fleet)).unwrap();
    let shared = registry.breaker("svc").unwrap().snapshot();
    let written = json!({
        "scope": "fleet", "role": "voter", "votes": 1, "quorum": 3, "holder": "web-7"
    });
    assert_eq!(serde_json::to_value(&shared).unwrap()["shared"], written);
    for mut snapshot in read_back(&shared) {
        assert_eq!(snapshot.shared, None);
        snapshot.shared.clone_from(&shared.shared);
        assert_eq!(snapshot, shared);
    }
}

#[test]
fn snapshot_of_each_state_reads_back_without_its_nones() {
    type Control = fn(&Breaker);
    let controls: [Control; 8] = [
        Breaker::reset,
        Breaker::open,
        |breaker| breaker.open_for(Duration::MAX),
        Breaker::half_open,
        Breaker::force_open,
        Breaker::disable,
        Breaker::observe,
        |breaker| breaker.open_for(Duration::ZERO),
    ];
    let window = Config::builder().failure_rate(0.5).build().unwrap();
    for config in [Config::new(), window] {
        for control in controls {
            let before = Breaker::new("saved", config);
            control(&before);
            let snapshot = before.snapshot();
            for again in read_back(&snapshot) {
                assert_eq!(again, snapshot);
                let after = Breaker::new("saved", config);
                after.restore(&again);
                let restored = after.snapshot();
                let is_half_open = snapshot.state == State::HalfOpen;
                let wanted = if is_half_open { State::Open } else { snapshot.state };
                assert_eq!(restored.state, wanted);
                let is_endless = restored.state == State::Open && restored.cooldown.is_none();
                assert_eq!(
                    is_endless,
                    snapshot.state == State::Open && snapshot.cooldown.is_none()
                );
            }
        }
    }
}

#[test]
fn open_breaker_without_remaining_cooldown_is_open_for_ever() {
    let saved = r#"{"name":"a","state":"open"}"#;
    let breaker = Breaker::new("a", Config::new());
    breaker.restore(serde_json::from_str::<Snapshot>(saved).unwrap());
    assert_eq!((breaker.state(), breaker.snapshot().remaining_cooldown), (State::Open, None));
}

#[test]
fn least_saved_snapshot_is_a_name_and_a_state() {
    for state in ["closed", "half-open", "isolated", "disabled", "observing"] {
        let saved = format!(r#"{{"name":"a","state":"{state}"}}"#);
        let snapshot = serde_json::from_str::<Snapshot>(&saved).unwrap();
        assert_eq!((snapshot.state.as_str(), snapshot.remaining_cooldown), (state, None));
    }
    for missing in [r#"{"state":"open"}"#, r#"{"name":"a"}"#] {
        assert!(serde_json::from_str::<Snapshot>(missing).is_err());
    }
}
