//! Functions that models need beside the public items. Only a model build has them.

use crate::breaker::Breaker;
use crate::breaker::atomic_word::AtomicWord;
use crate::breaker::seat::calls::Calls;
use crate::breaker::seat::text::{SeatText, Wanted};
use crate::clock::Tick;
use crate::link::Link;
use crate::state::status::Episode;
use crate::sync::atomic::{AtomicU64, Mutex, Ordering, lock};
pub use crate::sync::shard::in_shard;

/// Makes the cold state and the window of a breaker, as its first calls would, so that a model need
/// not explore that.
pub fn prepare(breaker: &Breaker) {
    let cold = breaker.cell.cold();
    if let Some(layout) = breaker.tuning.layout() {
        cold.windows.lock().begin(layout, Episode(0), || Tick::from_bits(0));
    }
}

/// Links a breaker on a clock set by hand, and makes the parts that a linked breaker needs.
/// `counts`: the link counts failures.
pub fn link(breaker: &Breaker, link: std::sync::Arc<dyn Link>, counts: bool) {
    let shared = breaker.shared().expect("a clock set by hand");
    shared.link.set(link).expect("not linked yet");
    breaker.tuning.count_by_link(counts);
    breaker.cell.cold().grants();
}

/// Moves the word of a new breaker to a static, as the first call of an annotated function does.
/// Returns false if the static has a word already.
pub fn move_word(breaker: &mut Breaker) -> bool {
    let claimed: &'static AtomicWord = Box::leak(Box::new(AtomicWord::absent()));
    breaker.cell.move_to(claimed);
    claimed.claim(breaker.tuning.tracking())
}

/// The parts of a seat that calls read while a key takes it, and a number that stands for the
/// breaker.
#[derive(Debug)]
pub struct Seat {
    text: SeatText,
    number: AtomicU64,
    name: Mutex<u64>,
    calls: Calls,
}

impl Seat {
    /// Makes a seat that a key has.
    #[allow(clippy::new_without_default, reason = "a key has it")]
    pub fn new(key: &str, number: u64) -> Self {
        let (text, calls) = (SeatText::new(), Calls::new());
        let seat = Seat { text, number: AtomicU64::new(0), name: Mutex::new(0), calls };
        seat.give(key, number);
        seat
    }

    /// Gives the seat to a key. No other thread may do so meanwhile.
    pub fn give(&self, key: &str, number: u64) {
        let change = || {
            *lock(&self.name) = number;
            self.number.store(number, Ordering::Relaxed);
        };
        self.text.replace(key.as_bytes(), 0, change);
    }

    /// Returns the number of a key, if it has the seat.
    pub fn find(&self, key: &str) -> Option<u64> {
        let generation = self.text.generation_of(&Wanted::new(key.as_bytes())?, 0)?;
        let number = self.number.load(Ordering::Relaxed);
        self.text.is_still(generation).then_some(number)
    }

    /// Returns the key's number, which stands for its name, and the generation of the seat.
    pub fn name(&self) -> (u64, u64) {
        let name = lock(&self.name);
        (*name, self.text.generation())
    }

    /// Starts a call.
    pub fn start(&self) {
        self.calls.start(0);
    }

    /// Ends a call.
    pub fn end(&self) {
        self.calls.end(0);
    }

    /// Returns whether calls are under way.
    pub fn is_busy(&self) -> bool {
        self.calls.any(0)
    }
}
