//! Ten minutes of a chat bot whose services fail, in no time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breaker_page::Page;
use breakerbox::testing::Scope;
use breakerbox::{
    Breaker, Config, ConfigBuilder, EventKind, Permit, Registry, State, circuit_breaker,
};

/// The length of the outage, in seconds.
pub(crate) const LENGTH: u64 = 600;

/// A change of state: of which name and key, in which second, to what.
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) key: Option<String>,
    pub(crate) second: u64,
    pub(crate) to: State,
}

/// The rest of an outage.
pub(crate) struct Outage {
    pub(crate) page: Page,
    pub(crate) changes: Vec<Change>,
    /// The probe that one of them waits for.
    _probe: Option<Permit<Arc<Breaker>>>,
    _scope: Scope,
}

/// A service, and the share of calls that fail in a second of the outage.
struct Service {
    breaker: Arc<Breaker>,
    failing: fn(u64) -> f64,
}

#[circuit_breaker(name = "models", key = model, threshold = 3, cooldown = "40s", fallback = refuse, failure = false)]
fn ask(model: &str, works: bool) -> bool {
    works
}

fn refuse(_: &str, _: bool) -> bool {
    false
}

/// Plays it.
pub(crate) fn play() -> Outage {
    let scope = Scope::enter();
    let registry = scope.registry();
    let page = Page::new(registry.clone());
    let changes = Arc::new(Mutex::new(Vec::new()));
    let (log, clock) = (Arc::clone(&changes), scope.clock().clone());
    let subscription = registry.on_transition(move |event| {
        if let EventKind::Transition { to, .. } = event.kind {
            let (name, key) = (event.family.to_string(), event.key.as_deref().map(str::to_owned));
            let change = Change { name, key, second: clock.elapsed().as_secs(), to };
            log.lock().expect("no listener panics").push(change);
        }
    });
    let services = services(registry);
    let voice = make(registry, "voice", &Config::builder());
    let payments = make(registry, "payments", &Config::builder());
    for second in 0..LENGTH {
        for service in &services {
            call(service, second);
        }
        for model in 0..12 {
            let fails = second > 540 && model % 5 == 1;
            ask(&format!("openai/gpt-{model}"), !fails);
        }
        if second == 260 {
            voice.force_open();
        }
        scope.advance(Duration::from_secs(1));
    }
    for _ in 0..4 {
        if let Ok(permit) = payments.try_acquire() {
            permit.failure();
        }
    }
    let probe = make(registry, "speech", &speech()).try_acquire_owned();
    drop(subscription);
    let changes = std::mem::take(&mut *changes.lock().expect("no listener panics"));
    Outage { page, changes, _probe: probe.ok(), _scope: scope }
}

fn services(registry: &Registry) -> Vec<Service> {
    let tuning = Config::builder;
    let seconds = Duration::from_secs;
    let rate = |limit| tuning().failure_rate(limit).window_time(seconds(10));
    let llm = tuning().threshold(3).cooldown(seconds(30)).backoff(2.0).cooldown_max(seconds(120));
    let service = |name, config: ConfigBuilder, failing| Service {
        breaker: make(registry, name, &config),
        failing,
    };
    vec![
        service("llm", llm, |second| if second >= 325 { 1.0 } else { 0.0 }),
        service("memory", rate(0.5), |second| if second >= 580 { 0.62 } else { 0.02 }),
        service("speech", speech(), |second| if second >= 480 { 1.0 } else { 0.0 }),
        service("search", tuning(), |second| if (380..430).contains(&second) { 1.0 } else { 0.0 }),
        service("postgres", rate(0.5).slow_call(seconds(2)).slow_rate(0.8), |_| 0.01),
        service("mail", rate(0.25), |_| 0.1),
        service("voice", tuning(), |_| 0.0),
        service("geo", tuning(), |_| 0.0),
        service("thumbnails", tuning(), |_| 0.0),
    ]
}

fn speech() -> ConfigBuilder {
    Config::builder().success_threshold(2)
}

fn make(registry: &Registry, name: &str, config: &ConfigBuilder) -> Arc<Breaker> {
    let config = config.build().expect("good tuning");
    registry.get_or_insert(name, config).expect("a good name")
}

/// Makes the calls of one second.
fn call(service: &Service, second: u64) {
    const CALLS: u32 = 9;
    let failing = (service.failing)(second) * f64::from(CALLS);
    for call in 0..CALLS {
        if let Ok(permit) = service.breaker.try_acquire() {
            if f64::from(call) < failing { permit.failure() } else { permit.success() }
        }
    }
}
