//! The actions of an operator on breakers, if the program allows them.

mod perform;
mod query;

use std::fmt;

use http::request::Parts;

pub(crate) use perform::{Target, perform, unknown};

/// The action that an operator asks for, as passed to [`Page::allow`](crate::Page::allow).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Action<'a> {
    /// The kind of action.
    pub kind: ActionKind,
    /// The name of the breaker, without the key.
    pub name: &'a str,
    /// The key, for an action on one key. `None` for the name's own breaker and those of its keys.
    pub key: Option<&'a str>,
}

/// The kind of an [`Action`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActionKind {
    /// Like [`Breaker::force_open`](breaker_core::Breaker::force_open).
    ForceOpen,
    /// Like [`Breaker::open_for`](breaker_core::Breaker::open_for).
    OpenFor,
    /// Like [`Breaker::observe`](breaker_core::Breaker::observe).
    Observe,
    /// Like [`Breaker::disable`](breaker_core::Breaker::disable).
    Disable,
    /// Like [`Breaker::reset`](breaker_core::Breaker::reset).
    Reset,
    /// Lays other tuning over the breaker, until the program ends.
    Override,
}

impl ActionKind {
    /// All kinds.
    pub const ALL: [ActionKind; 6] =
        [Self::ForceOpen, Self::OpenFor, Self::Observe, Self::Disable, Self::Reset, Self::Override];

    /// Returns `force-open`, `open-for`, `observe`, `disable`, `reset` or `override`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForceOpen => "force-open",
            Self::OpenFor => "open-for",
            Self::Observe => "observe",
            Self::Disable => "disable",
            Self::Reset => "reset",
            Self::Override => "override",
        }
    }

    fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Returns true if the request may perform the action.
pub(crate) type Allow = dyn Fn(&Parts, &Action<'_>) -> bool + Send + Sync;
