//! The form in which a key is kept.
//!
//! A key of up to 256 bytes is kept as its `Display` writes it. A longer key is kept as its first
//! 200 bytes, a `#`, and a hash of the whole key, so that keys from outside cost no more memory
//! than others. A shorter key that looks like this is hashed too, so no caller can write a key that
//! finds the breaker of another's long key.

use core::fmt::{self, Display, Write};
use std::sync::Arc;

use crate::siphash::SipHasher;

/// The longest key that is kept whole, in bytes.
const WHOLE: usize = 256;
/// The number of bytes that are kept from the beginning of a longer key.
const BEGINNING: usize = 200;
/// The length of the mark and the hash after it.
const MARK: usize = 1 + 32;

/// The key of one call.
#[derive(Clone, Copy)]
pub(crate) enum Key<'a> {
    /// The text that the key's `Display` would write.
    Text(&'a str),
    Other(&'a dyn Display),
}

impl<'a> Key<'a> {
    /// A text of up to this many bytes is kept unchanged.
    pub(crate) const SURELY_WHOLE: usize = BEGINNING;

    /// Calls `then` with the key as it is kept.
    #[inline]
    pub(crate) fn with_kept<T>(self, then: impl Fn(&[u8]) -> T) -> T {
        match self.whole() {
            Some(whole) => then(whole),
            None => self.with_written(&then),
        }
    }

    #[inline(never)]
    fn with_written<T>(self, then: &dyn Fn(&[u8]) -> T) -> T {
        let mut kept = KeptKey::new();
        kept.keep(&self);
        then(kept.as_bytes())
    }

    /// Returns the key as it is kept, if it is a text that is kept whole.
    #[inline]
    fn whole(self) -> Option<&'a [u8]> {
        let Key::Text(text) = self else { return None };
        let bytes = text.as_bytes();
        (bytes.len() <= WHOLE && !is_shortened(bytes)).then_some(bytes)
    }
}

impl Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Text(text) => f.write_str(text),
            Key::Other(key) => key.fmt(f),
        }
    }
}

/// A key on the stack, as it is kept.
pub(super) struct KeptKey {
    buffer: [u8; WHOLE],
    len: usize,
    /// The hash of the whole text, once it has become too long.
    long: Option<SipHasher>,
}

impl KeptKey {
    pub(super) fn new() -> Self {
        KeptKey { buffer: [0; WHOLE], len: 0, long: None }
    }

    /// Keeps the key of a call. It is written in place: moving it would copy the buffer.
    #[inline]
    pub(super) fn keep(&mut self, key: &dyn Display) {
        self.keep_text(key);
        if self.long.is_some() || is_shortened(self.as_bytes()) {
            self.shorten();
        }
    }

    /// Makes a key for which the program looks: written as in a call, or as a long key is kept and
    /// shown.
    pub(super) fn wanted(key: &dyn Display) -> Self {
        let mut kept = Self::new();
        kept.keep_text(key);
        if kept.long.is_some() {
            kept.shorten();
        }
        kept
    }

    fn keep_text(&mut self, key: &dyn Display) {
        // Writing here does not fail. If a key's `Display` itself fails, only the text that it
        // could not write is missing from the key.
        let _ = write!(self, "{key}");
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    pub(super) fn to_text(&self) -> Arc<str> {
        text_of(self.as_bytes())
    }

    #[cold]
    fn lengthen(&mut self, text: &str) {
        let mut hasher = SipHasher::new();
        hasher.write(self.as_bytes());
        hasher.write(text.as_bytes());
        self.long = Some(hasher);
        // The text is longer than the room that is left, so it fills that.
        for (to, from) in self.buffer[self.len..].iter_mut().zip(text.as_bytes()) {
            *to = *from;
        }
        self.len = WHOLE;
    }

    #[cold]
    fn shorten(&mut self) {
        let hasher = self.long.take().unwrap_or_else(|| {
            let mut hasher = SipHasher::new();
            hasher.write(self.as_bytes());
            hasher
        });
        let begins = |at: &usize| self.buffer[*at] & 0xc0 != 0x80;
        self.len = (0..=BEGINNING).rev().find(begins).unwrap_or_default();
        // It fits: a beginning and a mark are shorter than a whole key.
        let _ = write!(self, "#{:032x}", hasher.finish());
    }
}

impl Write for KeptKey {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        if let Some(hasher) = &mut self.long {
            hasher.write(text.as_bytes());
        } else if let Some(room) = self.buffer.get_mut(self.len..end) {
            room.copy_from_slice(text.as_bytes());
            self.len = end;
        } else {
            self.lengthen(text);
        }
        Ok(())
    }
}

