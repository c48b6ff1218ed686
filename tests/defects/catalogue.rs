//! The catalogue of failure modes, and the check that each is named by a test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Number, and what goes wrong elsewhere.
const CATALOGUE: &[(&str, &str)] = &[
    ("H1", "an ignored error takes a probe's slot for good"),
    ("H2", "a cancelled probe reports nothing"),
    ("H3", "a probe that panics reports nothing, or poisons a lock"),
    ("H4", "more successes are needed than there are permits"),
    ("H5", "zero probes are accepted"),
    ("H6", "a classifier that panics leaks the permit"),
    ("H7", "asking whether a call may pass takes a permit"),
    ("H8", "a probe that hangs blocks recovery"),
    ("H9", "a probe that was replaced is not heard, or frees the slot of its successor"),
    ("H10", "failures that arrive together restart the cooldown"),
    ("H11", "the minimum of calls holds up the verdict of half-open"),
    ("H12", "a fast path swallows the permit"),
    ("H13", "a call inside its own probe is rejected"),
    ("R1", "everybody is admitted in half-open"),
    ("R2", "only the first is gated, later arrivals pass"),
    ("R3", "the count of permits is exceeded, or wraps"),
    ("R4", "open is seen before its time stamp"),
    ("R5", "closed is seen before its counters are cleared"),
    ("R6", "a stale success clears a new period's failures"),
    ("R7", "failures that meet at the threshold trip twice"),
    ("R8", "a success overrides another probe's reopening"),
    ("R9", "what is tried again has its effects twice"),
    ("R10", "two locks are taken in opposite orders"),
    ("R11", "counters lose updates"),
    ("R12", "two breakers are made for one name"),
    ("R13", "a number of an episode comes round, and an old result is accepted"),
    ("L1", "a success from before closes half-open"),
    ("L2", "a failure from before reopens"),
    ("L3", "a late result panics"),
    ("L4", "a late neutral outcome gives back another's permit"),
    ("L5", "the episode is read at the end of the call"),
    ("L6", "dropped results are invisible"),
    ("L7", "opening is told again for a failure while open"),
    ("L8", "the timer of an earlier opening ends a later one"),
    ("C1", "failures in a row are cumulative"),
    ("C2", "a failure in half-open is swallowed"),
    ("C3", "after recovery one failure trips"),
    ("C3b", "after a reset one failure trips"),
    ("C4", "rejections count as failures"),
    ("C5", "a sliding window does not slide"),
    ("C6", "a window is judged one call late"),
    ("C7", "counts go negative as records expire"),
    ("C8", "windows of one call or none, gaps longer than the ring"),
    ("C9", "cancellation counts as failure"),
    ("C10", "calls that are all abandoned look healthy"),
    ("C11", "a stream counts as a success when it begins"),
    ("C12", "failures far apart are in a row"),
    ("C13", "which errors count is a surprise"),
    ("T1", "the wall clock is set"),
    ("T2", "milliseconds wrap after 49.7 days"),
    ("T3", "an endless cooldown overflows"),
    ("T4", "the back-off overflows and becomes short"),
    ("T5", "a back-off below a second is refused"),
    ("T6", "the clock that was given is not used everywhere"),
    ("T7", "open is shown for hours after the cooldown"),
    ("T8", "a fleet probes in step"),
    ("E1", "a listener is called under a lock"),
    ("E2", "events come reversed, at once, or after the listener's removal"),
    ("E3", "a listener's panic corrupts the breaker or the call"),
    ("E4", "a transition has no event, or two"),
    ("E5", "listeners outlive a removed breaker"),
    ("E6", "reading changes what is read"),
    ("G1", "of two tunings of one name the first to run rules in silence"),
    ("G2", "tuning for a name is ignored in silence"),
    ("G3", "names from user input fill the registry"),
    ("G4", "tests meet in the registry of the process"),
    ("G5", "one name for all hosts"),
    ("G6", "removing a breaker in use revives it, or panics"),
    ("G7", "the registry is asked on every call"),
    ("G8", "two versions of the crate have two registries"),
    ("F1", "the fallback hides errors while closed"),
    ("F2", "a fallback that does not fit is found at run time"),
    ("F3", "the body runs beside its fallback"),
    ("F4", "the fallback's outcome is recorded"),
    ("F5", "the fallback is the function itself"),
    ("F6", "the fallback panics"),
    ("F7", "arguments are gone when the fallback needs them"),
    ("F8", "the fallback cannot tell why"),
    ("I1", "an early return skips the bookkeeping"),
    ("I2", "retries hammer an open breaker"),
    ("I3", "calls through `self` are not guarded"),
    ("I4", "an open breaker still polls what it guards"),
    ("I5", "a breaker that nobody asks does not recover"),
    ("I6", "a panic while unwinding aborts"),
    ("I7", "a future that is never polled takes a permit"),
    ("I8", "a call blocks its executor"),
];

/// Those that no test can show.
const EXCEPTIONS: &[(&str, &str)] =
    &[("G8", "needs two published versions in one program; the README states the limit")];

/// Every Rust file under a folder, and its text.
pub(crate) fn rust_files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    assert!(!files.is_empty());
    files
}

/// The numbers in brackets in a comment: `[H5]`, `[E1, E3]`, `[in words: R1, R2]`.
fn numbers(line: &str) -> impl Iterator<Item = &str> {
    let comment = line.split_once("//").map_or("", |(_, comment)| comment);
    let groups = comment.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    let words = groups.flat_map(|(group, _)| group.split(|c: char| !c.is_alphanumeric()));
    words.filter(|word| is_number(word))
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix(|letter| "HRLCTEGFI".contains(letter));
    let digits = digits.map(|digits| digits.strip_suffix('b').unwrap_or(digits));
    digits.is_some_and(|d| (1..=2).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns the file that names each number, of the files that have tests.
fn named() -> BTreeMap<String, PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = BTreeMap::new();
    for folder in ["tests", "breaker-core/src", "breaker-core/tests"] {
        for (path, text) in rust_files(&root.join(folder)) {
            let has_tests = text.contains("#[test]") || text.contains("#[tokio::test");
            if has_tests && !path.ends_with(file!()) {
                let found = text.lines().flat_map(numbers);
                named.extend(found.map(|number| (number.to_owned(), path.clone())));
            }
        }
    }
    named
}

#[test]
fn failure_mode_is_named_by_a_test_or_excepted_with_a_reason() {
    let named = named();
    let excepted = |number| EXCEPTIONS.iter().any(|(exception, _)| *exception == number);
    for (number, what) in CATALOGUE {
        let tested = named.contains_key(*number);
        assert!(tested || excepted(*number), "no test names [{number}]: {what}");
        assert!(!(tested && excepted(*number)), "[{number}] is tested, and excepted");
    }
}

#[test]
fn number_that_a_test_names_is_in_the_catalogue_once() {
    let times = |number: &str| CATALOGUE.iter().filter(|(known, _)| *known == number).count();
    for (number, path) in named() {
        assert_eq!(times(&number), 1, "[{number}] in {}", path.display());
    }
}

#[test]
fn numbers_are_found_in_brackets_of_comments_only() {
    let found = |line| numbers(line).collect::<Vec<_>>();
    assert_eq!(found("    /// [C3b] and [in words: R1, R2], but H1 is not"), ["C3b", "R1", "R2"]);
    assert_eq!(found("    (\"H1\", [T1])"), [""; 0]);
    assert_eq!(found("// [E0277], [H1x], [Word]"), [""; 0]);
}
