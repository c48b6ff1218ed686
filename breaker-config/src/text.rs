//! The text of a file, and places in it for people to read.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The place of a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In a file. Lines and columns are counted from 1, columns in characters.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// In an environment variable of this name.
    Variable {
        /// Its name.
        name: String,
    },
    /// A file as a whole: it cannot be read.
    WholeFile {
        /// The file, as it was named.
        path: PathBuf,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Variable { name } => write!(f, "environment variable {name}"),
            Self::WholeFile { path } => write!(f, "{}", path.display()),
        }
    }
}

/// A place with the line that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) place: Place,
    /// The line, with a mark under a part of it. `None` for a whole file.
    excerpt: Option<Excerpt>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    line: String,
    /// The number of characters before the mark.
    before: usize,
    marked: usize,
}

/// The most characters of a line that are shown.
const WIDTH: usize = 100;

impl Excerpt {
    /// `marked` is a range of characters.
    fn new(line: &str, marked: Range<usize>) -> Self {
        let is_short = line.chars().nth(WIDTH).is_none();
        let start = if is_short { 0 } else { marked.start.saturating_sub(WIDTH / 2) };
        let shown: Vec<char> = line.chars().skip(start).take(WIDTH).map(visible).collect();
        let end = start + shown.len();
        let cut = usize::from(start > 0);
        Excerpt {
            line: "…".chars().take(cut).chain(shown).collect(),
            before: marked.start - start + cut,
            marked: marked.end.min(end).saturating_sub(marked.start).max(1),
        }
    }
}

/// Replaces a character that would move the mark or disturb the terminal.
fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        character if character.is_control() => '\u{fffd}',
        character => character,
    }
}

/// Shortens a user's text for a message, and escapes invisible characters.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let short: String = text.chars().take(MOST).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    let is_plain = short.chars().all(|character| visible(character) == character);
    if is_plain { short + dots } else { format!("{}{dots}", short.escape_debug()) }
}

impl Spot {
    pub(crate) fn whole_file(path: &Path) -> Self {
        Spot { place: Place::WholeFile { path: path.to_owned() }, excerpt: None }
    }

    /// `marked` is a range of bytes of `NAME=VALUE`.
    pub(crate) fn variable(name: &str, value: &str, marked: Range<usize>) -> Self {
        let line = format!("{name}={value}");
        let count = |end: usize| line.char_indices().take_while(|(at, _)| *at < end).count();
        let marked = count(marked.start)..count(marked.end);
        let place = Place::Variable { name: name.to_owned() };
        Spot { place, excerpt: Some(Excerpt::new(&line, marked)) }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = match &self.place {
            Place::File { line, .. } => line.to_string(),
            _ => String::new(),
        };
        let margin = " ".repeat(number.len());
        write!(f, "{margin}--> {}", self.place)?;
        if let Some(Excerpt { line, before, marked }) = &self.excerpt {
            let (before, mark) = (" ".repeat(*before), "^".repeat(*marked));
            write!(f, "\n{margin} |\n{number} | {line}\n{margin} | {before}{mark}")?;
        }
        Ok(())
    }
}

/// A file that has been read.
#[derive(Debug)]
pub(crate) struct File<'a> {
    path: &'a Path,
    pub(crate) text: &'a str,
    /// The offset of each line.
    starts: Vec<usize>,
}

impl<'a> File<'a> {
    pub(crate) fn new(path: &'a Path, text: &'a str) -> Self {
        let ends = text.match_indices('\n');
        let starts = std::iter::once(0).chain(ends.map(|(end, _)| end + 1)).collect();
        File { path, text, starts }
    }

    /// Returns the number of the line, from 0, and the offset of its first byte.
    pub(crate) fn line(&self, at: usize) -> (usize, usize) {
        let number = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        (number, self.starts[number])
    }

    /// `span` is a range of bytes.
    pub(crate) fn spot(&self, span: &Range<usize>) -> Spot {
        let (line, start) = self.line(span.start);
        let text = &self.text[start..];
        let text = text.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let count = |end: usize| {
            text.char_indices().take_while(|(at, _)| start + at < end.max(start)).count()
        };
        let marked = count(span.start)..count(span.end);
        let (path, column) = (self.path.to_owned(), marked.start + 1);
        let place = Place::File { path, line: line + 1, column };
        Spot { place, excerpt: Some(Excerpt::new(text, marked)) }
    }
}
