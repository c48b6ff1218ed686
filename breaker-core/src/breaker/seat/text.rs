//! The text of a seat's key, as words that calls compare while a writer may change them.
//!
//! A text of up to 32 bytes is four words, which may overlap: together with the length they
//! determine the text. A longer text, of up to 128 bytes, has its first 32 bytes in these words,
//! and the rest in further words. An even longer text is not stored, and calls find its seat
//! through the registry.
//!
//! `generation` is odd while a seat has no text, or its text is being changed. There is one writer
//! at a time. It makes `generation` odd, changes the seat, and makes `generation` even. A reader
//! loads it before and after its other loads. Orderings:
//!
//! - the writer's release fence comes after the odd number and before the changes; a reader that
//!   has loaded a change finds the odd number, or a later one, by its second load of `generation`,
//!   which comes after its acquire fence
//! - the writer stores the even number with release; a reader that has loaded it first, with
//!   acquire, finds all that was stored before it, or something later
//!
//! So a reader that finds one even number twice has read the values that belong to it.

use std::hash::{BuildHasher, Hasher};

use crate::sync::atomic::{AtomicU64, Ordering, fence};
use crate::sync::once::OnceBox;

/// The longest text that is stored, in bytes.
pub(crate) const LONGEST: usize = 128;
const FIRST: usize = 32;
const WORDS: usize = FIRST / 8;
const REST: usize = (LONGEST - FIRST) / 8;
/// The length that stands for a text that is not stored.
const NOT_STORED: u64 = 0xff;
const LEN_BITS: u32 = 8;

/// The words of a text of up to 32 bytes, or of the beginning of a longer one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    words: [u64; WORDS],
    /// The length of the whole text.
    len: u8,
}

impl Words {
    /// Returns `None` for a longer text.
    #[inline]
    pub(crate) fn of_short(text: &[u8]) -> Option<Self> {
        let len = u8::try_from(text.len()).ok()?;
        (text.len() <= FIRST).then(|| Words { words: words(text), len })
    }

    /// Returns a hash.
    #[inline]
    pub(crate) fn hash(&self, seeds: Seeds) -> u64 {
        let [a, b, c, d] = self.words;
        let Seeds([one, two, three, four]) = seeds;
        // Texts of different lengths may have equal words.
        let one = one.rotate_left(u32::from(self.len));
        fold(a ^ one, b ^ two) ^ fold(c ^ three, d ^ four)
    }
}

/// A text, to be compared with those of seats.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    words: Words,
    /// The bytes after the first 32.
    rest: &'a [u8],
}

impl<'a> Wanted<'a> {
    /// Returns `None` for a text that no seat stores.
    pub(crate) fn new(text: &'a [u8]) -> Option<Self> {
        if let Some(words) = Words::of_short(text) {
            return Some(Wanted { words, rest: &[] });
        }
        if text.len() > LONGEST {
            return None;
        }
        let (first, rest) = text.split_first_chunk::<FIRST>()?;
        let len = u8::try_from(text.len()).ok()?;
        Some(Wanted { words: Words { words: words(first), len }, rest })
    }

    /// Returns a hash; for a short text, the hash of its words.
    pub(crate) fn hash(&self, seeds: Seeds) -> u64 {
        let hash = self.words.hash(seeds);
        rest_words(self.rest).fold(hash, |hash, word| fold(hash ^ word, seeds.0[0]))
    }
}

/// Random numbers of one process, so that nobody can choose keys with equal hashes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seeds(pub(crate) [u64; 4]);

impl BuildHasher for Seeds {
    type Hasher = TextHasher;

    #[inline]
    fn build_hasher(&self) -> TextHasher {
        TextHasher { seeds: *self, hash: 0 }
    }
}

/// Hashes a text of any length.
pub(crate) struct TextHasher {
    seeds: Seeds,
    hash: u64,
}

impl Hasher for TextHasher {
    #[inline]
    fn write(&mut self, text: &[u8]) {
        for words in text.chunks(FIRST).filter_map(Words::of_short) {
            self.hash = fold(self.hash ^ words.hash(self.seeds), self.seeds.0[0]);
        }
    }

    /// Takes the length of the text that follows.
    #[inline]
    fn write_usize(&mut self, len: usize) {
        self.hash ^= len as u64;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.hash
    }
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "both halves are used")]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Returns up to 32 bytes as words.
#[inline]
fn words(text: &[u8]) -> [u64; WORDS] {
    if let (Some(first), Some(last)) = (text.first_chunk::<16>(), text.last_chunk::<16>()) {
        let ([a, b], [c, d]) = (pair(*first), pair(*last));
        [a, b, c, d]
    } else if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        [u64::from_le_bytes(*first), u64::from_le_bytes(*last), 0, 0]
    } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let halves = [u32::from_le_bytes(*first), u32::from_le_bytes(*last)];
        [u64::from(halves[0]) | u64::from(halves[1]) << 32, 0, 0, 0]
    } else if let (Some(first), Some(last)) = (text.first(), text.last()) {
        let middle = text.get(text.len() / 2).unwrap_or(last);
        [u64::from(*first) | u64::from(*middle) << 8 | u64::from(*last) << 16, 0, 0, 0]
    } else {
        [0; WORDS]
    }
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the two halves")]
fn pair(bytes: [u8; 16]) -> [u64; 2] {
    let both = u128::from_le_bytes(bytes);
    [both as u64, (both >> 64) as u64]
}

