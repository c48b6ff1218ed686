//! Random scripts, and what the core says to each of their steps.
//!
//! A script is a line with a tuning in JSON, and a line for each step: the step, the core's answer,
//! and what a snapshot shows then. `player.js` plays the same lines.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use breaker_core::{
    Breaker, BreakerError, Clock, Config, ConfigBuilder, ManualClock, Permit, State,
};
use serde_json::{Map, Value, json};

use crate::random::Random;

/// One of the times at which something happens.
const MOMENTS: [u64; 8] = [0, 1, 2, 3, 5, 8, 20, 60];

/// A tuning, as the core's builder takes it and as the simulator does.
struct Tuning {
    builder: ConfigBuilder,
    keys: Map<String, Value>,
}

macro_rules! set {
    ($tuning:ident, $key:ident = $value:expr) => {
        set!($tuning, $key = $value, $value)
    };
    ($tuning:ident, $key:ident = $value:expr, $given:expr) => {
        $tuning.builder = $tuning.builder.$key($given);
        $tuning.keys.insert(stringify!($key).to_owned(), json!($value));
    };
}

fn ms(length: u64) -> Duration {
    Duration::from_millis(length)
}

impl Tuning {
    /// Draws a tuning. Its times are short, so that a script meets the end of each.
    fn draw(random: &mut Random) -> Self {
        let mut tuning = Tuning { builder: Config::builder(), keys: Map::new() };
        let judges = random.percent(60);
        if judges {
            tuning.draw_window(random);
        }
        if !judges && random.percent(80) || random.percent(20) {
            let threshold = random.between(1, 6);
            set!(tuning, threshold = threshold);
        }
        if random.percent(40) {
            let bound = random.between(1, 40);
            set!(tuning, slow_call = bound, ms(bound));
        }
        if random.percent(95) {
            tuning.draw_cooldown(random);
        }
        if random.percent(60) {
            let probes = random.between(1, 4);
            set!(tuning, probes = probes);
        }
        if random.percent(60) {
            let successes = random.between(1, 4);
            set!(tuning, success_threshold = successes);
        }
        if random.percent(50) {
            let timeout = random.between(1, 50);
            set!(tuning, probe_timeout = timeout, ms(timeout));
        }
        tuning
    }

    fn draw_window(&mut self, random: &mut Random) {
        let most = if random.percent(50) {
            let calls = random.between(1, 12);
            self.builder = self.builder.window_calls(calls);
            self.keys.insert("window".into(), json!({ "calls": calls }));
            calls
        } else {
            if random.percent(90) {
                let length = random.between(10, 120);
                self.builder = self.builder.window_time(ms(length));
                self.keys.insert("window".into(), json!({ "time": length }));
            }
            20
        };
        if random.percent(60) {
            let least = random.between(1, most);
            set!(self, min_calls = least);
        }
        let by_count = random.percent(50);
        if by_count {
            let failures = random.between(1, most);
            set!(self, failure_count = failures);
        }
        if !by_count || random.percent(30) {
            let rate = random.pick(&[0.1, 0.25, 1.0 / 3.0, 0.5, 0.7, 1.0]);
            set!(self, failure_rate = rate);
        }
    }

    fn draw_cooldown(&mut self, random: &mut Random) {
        let cooldown = random.between(1, 40);
        set!(self, cooldown = cooldown, ms(cooldown));
        let grows = random.percent(50);
        if grows {
            let factor = random.pick(&[1.0, 1.1, 1.5, 2.0, 3.7]);
            set!(self, backoff = factor);
        }
        if grows && random.percent(60) {
            let most = cooldown + random.below(100);
            set!(self, cooldown_max = most, ms(most));
            if random.percent(60) {
                let reset = random.between(1, 80);
                set!(self, backoff_reset = reset, ms(reset));
            }
        }
    }
}

/// A breaker of the core on a clock that is set by hand.
struct Player {
    random: Random,
    keys: Map<String, Value>,
    breaker: Arc<Breaker>,
    hand: ManualClock,
    /// The calls that are out, by the number of their admission.
    out: Vec<(u64, Permit<Arc<Breaker>>)>,
    admitted: u64,
    /// So many of a hundred calls fail.
    failing: u64,
}

