use super::*;

#[test]
fn name_rules_are_told_apart() {
    let said = |name: &str| Name::check(name).map_err(|e| e.to_string());
    assert_eq!(said("llm/gpt-4"), Ok(()));
    assert_eq!(said("größe"), Ok(()));
    assert_eq!(said(""), Err("`name` must not be empty".into()));
    assert!(said("a b").unwrap_err().ends_with("found ` ` (U+0020)"));
    assert!(said("a\u{a0}b").unwrap_err().contains("(U+00A0)"));
    assert!(said("a\0").unwrap_err().contains("`\\0` (U+0000)"));
    assert_eq!(said(&"x".repeat(128)), Ok(()));
    assert!(said(&"x".repeat(129)).unwrap_err().ends_with("found 129"));
}

#[test]
fn name_compares_with_text() {
    let (fixed, made) = (Name::from_static("llm"), Name::try_from("llm").unwrap());
    assert_eq!((&fixed, fixed.as_ref()), (&made, "llm"));
    assert!(made == "llm" && made == *"llm" && fixed != "other");
}

fn keyed(family: &'static str, key: &str) -> Name {
    Name::keyed(Name::from_static(family), key.into())
}

#[test]
fn shown_form_escapes_what_cannot_be_seen() {
    let shown = |key: &str| keyed("llm", key).to_string();
    assert_eq!(shown("gpt-4"), "llm/gpt-4");
    assert_eq!(shown("a/b"), "llm/a/b");
    assert_eq!(shown("a b\n"), "llm/a\\u{20}b\\u{a}");
    assert_eq!(shown("\u{200b}\u{202e}\u{feff}"), "llm/\\u{200b}\\u{202e}\\u{feff}");
    assert_eq!(shown("größe"), "llm/größe");
    assert_ne!(shown("\\u{20}"), shown(" "));
}

#[test]
fn names_that_are_shown_alike_differ_by_their_parts() {
    let alike = [Name::from_static("a/b/c"), keyed("a", "b/c"), keyed("a/b", "c")];
    for (at, one) in alike.iter().enumerate() {
        assert_eq!(one, "a/b/c");
        assert!(alike.iter().enumerate().all(|(other, name)| (name == one) == (other == at)));
    }
    let parts = |name: &Name| (name.family().to_string(), name.key().map(ToString::to_string));
    assert_eq!(parts(&alike[0]), ("a/b/c".into(), None));
    assert_eq!(parts(&alike[2]), ("a/b".into(), Some("c".into())));
}

#[test]
fn invisible_characters_are_refused_and_shown_by_their_codes() {
    for (name, code) in [
        ("\u{200b}", "`\\u{200b}` (U+200B)"),
        ("a\u{202e}b", "`\\u{202e}` (U+202E)"),
        ("\u{feff}llm", "`\\u{feff}` (U+FEFF)"),
        ("llm\u{ad}", "`\\u{ad}` (U+00AD)"),
        ("llm\u{2069}", "`\\u{2069}` (U+2069)"),
        ("llm\u{fe0f}", "`\\u{fe0f}` (U+FE0F)"),
        ("llm\u{3164}", "`\\u{3164}` (U+3164)"),
        ("llm\u{e0041}", "`\\u{e0041}` (U+E0041)"),
    ] {
        let said = Name::check(name).unwrap_err().to_string();
        assert!(said.ends_with(code), "{said}");
        assert!(!Name::is_valid_const(name), "{name:?}");
    }
    assert!(!Name::is_valid_const(""));
    assert!(!Name::is_valid_const(&"x".repeat(129)));
}
