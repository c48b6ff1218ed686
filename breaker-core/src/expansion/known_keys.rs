//! The keys that a call site has looked up, and the seats of their breakers.
//!
//! A table of words, each the number of a seat beside 44 bits of the key's hash. A call loads the
//! word at its key's place, and the next three if need be, and asks the seat in the word whether it
//! has the key. So a word may be out of date, belong to another key, or be overwritten: the call
//! then asks the registry, which is always right, and stores the word again. Therefore all of the
//! table is relaxed.
//!
//! If many keys find no place, the next table, eight times as large, takes over, up to 2 million
//! words. It begins with the words of the table before, at places by the hashes of their seats. A
//! word stored in the old table meanwhile may be missing: its key is looked up again.

use core::ops::Range;

use once_cell::race::OnceBox;

use crate::breaker::seat::held::UnderWay;
use crate::breaker::seat::text::{Seeds, Wanted, Words};
use crate::breaker::seat::{self, Seat, SeatNumber};
use crate::sync::atomic::{AtomicU64, Ordering};

/// The number of words in the first table.
const FIRST: usize = 64;
/// The factor by which each table is larger than the one before.
const GROWTH: usize = 8;
const TABLES: usize = 6;
/// The number of words at which a key may be.
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
    /// A number that rises with each key that finds no place in the table, and falls with every
    /// other key.
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
        // Nearly all keys are short, and at their first place.
        let found = tables.find_first(key);
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

/// Returns places of a key, in a table whose length is a power of two.
#[inline]
fn places(table: &[AtomicU64], which: Range<usize>, hash: u64) -> impl Iterator<Item = &AtomicU64> {
    #[allow(clippy::cast_possible_truncation, reason = "any bits of the hash will do")]
    let first = hash as usize;
    which.filter_map(move |place| table.get((first + place) & (table.len() - 1)))
}

/// Returns the seat in an entry, if the seat has this hash. An empty entry may also name a seat, of
/// another key.
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
        // Relaxed: see the module's notes.
        let current = self.current.load(Ordering::Relaxed) as usize;
        self.all.get(current)?.get().map(|table| &**table)
    }

    /// Looks for a short key at its first place.
    #[inline]
    fn find_first(&self, key: &[u8]) -> Option<UnderWay> {
        let words = Words::of_short(key)?;
        let hash = words.hash(self.seeds);
        // Relaxed: see the module's notes.
        let entry = places(self.current()?, 0..1, hash).next()?.load(Ordering::Relaxed);
        seat_of(entry, hash)?.start_for_words(words, self.family.load(Ordering::Relaxed))
    }

    /// Takes the text: its words would take registers on the fast path.
    #[inline(never)]
    fn find_slow(&self, key: &[u8]) -> Option<UnderWay> {
        match Words::of_short(key) {
            Some(words) => self.find_further(words),
            None => self.find_long(key),
        }
    }

    /// Looks for a short key at its other places.
    fn find_further(&self, words: Words) -> Option<UnderWay> {
        let hash = words.hash(self.seeds);
        // Relaxed: see the module's notes.
        let family = self.family.load(Ordering::Relaxed);
        places(self.current()?, 1..PLACES, hash).find_map(|entry| {
            seat_of(entry.load(Ordering::Relaxed), hash)?.start_for_words(words, family)
        })
    }

    fn find_long(&self, key: &[u8]) -> Option<UnderWay> {
        let wanted = Wanted::new(key)?;
        let hash = wanted.hash(self.seeds);
        // Relaxed: see the module's notes.
        let family = self.family.load(Ordering::Relaxed);
        places(self.current()?, 0..PLACES, hash).find_map(|entry| {
            seat_of(entry.load(Ordering::Relaxed), hash)?.start_for(&wanted, family)
        })
    }

    fn publish(&self, hash: u64, entry: u64, family: u64) {
        // Relaxed: see the module's notes.
        let current = self.current.load(Ordering::Relaxed);
        let table = self.table(current);
        let is_crowded = !store(table, hash, entry, family);
        if self.weigh(is_crowded, table.len()) && current + 1 < TABLES as u64 {
            self.grow(table, current + 1, family);
        }
    }

    /// Returns the table of that number, and makes it if need be.
    #[allow(clippy::cast_possible_truncation, reason = "less than the number of tables")]
    fn table(&self, number: u64) -> &[AtomicU64] {
        let len = FIRST * GROWTH.pow(number as u32);
        self.all[number as usize]
            .get_or_init(|| Box::new((0..len).map(|_| AtomicU64::new(0)).collect()))
    }

    /// Returns whether more than one key of seventeen finds no place. If keys only come and go,
    /// fewer do, however many they are.
    fn weigh(&self, is_crowded: bool, len: usize) -> bool {
        // Relaxed: see the module's notes.
        let found = self.crowded.load(Ordering::Relaxed);
        let crowded = if is_crowded { found + 16 } else { found.saturating_sub(1) };
        let is_full = crowded >= len as u64;
        self.crowded.store(if is_full { 0 } else { crowded }, Ordering::Relaxed);
        is_full
    }

    /// Fills the table of that number from the one in use, and then uses it.
    fn grow(&self, table: &[AtomicU64], number: u64, family: u64) {
        let larger = self.table(number);
        for place in table {
            // Relaxed: see the module's notes.
            let entry = place.load(Ordering::Relaxed);
            if let Some(seat) = seat_if_current(entry, family) {
                store(larger, seat.hash(), entry, family);
            }
        }
        self.current.store(number, Ordering::Relaxed);
    }
}

