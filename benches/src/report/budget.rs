//! The budget of a call, and its real cost.

use super::cell::{nanos, whole};
use super::machine;
use super::table::Table;
use crate::case::{Form, Path, Policy, case_id};
use crate::costs::{Cost, Costs};
use crate::findings::{Findings, Measure};
use crate::peer::{
    ANNOTATED, BARE, CORE, LAYER, LLM_CALL, OUR_LAYER, PEERS_WITH_LAYER, TRANSITIONS,
};

/// One line of the budget.
struct Line {
    what: String,
    budget: String,
    /// The figure that was found, and true if it is within the budget.
    found: Option<(String, bool)>,
}

/// A case that has a budget, and its name in the table.
#[derive(Clone, Copy)]
struct Subject {
    peer: &'static str,
    path: Path,
    policy: Policy,
    form: Form,
    extra: &'static str,
}

pub(super) fn table(findings: &Findings, costs: &Costs) -> Table {
    let mut table = Table::new(["", "budget", "found", ""]);
    for Line { what, budget, found } in Budget(findings).lines() {
        let (found, verdict) = match found {
            Some((found, true)) => (found, "met"),
            Some((found, false)) => (found, "missed"),
            None => (String::new(), "not measured"),
        };
        table.row([what, budget, found, verdict.to_owned()]);
    }
    for Cost { what, found, budget, verdict } in costs.with_budget() {
        table.row([what, budget, found, verdict].map(Clone::clone));
    }
    table
}

struct Budget<'f>(&'f Findings);

