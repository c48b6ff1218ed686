//! The actions of a step.

use std::str::FromStr;
use std::time::Duration;

#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// So many whole calls, one after the other. `admitted`: each must be.
    Call {
        ending: Ending,
        times: u64,
        admitted: bool,
    },
    /// The first half of a call in two steps.
    Start {
        call: String,
        admitted: bool,
    },
    /// The second half.
    End {
        call: String,
        ending: Ending,
    },
    /// So many calls begun at once, each by a thread.
    Par(usize),
    /// Their ends, at once.
    Join(Ending),
    /// Threads that make calls, whose endings take turns.
    Storm {
        threads: usize,
        calls: usize,
        mix: Vec<Ending>,
    },
    Advance(Duration),
    /// The wall clock jumps, which the monotonic clock of a breaker does not see.
    Wall,
    Manual(Manual),
    OpenFor(Duration),
    Isolate(String),
    Release(String),
    Poll,
    Clear,
    Listener(Reaction),
    Use {
        name: String,
        settings: Vec<(String, String)>,
    },
    Remove(String),
    /// `node`, `store_down`, `store_up`: of a state outside the process.
    Shared,
    /// `snapshot`, `restore`: of a state that outlives its breaker.
    Restored,
    Build,
}

/// The end of a call.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    pub(crate) kind: Kind,
    pub(crate) label: Option<String>,
    /// The time that the body takes.
    pub(crate) took: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Success,
    Failure,
    /// Fails with an error that is ignored.
    Ignored,
    Panic,
    Cancelled,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Manual {
    Open,
    Close,
    HalfOpen,
    ForceOpen,
    Disable,
    Enable,
    MetricsOnly,
    Reset,
}

/// The act of a listener that is told of something.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reaction {
    Panic,
    Read,
    Call,
    Reset,
}

impl Action {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(ms) = text.strip_prefix('+') {
            return Some(Self::Advance(Duration::from_millis(whole(ms)?)));
        }
        if let Some(jump) = text.strip_prefix("wall") {
            let ms = jump.strip_prefix(['+', '-'])?;
            return whole::<u64>(ms).map(|_| Self::Wall);
        }
        if let Some(call) = text.strip_prefix("call") {
            let (ending, times) = times(call)?;
            let ending = match ending.strip_prefix('=') {
                Some(ending) => Ending::parse(ending)?,
                None if ending.is_empty() => Ending::SUCCESS,
                None => return None,
            };
            return Some(Self::Call { ending, times, admitted: false });
        }
        if text.starts_with(['S', 'F', 'I', 'P', 'C']) {
            let (ending, times) = times(text)?;
            return Some(Self::Call { ending: Ending::parse(ending)?, times, admitted: true });
        }
        match text.strip_suffix(')') {
            Some(form) => {
                let (verb, object) = form.split_once('(')?;
                Self::parse_form(verb, object)
            }
            None => Self::parse_word(text),
        }
    }

    fn parse_word(text: &str) -> Option<Self> {
        Some(match text {
            "open" => Self::Manual(Manual::Open),
            "close" => Self::Manual(Manual::Close),
            "half_open" => Self::Manual(Manual::HalfOpen),
            "force_open" => Self::Manual(Manual::ForceOpen),
            "disable" => Self::Manual(Manual::Disable),
            "enable" => Self::Manual(Manual::Enable),
            "metrics_only" => Self::Manual(Manual::MetricsOnly),
            "reset" => Self::Manual(Manual::Reset),
            "poll" => Self::Poll,
            "clear" => Self::Clear,
            "store_down" | "store_up" => Self::Shared,
            "build" => Self::Build,
            _ => return None,
        })
    }

    /// `verb(object)`.
    fn parse_form(verb: &str, object: &str) -> Option<Self> {
        let word = || is_word(object).then(|| object.to_owned());
        Some(match verb {
            "start" => Self::Start { call: word()?, admitted: true },
            "try" => Self::Start { call: word()?, admitted: false },
            "end" => {
                let (call, ending) = object.split_once(',').filter(|(call, _)| is_word(call))?;
                Self::End { call: call.to_owned(), ending: Ending::parse(ending)? }
            }
            "par" => Self::Par(whole(object)?),
            "join" => Self::Join(Ending::parse(object)?),
            "storm" => {
                let mut parts = object.splitn(3, ',');
                let (threads, calls) = (whole(parts.next()?)?, whole(parts.next()?)?);
                let mix = parts.next()?.split('|').map(Ending::parse).collect::<Option<_>>()?;
                Self::Storm { threads, calls, mix }
            }
            "open_for" => Self::OpenFor(Duration::from_millis(whole(object)?)),
            "isolate" => Self::Isolate(word()?),
            "release" => Self::Release(word()?),
            "listener" => Self::Listener(match object {
                "panic" => Reaction::Panic,
                "read" => Reaction::Read,
                "call" => Reaction::Call,
                "reset" => Reaction::Reset,
                _ => return None,
            }),
            "use" => {
                let (name, settings) = object.split_once(',').unwrap_or((object, ""));
                let settings = settings.split(',').filter(|setting| !setting.is_empty());
                let settings = settings.map(setting).collect::<Option<_>>()?;
                is_name(name).then(|| Self::Use { name: name.to_owned(), settings })?
            }
            "remove" => is_name(object).then(|| Self::Remove(object.to_owned()))?,
            "node" => word().map(|_| Self::Shared)?,
            "snapshot" | "restore" => word().map(|_| Self::Restored)?,
            _ => return None,
        })
    }
}

impl Ending {
    const SUCCESS: Ending = Ending { kind: Kind::Success, label: None, took: Duration::ZERO };

    /// `S`, `F:label`, `S@250`, `F:label@250`.
    fn parse(text: &str) -> Option<Self> {
        let (text, took) = match text.split_once('@') {
            Some((text, ms)) => (text, Duration::from_millis(whole(ms)?)),
            None => (text, Duration::ZERO),
        };
        let (kind, label) = match text.split_once(':') {
            Some((kind, label)) => (kind, Some(label)),
            None => (text, None),
        };
        let kind = match kind {
            "S" => Kind::Success,
            "F" => Kind::Failure,
            "I" => Kind::Ignored,
            "P" => Kind::Panic,
            "C" => Kind::Cancelled,
            _ => return None,
        };
        let well_formed = label.is_none_or(is_word);
        well_formed.then(|| Ending { kind, label: label.map(str::to_owned), took })
    }
}

/// `F*3` is `F` three times.
fn times(text: &str) -> Option<(&str, u64)> {
    match text.split_once('*') {
        Some((text, times)) => Some((text, whole(times)?)),
        None => Some((text, 1)),
    }
}

/// `key:value`
fn setting(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once(':')?;
    (!key.is_empty() && !value.is_empty()).then(|| (key.to_owned(), value.to_owned()))
}

/// Digits only: no sign.
pub(crate) fn whole<N: FromStr>(text: &str) -> Option<N> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || char == '_')
}

pub(crate) fn is_name(text: &str) -> bool {
    let fits = |char: char| char.is_alphanumeric() || "_:.-".contains(char);
    !text.is_empty() && text.chars().all(fits)
}
