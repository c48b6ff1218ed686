//! Code that the tests share: functions behind breakers, and a way to read the exported values.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use breaker_core::link::{Id, Link};
use breaker_metrics::Exporter;
use breakerbox::testing::Scope;
use breakerbox::{BreakerError, Config, Registry, Role, Sharing, circuit_breaker};

#[derive(Debug)]
pub(crate) enum Error {
    Down,
    Rejected,
}

impl From<BreakerError> for Error {
    fn from(_: BreakerError) -> Self {
        Error::Rejected
    }
}

pub(crate) const DOWN: Result<(), Error> = Err(Error::Down);

/// A breaker for each key, which opens at once and for ten seconds.
#[circuit_breaker(name = "llm", key = model, threshold = 1, cooldown = "10s")]
pub(crate) fn ask(model: &str, answer: Result<(), Error>) -> Result<(), Error> {
    answer
}

/// A breaker with a window, whose slow calls have a rate of their own.
#[circuit_breaker(
    name = "stt",
    failure_rate = 0.9,
    window = 20,
    min_calls = 4,
    slow_call = "1s",
    slow_rate = 0.9,
    cooldown = "1m",
    count_calls = true
)]
pub(crate) fn listen(answer: Result<(), Error>) -> Result<(), Error> {
    answer
}

/// A breaker for each key, which counts its calls.
#[circuit_breaker(name = "tts", key = voice, threshold = 5, count_calls = true)]
pub(crate) fn speak(voice: u32) -> Result<(), Error> {
    Ok(())
}

/// Returns a registry with values for every instrument but conflicts and overrides.
pub(crate) fn registry_with_an_outage() -> Registry {
    let scope = Scope::enter();
    let registry = scope.registry();
    let fleet = Fleet::of(registry);
    fleet.share("db", Role::Voter, Some((1, 3)));
    let db = registry.get_or_insert("db", Config::builder().threshold(2).build_const()).unwrap();
    scope.advance(Duration::from_secs(60));
    for _ in 0..2 {
        db.try_acquire().unwrap().failure();
    }
    for _ in 0..3 {
        assert!(db.try_acquire().is_err());
    }
    scope.advance(Duration::from_millis(12_500));
    for answer in [Ok(()), DOWN, Ok(()), DOWN] {
        let _ = listen(answer);
    }
    let _ = ask("small", DOWN);
    let _ = ask("small", Ok(()));
    let _ = ask("large", Ok(()));
    registry.clone()
}

/// A link that shares breakers as the test says.
#[derive(Default)]
pub(crate) struct Fleet(Mutex<BTreeMap<String, Sharing>>);

impl Fleet {
    pub(crate) fn of(registry: &Registry) -> Arc<Fleet> {
        let fleet = Arc::<Fleet>::default();
        registry.link(Arc::clone(&fleet) as _).unwrap();
        fleet
    }

    /// Gives a breaker, `name` or `name/key`, its role, and votes of a quorum if any are cast.
    pub(crate) fn share(&self, shown: &str, role: Role, votes: Option<(u16, u16)>) {
        let mut sharing = Sharing::new("fleet", role);
        (sharing.votes, sharing.quorum) =
            votes.map_or((0, None), |(votes, quorum)| (votes, Some(quorum)));
        self.0.lock().unwrap().insert(shown.to_owned(), sharing);
    }

    /// Shares it no more.
    pub(crate) fn part_from(&self, shown: &str) {
        self.0.lock().unwrap().remove(shown);
    }
}

impl Link for Fleet {
    fn sharing(&self, id: &Id) -> Option<Sharing> {
        let key = id.key().map(|key| format!("/{key}")).unwrap_or_default();
        self.0.lock().unwrap().get(&format!("{}{key}", id.name())).cloned()
    }
}

/// The value of each series that an exporter shows.
pub(crate) fn series(exporter: &Exporter) -> BTreeMap<String, f64> {
    let text = exporter.prometheus_text();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let series: Vec<_> = lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series.to_owned(), value.parse().unwrap())
        })
        .collect();
    let number = series.len();
    let series: BTreeMap<_, _> = series.into_iter().collect();
    assert_eq!(series.len(), number, "a series twice");
    series
}

/// The series of one metric, by its labels without quotes and without the prefix of their names.
pub(crate) fn of_metric(exporter: &Exporter, metric: &str) -> BTreeMap<String, f64> {
    let short =
        |labels: &str| labels.trim_matches(['{', '}']).replace('"', "").replace("breakerbox_", "");
    series(exporter)
        .into_iter()
        .filter_map(|(series, value)| {
            let labels = series.strip_prefix(metric)?;
            (labels.is_empty() || labels.starts_with('{')).then(|| (short(labels), value))
        })
        .collect()
}
