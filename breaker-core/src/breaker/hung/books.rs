//! The [`Books`]: all knowledge of the timed calls that is under the lock, and all work under it. A
//! sweep takes out the calls that hang, a renewal begins another generation.

use super::buckets::{reciprocal, step};
use super::key::{Key, Token};
use super::ledger::{BucketId, Ledger};
use super::ring::{ROUND, Ring};
use super::slot::{Change, Refused};
use super::{Begin, End, HungCalls};
use crate::state::status::Episode;
use crate::sync::atomic::{Ordering, lock};
use crate::window::Position;

/// A slot stores 32 bits of its bucket's number. After so many buckets without a sweep, all slots
/// get fresh marks, well before a number looks like one from the round before.
const FAR: u64 = 1 << 24;

/// The knowledge under the lock.
#[derive(Debug)]
pub(super) struct Books {
    episode: Episode,
    /// The number of the generation; zero before the first call.
    generation: u64,
    /// All buckets below this number have been swept.
    swept: u64,
    ledger: Ledger,
}

impl Books {
    pub(super) fn new() -> Self {
        Books { episode: Episode(0), generation: 0, swept: 0, ledger: Ledger::default() }
    }

    fn token(&self) -> Token {
        Token::of(self.generation)
    }
}

impl HungCalls {
    #[cold]
    #[inline(never)]
    pub(super) fn begin_slow(&self, episode: Episode, bound: u64, now: &dyn Fn() -> u64) -> Begin {
        let mut books = lock(&self.books);
        // Read under the lock: no sweep can have gone beyond it.
        let now = now();
        if books.generation > 0 && books.episode > episode {
            return Begin::Untracked(now);
        }
        let is_new = books.generation == 0 || books.episode < episode;
        // Relaxed: it changes under the lock alone.
        if is_new || self.bound.load(Ordering::Relaxed) != bound {
            if is_new {
                books.ledger.clear();
            } else {
                self.retire(&mut books);
            }
            self.renew(&mut books, episode, bound, now);
        }
        let hung = self.sweep_due(&mut books, bound, now);
        if !hung.is_empty() {
            return Begin::Hung(hung);
        }
        match self.change(&books, now / step(bound), Change::Begin) {
            Ok(()) => Begin::Out(now, Key::new(episode, books.token())),
            Err(_) => Begin::Untracked(now),
        }
    }

    /// Begins or ends a call of the present generation.
    fn change(&self, books: &Books, number: u64, change: Change) -> Result<(), Refused> {
        let token = books.token();
        let ring = self.rings.own_or_make(|| Ring::new(token, books.swept));
        ring.change(token.bucket(number), change)
    }

    /// Takes the calls out of the buckets that are due, and returns them.
    fn sweep_due(&self, books: &mut Books, bound: u64, now: u64) -> Vec<BucketId> {
        let (token, from) = (books.token(), books.swept);
        let due = now.saturating_sub(bound) / step(bound);
        let mut hung = Vec::new();
        books.ledger.take_due(bound, now, &mut hung);
        // No call has begun after the first round, since it would have swept that round first. The
        // last round gets its marks too, for calls that have been held up for long.
        let first = from..due.min(from + ROUND);
        for number in first.chain(due.saturating_sub(ROUND).max(from + ROUND)..due) {
            let bucket = BucketId { token, number };
            hung.extend((0..self.rings.sweep(token.bucket(number))).map(|_| bucket));
        }
        if due > from {
            books.swept = due;
            if due - from > FAR {
                self.rings.clear(token, due);
            }
        }
        let next = books.swept.saturating_add(1).saturating_mul(step(bound)).saturating_add(bound);
        // Release: see the module above.
        self.next_due.store(next.min(books.ledger.next_due(bound)), Ordering::Release);
        books.ledger.expect(&hung);
        hung
    }

    /// Moves the calls that are out to the ledger, before a renewal.
    fn retire(&self, books: &mut Books) {
        let (token, swept) = (books.token(), books.swept);
        // Relaxed: it changes under the lock alone.
        let step = step(self.bound.load(Ordering::Relaxed));
        let sweep = |number| (number, self.rings.sweep(token.bucket(number)));
        let calls = (swept..swept + ROUND).map(sweep).filter(|(_, calls)| *calls > 0);
        books.ledger.retire(token, step, swept, calls);
    }

    /// Starts anew, for another episode or another `slow_call`.
    fn renew(&self, books: &mut Books, episode: Episode, bound: u64, now: u64) {
        let step = step(bound);
        books.episode = episode;
        books.generation += 1;
        books.swept = now / step;
        self.rings.clear(books.token(), books.swept);
        // Everything is due until the sweep that follows. Relaxed: the key's release publishes it.
        self.next_due.store(0, Ordering::Relaxed);
        // Release, for these three, pairs with the acquires of readers: see the module above.
        self.reciprocal.store(reciprocal(step), Ordering::Release);
        self.bound.store(bound, Ordering::Release);
        self.key.store(Key::new(episode, books.token()).bits(), Ordering::Release);
    }

    #[cold]
    pub(super) fn end_slow(&self, token: Token, episode: Episode, began: u64, failed: bool) -> End {
        let mut books = lock(&self.books);
        if books.episode != episode {
            return End::Uncounted;
        }
        if books.token() != token {
            return books.ledger.end_past(token, began, failed);
        }
        // Relaxed: it changes under the lock alone.
        let number = began / step(self.bound.load(Ordering::Relaxed));
        if number < books.swept {
            return books.ledger.end_counted(BucketId { token, number }, failed);
        }
        // No call has ended in this shard before, or `slow_call` has changed since, or the slot is
        // full.
        let _ = self.change(&books, number, Change::End);
        End::Uncounted
    }

    /// Returns how many calls of the present generation are out and not counted.
    #[cfg(all(test, not(breaker_loom)))]
    pub(crate) fn out(&self) -> i64 {
        let books = lock(&self.books);
        let buckets = (books.swept..books.swept + ROUND).map(|number| books.token().bucket(number));
        buckets.map(|bucket| self.rings.out(bucket)).sum()
    }

    /// Notes the position in the window of a counted call of that bucket. Returns true if the call
    /// has failed meanwhile: its failure must then be added at that position.
    pub(crate) fn note(&self, bucket: BucketId, position: Position) -> bool {
        lock(&self.books).ledger.note(bucket, position)
    }
}
