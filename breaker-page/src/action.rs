//! What an operator can do to breakers, if the program allows it.

mod perform;
mod query;

use std::fmt;

use http::request::Parts;

pub(crate) use perform::{Target, perform, unknown};

/// What an operator asks for, as [`Page::allow`](crate::Page::allow) is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Action<'a> {
    /// What is to be done.
    pub kind: ActionKind,
    /// The name of the breaker, without the key.
    pub name: &'a str,
    /// The key, if one key is meant. Otherwise the breaker of the name and those of its keys are.
    pub key: Option<&'a str>,
}

/// The kind of an [`Action`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActionKind {
    /// As by [`Breaker::force_open`](breaker_core::Breaker::force_open).
    ForceOpen,
    /// As by [`Breaker::open_for`](breaker_core::Breaker::open_for).
    OpenFor,
    /// As by [`Breaker::observe`](breaker_core::Breaker::observe).
    Observe,
    /// As by [`Breaker::disable`](breaker_core::Breaker::disable).
    Disable,
    /// As by [`Breaker::reset`](breaker_core::Breaker::reset).
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

/// Says whether a request may do something.
pub(crate) type Allow = dyn Fn(&Parts, &Action<'_>) -> bool + Send + Sync;
