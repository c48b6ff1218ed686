//! The registries of the test scopes that a thread is in (feature `testing`).

use core::cell::RefCell;

use super::Registry;

std::thread_local! {
    /// Each with the number of its entry.
    static ENTERED: RefCell<Vec<(u64, Registry)>> = const { RefCell::new(Vec::new()) };
}

/// The registry of the innermost scope this thread is in.
pub(crate) fn innermost() -> Option<Registry> {
    let innermost = |entered: &RefCell<Vec<(u64, Registry)>>| {
        entered.borrow().last().map(|(_, registry)| registry.clone())
    };
    ENTERED.try_with(innermost).ok().flatten()
}

/// Goes in; the number is for going out.
pub(crate) fn enter(registry: Registry) -> u64 {
    ENTERED.with(|entered| {
        let mut entered = entered.borrow_mut();
        let number = entered.last().map_or(0, |(number, _)| number + 1);
        entered.push((number, registry));
        number
    })
}

/// Goes out, also if scopes that were entered later are still there.
pub(crate) fn leave(number: u64) {
    // A thread that is being torn down is in no scope any more. What a registry
    // owns is dropped when the list can be looked at again.
    let left = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let at = entered.iter().position(|(known, _)| *known == number);
        at.map(|at| entered.remove(at))
    });
    drop(left);
}
