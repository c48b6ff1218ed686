//! The names of seats' keys that a thread keeps, so that a rejected call takes no lock.
//!
//! A seat's name is behind the seat's lock, since another key brings another name. A thread that
//! has asked for the name keeps it beside the [generation](super::text) of the seat's text. As long
//! as the generation stays, the key stays: a thread that finds the kept number again needs no lock.
//! The name and the number are read under the lock, and kept only if the number is even:
//!
//! - a writer makes the generation odd before it takes the lock to replace the name. A thread that
//!   takes the lock after the writer finds the odd number, or the even one that the writer stores
//!   last
//! - a thread that takes the lock before the writer does finds the old name, and cannot find the
//!   even number that the writer stores only later
//!
//! So an even number that is found under the lock belongs to the name, and all loads are relaxed. A
//! call does not find a number older than its own key's: its thread has loaded that number, or has
//! started the call under the registry's lock, or got the call from such a thread.

use core::cell::RefCell;

use super::SeatNumber;
use crate::name::Name;
use crate::sync::atomic::per_thread;

/// The number of names that a thread keeps. A seat's number selects the place of its name.
const PLACES: usize = 8;

struct Kept {
    seat: SeatNumber,
    generation: u64,
    name: Name,
    /// The last seat whose name was looked for in this place in vain. If it comes again, its name
    /// takes the place: a thread that uses many names in turn keeps the names that it has.
    asked: Option<SeatNumber>,
}

per_thread! {
    static KEPT: [RefCell<Option<Kept>>; PLACES] = [const { RefCell::new(None) }; PLACES];
}

/// Returns the seat's name in that generation, if the thread has kept it.
#[inline]
pub(super) fn get(seat: SeatNumber, generation: u64) -> Option<Name> {
    let get = |places: &[RefCell<Option<Kept>>; PLACES]| {
        let place = places[place(seat)].try_borrow().ok()?;
        let kept = place.as_ref()?;
        (kept.seat == seat && kept.generation == generation).then(|| kept.name.clone())
    };
    // A thread that is ending keeps no names.
    KEPT.try_with(get).ok().flatten()
}

/// Keeps the seat's name in that generation.
pub(super) fn keep(seat: SeatNumber, generation: u64, name: &Name) {
    let keep = |places: &[RefCell<Option<Kept>>; PLACES]| {
        let Ok(mut place) = places[place(seat)].try_borrow_mut() else { return };
        match &mut *place {
            Some(kept) if kept.seat != seat && kept.asked != Some(seat) => kept.asked = Some(seat),
            place => *place = Some(Kept { seat, generation, name: name.clone(), asked: None }),
        }
    };
    let _ = KEPT.try_with(keep);
}

#[inline]
fn place(seat: SeatNumber) -> usize {
    seat.0 as usize % PLACES
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    fn kept(seat: u32, generation: u64) -> Option<String> {
        get(SeatNumber(seat), generation).map(|name| name.to_string())
    }

    fn keep_text(seat: u32, generation: u64, name: &'static str) {
        keep(SeatNumber(seat), generation, &Name::from_static(name));
    }

    #[test]
    fn name_is_kept_for_its_seat_and_generation_alone() {
        assert_eq!(kept(1, 2), None);
        keep_text(1, 2, "a");
        assert_eq!(kept(1, 2).as_deref(), Some("a"));
        assert_eq!((kept(1, 4), kept(2, 2), kept(9, 2)), (None, None, None));
        keep_text(1, 4, "b");
        assert_eq!((kept(1, 2), kept(1, 4).as_deref()), (None, Some("b")));
    }

    #[test]
    fn place_is_taken_by_the_seat_that_comes_twice() {
        keep_text(2, 2, "a");
        for seat in [10, 18, 10, 18] {
            keep_text(seat, 2, "other");
            assert_eq!((kept(2, 2).as_deref(), kept(seat, 2)), (Some("a"), None));
        }
        keep_text(18, 2, "b");
        assert_eq!((kept(2, 2), kept(18, 2).as_deref()), (None, Some("b")));
    }
}
