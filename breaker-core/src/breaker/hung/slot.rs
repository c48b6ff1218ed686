//! A slot: the calls of one bucket that are out, by the beginnings and ends that one shard has
//! seen.
//!
//! ```text
//! bit 0..27  27     28..60                          60..64
//!     calls  swept  the bucket's number, lowest 32  the generation, lowest 4
//! ```
//!
//! A call may end in another shard than it began in, so the calls of a slot may be fewer than none;
//! a bias keeps the number positive. Only the sum over all shards has a meaning.
//!
//! *Swept* says that the calls of the slot have been taken out. A call that finds the mark has been
//! counted, or comes too late to begin in that bucket.

const SWEPT: u64 = 1 << 27;
const CALLS: u64 = SWEPT - 1;
/// The calls of a slot that is empty.
const BIAS: u64 = 1 << 26;
const BUCKET: u32 = 28;
const NUMBER: u64 = 0xffff_ffff;
const GENERATION: u32 = 60;

/// A bucket's number and its generation, at the bits where a slot stores them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket(u64);

impl Bucket {
    pub(super) const fn new(generation: u64, number: u64) -> Self {
        Bucket(generation << GENERATION | (number & NUMBER) << BUCKET)
    }

    /// Returns the place of the bucket's slot in a ring.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "less than the number of slots")]
    pub(super) const fn place<const SLOTS: usize>(self) -> usize {
        (self.0 >> BUCKET) as usize % SLOTS
    }

    /// Returns how many buckets `self` is after `earlier`. If `self` is before it, the number wraps
    /// to more than half the range. Returns `None` if the generations differ.
    #[allow(clippy::cast_possible_truncation, reason = "cut to its width")]
    fn after(self, earlier: Self) -> Option<u32> {
        let is_same = self.0 >> GENERATION == earlier.0 >> GENERATION;
        let number = |bucket: Self| (bucket.0 >> BUCKET) as u32;
        is_same.then(|| number(self).wrapping_sub(number(earlier)))
    }
}

/// A call that begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Begin,
    End,
}

/// The reason why a slot takes no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The bucket has been swept, or belongs to an earlier generation.
    Gone,
    /// The count has no bits left.
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(pub(super) u64);

impl Slot {
    /// Returns a slot of `bucket` that is empty and swept.
    pub(super) const fn swept(bucket: Bucket) -> Self {
        Slot(bucket.0 | SWEPT | BIAS)
    }

    /// Returns the slot after a call of `bucket` has begun or ended, if the slot already has calls
    /// of that bucket, and room for more.
    #[inline]
    pub(super) const fn change_fast(self, bucket: Bucket, change: Change) -> Option<Self> {
        // Below `SWEPT` if the slot is this bucket's and not swept.
        let calls = self.0 ^ bucket.0;
        if calls == 0 || calls >= CALLS {
            return None;
        }
        Some(match change {
            Change::Begin => Slot(self.0 + 1),
            Change::End => Slot(self.0 - 1),
        })
    }

    /// Returns the slot after a call of `bucket` has begun or ended.
    ///
    /// # Errors
    /// See [`Refused`].
    pub(super) fn change(self, bucket: Bucket, change: Change) -> Result<Self, Refused> {
        let slot = match bucket.after(self.bucket()) {
            Some(0) if self.0 & SWEPT == 0 => self,
            // The slot has an earlier bucket, which was swept before this one began.
            Some(age) if age != 0 && age <= u32::MAX / 2 => Slot(bucket.0 | BIAS),
            _ => return Err(Refused::Gone),
        };
        match change {
            Change::Begin if slot.0 & CALLS < CALLS => Ok(Slot(slot.0 + 1)),
            Change::End if slot.0 & CALLS > 0 => Ok(Slot(slot.0 - 1)),
            _ => Err(Refused::Full),
        }
    }

    /// Returns the slot marked as swept, and the calls that were in it.
    pub(super) fn sweep(self, bucket: Bucket) -> (Self, i64) {
        match bucket.after(self.bucket()) {
            Some(0) if self.0 & SWEPT == 0 => (Slot::swept(bucket), self.calls()),
            Some(age) if age <= u32::MAX / 2 => (Slot::swept(bucket), 0),
            _ => (self, 0),
        }
    }

