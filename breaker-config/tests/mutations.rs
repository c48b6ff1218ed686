//! Files as nobody would write them: good and bad files with bytes, words and lines moved about.
//!
//! `MUTATIONS=100000` sets the number of files; `cargo xtask full` sets it.

use std::fs;
use std::path::Path;

use breaker_config::{Mistakes, Place, Source};
use breaker_core::{Config, Registry};

const WORDS: [&str; 26] = [
    "[",
    "]",
    "[[",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\n",
    "\"",
    "'",
    "\"\"\"",
    "#",
    "\r\n",
    "\\u0000",
    "[all]",
    "[breakers.llm]",
    ".keys.",
    "threshold = 3\n",
    "cooldown = \"1ms\"\n",
    "window = 1\n",
    "state = \"isolated\"\n",
    "99999999999999999999",
    "-0.0",
    "1979-05-27",
    "\u{202e}\u{feff}ß",
];

/// A xorshift generator: it gives equal numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit.max(1)
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..(start + self.below(20)).min(length)
    }
}

fn mutated(text: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..=numbers.below(5) {
        let range = numbers.range(bytes.len());
        let at = numbers.below(bytes.len() + 1);
        match numbers.below(6) {
            0 => _ = bytes.drain(range),
            1 => {
                let copy = bytes[range].to_vec();
                bytes.splice(at..at, copy);
            }
            2 if at < bytes.len() => bytes[at] = u8::try_from(numbers.below(256)).unwrap(),
            3 => bytes.truncate(at),
            _ => {
                let word = WORDS[numbers.below(WORDS.len())];
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    bytes
}

fn texts() -> Vec<Vec<u8>> {
    let folders = ["good", "bad", "together"].map(|folder| Path::new("tests/files").join(folder));
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().unwrap() == "toml").collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Checks that each mistake has its place in the text, and can be printed.
fn assert_placed(mistakes: &Mistakes, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.split('\n').collect();
    for mistake in mistakes.list() {
        let Place::File { line, column, .. } = mistake.place() else { panic!("{mistake}") };
        let length = lines[*line - 1].chars().count();
        assert!((1..=length + 1).contains(column), "{mistake}\n{text}");
        assert!(!mistake.message().is_empty());
    }
    let said = mistakes.to_string();
    assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
    assert!(!said.contains('\u{202e}'), "{said:?}");
}

#[test]
fn mutated_files_are_taken_or_refused_at_a_place_in_them() {
    let count = std::env::var("MUTATIONS").map_or(3_000, |count| count.parse().unwrap());
    let file = std::env::temp_dir().join(format!("breaker-config-{}.toml", std::process::id()));
    let (texts, mut numbers) = (texts(), Numbers(0x9e37_79b9_7f4a_7c15));
    let registry = Registry::new();
    registry.get_or_insert("llm", Config::new()).unwrap();
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..count {
        let bytes = mutated(&texts[numbers.below(texts.len())], &mut numbers);
        // A new file each time: some file systems wait for the disk when an old one is cut short.
        let _ = fs::remove_file(&file);
        fs::write(&file, &bytes).unwrap();
        let source = Source::new().file(&file);
        let before = registry.breaker("llm").unwrap().config();
        match source.apply(&registry) {
            Ok(_) => {
                assert_eq!(source.check(), Ok(()));
                taken += 1;
            }
            Err(mistakes) => {
                assert_placed(&mistakes, &bytes);
                assert_eq!(registry.breaker("llm").unwrap().config(), before, "nothing is changed");
                refused += 1;
            }
        }
    }
    fs::remove_file(&file).unwrap();
    assert!(taken > count / 20 && refused > count / 2, "{taken} taken, {refused} refused");
}