impl Budget<'_> {
    fn lines(&self) -> Vec<Line> {
        [
            self.success(),
            self.failure(),
            self.rejection(),
            self.more(),
            self.layers(),
            self.memory(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn success(&self) -> Vec<Line> {
        use Form::{Async, Sync};
        use Policy::{Threshold, TimeWindow};

        let of = |policy, form| Subject::new(Path::Success, policy, form);
        let (sync, later) = (of(Threshold, Sync), of(Threshold, Async));
        let calls = Policy::COUNT_WINDOW;
        vec![
            self.over_bare(sync, 0.5),
            self.instructions(sync, 40.0),
            self.atomics(sync),
            self.allocations(sync),
            self.two_threads(sync),
            self.instructions(sync.of(CORE), 40.0),
            self.over_bare(later, 2.3),
            self.instructions(later, 55.0),
            self.allocations(later),
            self.over_bare(of(TimeWindow, Sync), 9.5),
            self.over_bare(of(TimeWindow, Async), 9.5),
            self.two_threads(of(TimeWindow, Sync)),
            self.instructions(of(calls, Sync), 95.0),
            self.instructions(of(calls, Async), 110.0),
        ]
    }

    fn failure(&self) -> Vec<Line> {
        use Form::{Async, Sync};
        use Policy::{Threshold, TimeWindow};

        let of = |policy, form| Subject::new(Path::Failure, policy, form);
        let calls = Policy::COUNT_WINDOW;
        // A locked instruction takes three times as long on an Intel processor.
        let locked = if machine::is_amd() { 7.0 } else { 15.0 };
        vec![
            self.over_bare(of(Threshold, Sync), locked),
            self.over_bare(of(Threshold, Async), locked),
            self.over_bare(of(TimeWindow, Sync), 15.0),
            self.instructions(of(TimeWindow, Sync), 300.0),
            self.instructions(of(TimeWindow, Async), 300.0),
            self.two_threads(of(TimeWindow, Sync)),
            self.instructions(of(calls, Sync), 125.0),
            self.instructions(of(calls, Async), 145.0),
        ]
    }

    fn rejection(&self) -> Vec<Line> {
        let of = |form| Subject::new(Path::Rejection, Policy::Threshold, form);
        let listened = of(Form::Sync).of(CORE).with(TRANSITIONS);
        vec![
            self.at_most(of(Form::Sync), 15.0),
            self.at_most(of(Form::Async), 15.0),
            self.two_threads(of(Form::Sync)),
            self.at_most(listened, 15.0),
            self.two_threads(listened),
            self.two_threads(of(Form::Sync).of(CORE).with("listener")),
        ]
    }

    /// The lines for keys, slow calls, and the README's call.
    fn more(&self) -> Vec<Line> {
        use Form::{Async, Sync};
        let of = |policy, form, extra| Subject::new(Path::Success, policy, form).with(extra);
        let key = of(Policy::Threshold, Sync, "10 keys");
        let number = of(Policy::Threshold, Sync, "a number as key");
        let slow = |form| of(Policy::Threshold, form, "slow_call");
        let llm = |form| of(Policy::TimeWindow, form, LLM_CALL);
        vec![
            self.over_bare(key, 12.0),
            self.atomics(key),
            self.two_threads(key),
            self.over_bare(number, 25.0),
            self.new_key(),
            self.over_bare(slow(Sync), 15.0),
            self.over_bare(slow(Async), 15.0),
            self.two_threads(slow(Sync)),
            self.over_bare(llm(Sync), 30.0),
            self.over_bare(llm(Async), 30.0),
            self.atomics(llm(Sync)),
            self.two_threads(llm(Sync)),
            self.two_threads(llm(Async)),
        ]
    }

    fn layers(&self) -> Vec<Line> {
        let policies = [Policy::Threshold, Policy::COUNT_WINDOW];
        let lines = |policy| {
            let time = self.lead(policy, Measure::OneThread, "time");
            [time, self.lead(policy, Measure::Instructions, "instructions")]
        };
        policies.into_iter().flat_map(lines).collect()
    }

    /// The line for our lead over the best peer's layer: the ratio of the costs above the inner
    /// service.
    fn lead(&self, policy: Policy, measure: Measure, unit: &str) -> Line {
        const LEAST: f64 = 3.0;
        let ours = Subject::new(Path::Success, policy, Form::Async).of(OUR_LAYER).with(LAYER);
        let above = |peer| {
            let bare = Subject { policy: Policy::None, ..ours.of(BARE) };
            let value = |subject: Subject| self.0.value(&subject.id(), measure);
            Some(value(ours.of(peer))? - value(bare)?)
        };
        let best = PEERS_WITH_LAYER.into_iter().filter_map(above).reduce(f64::min);
        // The ratio is computed as in the table of the peers.
        let times = above(OUR_LAYER).zip(best).map(|(ours, best)| best / ours.max(0.1));
        Line {
            what: format!("{}: {unit} above the service inside", ours.name()),
            budget: format!("best peer at least {LEAST} x"),
            found: times.map(|times| (format!("{times:.1} x"), times >= LEAST)),
        }
    }

    fn memory(&self) -> Vec<Line> {
        let of = |policy| Subject::new(Path::Success, policy, Form::Sync).of(CORE);
        let bytes = |subject, most| self.count(subject, Measure::Bytes, "bytes of a breaker", most);
        vec![bytes(of(Policy::Threshold), 128.0), bytes(of(Policy::TimeWindow), 4096.0)]
    }

    /// The line for a cost of at most `more` nanoseconds above the bare call of this form.
    fn over_bare(&self, subject: Subject, more: f64) -> Line {
        let bare = self.bare(subject);
        let found = self.0.value(&subject.id(), Measure::OneThread);
        let judge = |(bare, found): (f64, f64)| (ns(found), found <= bare + more);
        Line {
            what: subject.name(),
            budget: format!("{} bare + {more} ns", bare.map_or(String::new(), nanos)),
            found: bare.zip(found).map(judge),
        }
    }

    /// The bare call with the same keys, if there is one.
    fn bare(&self, subject: Subject) -> Option<f64> {
        let bare = Subject { peer: BARE, policy: Policy::None, ..subject };
        let time = |bare: Subject| self.0.value(&bare.id(), Measure::OneThread);
        time(bare).or_else(|| time(bare.with("")))
    }

    fn at_most(&self, subject: Subject, most: f64) -> Line {
        let found = self.0.value(&subject.id(), Measure::OneThread);
        Line {
            what: subject.name(),
            budget: format!("{most} ns"),
            found: found.map(|found| (ns(found), found <= most)),
        }
    }

    /// The line for the work that two threads get done, compared with one.
    fn two_threads(&self, subject: Subject) -> Line {
        const LEAST: f64 = 1.9;
        let time = |measure| self.0.value(&subject.id(), measure);
        let times = time(Measure::OneThread).zip(time(Measure::TwoThreads));
        let gain = times.map(|(one, two)| 2.0 * one / two);
        Line {
            what: format!("{}: calls of two threads", subject.name()),
            budget: format!("at least {LEAST} x those of one"),
            found: gain.map(|gain| (format!("{gain:.2} x"), gain >= LEAST)),
        }
    }

    /// The line for a call with a new key that finds no room, against one with a known key: the
    /// cost of each above the call that has the key and no breaker.
    fn new_key(&self) -> Line {
        const MOST: f64 = 2.0;
        let of = |extra| Subject::new(Path::Success, Policy::Threshold, Form::Sync).with(extra);
        let above = |subject: Subject, bare| {
            let found = self.0.value(&subject.id(), Measure::OneThread)?;
            Some(found - self.bare(of(bare))?)
        };
        let open = of("new keys, 1,000 open");
        let [new, known] = [above(open, "new keys"), above(of("1,000 keys"), "1,000 keys")];
        let judge = |(new, known): (f64, f64)| (ns(new), new <= MOST * known);
        Line {
            what: format!("{}: above the bare call", open.name()),
            budget: format!("{MOST} x {} of a known key", known.map_or(String::new(), ns)),
            found: new.zip(known).map(judge),
        }
    }

    fn instructions(&self, subject: Subject, most: f64) -> Line {
        self.count(subject, Measure::Instructions, "instructions", most)
    }

    fn atomics(&self, subject: Subject) -> Line {
        self.count(subject, Measure::Atomics, "atomic operations", 0.0)
    }

    fn allocations(&self, subject: Subject) -> Line {
        self.count(subject, Measure::Allocations, "allocations", 0.0)
    }

    fn count(&self, subject: Subject, measure: Measure, unit: &str, most: f64) -> Line {
        let found = self.0.value(&subject.id(), measure);
        Line {
            what: format!("{}: {unit}", subject.name()),
            budget: whole(most),
            found: found.map(|found| (whole(found), found <= most)),
        }
    }
}

impl Subject {
    fn new(path: Path, policy: Policy, form: Form) -> Self {
        Subject { peer: ANNOTATED, path, policy, form, extra: "" }
    }

    fn of(self, peer: &'static str) -> Self {
        Subject { peer, ..self }
    }

    fn with(self, extra: &'static str) -> Self {
        Subject { extra, ..self }
    }

    fn id(&self) -> String {
        case_id(self.peer, self.policy, self.path, self.form, self.extra)
    }

    /// The name of the case: ours by the attribute, unless the subject says otherwise.
    fn name(&self) -> String {
        let Subject { peer, path, policy, form, extra } = self;
        let mut words = vec![path.to_string(), policy.to_string(), form.to_string()];
        words.extend((!extra.is_empty()).then(|| (*extra).to_owned()));
        words.extend((*peer != ANNOTATED).then(|| format!("`{peer}`")));
        words.join(", ")
    }
}

fn ns(time: f64) -> String {
    format!("{} ns", nanos(time))
}
