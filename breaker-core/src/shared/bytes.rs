//! The record as bytes, for stores that keep bytes.

use super::record::{LATEST_MS, LONGEST, Record, Shape};
use crate::siphash::SipHasher;

/// The length of a record in bytes.
pub const RECORD_BYTES: usize = 48;

/// The largest epoch that is read. No record counts so far: a larger number is not an epoch. So an
/// epoch never overflows when it is raised.
const LAST_EPOCH: u64 = 1 << 62;

const CLOSED: u8 = 1;
const OPEN: u8 = 2;

/// Returns a hash of the texts and their lengths: `80` of `svc/eu` and `eu/80` of `svc` have two
/// different ones. It is equal in every process and in every version.
#[must_use]
pub fn digest(parts: &[&[u8]]) -> u128 {
    let mut hasher = SipHasher::new();
    for part in parts {
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part);
    }
    hasher.finish()
}

impl Record {
    /// Writes the record as bytes: generation, epoch, moment of writing, end or last failure, epoch
    /// of the opening, length, count and shape, each with its lowest byte first.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; RECORD_BYTES] {
        let (moment, began, length, count, shape) = match self.shape {
            Shape::Closed { failures, last_failure_ms } => {
                (last_failure_ms, 0, 0, failures, CLOSED)
            }
            Shape::Open { until_ms, length_ms, openings, began } => {
                (until_ms, began, length_ms, openings, OPEN)
            }
        };
        let mut bytes = [0; RECORD_BYTES];
        let words = [self.generation, self.epoch, self.at_ms, moment, began];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes[40..44].copy_from_slice(&length.to_le_bytes());
        bytes[44..46].copy_from_slice(&count.to_le_bytes());
        bytes[46] = shape;
        bytes
    }

    /// Reads the bytes that [`to_bytes`](Self::to_bytes) writes. Returns `None` for any others.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; RECORD_BYTES]) -> Option<Self> {
        let mut words = [0; 5];
        for (word, place) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_le_bytes(place.try_into().ok()?);
        }
        let [generation, epoch, at_ms, moment, began] = words;
        let [l0, l1, l2, l3, c0, c1, shape, rest] = *bytes.last_chunk::<8>()?;
        let (length_ms, count) =
            (u32::from_le_bytes([l0, l1, l2, l3]), u16::from_le_bytes([c0, c1]));
        let shape = match shape {
            CLOSED if began == 0 && length_ms == 0 => {
                Shape::Closed { failures: count, last_failure_ms: moment }
            }
            OPEN => Shape::Open { until_ms: moment, length_ms, openings: count, began },
            _ => return None,
        };
        let day_ms = LONGEST.as_millis();
        let is_written = rest == 0
            && epoch <= LAST_EPOCH
            && began <= epoch
            && u128::from(length_ms) <= day_ms
            && at_ms <= LATEST_MS
            && u128::from(moment) <= u128::from(LATEST_MS) + day_ms;
        is_written.then_some(Self { generation, epoch, at_ms, shape })
    }
}
