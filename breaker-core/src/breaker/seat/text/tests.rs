use std::collections::BTreeSet;

use super::*;

fn wanted(text: &[u8]) -> Wanted<'_> {
    Wanted::new(text).unwrap()
}

fn has(stored: &SeatText, text: &[u8], family: u64) -> bool {
    let generation = Wanted::new(text).and_then(|it| stored.generation_of(&it, family));
    generation.is_some_and(|generation| stored.is_still(generation))
}

#[test]
fn text_is_told_from_all_that_differ_in_a_byte_or_in_length() {
    let stored = SeatText::new();
    for len in 0..=LONGEST {
        let text: Vec<u8> = (b'a'..=b'w').cycle().take(len).collect();
        stored.replace(&text, 7, || ());
        assert!(has(&stored, &text, 7));
        assert!(!has(&stored, &text, 8), "another name");
        for at in 0..len {
            for other in [0, b'A', text[at] ^ 1] {
                let mut changed = text.clone();
                changed[at] = other;
                assert!(!has(&stored, &changed, 7), "{len} {at}");
            }
            assert!(!has(&stored, &text[..at], 7), "{len} {at}");
        }
        for longer in [0, b'a'] {
            let longer = [&text[..], &[longer]].concat();
            assert!(!has(&stored, &longer, 7), "{len}");
        }
    }
}

#[test]
fn seat_without_text_and_too_long_text_are_not_found() {
    let stored = SeatText::new();
    assert!(!has(&stored, b"", 0));
    stored.replace(&[b'x'; LONGEST + 1], 0, || ());
    assert!(!has(&stored, &[b'x'; LONGEST], 0) && Wanted::new(&[b'x'; 0xff]).is_none());
    stored.replace(b"", 0, || assert!(!has(&stored, b"", 0), "while it changes"));
    assert!(has(&stored, b"", 0));
}

#[test]
fn change_to_an_equal_text_is_seen_by_who_reads_meanwhile() {
    let stored = SeatText::new();
    stored.replace(b"a", 0, || ());
    let generation = stored.generation_of(&wanted(b"a"), 0).unwrap();
    assert!(stored.is_still(generation));
    stored.replace(b"a", 0, || assert!(!stored.is_still(generation)));
    assert!(!stored.is_still(generation) && has(&stored, b"a", 0));
}

const SEEDS: Seeds = Seeds([
    0x9e37_79b9_7f4a_7c15,
    0xd1b5_4a32_d192_ed03,
    0xa076_1d64_78bd_642f,
    0xe703_7ed1_a0b4_28db,
]);

fn assert_tells_apart(longest: usize, hash: impl Fn(&[u8]) -> u64) {
    for len in 1..=longest {
        let mut hashes = BTreeSet::new();
        let text = vec![b'a'; len];
        hashes.insert(hash(&text));
        hashes.insert(hash(&text[1..]));
        for at in 0..len {
            let mut changed = text.clone();
            changed[at] = b'b';
            hashes.insert(hash(&changed));
        }
        assert_eq!(hashes.len(), len + 2, "{len}");
    }
}

#[test]
fn hash_depends_on_each_byte_and_on_the_length() {
    assert_tells_apart(LONGEST, |text| wanted(text).hash(SEEDS));
    assert_tells_apart(256, |text| SEEDS.hash_one(text));
}

#[test]
fn hash_depends_on_the_order_of_equal_parts() {
    let hash = |one: u8, other: u8| {
        let text: Vec<u8> = [[one; FIRST], [other; FIRST]].concat();
        SEEDS.hash_one(text.as_slice())
    };
    assert_ne!(hash(b'a', b'b'), hash(b'b', b'a'));
    assert_ne!(hash(b'a', b'a'), hash(b'b', b'b'));
}
