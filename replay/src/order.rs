//! Puts calls in the order of their starts.
//!
//! A call is due once the newest start is `disorder` ahead of its own. Calls that are due are
//! played in batches, sorted, which gives the order that playing each at once would give: a call
//! that comes later, and starts earlier than one that is due, is out of order either way.

use crate::call::Call;

/// Calls are sorted at the earliest when so many have come.
const BATCH: usize = 1 << 14;

/// The calls that wait for earlier ones.
#[derive(Debug)]
pub(crate) struct Hold {
    disorder: i64,
    newest: i64,
    /// The latest start that was played.
    played: i64,
    /// Sorted up to the calls that came since the last batch.
    held: Vec<Call>,
    limit: usize,
}

/// A call that starts before one that is played already.
#[derive(Debug)]
pub(crate) struct OutOfOrder;

impl Hold {
    pub(crate) fn new(disorder: i64) -> Self {
        Self { disorder, newest: i64::MIN, played: i64::MIN, held: Vec::new(), limit: BATCH }
    }

    /// Takes the next call of the log, and plays those that are due. `play` returns false for a
    /// call that it refuses.
    ///
    /// # Errors
    /// The call is out of order.
    pub(crate) fn push(
        &mut self,
        call: Call,
        mut play: impl FnMut(&Call) -> bool,
    ) -> Result<(), OutOfOrder> {
        if call.start < self.played {
            return Err(OutOfOrder);
        }
        if call.start <= self.due() && call.start < self.newest {
            // It is out of order if a call is due that starts later.
            self.play_due(&mut play);
            if call.start < self.played {
                return Err(OutOfOrder);
            }
            if play(&call) {
                self.played = call.start;
            }
            return Ok(());
        }
        self.newest = self.newest.max(call.start);
        self.held.push(call);
        if self.held.len() >= self.limit {
            self.play_due(play);
        }
        Ok(())
    }

    /// Plays all calls that are left.
    pub(crate) fn finish(&mut self, play: impl FnMut(&Call) -> bool) {
        self.newest = i64::MAX;
        self.disorder = 0;
        self.play_due(play);
    }

    /// The latest start of a call that is due.
    fn due(&self) -> i64 {
        self.newest.saturating_sub(self.disorder)
    }

    fn play_due(&mut self, mut play: impl FnMut(&Call) -> bool) {
        // The sort is stable, so of equal starts the earlier line comes first. It is quick, since
        // it takes the calls that were sorted before as one run.
        self.held.sort_by_key(|call| call.start);
        let due = self.due();
        let count = self.held.partition_point(|call| call.start <= due);
        for call in self.held.drain(..count) {
            if play(&call) {
                self.played = call.start;
            }
        }
        self.limit = (self.held.len() * 2).max(BATCH);
    }
}
