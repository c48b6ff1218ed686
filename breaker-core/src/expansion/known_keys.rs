//! The keys that a call site has looked up, and the seats of their breakers.
//!
//! A table of words, each the number of a seat beside 44 bits of the key's hash. A call loads the
//! word at its key's place, and the three behind it if need be, and asks the seat that the word
//! names whether it has the key. So a word may be out of date, of another key, or overwritten: the
//! call then asks the registry, which is right, and stores the word again. Therefore all of the
//! table is relaxed.
//!
//! If many keys find no place, the next table, eight times as large, takes over, up to 2 million
//! words. It begins empty.

use once_cell::race::OnceBox;

use crate::breaker::seat::held::UnderWay;
use crate::breaker::seat::text::{Seeds, Wanted, Words};
use crate::breaker::seat::{self, Seat, SeatNumber};
use crate::sync::atomic::{AtomicU64, Ordering};

/// The words of the first table.
const FIRST: usize = 64;
/// How much larger each table is than the one before.
const GROWTH: usize = 8;
const TABLES: usize = 6;
/// How many words a key may be at.
const PLACES: usize = 4;

#[derive(Debug)]
pub(super) struct KnownKeys(OnceBox<Tables>);

#[derive(Debug)]
struct Tables {
    seeds: Seeds,
    /// The number of the name.
    family: AtomicU64,
    /// The table in use.
    current: AtomicU64,
    /// An entry is the highest bits of a hash, and the number of a seat.
    all: [OnceBox<Box<[AtomicU64]>>; TABLES],
    /// Rises with each key that finds no place in the table, and falls with each other one.
    crowded: AtomicU64,
}

/// The bits of an entry that are the number of the seat.
const NUMBER: u64 = (1 << SeatNumber::BITS) - 1;

impl KnownKeys {
    pub(super) const fn new() -> Self {
        KnownKeys(OnceBox::new())
    }

    /// Returns the call's hold on the seat that has the key.
    #[inline]
    pub(super) fn find(&self, key: &[u8]) -> Option<UnderWay> {
        let tables = self.0.get()?;
        let found = tables.find_first(key);
        // Nearly all keys are short, and at their first place.
        if found.is_some() { found } else { tables.find_slow(key) }
    }

    /// Stores the seat of a key that the registry has found. The caller has started a call.
    #[cold]
    pub(super) fn publish(&self, key: &[u8], seat: &'static Seat) {
        let Some(wanted) = Wanted::new(key) else { return };
        let tables = self.0.get_or_init(|| Box::new(Tables::new()));
        let (hash, family) = (wanted.hash(tables.seeds), seat.text.family());
        // Relaxed: see the module's notes.
        tables.family.store(family, Ordering::Relaxed);
        let entry = hash & !NUMBER | u64::from(seat.number().0);
        tables.publish(hash, entry, family);
    }
}

/// Returns the places of a key, in a table whose length is a power of two.
#[inline]
fn places(table: &[AtomicU64], hash: u64) -> impl Iterator<Item = &AtomicU64> {
    #[allow(clippy::cast_possible_truncation, reason = "any bits of the hash will do")]
    let first = hash as usize;
    (0..PLACES).filter_map(move |place| table.get((first + place) & (table.len() - 1)))
}

/// Returns the seat that an entry names, if it is one of this hash. An empty entry may name a seat
/// too, of another key.
#[inline]
fn seat_of(entry: u64, hash: u64) -> Option<&'static Seat> {
    if (entry ^ hash) & !NUMBER != 0 {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, reason = "20 bits")]
    seat::get(SeatNumber((entry & NUMBER) as u32))
}

impl Tables {
    fn new() -> Self {
        let number = || AtomicU64::new(0);
        Tables {
            seeds: seat::seeds(),
            family: number(),
            current: number(),
            all: core::array::from_fn(|_| OnceBox::new()),
            crowded: number(),
        }
    }

    /// Returns the table in use.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "less than the number of tables")]
    fn current(&self) -> Option<&[AtomicU64]> {
        let current = self.current.load(Ordering::Relaxed) as usize;
        self.all.get(current)?.get().map(|table| &**table)
    }

    /// Looks for a short key at its first place.
    #[inline]
    fn find_first(&self, key: &[u8]) -> Option<UnderWay> {
        let words = Words::of_short(key)?;
        let hash = words.hash(self.seeds);
        // Relaxed: see the module's notes.
        let entry = places(self.current()?, hash).next()?.load(Ordering::Relaxed);
        seat_of(entry, hash)?.start_for_words(words, self.family.load(Ordering::Relaxed))
    }

    #[inline(never)]
    fn find_slow(&self, key: &[u8]) -> Option<UnderWay> {
        let wanted = Wanted::new(key)?;
        let hash = wanted.hash(self.seeds);
        // Relaxed: see the module's notes.
        let family = self.family.load(Ordering::Relaxed);
        places(self.current()?, hash).find_map(|entry| {
            seat_of(entry.load(Ordering::Relaxed), hash)?.start_for(&wanted, family)
        })
    }

    fn publish(&self, hash: u64, entry: u64, family: u64) {
        let current = self.current.load(Ordering::Relaxed);
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of tables")]
        let (len, current) = (FIRST * GROWTH.pow(current as u32), current as usize);
        let make = || Box::new((0..len).map(|_| AtomicU64::new(0)).collect());
        let table: &[AtomicU64] = self.all[current].get_or_init(make);
        let is_out_of_date = |place: &&AtomicU64| {
            let found = place.load(Ordering::Relaxed);
            found == 0
                || !seat_of(found, found).is_some_and(|seat| seat.is_of(found & !NUMBER, family))
        };
        let free = places(table, hash).find(is_out_of_date);
        if let Some(place) = free.or_else(|| places(table, hash).next()) {
            place.store(entry, Ordering::Relaxed);
        }
        self.weigh(free.is_none(), current, len);
    }

    /// Turns to the next table if more than one key of seventeen finds no place. Fewer do however
    /// many keys come and go.
    fn weigh(&self, is_crowded: bool, current: usize, len: usize) {
        let found = self.crowded.load(Ordering::Relaxed);
        let crowded = if is_crowded { found + 16 } else { found.saturating_sub(1) };
        let is_full = crowded >= len as u64 && current + 1 < TABLES;
        self.crowded.store(if is_full { 0 } else { crowded }, Ordering::Relaxed);
        if is_full {
            self.current.store(current as u64 + 1, Ordering::Relaxed);
        }
    }
}
