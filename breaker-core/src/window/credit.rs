//! Credits: a failure in a window of time that draws one need not be judged.
//!
//! Judging a failure sums up the stripes of all shards. Within one bucket no call leaves the
//! window, so a sum tells the least number of further failures that it takes to trip, whatever
//! succeeds meanwhile. The thread that has looked at the sum grants a part of the failures below
//! that number to its own shard, as credits. A later failure of the shard in that bucket draws one,
//! by a swap of a word in the shard's own stripe, and reads nothing that other threads write.
//!
//! # No trip is missed
//! - A failure is recorded before it draws. A look loads the credits that are left, with acquire,
//!   before the sums: if it finds a credit drawn, the sums have the credit's failure.
//! - All granted credits together are fewer than the failures that trip. Looks and grants change
//!   one word, `looks`, and a grant takes effect only if no other look or grant came after its own
//!   look. So its sums have every failure that has looked before, and it has found every credit
//!   that was granted. More calls only raise the number of failures that it takes to trip.
//! - A failure that draws no credit looks after its record. Of two looks, the later one sees the
//!   record of the earlier. If a look's answer depends on granted credits, it takes them all back
//!   and sums up again: it sees the failure of a credit drawn before, and a failure that comes
//!   later finds no credit, and looks.
//! - A shard loses its credits when it comes to a new bucket, and a failure of a bucket that is not
//!   its shard's latest draws none. A look counts the credits of all buckets.
//! - A new config raises `looks` once it is in force, and then takes back all credits: a look that
//!   has judged by the old config does not grant.
//! - Slow calls and late failures, which are also judged by the window, look too.
//!
//! # Consecutive failures
//! A window of time shows no consecutive failures, but a later config may judge by them. So a
//! failure that draws is counted among them in the swap that draws, in its shard's word; a failure
//! that looks is counted in the breaker's word. [`Row`] numbers the rows of failures, and says
//! whether one is running. The first failure of a row that draws begins the row, and a success ends
//! it: in a run of failures, or of successes, no thread changes it. Only the counts of the running
//! row have a meaning.
//!
//! A thread that changes the config marks the row as changing, takes all credits and counts, and
//! moves the sum to the breaker's word. A failure at that time finds the mark or no credit left,
//! and is counted in the breaker's word. A success that finds the mark ends the row, waits for the
//! end of the change, and clears the breaker's word.

use crate::state::status::Episode;

/// The result of a failure's attempt to draw a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Draw {
    /// The failure has drawn none, and must be judged.
    None,
    /// The failure has drawn one, and must be counted among the consecutive failures.
    Uncounted,
    /// The failure has drawn one, and is counted.
    Counted,
}

/// The word of one shard: credits (12), failures of the row (14), number of the row (38).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due(pub(super) u64);

const CREDITS: u64 = (1 << 12) - 1;
const COUNT: u32 = 12;
const COUNT_MASK: u64 = (1 << 14) - 1;
const NUMBER: u32 = 26;

impl Due {
    /// All bits but the credits.
    pub(super) const REVOKED: u64 = !CREDITS;

    #[inline]
    pub(super) const fn credits(self) -> u64 {
        self.0 & CREDITS
    }

    /// Grants credits to a shard that has none, as far as the row's count has room for their
    /// failures.
    pub(super) const fn granted(self, credits: u64, row: Row) -> Due {
        let counted = self.failures(row);
        let room = COUNT_MASK - counted;
        let room = if room < CREDITS { room } else { CREDITS };
        let credits = if credits < room { credits } else { room };
        Due(row.0 >> NUMBER << NUMBER | counted << COUNT | credits)
    }

    /// Returns the word after a draw, for a failure that is counted elsewhere. There must be a
    /// credit.
    #[inline]
    pub(super) const fn drawn(self) -> Due {
        Due(self.0 - 1)
    }

    /// Returns the word after a draw, with the failure counted in the row. There must be a credit.
    #[inline]
    pub(super) const fn drawn_in(self, row: Row) -> Due {
        let of_row = if (self.0 ^ row.0) >> NUMBER == 0 {
            self.0
        } else {
            row.0 >> NUMBER << NUMBER | self.credits()
        };
        Due(of_row - 1 + (1 << COUNT))
    }

    const fn count(self) -> u64 {
        self.0 >> COUNT & COUNT_MASK
    }

    /// Returns the failures that are counted in the row.
    pub(super) const fn failures(self, row: Row) -> u64 {
        if (self.0 ^ row.0) >> NUMBER == 0 { self.count() } else { 0 }
    }
}

/// The row of failures: lowest bits of its episode (24), running, changing, number (38).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row(pub(super) u64);

const EPISODE_MASK: u64 = (1 << 24) - 1;

impl Row {
    const RUNNING: u64 = 1 << 24;
    pub(super) const CHANGING: u64 = 1 << 25;

