//! The lines that the scripts answer with and publish.
//!
//! | line | is |
//! |---|---|
//! | `c <generation> <epoch> <at> <votes> <place>` | a closed record |
//! | `o <generation> <epoch> <at> <votes> <left> <openings> <began> <holder> <failed> <place>` | an open one |
//! | `n`, `c` or `g`, and a record | the answer to an act: no effect, changed, granted |
//! | `r`, and a record | the news of a change |
//! | `s <life> <domain> <place>` | the news of a suspicion |
//! | `h` | published by each connection first, and no news |
//! | `! <code> <place>` | in a synchronization: a record that cannot be read |
//!
//! Words are separated by one space, and a place, which may have spaces in it, is the rest of the
//! line. Times are milliseconds. A domain is `=` and the domain, or `-` if there is none. Lines
//! come from a server that others write to, so any other line is refused.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::Token;
use breaker_core::shared::LONGEST;

use super::keys::{LONGEST_WORD, is_place};
use crate::store::{Answer, Effect, News, OpenSight, Place, Sight};

/// The unread rest of a line.
struct Line<'a>(&'a str);

impl<'a> Line<'a> {
    fn word(&mut self) -> Option<&'a str> {
        let (word, rest) = self.0.split_once(' ')?;
        self.0 = rest;
        Some(word)
    }

    /// Reads a number in its one spelling.
    fn number<N: FromStr + ToString>(&mut self) -> Option<N> {
        let word = self.word()?;
        word.parse().ok().filter(|number: &N| number.to_string() == word)
    }

    fn time(&mut self) -> Option<Duration> {
        self.number().map(Duration::from_millis).filter(|time| *time <= LONGEST)
    }

    fn domain(&mut self) -> Option<Arc<str>> {
        let domain = self.word()?.strip_prefix('=')?;
        (1..=LONGEST_WORD).contains(&domain.len()).then(|| domain.into())
    }

    /// Reads a domain, or that there is none. `None` if it is neither.
    #[allow(clippy::option_option, reason = "the outer one is that of all methods here")]
    fn domain_or_none(&mut self) -> Option<Option<Arc<str>>> {
        if let Some(rest) = self.0.strip_prefix("- ") {
            self.0 = rest;
            return Some(None);
        }
        self.domain().map(Some)
    }

    fn place(self) -> Option<Place> {
        is_place(self.0).then(|| self.0.into())
    }

    fn sight(mut self) -> Option<Sight> {
        let is_open = match self.word()? {
            "o" => true,
            "c" => false,
            _ => return None,
        };
        let stamp = Token { generation: self.number()?, epoch: self.number()? };
        let (at_ms, votes) = (self.number()?, self.number()?);
        let open = if is_open {
            Some(OpenSight {
                left: self.time()?,
                openings: self.number()?,
                began: self.number().filter(|began| *began <= stamp.epoch)?,
                holder: self.domain_or_none()?,
                failed: self.domain_or_none()?,
            })
        } else {
            None
        };
        Some(Sight { place: self.place()?, stamp, at_ms, open, votes })
    }
}

/// Reads the answer to an act.
pub(super) fn answer(line: &[u8]) -> Option<Answer> {
    let mut line = Line(std::str::from_utf8(line).ok()?);
    let effect = match line.word()? {
        "n" => Effect::None,
        "c" => Effect::Changed,
        "g" => Effect::Granted,
        _ => return None,
    };
    Some(Answer { effect, sight: line.sight()? })
}

/// Reads what was published.
pub(super) fn news(line: &[u8]) -> Option<News> {
    let mut line = Line(std::str::from_utf8(line).ok()?);
    match line.word()? {
        "r" => Some(News::Changed(line.sight()?)),
        "s" => {
            let (time, domain) = (line.time()?, line.domain()?);
            Some(News::Suspected { life: time, domain, place: line.place()? })
        }
        _ => None,
    }
}

