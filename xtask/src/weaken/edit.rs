//! An [`Edit`] of the source, which takes effect if it is switched on.

use std::ops::Range;

use crate::cargo::Failure;

/// Replaces a text that occurs once in a function.
pub(super) struct Edit {
    pub(super) name: &'static str,
    /// The path below `breaker-core/src`.
    pub(super) file: &'static str,
    /// The beginning of the function: a text that occurs once in the file.
    within: &'static str,
    /// A text that occurs once in the function. Without `code`, the ordering in it becomes relaxed.
    from: &'static str,
    /// The code that replaces `from`. [`IS_ON`] stands for the condition.
    pub(super) code: Option<&'static str>,
}

/// The placeholder in an edit's code for the condition that the edit is on.
const IS_ON: &str = "IS_ON";

/// All orderings but the relaxed one.
pub(super) const ORDERINGS: [&str; 4] =
    ["Ordering::AcqRel", "Ordering::Acquire", "Ordering::Release", "Ordering::SeqCst"];

/// Makes the ordering in `from` relaxed.
pub(super) const fn relax(
    name: &'static str,
    file: &'static str,
    within: &'static str,
    from: &'static str,
) -> Edit {
    Edit { name, file, within, from, code: None }
}

/// Replaces `from` by `code`.
pub(super) const fn replace(
    name: &'static str,
    file: &'static str,
    within: &'static str,
    from: &'static str,
    code: &'static str,
) -> Edit {
    Edit { name, file, within, from, code: Some(code) }
}

impl Edit {
    /// Returns the range of the file's text that the edit replaces.
    pub(super) fn place(&self, text: &str) -> Result<Range<usize>, Failure> {
        let begin = self.only(text, self.within)?;
        let end = begin + function_length(&text[begin..]);
        let from = begin + self.only(&text[begin..end], self.from)?;
        if self.code.is_some() {
            return Ok(from..from + self.from.len());
        }
        let found =
            ORDERINGS.iter().find_map(|ordering| Some((self.from.find(ordering)?, ordering)));
        let (at, ordering) = found.ok_or_else(|| self.wrong("has no ordering"))?;
        Ok(from + at..from + at + ordering.len())
    }

    fn only(&self, text: &str, what: &str) -> Result<usize, Failure> {
        let mut places = text.match_indices(what).map(|(at, _)| at);
        match (places.next(), places.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => Err(self.wrong(&format!("there is no `{what}`"))),
            _ => Err(self.wrong(&format!("there is more than one `{what}`"))),
        }
    }

    fn wrong(&self, what: &str) -> Failure {
        Failure::new(format!("weaken: {}, in {}: {what}", self.name, self.file))
    }

    fn replacement(&self, number: usize, replaced: &str) -> String {
        match self.code {
            Some(code) => code.replace(IS_ON, &format!("crate::weakened::is_on({number})")),
            None => format!("crate::weakened::ordering({number}, {replaced})"),
        }
    }
}

/// Returns the length of the function at the start of `text`, including all text before the next
/// one.
fn function_length(text: &str) -> usize {
    let is_function = |line: &&str| {
        let mut words = line.split_whitespace();
        let word = words.find(|word| !word.starts_with("pub") && *word != "const");
        word == Some("fn")
    };
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().map_or(0, str::len);
    first + lines.take_while(|line| !is_function(line)).map(str::len).sum::<usize>()
}

/// Makes all edits of `file`, each under its number.
pub(super) fn apply(edits: &[Edit], file: &str, text: &str) -> Result<String, Failure> {
    let of_file = edits.iter().enumerate().filter(|(_, edit)| edit.file == file);
    let places: Result<Vec<_>, _> =
        of_file.map(|(number, edit)| Ok((edit.place(text)?, number, edit))).collect();
    let mut places = places?;
    places.sort_by_key(|(place, ..)| place.start);
    let (mut edited, mut end) = (String::new(), 0);
    for (place, number, edit) in places {
        if place.start < end {
            return Err(edit.wrong("is in the place of another edit"));
        }
        edited += &text[end..place.start];
        edited += &edit.replacement(number, &text[place.clone()]);
        end = place.end;
    }
    Ok(edited + &text[end..])
}