/// Returns a kept key as text.
pub(super) fn text_of(key: &[u8]) -> Arc<str> {
    // Only whole strings are written, and cut at the beginning of a character, so it is text.
    core::str::from_utf8(key).unwrap_or_default().into()
}

/// Returns whether this is a long key as it is kept. Its beginning is cut at the beginning of a
/// character, so up to three bytes may be missing.
#[inline]
fn is_shortened(key: &[u8]) -> bool {
    let Some(at) = key.len().checked_sub(MARK) else { return false };
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (BEGINNING - 3..=BEGINNING).contains(&at) && key[at] == b'#' && key[at + 1..].iter().all(is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_of(key: &dyn Display) -> KeptKey {
        let mut kept = KeptKey::new();
        kept.keep(key);
        kept
    }

    fn kept(key: &str) -> String {
        kept_of(&key).to_text().to_string()
    }

    #[test]
    fn key_of_up_to_256_bytes_is_kept_whole() {
        let long = "x".repeat(WHOLE);
        for key in ["", "gpt-4", "a/b c\n\\", "größe", &long, &"ü".repeat(WHOLE / 2)] {
            assert_eq!(kept(key), key);
        }
    }

    #[test]
    fn longer_key_is_cut_at_a_character_and_hashed() {
        let key = "x".repeat(WHOLE + 1);
        assert_eq!(kept(&key), format!("{}#{}", &key[..200], "e1e3b79302af570c5de664c62ab6db0b"));
        assert_ne!(kept(&key), kept(&"x".repeat(WHOLE + 2)));
        for (character, beginning) in [("€", 198), ("😀", 200), ("ü", 200)] {
            let key = character.repeat(200);
            assert_eq!(kept(&key).strip_prefix(&key[..beginning]).unwrap().len(), MARK);
        }
    }

    #[test]
    fn key_written_in_pieces_is_kept_like_one_in_one_piece() {
        for len in [255, 256, 257, 300, 1_000] {
            let key: String = ('a'..='z').cycle().take(len).collect();
            for cut in [0, 1, 199, 200, 201, len.min(256), len] {
                let (one, two) = key.split_at(cut);
                let pieces = kept_of(&format_args!("{one}{two}"));
                assert_eq!(*pieces.to_text(), kept(&key));
            }
        }
    }

    #[test]
    fn short_key_that_looks_like_a_long_one_is_another() {
        let long = kept(&"x".repeat(1_000));
        assert_ne!(kept(&long), long);
        assert_eq!(*KeptKey::wanted(&long).to_text(), long);
        assert_eq!(kept(&long).len(), long.len());
    }

    #[test]
    fn text_is_whole_if_its_display_is_kept_as_it_is() {
        let looks_long = kept(&"x".repeat(1_000));
        let (longest, longer) = ("x".repeat(WHOLE), "x".repeat(WHOLE + 1));
        for (key, is_whole) in
            [("", true), ("größe", true), (&longest, true), (&longer, false), (&looks_long, false)]
        {
            assert_eq!(Key::Text(key).whole(), is_whole.then_some(key.as_bytes()));
            assert_eq!(Key::Other(&key).whole(), None);
            assert_eq!(kept(key) == key, is_whole);
            assert_eq!(kept_of(&Key::Text(key)).as_bytes(), kept_of(&Key::Other(&key)).as_bytes());
        }
    }

    #[test]
    fn only_a_beginning_with_its_mark_and_hash_is_what_is_kept_of_a_long_key() {
        let hash = "0123456789abcdef".repeat(2);
        let looks_so = |beginning: usize, mark: &str, hash: &str| {
            is_shortened(format!("{}{mark}{hash}", "x".repeat(beginning)).as_bytes())
        };
        for beginning in 0..=2 * BEGINNING {
            let wanted = (BEGINNING - 3..=BEGINNING).contains(&beginning);
            assert_eq!(looks_so(beginning, "#", &hash), wanted, "{beginning}");
            assert!(!looks_so(beginning, "0", &hash), "{beginning}");
            assert!(!looks_so(beginning, "#", &hash.replace('0', "g")), "{beginning}");
            assert!(!looks_so(beginning, "", &hash), "{beginning}");
        }
    }
}