    const fn bucket(self) -> Bucket {
        Bucket(self.0 & !(SWEPT | CALLS))
    }

    #[allow(clippy::cast_possible_wrap, reason = "27 bits")]
    const fn calls(self) -> i64 {
        (self.0 & CALLS) as i64 - BIAS as i64
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    const NUMBERS: [u64; 5] = [0, 1, 16, 0xffff_fff0, 0xffff_ffff];

    #[test]
    fn calls_begin_and_end_in_one_bucket() {
        for number in NUMBERS {
            let bucket = Bucket::new(3, number);
            let before = Slot::swept(Bucket::new(3, number.wrapping_sub(16)));
            let one = before.change(bucket, Change::Begin).unwrap();
            let two = one.change(bucket, Change::Begin).unwrap();
            assert_eq!((one.calls(), two.calls()), (1, 2));
            assert_eq!(two.change(bucket, Change::End), Ok(one));
            let ended_first = before.change(bucket, Change::End).unwrap();
            assert_eq!(ended_first.calls(), -1, "it began in another shard");
            assert_eq!(ended_first.change(bucket, Change::Begin).unwrap().calls(), 0);
        }
    }

    #[test]
    fn swept_slot_takes_no_call_of_its_bucket_and_gives_none_twice() {
        for number in NUMBERS {
            let bucket = Bucket::new(3, number);
            let before = Slot::swept(Bucket::new(3, number.wrapping_sub(16)));
            let one = before.change(bucket, Change::Begin).unwrap();
            let (swept, calls) = one.sweep(bucket);
            assert_eq!((swept, calls), (Slot::swept(bucket), 1));
            assert_eq!(swept.sweep(bucket), (swept, 0));
            assert_eq!(before.sweep(bucket), (swept, 0), "marked though nothing was in it");
            for change in [Change::Begin, Change::End] {
                assert_eq!(swept.change(bucket, change), Err(Refused::Gone));
            }
        }
    }

    #[test]
    fn call_of_an_earlier_bucket_or_another_generation_changes_nothing() {
        for number in NUMBERS {
            let bucket = Bucket::new(3, number);
            let slot = Slot::swept(Bucket::new(3, number.wrapping_sub(16)))
                .change(bucket, Change::Begin)
                .unwrap();
            let earlier = Bucket::new(3, number.wrapping_sub(16));
            for other in [earlier, Bucket::new(2, number), Bucket::new(4, number.wrapping_add(16))]
            {
                assert_eq!(slot.change(other, Change::Begin), Err(Refused::Gone));
                assert_eq!(slot.change(other, Change::End), Err(Refused::Gone));
                assert_eq!(slot.sweep(other), (slot, 0));
            }
        }
    }

    #[test]
    fn fast_change_is_the_change_of_a_slot_that_has_calls_of_the_bucket() {
        for number in NUMBERS {
            let bucket = Bucket::new(3, number);
            let others = [Bucket::new(3, number.wrapping_sub(16)), Bucket::new(2, number)];
            let marked = others.map(Slot::swept);
            let begun = [1, 2, BIAS, CALLS - 1].map(|calls| Slot(bucket.0 | calls));
            for change in [Change::Begin, Change::End] {
                for slot in begun {
                    assert_eq!(slot.change_fast(bucket, change), slot.change(bucket, change).ok());
                }
                let ends = [0, CALLS].map(|calls| Slot(bucket.0 | calls));
                let of_others = others.map(|other| Slot(other.0 | BIAS));
                for slot in [marked, of_others, ends, [Slot::swept(bucket); 2]].concat() {
                    assert_eq!(slot.change_fast(bucket, change), None, "{slot:?}");
                }
            }
        }
    }

    #[test]
    fn count_stays_within_its_bits() {
        let bucket = Bucket::new(1, 5);
        let full = Slot(bucket.0 | CALLS);
        assert_eq!(full.change(bucket, Change::Begin), Err(Refused::Full));
        let least = Slot(bucket.0);
        assert_eq!(least.change(bucket, Change::End), Err(Refused::Full));
    }
}
