//! Races of rejections with listeners that come and go. Each shard has a copy of the list, which a
//! change of the list takes away.

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

/// Makes a breaker that rejects.
fn open() -> Arc<Breaker> {
    let (breaker, _hand) = breaker(config());
    acquire(&breaker).unwrap().failure();
    breaker
}

fn counted(breaker: &Arc<Breaker>) -> (Arc<AtomicUsize>, Subscription) {
    let heard = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heard);
    let subscription = breaker.on_event(move |_| {
        count.fetch_add(1, RELAXED);
    });
    (heard, subscription)
}

const RELAXED: Ordering = Ordering::Relaxed;

fn reject(breaker: &Arc<Breaker>) {
    assert!(acquire(breaker).is_none());
}

#[test]
fn listener_dropped_beside_a_rejection_hears_it_once_at_most_and_is_freed() {
    for has_copy in [false, true] {
        explore(USUAL, [66, 42], move |role| {
            let breaker = open();
            let (heard, subscription) = counted(&breaker);
            if has_copy {
                reject(&breaker);
            }
            role.race(on(&breaker, reject), move || drop(subscription));
            assert_eq!(Arc::strong_count(&heard), 1, "no copy is left");
            let before = heard.load(RELAXED);
            reject(&breaker);
            assert!(before <= 1 + usize::from(has_copy));
            assert_eq!(heard.load(RELAXED), before);
        });
    }
}

#[test]
fn listener_that_comes_beside_a_rejection_hears_the_next() {
    explore(USUAL, [210, 110], |role| {
        let breaker = open();
        let (early, _early) = counted(&breaker);
        reject(&breaker);
        let (_, (late, _late)) = role.race(on(&breaker, reject), on(&breaker, counted));
        assert_eq!(early.load(RELAXED), 2, "of all");
        let before = late.load(RELAXED);
        reject(&breaker);
        assert_eq!(late.load(RELAXED), before + 1);
    });
}

#[test]
fn listener_that_has_gone_before_its_turn_does_not_hear_the_rejection() {
    explore(USUAL, [430, 260], |role| {
        let breaker = open();
        let (gone, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (ask, see) = (Arc::clone(&gone), Arc::clone(&seen));
        // Acquire pairs with the release below: the listener waits for the drop, if that has
        // happened.
        let _first = breaker.on_event(move |_| see.store(ask.load(Ordering::Acquire), RELAXED));
        let (heard, second) = counted(&breaker);
        // From here on there is a copy with both listeners.
        reject(&breaker);
        let leave = move || {
            drop(second);
            gone.store(true, Ordering::Release);
        };
        role.race(on(&breaker, reject), leave);
        assert!(!(seen.load(RELAXED) && heard.load(RELAXED) > 1));
    });
}

#[test]
fn two_that_leave_at_once_leave_no_copy() {
    explore(SHALLOW, [1_080, 1_430, 1_430], |role| {
        let breaker = open();
        let (one, first) = counted(&breaker);
        let (other, second) = counted(&breaker);
        let leave = |subscription| move || drop(subscription);
        role.race_of_three(on(&breaker, reject), leave(first), leave(second));
        assert_eq!((Arc::strong_count(&one), Arc::strong_count(&other)), (1, 1));
    });
}
