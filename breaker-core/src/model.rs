//! Functions that models need beside the public items. Only a model build has them.

use crate::breaker::Breaker;
use crate::breaker::atomic_word::AtomicWord;
use crate::clock::Tick;
use crate::state::word::Episode;
pub use crate::sync::shard::in_shard;

/// Makes the cold state and the window of a breaker, as its first calls would, so that a model need
/// not explore that.
pub fn prepare(breaker: &Breaker) {
    let cold = breaker.cell.cold();
    if let Some(layout) = breaker.tuning.layout() {
        cold.windows.lock().begin(layout, Episode(0), || Tick::from_bits(0));
    }
}

/// Moves the word of a new breaker to a static, as the first call of an annotated function does.
/// Returns false if the static has a word already.
pub fn move_word(breaker: &mut Breaker) -> bool {
    let claimed: &'static AtomicWord = Box::leak(Box::new(AtomicWord::absent()));
    breaker.cell.move_to(claimed);
    claimed.claim(breaker.tuning.tracking())
}
