//! The command line.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::part::{PARTS, Part};

/// More callers than this would make more calls in a round than a window holds.
const THREADS: RangeInclusive<usize> = 1..=32;

pub(crate) struct Options {
    pub(crate) length: Duration,
    pub(crate) seed: u64,
    /// The number of callers in each part, within [`THREADS`].
    pub(crate) threads: usize,
    pub(crate) keeps_going: bool,
    pub(crate) parts: Vec<&'static Part>,
}

impl Options {
    /// Returns `None` if help is asked for.
    ///
    /// # Errors
    ///
    /// A word that is no option, and a value that is none for its option.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let mut options = Options {
            length: Duration::from_secs(60),
            seed: fastrand::u64(..),
            threads: cores.clamp(2, 16),
            keeps_going: false,
            parts: Vec::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--for" => options.length = length(&value()?)?,
                "--seed" => options.seed = number(&word, &value()?)?,
                "--threads" => options.threads = number(&word, &value()?)?,
                "--only" => options.parts.push(part(&value()?)?),
                "--keep-going" => options.keeps_going = true,
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("there is no option `{word}`")),
            }
        }
        if !THREADS.contains(&options.threads) {
            let (least, most) = (THREADS.start(), THREADS.end());
            let found = options.threads;
            return Err(format!("`--threads` must be from {least} to {most}, found `{found}`"));
        }
        if options.length.is_zero() {
            return Err("`--for` must be longer than zero".into());
        }
        if options.parts.is_empty() {
            options.parts.extend(PARTS);
        }
        Ok(Some(options))
    }
}

fn number<N: std::str::FromStr>(option: &str, text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("expected a number for `{option}`, found `{text}`"))
}

fn length(text: &str) -> Result<Duration, String> {
    let unit = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        .into_iter()
        .find_map(|(unit, ms)| Some((text.strip_suffix(unit)?, ms)));
    let ms = unit.and_then(|(number, ms)| number.parse::<u64>().ok()?.checked_mul(ms));
    let wrong = || format!("expected a time such as `20s` for `--for`, found `{text}`");
    ms.map(Duration::from_millis).ok_or_else(wrong)
}

fn part(name: &str) -> Result<&'static Part, String> {
    let found = PARTS.iter().find(|part| part.name == name);
    found.ok_or_else(|| format!("there is no part `{name}`"))
}

pub(crate) fn usage() -> String {
    let line = |part: &Part| format!("\n  {:<11}  {}", part.name, part.about);
    let parts: String = PARTS.iter().map(line).collect();
    format!(
        "usage: cargo run --release -p soak -- [--for TIME] [--seed N] [--threads N] \
         [--only PART]... [--keep-going]

  --for         how long to begin new rounds: `20s`, `10m`, `1h` (default: 60s)
  --seed        chooses what the callers do, but not in which order threads run (default: random)
  --threads     callers in each part, 1 to 32 (default: one for each core, 2 to 16)
  --only        plays this part alone; may be given more than once
  --keep-going  counts faults, and prints the first 20, instead of stopping at the first

parts:{parts}

Exit codes: 0 if all held, 1 after a fault, 2 if the options are wrong, 3 if no thread of a part
has moved for two minutes."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Options, String> {
        let read = Options::read(words.split_whitespace().map(str::to_owned));
        read.map(|options| options.expect("not help"))
    }

    #[test]
    fn options_are_read() {
        let Ok(options) = read("--for 2m --seed 7 --threads 3 --only reconfigure") else {
            panic!("all are known");
        };
        assert_eq!((options.length, options.seed), (Duration::from_secs(120), 7));
        assert_eq!((options.threads, options.parts.len()), (3, 1));
        assert_eq!(read("").map(|options| options.parts.len()), Ok(PARTS.len()));
    }

    #[test]
    fn options_that_are_wrong_are_refused() {
        for (words, problem) in [
            ("--for", "`--for` needs a value"),
            ("--for 20", "expected a time such as `20s` for `--for`, found `20`"),
            ("--for 0s", "`--for` must be longer than zero"),
            ("--seed text", "expected a number for `--seed`, found `text`"),
            ("--threads many", "expected a number for `--threads`, found `many`"),
            ("--threads 0", "`--threads` must be from 1 to 32, found `0`"),
            ("--threads 33", "`--threads` must be from 1 to 32, found `33`"),
            ("--only tea", "there is no part `tea`"),
            ("--fast", "there is no option `--fast`"),
        ] {
            assert_eq!(read(words).err().as_deref(), Some(problem));
        }
    }
}