/// Stores an entry at one of its places, over another entry if need be. Returns whether it found a
/// place that was empty or out of date.
fn store(table: &[AtomicU64], hash: u64, entry: u64, family: u64) -> bool {
    // Relaxed: see the module's notes.
    let is_free =
        |place: &&AtomicU64| seat_if_current(place.load(Ordering::Relaxed), family).is_none();
    let free = places(table, 0..PLACES, hash).find(is_free);
    if let Some(place) = free.or_else(|| places(table, 0..1, hash).next()) {
        place.store(entry, Ordering::Relaxed);
    }
    free.is_some()
}

/// Returns the seat in an entry, unless the entry is empty or out of date.
fn seat_if_current(entry: u64, family: u64) -> Option<&'static Seat> {
    let seat = if entry == 0 { None } else { seat_of(entry, entry) };
    seat.filter(|seat| seat.is_of(entry & !NUMBER, family))
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use core::panic::Location;

    use super::*;
    use crate::breaker::seat::held::KeyedRef;
    use crate::registry::Registry;

    #[test]
    fn larger_table_has_the_keys_of_the_one_before() {
        let (registry, known) = (Registry::global(), KnownKeys::new());
        let keys: Vec<_> = (0..3 * FIRST).map(|number| format!("key-{number}")).collect();
        let found = |keys: &[String]| {
            keys.iter().filter(|key| known.find(key.as_bytes()).is_some()).count()
        };
        let (mut before, mut grown) = (0, None);
        for (place, key) in keys.iter().enumerate() {
            let key = key.as_bytes();
            match registry.for_key("larger-table", key, None, Location::caller()).0 {
                KeyedRef::Seat(call) => known.publish(key, call.seat()),
                KeyedRef::Owned(_) => panic!("there is room for so many keys"),
            }
            let after = found(&keys[..=place]);
            let table = known.0.get().unwrap().current.load(Ordering::Relaxed);
            if grown.is_none() && table > 0 {
                grown = Some((before, after));
            }
            before = after;
        }
        // The number of keys that lose their places until then depends on the hashes, and so does
        // the place of each key in the larger table.
        let (before, after) = grown.unwrap();
        assert!(after + FIRST / 16 >= before, "{before} keys before, {after} after");
    }
}
