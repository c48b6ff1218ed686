//! The actions of a history, and strategies that draw them at random.

use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::tuning::{FOREVER, NONE, Params, TABLE, Window};

/// The end of a call. Hints are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failure,
    /// A failure that asks for a cooldown.
    Hint(u64),
    /// A failure that opens at once.
    Trip,
    TripHint(u64),
    Ignored,
    Panic,
    Cancel,
}

impl End {
    pub(crate) fn fails(self) -> bool {
        !matches!(self, End::Success | End::Ignored | End::Cancel)
    }

    pub(crate) fn trips(self) -> bool {
        matches!(self, End::Trip | End::TripHint(_))
    }

    pub(crate) fn hint(self) -> Option<u64> {
        match self {
            End::Hint(hint) | End::TripHint(hint) => Some(hint),
            _ => None,
        }
    }
}

/// A breaker: that of a function by name, that of a function by key, or one that is given to its
/// function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Plain,
    Key(usize),
    Own,
}

pub(crate) const KEYS: [&str; 2] = ["a", "b"];

/// The ways to make a call that overlaps others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Async,
    /// By a function with `on_cancel = "failure"`.
    AsyncFailsOnCancel,
    Permit,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Control {
    ForceOpen,
    Isolate,
    Open,
    OpenFor(u64),
    HalfOpen,
    Close,
    Disable,
    Observe,
    Reset,
    Reconfigure(Params),
    /// Takes over a state that was saved before, of whatever breaker.
    Restore(Index),
}

/// The breakers that an override is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Over {
    Plain,
    Keyed,
    Own,
    Key(usize),
    All,
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// A call begins, and stays under way if it is admitted.
    Start(Target, Route),
    /// One of those under way ends.
    Finish(Index, End),
    /// One of those under way is forgotten: it never ends.
    Forget(Index),
    /// A sync call, which takes so many milliseconds.
    Call(Target, End, u64),
    Advance(u64),
    /// The clock goes to the end of the cooldown, or to a millisecond before or after.
    ToEnd(Target, u64),
    Control(Target, Control),
    /// A handle of an isolation is dropped.
    Release(Index),
    Save(Target),
    Override(Over, Params),
    Remove(Target),
}

/// The tunings and settings that a history begins with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The tunings that the functions by name and by key declare.
    pub(crate) plain: usize,
    pub(crate) keyed: usize,
    pub(crate) own: Params,
    /// The breaker by name is there before its function declares it.
    pub(crate) early: bool,
    /// Somebody listens to events.
    pub(crate) listens: bool,
}

pub(crate) fn setup() -> impl Strategy<Value = Setup> {
    let tuning = || 0..TABLE.len();
    (tuning(), tuning(), params(0.5), any::<bool>(), prop::bool::weighted(0.8))
        .prop_map(|(plain, keyed, own, early, listens)| Setup { plain, keyed, own, early, listens })
}

pub(crate) fn action() -> impl Strategy<Value = Action> {
    let control = (target(), control());
    let takes = prop_oneof![3 => Just(0), 1 => 1..=12_u64];
    prop_oneof![
        24 => (target(), route()).prop_map(|(target, route)| Action::Start(target, route)),
        20 => (any::<Index>(), end()).prop_map(|(call, end)| Action::Finish(call, end)),
        1 => any::<Index>().prop_map(Action::Forget),
        10 => (target(), end(), takes).prop_map(|(to, end, takes)| Action::Call(to, end, takes)),
        14 => step().prop_map(Action::Advance),
        3 => (target(), 0..=2_u64).prop_map(|(target, after)| Action::ToEnd(target, after)),
        5 => control.prop_map(|(target, control)| Action::Control(target, control)),
        1 => any::<Index>().prop_map(Action::Release),
        1 => target().prop_map(Action::Save),
        1 => (over(), overlay()).prop_map(|(over, params)| Action::Override(over, params)),
        1 => target().prop_map(Action::Remove),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        3 => Just(Target::Plain),
        1 => Just(Target::Key(0)),
        1 => Just(Target::Key(1)),
        3 => Just(Target::Own),
    ]
}

fn route() -> impl Strategy<Value = Route> {
    prop_oneof![
        2 => Just(Route::Async),
        1 => Just(Route::AsyncFailsOnCancel),
        1 => Just(Route::Permit),
    ]
}

fn end() -> impl Strategy<Value = End> {
    let hint = || prop_oneof![5 => 0..=40_u64, 1 => Just(5_000_000), 1 => Just(FOREVER)];
    prop_oneof![
        12 => Just(End::Success),
        12 => Just(End::Failure),
        3 => hint().prop_map(End::Hint),
        1 => Just(End::Trip),
        1 => hint().prop_map(End::TripHint),
        2 => Just(End::Ignored),
        1 => Just(End::Panic),
        3 => Just(End::Cancel),
    ]
}

