//! The generation that a call keeps until its end: a [`Token`], or with its episode a [`Key`].

use std::num::NonZeroU16;

use super::slot::Bucket;
use crate::state::status::Episode;

/// The generation in which a call began. The call keeps it until its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Token(NonZeroU16);

impl Token {
    pub(super) fn of(generation: u64) -> Self {
        let number = (generation % u64::from(u16::MAX)) + 1;
        Token(u16::try_from(number).ok().and_then(NonZeroU16::new).unwrap_or(NonZeroU16::MIN))
    }

    /// Returns the bucket of that number, as a slot stores it.
    pub(super) const fn bucket(self, number: u64) -> Bucket {
        Bucket::new(self.0.get() as u64, number)
    }

    /// Returns the token in a ticket's bits; zero stands for none.
    pub(crate) const fn from_bits(bits: u16) -> Option<Self> {
        match NonZeroU16::new(bits) {
            Some(number) => Some(Token(number)),
            None => None,
        }
    }
}

/// A generation as calls know it: its token, below its episode. A ticket's word stores both in this
/// order too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u64);

impl Key {
    /// The key of no call: no episode has so many bits.
    pub(super) const NONE: Key = Key(u64::MAX);

    pub(super) const fn new(episode: Episode, token: Token) -> Self {
        Key(episode.0 << u16::BITS | token.0.get() as u64)
    }

    #[inline]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Key(bits)
    }

    #[inline]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    #[inline]
    pub(super) const fn is_of(self, episode: Episode) -> bool {
        self.0 >> u16::BITS == episode.0
    }

    /// Returns the bucket of that number, as a slot stores it.
    #[inline]
    pub(super) const fn bucket(self, number: u64) -> Bucket {
        Bucket::new(self.0, number)
    }
}