/// One line of a synchronization.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Listed {
    Sight(Sight),
    /// The script cannot read the record, and answers with this code.
    Unreadable {
        code: String,
        place: Place,
    },
}

/// Reads one line of a synchronization.
pub(super) fn listed(line: &[u8]) -> Option<Listed> {
    let mut line = Line(std::str::from_utf8(line).ok()?);
    if line.0.starts_with("! ") {
        let (_, code) = (line.word(), line.word()?.into());
        return Some(Listed::Unreadable { code, place: line.place()? });
    }
    line.sight().map(Listed::Sight)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPEN: &str = "o 18446744073709551615 7 1700000000000 2 1500 3 6 =eu-1 - 3:svc:a key";

    fn open() -> Sight {
        Sight {
            place: "3:svc:a key".into(),
            stamp: Token { generation: u64::MAX, epoch: 7 },
            at_ms: 1_700_000_000_000,
            open: Some(OpenSight {
                left: Duration::from_millis(1_500),
                openings: 3,
                began: 6,
                holder: Some("eu-1".into()),
                failed: None,
            }),
            votes: 2,
        }
    }

    #[test]
    fn lines_are_read() {
        let answered = answer(format!("g {OPEN}").as_bytes());
        assert_eq!(answered, Some(Answer { effect: Effect::Granted, sight: open() }));
        let changed = news(format!("r {OPEN}").as_bytes());
        assert_eq!(changed, Some(News::Changed(open())));
        let (place, domain) = ("3:svc".into(), "eu-1".into());
        let suspected = News::Suspected { place, life: Duration::from_secs(30), domain };
        assert_eq!(news(b"s 30000 =eu-1 3:svc"), Some(suspected));
        assert_eq!(listed(OPEN.as_bytes()), Some(Listed::Sight(open())));
        let unreadable = Listed::Unreadable { code: "WRONGTYPE".into(), place: "3:svc".into() };
        assert_eq!(listed(b"! WRONGTYPE 3:svc"), Some(unreadable));
        let closed = listed(b"c 1 0 5 0 3:svc").unwrap();
        assert!(matches!(closed, Listed::Sight(Sight { open: None, votes: 0, .. })));
    }

    #[test]
    fn other_spellings_are_refused() {
        for line in [
            "",
            "o",
            "c 1 0 5 0",
            "c 1 0 5 0 ",
            "c 01 0 5 0 3:svc",
            "c +1 0 5 0 3:svc",
            "c 1  0 5 0 3:svc",
            "c -1 0 5 0 3:svc",
            "c 1 0 5 65536 3:svc",
            "c 18446744073709551616 0 5 0 3:svc",
            "c 1 0 5 0 svc",
            "o 1 7 5 0 86400001 1 6 - - 3:svc",
            "o 1 7 5 0 1 1 8 - - 3:svc",
            "o 1 7 5 0 1 1 7 = - 3:svc",
            "o 1 7 5 0 1 1 7 eu - 3:svc",
            "! WRONGTYPE",
        ] {
            assert_eq!(listed(line.as_bytes()), None, "{line:?}");
            assert_eq!(answer(format!("n {line}").as_bytes()), None, "{line:?}");
        }
        assert_eq!(news(b"s 5 - 3:svc"), None, "nobody has suspected");
        assert_eq!(answer(b"x c 1 0 5 0 3:svc"), None);
    }

    proptest! {
        #[test]
        fn garbage_is_no_line(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (answer(&bytes), news(&bytes), listed(&bytes));
        }

        #[test]
        fn torn_lines_are_refused_or_read(
            at in 0..OPEN.len(),
            byte in any::<u8>(),
            prefix in "[ngcrs!] ",
        ) {
            let mut line = OPEN.as_bytes().to_vec();
            line[at] = byte;
            // All that can be read has one spelling.
            if let Some(Listed::Sight(sight)) = listed(&line) {
                prop_assert!(is_place(&sight.place));
            }
            let line = [prefix.as_bytes(), &line].concat();
            let _ = (answer(&line), news(&line), listed(&line));
        }
    }
}