/// Steps of the clock: mostly about as long as the times of the tunings.
fn step() -> impl Strategy<Value = u64> {
    const DAY: u64 = 86_400_000;
    const YEAR: u64 = 365 * DAY;
    prop_oneof![
        120 => 0..=12_u64,
        16 => 13..=80_u64,
        4 => prop::sample::select(vec![1_000, 3_600_000, DAY, 1 << 31, 1 << 32, 3 * YEAR]),
        1 => prop::sample::select(vec![30 * YEAR, FOREVER - 12, FOREVER]),
    ]
}

fn control() -> impl Strategy<Value = Control> {
    let length = prop_oneof![6 => 0..=20_u64, 1 => Just(1_000_000_000), 1 => Just(FOREVER)];
    prop_oneof![
        2 => Just(Control::ForceOpen),
        3 => Just(Control::Isolate),
        3 => Just(Control::Open),
        3 => length.prop_map(Control::OpenFor),
        3 => Just(Control::HalfOpen),
        3 => Just(Control::Close),
        1 => Just(Control::Disable),
        3 => Just(Control::Observe),
        3 => Just(Control::Reset),
        5 => params(0.5).prop_map(Control::Reconfigure),
        1 => params(0.2).prop_map(|params| Control::Reconfigure(without_end(params))),
        4 => any::<Index>().prop_map(Control::Restore),
    ]
}

fn over() -> impl Strategy<Value = Over> {
    prop_oneof![
        Just(Over::Plain),
        Just(Over::Keyed),
        Just(Over::Own),
        Just(Over::Key(0)),
        Just(Over::Key(1)),
        Just(Over::All),
    ]
}

/// An override; one that gives nothing takes back what was given before.
fn overlay() -> impl Strategy<Value = Params> {
    prop_oneof![1 => Just(NONE), 3 => params(0.2)]
}

fn without_end(params: Params) -> Params {
    Params {
        cooldown: Some(FOREVER),
        cooldown_max: None,
        backoff_reset: None,
        jitter: None,
        ..params
    }
}

fn window() -> impl Strategy<Value = Window> {
    let time = |bucket, buckets| Window::Time { bucket, buckets };
    prop_oneof![
        (4..=8_u32).prop_map(Window::Calls),
        (1..=3_u64).prop_map(move |bucket| time(bucket, 10)),
        (4..=5_u64, 3..=4_u64).prop_map(move |(bucket, buckets)| time(bucket, buckets)),
    ]
}

prop_compose! {
    /// Parameters, each given with about this probability. Any of them may be laid over any other.
    fn params(given: f64)(
        (threshold, failure_rate, failure_count, window, min_calls) in (
            weighted(given, 1..=4_u16),
            weighted(given / 2.0, prop::sample::select(vec![0.25, 0.3, 0.5, 0.75, 1.0])),
            weighted(given / 2.0, 1..=4_u32),
            weighted(given, window()),
            weighted(given / 2.0, 1..=4_u32),
        ),
        slow in weighted(given, (4..=12_u64, weighted(0.5, prop::sample::select(vec![0.5, 1.0])))),
        cooldown in weighted(given.max(0.4), 1..=12_u64),
        backoff in weighted(given / 2.0, prop::sample::select(vec![1.5, 2.0, 3.0])),
        capped in weighted(given / 2.0, (
            12..=60_u64,
            weighted(0.5, (prop::sample::select(vec![1.5, 2.0]), 1..=30_u64)),
            weighted(0.2, prop::sample::select(vec![0.2, 1.0])),
        )),
        probes in weighted(given, 1..=3_u8),
        success_threshold in weighted(given, 1..=3_u8),
        probe_timeout in weighted(given / 2.0, 1..=20_u64),
    ) -> Params {
        let reset = capped.and_then(|(_, reset, _)| reset);
        Params {
            threshold,
            failure_rate,
            failure_count,
            window,
            min_calls,
            slow_call: slow.map(|(call, _)| call),
            slow_rate: slow.and_then(|(_, rate)| rate),
            // The default would be beyond the cap.
            cooldown: cooldown.or(capped.map(|_| 10)),
            backoff: reset.map(|(backoff, _)| backoff).or(backoff),
            backoff_reset: reset.map(|(_, reset)| reset),
            cooldown_max: capped.map(|(max, ..)| max),
            jitter: capped.and_then(|(.., jitter)| jitter),
            probes,
            success_threshold,
            probe_timeout,
        }
    }
}
