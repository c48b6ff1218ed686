//! The number of times that each instruction was executed, read from callgrind's file.

use std::collections::BTreeMap;
use std::fmt;

/// Counts by object file and address.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Profile(BTreeMap<(String, u64), u64>);

/// A line that is not of callgrind's format.
#[derive(Debug)]
pub(super) struct Unread(String);

impl Profile {
    /// Reads a profile with `--dump-instr=yes` and nothing compressed.
    pub(super) fn parse(text: &str) -> Result<Self, Unread> {
        let mut profile = Profile::default();
        let mut object = "";
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(name) = line.strip_prefix("ob=") {
                object = name;
            } else if line.starts_with("calls=") {
                // The next line is the call's whole cost, which is counted in the called function.
                lines.next();
            } else if line.starts_with("0x") {
                let (address, count) = cost(line).ok_or_else(|| Unread(line.to_owned()))?;
                *profile.0.entry((object.to_owned(), address)).or_default() += count;
            }
        }
        Ok(profile)
    }

    /// The counts that this profile has beyond `other`.
    pub(super) fn minus(mut self, other: &Self) -> Self {
        for (place, count) in &mut self.0 {
            *count = count.saturating_sub(other.0.get(place).copied().unwrap_or(0));
        }
        self.0.retain(|_, count| *count > 0);
        self
    }

    pub(super) fn instructions(&self) -> u64 {
        self.0.values().sum()
    }

    /// Object, address and count.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u64, u64)> {
        self.0.iter().map(|((object, address), count)| (object.as_str(), *address, *count))
    }
}

/// `0x65330 31 1000`: address, line of the source, count.
fn cost(line: &str) -> Option<(u64, u64)> {
    let mut columns = line.split(' ');
    let address = u64::from_str_radix(columns.next()?.strip_prefix("0x")?, 16).ok()?;
    let count = columns.nth(1)?.parse().ok()?;
    Some((address, count))
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected `address line count` from callgrind, found `{}`", self.0)
    }
}

impl std::error::Error for Unread {}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
summary: 2030
ob=/bin/one
fn=work
0x10 491 1000
0x14 491 1000
cob=/lib/two
cfn=other
calls=10 0x99
0x18 32 5000
0x18 32 30
ob=/lib/two
0x10 0 7
";

    #[test]
    fn count_of_a_call_is_not_counted_twice() -> Result<(), Unread> {
        assert_eq!(Profile::parse(TEXT)?.instructions(), 2037);
        Ok(())
    }

    #[test]
    fn difference_leaves_what_was_added() -> Result<(), Unread> {
        let more = Profile::parse(TEXT)?;
        let less = Profile::parse("ob=/bin/one\n0x10 491 400\n0x14 491 1000\n")?;
        let left: Vec<_> =
            more.minus(&less).iter().map(|(_, address, count)| (address, count)).collect();
        assert_eq!(left, [(0x10, 600), (0x18, 30), (0x10, 7)]);
        Ok(())
    }

    #[test]
    fn line_of_another_form_is_an_error() {
        assert!(Profile::parse("ob=x\n0x10 many\n").is_err());
    }
}
