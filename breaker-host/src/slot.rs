//! The contents of a record's file: two slots, each with a checksum.
//!
//! A change writes the slot that does not hold the present record. So a write that is cut off
//! leaves the record intact, and a reader needs no lock: it takes the newest slot whose checksum is
//! right. A slot's number counts writes, and wraps; it says which slot is newer.

use breaker_core::shared::{RECORD_BYTES, Record, digest};

/// The length of a slot in bytes.
pub(crate) const SLOT: usize = 64;
/// The number of bytes of a file that are read.
pub(crate) const FILE: usize = 2 * SLOT;

const MAGIC: [u8; 3] = *b"bbh";
const VERSION: u8 = 1;
/// The offset of the record.
const RECORD: usize = 8;
const CHECKSUM: usize = RECORD + RECORD_BYTES;

/// The content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    /// A record, and the place of the next write.
    Record { record: Record, next: Place },
    /// Nothing readable.
    Nothing,
    /// A slot that a newer version has written.
    Newer(u8),
}

/// The slot to write, and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) is_second: bool,
    number: u32,
}

impl Place {
    /// The place of the first write to a file without a record.
    pub(crate) const FIRST: Self = Self { is_second: false, number: 1 };

    /// The offset of the slot in the file.
    pub(crate) fn offset(self) -> u64 {
        if self.is_second { SLOT as u64 } else { 0 }
    }
}

/// Writes a slot.
pub(crate) fn write(record: &Record, place: Place) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[..3].copy_from_slice(&MAGIC);
    slot[3] = VERSION;
    slot[4..RECORD].copy_from_slice(&place.number.to_le_bytes());
    slot[RECORD..CHECKSUM].copy_from_slice(&record.to_bytes());
    let checksum = checksum(&slot);
    slot[CHECKSUM..].copy_from_slice(&checksum);
    slot
}

/// Reads a file of any length.
pub(crate) fn read(file: &[u8]) -> Contents {
    let newer = file.chunks(SLOT).take(2).find_map(newer_version);
    if let Some(version) = newer {
        return Contents::Newer(version);
    }
    let mut slots = file.chunks_exact(SLOT).take(2).map(read_slot);
    let (first, second) = (slots.next().flatten(), slots.next().flatten());
    let (record, number, is_second) = match (first, second) {
        (Some((_, old)), Some((record, number))) if is_newer(number, old) => (record, number, true),
        (Some((record, number)), _) => (record, number, false),
        (None, Some((record, number))) => (record, number, true),
        (None, None) => return Contents::Nothing,
    };
    let next = Place { is_second: !is_second, number: number.wrapping_add(1) };
    Contents::Record { record, next }
}

fn read_slot(slot: &[u8]) -> Option<(Record, u32)> {
    let slot: &[u8; SLOT] = slot.try_into().ok()?;
    if slot[..3] != MAGIC || slot[3] != VERSION || slot[CHECKSUM..] != checksum(slot) {
        return None;
    }
    let number = u32::from_le_bytes(slot[4..RECORD].try_into().ok()?);
    Some((Record::from_bytes(slot[RECORD..CHECKSUM].try_into().ok()?)?, number))
}

/// Returns the version of a slot that a newer version of this crate has written.
fn newer_version(slot: &[u8]) -> Option<u8> {
    let version = *slot.get(3)?;
    (slot[..3] == MAGIC && version > VERSION).then_some(version)
}

fn is_newer(number: u32, than: u32) -> bool {
    (1..1 << 31).contains(&number.wrapping_sub(than))
}

fn checksum(slot: &[u8; SLOT]) -> [u8; SLOT - CHECKSUM] {
    let half = digest(&[&slot[..CHECKSUM]]) & u128::from(u64::MAX);
    u64::try_from(half).unwrap_or_default().to_be_bytes()
}

#[cfg(test)]
mod tests;