/// Returns the bytes behind the first 32 as words. The last word is filled up with zeros.
fn rest_words(rest: &[u8]) -> impl Iterator<Item = u64> {
    rest.chunks(8)
        .map(|bytes| bytes.iter().rev().fold(0, |word: u64, byte| word << 8 | u64::from(*byte)))
}

/// The text of a seat's key, and the number of the name to which the key belongs.
#[derive(Debug)]
pub(crate) struct SeatText {
    /// Odd while there is no text, or it is being changed.
    generation: AtomicU64,
    /// The number of the name (56 bits), the length of the text in bytes (8).
    tag: AtomicU64,
    words: [AtomicU64; WORDS],
    /// Made for the first text that needs it.
    rest: OnceBox<[AtomicU64; REST]>,
}

impl SeatText {
    pub(crate) fn new() -> Self {
        let number = AtomicU64::new;
        SeatText {
            generation: number(1),
            tag: number(0),
            words: core::array::from_fn(|_| number(0)),
            rest: OnceBox::new(),
        }
    }

    /// Returns the number of the name to which the key belongs.
    pub(crate) fn family(&self) -> u64 {
        // Relaxed: the caller holds the seat, or compares the text later.
        self.tag.load(Ordering::Relaxed) >> LEN_BITS
    }

    /// Returns the generation: an odd number while there is no text, or it is being changed.
    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        // Relaxed: see `names`.
        self.generation.load(Ordering::Relaxed)
    }

    /// Returns the generation, if the text is `wanted` under the name of number `family`.
    pub(crate) fn generation_of(&self, wanted: &Wanted<'_>, family: u64) -> Option<u64> {
        let generation = self.generation_of_words(wanted.words, family)?;
        (wanted.rest.is_empty() || self.has_rest(wanted.rest)).then_some(generation)
    }

    /// Like [`generation_of`](Self::generation_of), for a short text.
    #[inline]
    pub(crate) fn generation_of_words(&self, wanted: Words, family: u64) -> Option<u64> {
        // Acquire pairs with the release of the even number.
        let generation = self.generation.load(Ordering::Acquire);
        // Relaxed: `is_still` finds a change.
        let differs = |stored: &AtomicU64, wanted: u64| stored.load(Ordering::Relaxed) ^ wanted;
        let [a, b, c, d] = &self.words;
        let Words { words: [first, second, third, fourth], len } = wanted;
        let difference = differs(&self.tag, family << LEN_BITS | u64::from(len))
            | (differs(a, first) | differs(b, second))
            | (differs(c, third) | differs(d, fourth))
            | generation & 1;
        (difference == 0).then_some(generation)
    }

    /// Returns whether all that was read since `generation` was loaded belongs to that generation.
    #[inline]
    pub(crate) fn is_still(&self, generation: u64) -> bool {
        // Acquire pairs with the release fence in `replace`.
        fence(Ordering::Acquire);
        // Relaxed: the fence comes before it.
        self.generation.load(Ordering::Relaxed) == generation
    }

    fn has_rest(&self, wanted: &[u8]) -> bool {
        let Some(rest) = self.rest.get() else { return false };
        // Relaxed: `is_still` finds a change.
        rest.iter()
            .zip(rest_words(wanted))
            .all(|(word, wanted)| word.load(Ordering::Relaxed) == wanted)
    }

    /// Changes the text, and runs `change` for the rest of the seat. The caller keeps other threads
    /// from doing so meanwhile.
    pub(crate) fn replace(&self, text: &[u8], family: u64, change: impl FnOnce()) {
        // Relaxed: one writer at a time.
        let odd = self.generation.load(Ordering::Relaxed) | 1;
        self.generation.store(odd, Ordering::Relaxed);
        // Release pairs with the acquire fence in `is_still`.
        fence(Ordering::Release);
        change();
        // Relaxed: it is between the fence above and the store below.
        match Wanted::new(text) {
            Some(Wanted { words: Words { words, len }, rest }) => {
                self.tag.store(family << LEN_BITS | u64::from(len), Ordering::Relaxed);
                for (stored, word) in self.words.iter().zip(words) {
                    stored.store(word, Ordering::Relaxed);
                }
                self.replace_rest(rest);
            }
            None => self.tag.store(family << LEN_BITS | NOT_STORED, Ordering::Relaxed),
        }
        // Release pairs with the acquire in `generation_of_words`.
        self.generation.store(odd.wrapping_add(1), Ordering::Release);
    }

    fn replace_rest(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let make = || Box::new(core::array::from_fn(|_| AtomicU64::new(0)));
        let rest = self.rest.get_or_init(make);
        for (stored, word) in rest.iter().zip(rest_words(bytes)) {
            // Relaxed: it is between the fence and the store in `replace`.
            stored.store(word, Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
