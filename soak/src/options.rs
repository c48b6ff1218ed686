//! The command line.

use std::time::Duration;

use crate::part::{PARTS, Part};

pub(crate) struct Options {
    pub(crate) length: Duration,
    pub(crate) seed: u64,
    /// The number of callers in each part.
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
                "--seed" => options.seed = number(&value()?)?,
                "--threads" => options.threads = number(&value()?)?,
                "--only" => options.parts.push(part(&value()?)?),
                "--keep-going" => options.keeps_going = true,
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("there is no option `{word}`")),
            }
        }
        if options.threads == 0 {
            return Err("`--threads` must be at least 1".into());
        }
        if options.parts.is_empty() {
            options.parts.extend(PARTS);
        }
        Ok(Some(options))
    }
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}

fn length(text: &str) -> Result<Duration, String> {
    let unit = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        .into_iter()
        .find_map(|(unit, ms)| Some((text.strip_suffix(unit)?, ms)));
    let ms = unit.and_then(|(number, ms)| number.parse::<u64>().ok()?.checked_mul(ms));
    ms.map(Duration::from_millis).ok_or_else(|| format!("`{text}` is not a time such as `20s`"))
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

  --for         how long to play: `20s`, `10m`, `1h` (60s)
  --seed        what the callers do; the order in which threads run is not part of it
  --threads     callers in each part (one for each core)
  --only        plays this part alone; may be given more than once
  --keep-going  counts faults instead of stopping at the first

parts:{parts}

It ends with 0 if all held, with 1 after a fault, with 2 if the options are wrong,
and with 3 if something hangs."
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
            ("--for 20", "`20` is not a time such as `20s`"),
            ("--threads many", "`many` is not a number"),
            ("--threads 0", "`--threads` must be at least 1"),
            ("--only tea", "there is no part `tea`"),
            ("--fast", "there is no option `--fast`"),
        ] {
            assert_eq!(read(words).err().as_deref(), Some(problem));
        }
    }
}
