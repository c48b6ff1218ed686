//! `SipHash-2-4` with 128 bits, which tells long keys apart.
//!
//! The hash is equal in every process and in every version: the shown form of a long key may be
//! looked up elsewhere. The standard library promises that for none of its hashes. The algorithm is
//! Aumasson's and Bernstein's, with the key of their reference vectors.

pub(crate) struct SipHasher {
    state: [u64; 4],
    /// The bytes that do not fill a word yet, the first in the lowest place.
    tail: u64,
    len: usize,
}

impl SipHasher {
    pub(crate) fn new() -> Self {
        let (k0, k1) = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);
        let state = [
            0x736f_6d65_7073_6575 ^ k0,
            0x646f_7261_6e64_6f6d ^ k1 ^ 0xee,
            0x6c79_6765_6e65_7261 ^ k0,
            0x7465_6462_7974_6573 ^ k1,
        ];
        SipHasher { state, tail: 0, len: 0 }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        // First the bytes that fill the word begun, then whole words, then the rest.
        let missing = (8 - self.len % 8) % 8;
        let (head, bytes) = bytes.split_at(missing.min(bytes.len()));
        self.write_bytes(head);
        let words = bytes.chunks_exact(8);
        let rest = words.remainder();
        for word in words {
            let word = word.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.mix(word);
        }
        self.len = self.len.wrapping_add(bytes.len() - rest.len());
        self.write_bytes(rest);
    }

    fn write_bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.tail |= u64::from(*byte) << (8 * (self.len % 8));
            self.len = self.len.wrapping_add(1);
            if self.len % 8 == 0 {
                let word = core::mem::take(&mut self.tail);
                self.mix(word);
            }
        }
    }

    /// Returns the hash. Its digits are its bytes in the reference's order.
    pub(crate) fn finish(mut self) -> u128 {
        let last = self.tail | (self.len as u64) << 56;
        self.mix(last);
        self.state[2] ^= 0xee;
        let low = self.half();
        self.state[1] ^= 0xdd;
        let high = self.half();
        (u128::from(high) << 64 | u128::from(low)).swap_bytes()
    }

    fn mix(&mut self, word: u64) {
        self.state[3] ^= word;
        self.rounds(2);
        self.state[0] ^= word;
    }

    fn half(&mut self) -> u64 {
        self.rounds(4);
        self.state.iter().fold(0, |half, part| half ^ part)
    }

    fn rounds(&mut self, rounds: u32) {
        let [mut a, mut b, mut c, mut d] = self.state;
        for _ in 0..rounds {
            a = a.wrapping_add(b);
            c = c.wrapping_add(d);
            b = b.rotate_left(13) ^ a;
            d = d.rotate_left(16) ^ c;
            a = a.rotate_left(32).wrapping_add(d);
            c = c.wrapping_add(b);
            b = b.rotate_left(17) ^ c;
            d = d.rotate_left(21) ^ a;
            c = c.rotate_left(32);
        }
        self.state = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(pieces: &[&[u8]]) -> [u8; 16] {
        let mut hasher = SipHasher::new();
        for piece in pieces {
            hasher.write(piece);
        }
        hasher.finish().to_be_bytes()
    }

    /// The first two vectors of the reference implementation.
    #[test]
    fn hash_is_that_of_the_reference() {
        let none = [
            0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55,
            0x02, 0x93,
        ];
        let one = [
            0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22,
            0xfc, 0x45,
        ];
        assert_eq!([hash(&[]), hash(&[&[0]])], [none, one]);
    }

    #[test]
    fn hash_does_not_depend_on_how_the_text_is_cut() {
        let text: Vec<u8> = (0..64).collect();
        for cut in 0..=64 {
            let (head, rest) = text.split_at(cut);
            for more in 0..=rest.len() {
                let (middle, end) = rest.split_at(more);
                assert_eq!(hash(&[head, middle, end]), hash(&[&text]));
            }
        }
        let shorter = (0..64).map(|len| hash(&[&text[..len]]));
        assert_eq!(shorter.collect::<std::collections::HashSet<_>>().len(), 64);
    }
}
