//! The catalogue of inputs that the attribute must survive, and the check that
//! each is named, in brackets, by a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The numbers, with the first and the last of each run.
const CATALOGUE: &[(u16, u16)] = &[
    (1, 2),
    (10, 17),
    (20, 20),
    (22, 26),
    (30, 38),
    (40, 47),
    (50, 51),
    (60, 72),
    (100, 111),
    (113, 116),
    (118, 120),
    (122, 126),
    (128, 130),
    (150, 150),
    (152, 154),
    (157, 161),
    (163, 163),
    (200, 201),
    (203, 204),
    (207, 207),
    (209, 210),
    (213, 217),
    (220, 220),
    (222, 223),
    (225, 227),
    (230, 235),
    (240, 240),
    (242, 243),
    (245, 246),
    (248, 251),
    (300, 300),
    (303, 304),
    (308, 309),
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
    let catalogue: BTreeSet<u16> =
        CATALOGUE.iter().flat_map(|(first, last)| *first..=*last).collect();
    let excepted: BTreeSet<u16> = EXCEPTIONS.iter().map(|(number, _)| *number).collect();
    let missing: Vec<_> = catalogue.difference(&found).filter(|n| !excepted.contains(n)).collect();
    let unknown: Vec<_> = found.difference(&catalogue).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
    assert!(unknown.is_empty(), "not in the catalogue: {unknown:?}");
    assert!(found.is_disjoint(&excepted), "tested, and excepted");
}
