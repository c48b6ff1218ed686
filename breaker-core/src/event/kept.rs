//! Events that a thread keeps, for the next call of their breaker.
//!
//! An event owns its breaker's names. Cloning them would count references in memory that all
//! threads share, and rejections come often and on many threads at once. So a thread that has
//! notified listeners of a call keeps the event; for the breaker's next call it changes the other
//! fields.

use core::cell::Cell;

use crate::event::Event;
use crate::name::Name;
use crate::sync::atomic::per_thread;

/// A thread may reject calls of several breakers in turn.
const PLACES: usize = 4;

per_thread! {
    /// The address of an event's name selects its place.
    static KEPT: [Cell<Option<Box<Event>>>; PLACES] = [const { Cell::new(None) }; PLACES];
}

/// Takes the event of this name, if the thread has kept it.
pub(crate) fn take(name: &Name) -> Option<Box<Event>> {
    let kept = KEPT.try_with(|kept| kept[place(name)].take()).ok().flatten();
    kept.filter(|event| event.name.is_same(name))
}

/// Keeps the event, perhaps in another's place. A thread that is ending drops it.
pub(crate) fn keep(event: Box<Event>) {
    let place = place(&event.name);
    let _ = KEPT.try_with(|kept| kept[place].set(Some(event)));
}

fn place(name: &Name) -> usize {
    // Names allocated one after the other are tens of bytes apart.
    name.as_str().as_ptr().addr() / 32 % PLACES
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;
    use crate::event::EventKind;

    fn event(name: Name) -> Event {
        let family = name.clone();
        let (key, remaining_cooldown) = (None, None);
        Event { name, family, key, episode: 7, kind: EventKind::Late, remaining_cooldown }
    }

    #[test]
    fn event_is_kept_for_its_own_name_alone() {
        let name = Name::try_from("kept").unwrap();
        assert_eq!(take(&name), None);
        keep(Box::new(event(name.clone())));
        assert_eq!(take(&name).map(|event| event.episode), Some(7));
        assert_eq!(take(&name), None, "it has been taken");

        keep(Box::new(event(name.clone())));
        let namesake = Name::try_from("kept").unwrap();
        assert_eq!(take(&namesake), None, "another breaker may have other parts");
    }
}
