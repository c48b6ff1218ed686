//! The catalogue of inputs that the attribute must survive, and the check that
//! each is named, in brackets, by a test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The number of each input, and what it is.
const CATALOGUE: &[(u16, &str)] = &[
    (1, "generics, a `where` clause and a constant parameter"),
    (2, "an `async fn` with a generic parameter"),
    (10, "an argument of type `impl Trait`"),
    (11, "`Result<impl Iterator, E>`, with an early return"),
    (12, "`Result<impl Fn, E>`, with `?`"),
    (13, "`impl Trait` inside the `Result` of an `async fn`"),
    (14, "`impl Trait` inside `impl Trait`"),
    (15, "`Box<dyn Fn>` that is coerced at the end of the body"),
    (16, "a function that returns `impl Future`"),
    (17, "a function that returns `Pin<Box<dyn Future>>`"),
    (20, "patterns as parameters"),
    (22, "`mut` parameters"),
    (23, "arguments with the names that an expansion might use"),
    (24, "a parameter that `#[cfg]` removes"),
    (25, "a parameter with `#[cfg]`, and a fallback"),
    (26, "a parameter with `#[allow]`"),
    (30, "every kind of `self`"),
    (31, "`&mut self`, and a result that borrows from it"),
    (32, "`Self`, and an associated function"),
    (33, "a method of a generic type, with generics of its own"),
    (34, "a trait's default method, and its implementation"),
    (35, "a trait's method without a body"),
    (36, "an `async fn` in a trait"),
    (37, "`#[async_trait]` around the attribute"),
    (38, "the attribute above `#[async_trait]`"),
    (40, "early returns, and `?` with a conversion"),
    (41, "`return` in a closure or an `async` block of the body"),
    (42, "labelled loops, and `let ... else`"),
    (43, "an end of the body whose type follows from the return type"),
    (44, "a body that never ends"),
    (45, "items and inner attributes in the body"),
    (46, "an empty body"),
    (47, "a body with an error"),
    (50, "recursion"),
    (51, "async recursion without a box"),
    (60, "an `unsafe fn`"),
    (61, "an `extern` function, and `pub(crate)`"),
    (62, "a `const fn`"),
    (63, "a variadic function"),
    (64, "a function that returns `!`"),
    (65, "a return type that cannot fail"),
    (66, "a function that returns `Option`"),
    (67, "a `Result` by another name"),
    (68, "a `Result` in another type"),
    (69, "a type with an outcome of its own"),
    (70, "a return type that is no `Result`, with a fallback and a judge"),
    (71, "an error type that cannot carry a rejection"),
    (72, "a generic error type"),
    (100, "a module that defines the names of the prelude"),
    (101, "`#![no_implicit_prelude]`"),
    (102, "an alias named `Result`"),
    (103, "raw identifiers"),
    (104, "a function made by `macro_rules!`"),
    (105, "`self` and items from `macro_rules!`"),
    (106, "`$crate` in a function made by a macro"),
    (107, "a dependency under another name"),
    (108, "an attribute that another crate exports again"),
    (109, "an attribute by its path, by another name, and in `#[cfg_attr]`"),
    (110, "the editions"),
    (111, "`#![forbid(unsafe_code)]`"),
    (113, "all lints denied"),
    (114, "`deny(unused)`"),
    (115, "lints about `#[allow]` and about unit arguments"),
    (116, "lints about visibility and names"),
    (118, "attributes such as `#[must_use]` and `#[inline]`"),
    (119, "`#[track_caller]`"),
    (120, "attributes for the linker"),
    (122, "attributes for tests and runtimes"),
    (123, "the attribute twice"),
    (124, "a function that `#[cfg]` removes"),
    (125, "other crates' attributes on the function"),
    (126, "a function inside a function or a constant"),
    (128, "300 functions in one crate"),
    (129, "the oldest and the newest compiler"),
    (130, "a `#![no_std]` crate"),
    (150, "a future that is `Send`"),
    (152, "a future that is `Unpin`, `'static` or `UnwindSafe`"),
    (153, "futures with large arguments and locals"),
    (154, "a future that is dropped before its first poll"),
    (157, "a future that is dropped while the thread unwinds"),
    (158, "a future that is polled after its end"),
    (159, "a future that moves to another thread between polls"),
    (160, "tokio's paused clock"),
    (161, "128 calls inside each other"),
    (163, "the order in which arguments are dropped"),
    (200, "a threshold of zero"),
    (201, "a negative threshold"),
    (203, "a threshold that is no integer"),
    (204, "suffixes and other notations of integers"),
    (207, "unknown units of time"),
    (209, "a negative duration"),
    (210, "a cooldown of zero"),
    (213, "every spelling of a duration"),
    (214, "characters that look like digits or units"),
    (215, "a duration without a unit, and as an expression"),
    (216, "other kinds of string literals"),
    (217, "no threshold, and no cooldown"),
    (220, "no arguments"),
    (222, "other forms of the attribute"),
    (223, "an empty name"),
    (225, "a name from a constant or a macro"),
    (226, "a name from a generic parameter"),
    (227, "a name that is not in scope"),
    (230, "misspelt keys"),
    (231, "a key twice"),
    (232, "commas that are missing or too many"),
    (233, "a key without a value, and a value without a key"),
    (234, "two bad keys at once"),
    (235, "callers of a function with a bad argument"),
    (240, "a fallback that does not exist"),
    (242, "a fallback of another type"),
    (243, "a sync fallback of an `async fn`"),
    (245, "a function that is its own fallback"),
    (246, "a fallback that is no path"),
    (248, "a generic, `unsafe`, `const` or foreign fallback"),
    (249, "a fallback with fewer arguments"),
    (250, "arguments by value that are not `Clone`"),
    (251, "a fallback that borrows from the arguments"),
    (300, "items that are no functions"),
    (303, "closures, blocks and expressions"),
    (304, "statements"),
    (308, "a function among statements"),
    (309, "an `impl` block"),
];

/// Those that no test of this workspace can show.
const EXCEPTIONS: &[(u16, &str)] = &[
    (128, "compile times are measured, not tested: `cargo xtask cost`"),
    (129, "needs other toolchains; the oldest one that serves was tried by hand"),
];

/// Every `[MAC-...]` in a file below the folder.
fn named(folder: &Path, numbers: &mut BTreeSet<u16>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            named(&path, numbers);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let marks = text.split("[MAC-").skip(1).filter_map(|rest| rest.split_once(']'));
            numbers.extend(marks.filter_map(|(number, _)| number.parse::<u16>().ok()));
        }
    }
}

#[test]
fn input_is_named_by_a_test_or_excepted_with_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    for folder in ["tests", "breaker-macros/src"] {
        named(&root.join(folder), &mut found);
    }
    let catalogue: BTreeMap<u16, &str> = CATALOGUE.iter().copied().collect();
    assert_eq!(catalogue.len(), CATALOGUE.len(), "a number stands twice");
    let excepted: BTreeSet<u16> = EXCEPTIONS.iter().map(|(number, _)| *number).collect();
    let is_missing = |number| !found.contains(number) && !excepted.contains(number);
    let missing: Vec<_> = catalogue.iter().filter(|(number, _)| is_missing(*number)).collect();
    let unknown: Vec<_> = found.iter().filter(|number| !catalogue.contains_key(number)).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
    assert!(unknown.is_empty(), "not in the catalogue: {unknown:?}");
    assert!(found.is_disjoint(&excepted), "tested, and excepted");
}
