//! The registries of the test scopes in which a thread is (feature `testing`).

use core::cell::RefCell;

use super::Registry;

std::thread_local! {
    /// Each registry has the number of its entry.
    static ENTERED: RefCell<Vec<(u64, Registry)>> = const { RefCell::new(Vec::new()) };
}

/// Returns the registry of this thread's innermost scope.
pub(crate) fn innermost() -> Option<Registry> {
    let innermost = |entered: &RefCell<Vec<(u64, Registry)>>| {
        entered.borrow().last().map(|(_, registry)| registry.clone())
    };
    ENTERED.try_with(innermost).ok().flatten()
}

/// Enters a scope. Returns the number with which to leave it.
pub(crate) fn enter(registry: Registry) -> u64 {
    ENTERED.with(|entered| {
        let mut entered = entered.borrow_mut();
        let number = entered.last().map_or(0, |(number, _)| number + 1);
        entered.push((number, registry));
        number
    })
}

/// Leaves a scope, even if scopes that were entered later are still there.
pub(crate) fn leave(number: u64) {
    // A thread whose list is destroyed is in no scope any more. The registry is dropped outside the
    // borrow, since its drop may read the list.
    let left = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let at = entered.iter().position(|(known, _)| *known == number);
        at.map(|at| entered.remove(at))
    });
    drop(left);
}
