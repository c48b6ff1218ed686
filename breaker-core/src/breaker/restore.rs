//! Restores the state in a snapshot of an earlier run.

use core::borrow::Borrow;

use crate::breaker::Breaker;
use crate::breaker::cell::Mark;
use crate::breaker::snapshot::Snapshot;
use crate::clock::{Span, Tick};
use crate::event::Reason;
use crate::state::State;
use crate::state::status::Phase;
use crate::state::step::{self, Input};

impl Breaker {
    /// Takes over the state in a snapshot, such as one that an earlier run of the program has
    /// saved. The snapshot may be of any breaker; its name is not read.
    ///
    /// Before its first call, get a breaker without a key by `registry.breaker(name)`. A breaker by
    /// key exists only after the first call with its key: then get it by `get_key(family, key)`,
    /// and not by the shown name `llm/gpt-4`, which names another breaker.
    ///
    /// | state | restored as |
    /// |---|---|
    /// | closed | closed, with nothing counted |
    /// | open | open for `remaining_cooldown`, counted from now; for ever if that is `None`, or was not saved |
    /// | half-open | open, with the cooldown over: the next call is a probe |
    /// | isolated | held open by hand, until [`reset`](Self::reset) |
    /// | disabled, observing | disabled, observing |
    ///
    /// The back-off goes on from `openings`. The config, the window and the totals are not
    /// restored. A snapshot does not say how long ago it was taken: subtract the time since then
    /// from `remaining_cooldown`. A breaker that is in the snapshot's state already keeps its
    /// counts and its window; only the cooldown and the back-off are replaced. Any other breaker
    /// makes a transition, with the reason [`Restored`](Reason::Restored).
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_core::{Breaker, Config, State};
    ///
    /// let before = Breaker::new("db", Config::new());
    /// before.open_for(Duration::from_secs(60));
    /// let mut saved = before.snapshot();
    ///
    /// // The program has started again, 20 s later.
    /// let down = Duration::from_secs(20);
    /// saved.remaining_cooldown = saved.remaining_cooldown.map(|left| left.saturating_sub(down));
    /// let after = Breaker::new("db", Config::new());
    /// after.restore(&saved);
    /// assert_eq!(after.state(), State::Open);
    /// assert!(after.snapshot().remaining_cooldown < Some(Duration::from_secs(41)));
    /// ```
    pub fn restore(&self, snapshot: impl Borrow<Snapshot>) {
        let snapshot = snapshot.borrow();
        let now = || self.clock().stamp();
        let (phase, mark) = match snapshot.state {
            State::Closed => (Phase::Closed { failures: 0 }, Mark::None),
            State::Open => {
                let left = snapshot.remaining_cooldown.map_or(Span::FOREVER, Span::new);
                let began = now();
                self.cell.replace_deadline(began, began.after(left));
                (Phase::Open { until: began.after(left) }, Mark::Held)
            }
            State::HalfOpen => (Phase::Open { until: now() }, Mark::Held),
            State::Isolated => (Phase::Isolated { handles: 0, by_hand: true }, Mark::None),
            State::Disabled => (Phase::Disabled, Mark::None),
            State::Observing => (Phase::Observing { failures: 0 }, Mark::None),
        };
        let limits = self.tuning.limits();
        let restore = |status| step::step(status, Input::Restore(phase), limits, |_| Tick::NEVER);
        let changed = self.cell.update(now, |status| self.grows(status, now), mark, restore);
        self.cell.mark(changed.after, mark);
        self.cell.set_openings(changed.after, snapshot.openings.into());
        self.notify_transition(&changed, Reason::Restored);
    }
}
