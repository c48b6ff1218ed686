//! The lines that could not be read, by kind.

use crate::call::{Fault, Kind};
use crate::failure::Failure;

/// The lines of each kind that are kept to be shown.
const SHOWN: usize = 3;

/// The first lines of a log must be good in the main.
pub(crate) const FIRST: u64 = 1000;

/// A count of bad lines, and the first of each kind.
#[derive(Debug, Default)]
pub(crate) struct Bad {
    /// The lines read, good and bad.
    pub(crate) lines: u64,
    counts: [u64; Kind::ALL.len()],
    first: [Vec<Fault>; Kind::ALL.len()],
}

impl Bad {
    pub(crate) fn note(&mut self, fault: Fault) {
        let kind = fault.kind as usize;
        self.counts[kind] += 1;
        if self.first[kind].len() < SHOWN {
            self.first[kind].push(fault);
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The kinds that there are, with their counts and first lines.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (Kind, u64, &[Fault])> {
        let all = Kind::ALL.into_iter().zip(self.counts).zip(&self.first);
        all.filter(|((_, count), _)| *count > 0)
            .map(|((kind, count), first)| (kind, count, &first[..]))
    }

    /// The error of a log whose lines are all to be good.
    pub(crate) fn strict(&self) -> Result<(), Failure> {
        match self.kinds().next() {
            Some((kind, _, [fault, ..])) => Err(Failure::new(
                format!("line {}: {}", fault.line, wrong(fault)),
                format!("{}; without `--strict` such lines are left out", remedy(kind, fault)),
            )),
            _ => Ok(()),
        }
    }

    /// Checks the first lines, once they are read or the log has ended.
    ///
    /// # Errors
    /// More than half are bad.
    pub(crate) fn check(&self, has_ended: bool) -> Result<(), Failure> {
        let is_time = self.lines == FIRST || has_ended && self.lines < FIRST;
        if !is_time || self.total() * 2 <= self.lines {
            return Ok(());
        }
        let most = self.kinds().max_by_key(|(_, count, _)| *count);
        let Some((kind, _, [fault, ..])) = most else { return Ok(()) };
        Err(Failure::new(
            format!(
                "{} of the first {} lines cannot be read; line {}: {}",
                self.total(),
                self.lines,
                fault.line,
                wrong(fault)
            ),
            remedy(kind, fault),
        ))
    }
}

/// Returns the remedy for lines of a kind, of which `first` is one.
pub(crate) fn remedy(kind: Kind, first: &Fault) -> &'static str {
    if first.names.is_empty() { kind.remedy() } else { kind.remedy_of_name() }
}

/// Says what is wrong with a line.
pub(crate) fn wrong(fault: &Fault) -> String {
    let Fault { kind, found, names, .. } = fault;
    match kind {
        Kind::Fields => format!("wrong fields in `{found}`"),
        Kind::OutOfOrder => format!("the start {found} is out of order"),
        Kind::TooFar => format!("the call that starts at {found} ends too far from the first"),
        _ if !names.is_empty() => format!("no {}; the line has {names}", kind.name()),
        _ if found.is_empty() => format!("no {}", kind.name()),
        _ => format!("no {} is `{found}`", kind.name()),
    }
}