    #[inline]
    pub(super) const fn number(self) -> u64 {
        self.0 >> NUMBER
    }

    #[inline]
    pub(super) const fn is_changing(self) -> bool {
        self.0 & Self::CHANGING != 0
    }

    #[inline]
    pub(super) const fn is_running(self) -> bool {
        self.0 & Self::RUNNING != 0
    }

    /// Returns whether a row of the episode is running, and not changing.
    #[inline]
    pub(super) const fn is_running_in(self, episode: Episode) -> bool {
        let wanted = Self::RUNNING | episode.0 & EPISODE_MASK;
        (self.0 ^ wanted) & ((1 << NUMBER) - 1) == 0
    }

    /// Returns the next row, which begins in `episode`. Returns `None` while the row is changing,
    /// or if it belongs to a later episode.
    pub(super) const fn next(self, episode: Episode) -> Option<Row> {
        let ahead = episode.0.wrapping_sub(self.0) & EPISODE_MASK;
        if self.is_changing() || ahead > EPISODE_MASK / 2 {
            return None;
        }
        let next = (self.number() + 1) << NUMBER;
        Some(Row(next | Self::RUNNING | episode.0 & EPISODE_MASK))
    }

    /// Returns the row, ended by a success.
    pub(super) const fn ended(self) -> Row {
        Row(self.0 & !Self::RUNNING)
    }

    /// Returns the row, ended, with the episode in which the window starts anew.
    pub(super) const fn renewed(self, episode: Episode) -> Row {
        Row(self.moved().0 & !EPISODE_MASK | episode.0 & EPISODE_MASK)
    }

    /// Returns the row after a change, which has moved its failures.
    pub(super) const fn moved(self) -> Row {
        Row(self.0 & !(Self::RUNNING | Self::CHANGING))
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    fn row(number: u64) -> Row {
        Row(number << NUMBER | Row::RUNNING | 0x4d)
    }

    #[test]
    fn credit_is_drawn_once_and_counts_a_failure_of_its_row() {
        for number in [0, 1, u64::MAX >> NUMBER] {
            let (mine, other) = (row(number), row(number ^ 5));
            let mut due = Due(0).granted(3, mine);
            for failures in 1..=3 {
                due = due.drawn_in(mine);
                assert_eq!((due.credits(), due.failures(mine)), (3 - failures, failures));
                assert_eq!(due.failures(other), 0);
            }
            let again = due.granted(2, mine);
            let elsewhere = again.drawn();
            assert_eq!((elsewhere.credits(), elsewhere.failures(mine)), (1, 3));
            let next = again.drawn_in(other);
            assert_eq!((next.credits(), next.failures(other), next.failures(mine)), (1, 1, 0));
            let revoked = Due(again.0 & Due::REVOKED);
            assert_eq!((revoked.credits(), revoked.failures(mine)), (0, 3));
        }
    }

    #[test]
    fn credits_and_failures_stay_within_their_bits() {
        let (mut due, mut drawn) = (Due(0).granted(u64::MAX, row(7)), 0);
        assert_eq!(due.credits(), CREDITS);
        while due.credits() > 0 {
            (due, drawn) = (due.drawn_in(row(7)), drawn + 1);
            if due.credits() == 0 {
                due = due.granted(u64::MAX, row(7));
            }
        }
        assert_eq!((drawn, due.failures(row(7))), (COUNT_MASK, COUNT_MASK));
        assert_eq!(due.failures(row(8)), 0);
        assert_eq!(due.granted(5, row(8)).credits(), 5, "the next row has room");
    }

    #[test]
    fn row_begins_in_its_episode_and_ends() {
        for episode in [0, 5, EPISODE_MASK, EPISODE_MASK + 1, u64::MAX >> 23] {
            let episode = Episode(episode);
            let begun = Row(0).renewed(episode);
            assert!(!begun.is_running() && !begun.is_running_in(episode));
            let row = begun.next(episode).unwrap();
            assert!(row.is_running() && row.is_running_in(episode) && row.number() == 1);
            let later = Episode(episode.0 + 1);
            assert!(!row.is_running_in(later) && !row.ended().is_running_in(episode));
            let changing = Row(row.0 | Row::CHANGING);
            assert!(!changing.is_running_in(episode) && changing.is_running());
            assert_eq!((changing.next(episode), changing.moved()), (None, row.ended()));
            assert!(changing.ended().is_changing() && !changing.ended().is_running());
            let next = row.next(later).unwrap();
            assert!(next.is_running_in(later) && next.number() == 2);
            assert_eq!(next.next(episode), None, "a straggler does not set it back");
        }
        assert_eq!(row(u64::MAX >> NUMBER).next(Episode(0x4d)).map(Row::number), Some(0));
    }
}
