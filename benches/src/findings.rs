//! Findings by case: written by the runs that measure, and read by the one that reports.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A quantity that is measured of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    /// Nanoseconds per call: the quartiles.
    OneThread,
    /// Nanoseconds per call of each of two threads: the quartiles.
    TwoThreads,
    /// Nanoseconds per call and core, of a hundred threads: the quartiles.
    HundredThreads,
    /// Instructions per call.
    Instructions,
    /// Atomic operations per call that read, modify and write.
    Atomics,
    /// Heap allocations per call.
    Allocations,
    /// Bytes that a breaker holds after calls of two threads.
    Bytes,
}

const MEASURES: [(Measure, &str); 7] = [
    (Measure::OneThread, "one-thread"),
    (Measure::TwoThreads, "two-threads"),
    (Measure::HundredThreads, "hundred-threads"),
    (Measure::Instructions, "instructions"),
    (Measure::Atomics, "atomics"),
    (Measure::Allocations, "allocations"),
    (Measure::Bytes, "bytes"),
];

#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeMap<(String, Measure), Vec<f64>>);

/// A file of findings that cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    File(PathBuf, io::Error),
    Line(PathBuf, String),
}

impl Findings {
    pub(crate) fn add(&mut self, case: &str, measure: Measure, values: &[f64]) {
        self.0.insert((case.to_owned(), measure), values.to_vec());
    }

    pub(crate) fn get(&self, case: &str, measure: Measure) -> Option<&[f64]> {
        self.0.get(&(case.to_owned(), measure)).map(Vec::as_slice)
    }

    /// The value, or the median of three.
    pub(crate) fn value(&self, case: &str, measure: Measure) -> Option<f64> {
        self.get(case, measure).and_then(|values| values.get(values.len() / 2)).copied()
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), Unusable> {
        let line = |((case, measure), values): (&(String, Measure), &Vec<f64>)| {
            let values: Vec<_> = values.iter().map(f64::to_string).collect();
            format!("{case}\t{measure}\t{}\n", values.join("\t"))
        };
        let text: String = self.0.iter().map(line).collect();
        let folder = path.parent().unwrap_or(Path::new("."));
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
        written.map_err(|error| Unusable::File(path.to_owned(), error))
    }

    /// Adds the findings of a file.
    pub(crate) fn read(&mut self, path: &Path) -> Result<(), Unusable> {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| Unusable::File(path.to_owned(), error))?;
        for line in text.lines() {
            let unusable = || Unusable::Line(path.to_owned(), line.to_owned());
            let (case, measure, values) = parse(line).ok_or_else(unusable)?;
            self.0.insert((case, measure), values);
        }
        Ok(())
    }
}

fn parse(line: &str) -> Option<(String, Measure, Vec<f64>)> {
    let mut columns = line.split('\t');
    let case = columns.next()?.to_owned();
    let name = columns.next()?;
    let (measure, _) = MEASURES.into_iter().find(|(_, known)| *known == name)?;
    let values: Vec<f64> = columns.map(|value| value.parse().ok()).collect::<Option<_>>()?;
    (!values.is_empty()).then_some((case, measure, values))
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = MEASURES.iter().find(|(measure, _)| measure == self).map(|(_, name)| *name);
        f.write_str(name.unwrap_or_default())
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::File(path, _) => write!(f, "findings in {}", path.display()),
            Unusable::Line(path, line) => write!(
                f,
                "{}: expected `case, measure, values`, found `{line}`; measure again",
                path.display()
            ),
        }
    }
}

impl Error for Unusable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Unusable::File(_, error) => Some(error),
            Unusable::Line(..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_that_was_written_is_read() {
        let line = "bare-call/none/success/sync\tone-thread\t1\t2.5\t3";
        let read =
            ("bare-call/none/success/sync".to_owned(), Measure::OneThread, vec![1.0, 2.5, 3.0]);
        assert_eq!(parse(line), Some(read));
    }

    #[test]
    fn line_of_another_form_is_refused() {
        for line in ["", "case", "case\tone-thread", "case\tspeed\t1", "case\tbytes\tmany"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