/// Writes a script of so many steps, and what the core says to them.
pub(crate) fn write(seed: u64, steps: usize, text: &mut String) {
    let mut random = Random::new(seed);
    let Tuning { builder, keys } = Tuning::draw(&mut random);
    let config = builder.build().unwrap_or_else(|error| panic!("{keys:?}: {error}"));
    let (clock, hand) = Clock::manual();
    let breaker = Arc::new(Breaker::new("scripted", config).with_clock(clock));
    let (out, failing) = (Vec::new(), 50);
    let mut player = Player { random, keys, breaker, hand, out, admitted: 0, failing };
    writeln!(text, "{}", Value::Object(player.keys.clone())).expect("text grows");
    for _ in 0..steps {
        let (step, answer) = player.step();
        writeln!(text, "{step}\t{answer}\t{}", player.shown()).expect("text grows");
    }
}

impl Player {
    /// Takes a random step. Returns it, and the breaker's answer.
    fn step(&mut self) -> (String, String) {
        if self.random.percent(4) {
            self.failing = self.random.pick(&[5, 50, 95]);
        }
        let asks = if self.out.len() < 12 { 45 } else { 5 };
        match self.random.below(100) {
            kind if kind < asks => ("ask".into(), self.ask()),
            kind if kind < 75 && !self.out.is_empty() => (self.settle(), "-".into()),
            _ => {
                let length = self.length();
                self.hand.advance(ms(length));
                (format!("+{length}"), "-".into())
            }
        }
    }

    /// Draws a length of time, often one after which something is over, or just not.
    fn length(&mut self) -> u64 {
        let of = |key: &str| self.keys.get(key).and_then(Value::as_u64);
        let left = self.breaker.snapshot().remaining_cooldown.map(whole);
        let ends = [left, of("slow_call"), of("probe_timeout"), of("backoff_reset")];
        let window = self.keys.get("window").and_then(|window| window["time"].as_u64());
        let end = self.random.pick(&[ends[0], ends[1], ends[2], ends[3], window]);
        match end.filter(|_| self.random.percent(30)) {
            Some(end) => (end + self.random.below(3)).saturating_sub(1),
            None => self.random.pick(&MOMENTS),
        }
    }

    fn ask(&mut self) -> String {
        match self.breaker.try_acquire_owned() {
            Ok(permit) => {
                let answer = if permit.is_probe() { "probe" } else { "call" };
                self.out.push((self.admitted, permit));
                self.admitted += 1;
                answer.into()
            }
            Err(BreakerError::Open { retry_after, .. }) => left("open", retry_after),
            Err(BreakerError::Saturated { retry_after, .. }) => left("saturated", retry_after),
            Err(other) => panic!("nobody has isolated it: {other}"),
        }
    }

    fn settle(&mut self) -> String {
        let place = self.random.below(self.out.len() as u64);
        let (number, permit) = self.out.swap_remove(usize::try_from(place).expect("an index"));
        if self.random.percent(8) {
            permit.ignore();
            return format!("ignored {number}");
        }
        if self.random.percent(self.failing) {
            permit.failure();
            return format!("failure {number}");
        }
        permit.success();
        format!("success {number}")
    }

    /// Returns what a snapshot shows, in the order of `player.js`.
    fn shown(&self) -> String {
        let now = self.breaker.snapshot();
        let state = match now.state {
            State::Closed => "closed",
            State::Open => "open",
            State::HalfOpen => "half-open",
            other => panic!("nobody has made it {other:?}"),
        };
        let counts = now.calls.zip(now.failures).zip(now.slow_calls);
        let shown = json!([
            state,
            now.episode,
            now.consecutive_failures,
            counts.map(|((calls, failures), slow)| [calls, failures, slow]),
            now.probes_in_flight,
            now.probe_successes,
            now.rejections,
            now.late_outcomes,
            now.cooldown.map(whole),
            now.remaining_cooldown.map(whole),
            now.openings,
            self.breaker.is_call_permitted(),
        ]);
        shown.to_string()
    }
}

fn left(kind: &str, time: Option<Duration>) -> String {
    time.map_or_else(|| format!("{kind} for ever"), |time| format!("{kind} {}", whole(time)))
}

fn whole(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).expect("a time of this test")
}
