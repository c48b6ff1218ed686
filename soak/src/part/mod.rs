//! The parts of the soak. They run at once, each with breakers of its own.

mod counts;
mod keys;
mod noise;
mod probes;
mod reconfigure;
mod tasks;

use crate::run::Run;

pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// Says what the part does, and which rules must hold.
    pub(crate) about: &'static str,
    pub(crate) play: fn(&Run),
}

pub(crate) const PARTS: &[Part] = &[
    Part {
        name: "reconfigure",
        about: "changes of the tuning beside outcomes: no failure is lost, no success overlooked",
        play: reconfigure::play,
    },
    Part {
        name: "counts",
        about: "outcomes of many callers: each is accounted for once",
        play: counts::play,
    },
    Part {
        name: "noise",
        about: "callers, an operator and rude listeners: every transition is told once, in order",
        play: noise::play,
    },
    Part {
        name: "probes",
        about: "probes of a half-open breaker: no more than `probes` hold a slot at once",
        play: probes::play,
    },
    Part {
        name: "tasks",
        about: "annotated functions on runtimes that are dropped under them: no probe stays out",
        play: tasks::play,
    },
    Part {
        name: "keys",
        about: "keys that come and go, overrides and removals: no call under way loses its key",
        play: keys::play,
    },
];
