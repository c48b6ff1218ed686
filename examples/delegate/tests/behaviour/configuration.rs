//! Mistakes in the configuration file: the key, the value, the remedy.

use std::fs;

use crate::shell::run;

const SECONDS: &str = "expected a number of seconds from 0.001 to 31536000";

#[tokio::test]
async fn mistakes_are_named_with_key_value_and_remedy() {
    let gemini = "[[backend]]\nname = \"gemini\"\ncommand = \"gemini\"\n";
    let cases = [
        (
            "breaker_treshold = 3",
            &["unknown field `breaker_treshold`", "`breaker_failure_threshold`"][..],
        ),
        (
            "breaker_failure_threshold = 0",
            &["1 | breaker_failure_threshold = 0", "must be at least 1, found `0`"],
        ),
        ("breaker_failure_threshold = 65536", &["`threshold`", "found `65536`"]),
        ("breaker_failure_threshold = 2.5", &["`threshold`", "found the float `2.5`"]),
        (
            "breaker_cooldown_seconds = \"abc\"",
            &["1 | breaker_cooldown_seconds = \"abc\"", "`cooldown`", "found `abc`"],
        ),
        (
            "breaker_cooldown_seconds = -5",
            &["1 | breaker_cooldown_seconds = -5", "must not be negative"],
        ),
        ("breaker_cooldown_seconds = 0", &["1 | breaker_cooldown_seconds = 0", "`cooldown`"]),
        ("[all]\ntreshold = 3", &["2 | treshold = 3", "a similar key exists: `threshold`"]),
        (
            &format!("{gemini}breaker_failure_threshold = 0\n[breakers.backend]\nprobes = 0"),
            &["4 | breaker_failure_threshold = 0", "6 | probes = 0"],
        ),
        ("timeout_seconds = inf", &["1 | timeout_seconds = inf", SECONDS]),
        ("timeout_seconds = nan", &["1 | timeout_seconds = nan", SECONDS]),
        ("timeout_seconds = 1e300", &["1 | timeout_seconds = 1e300", SECONDS]),
        ("timeout_seconds =", &["TOML parse error at line 1"]),
        ("[[backend]]\nname = \"a\"", &["missing field `command`"]),
        ("[[backend]]\nname = \"auto\"\ncommand = \"a\"", &["`name`", "`auto`", "choose another"]),
        (
            "[[backend]]\nname = \"a b\"\ncommand = \"a\"",
            &["`name`", "`a b`", "use 1 to 64 letters"],
        ),
        ("[[backend]]\nname = \"a\"\ncommand = \"\"", &["`command`", "`a`", "give the path"]),
        (&format!("{gemini}{gemini}"), &["`name` is `gemini`", "two", "rename or remove one"]),
        (&format!("{gemini}timeout = 3"), &["unknown field `timeout`", "`timeout_seconds`"]),
        ("[ollama]\nurl = \"localhost\"", &["`url`", "`localhost`", "`http://127.0.0.1:11434`"]),
        ("[ollama]\nurl = \"https://a\"", &["`url`", "`https://a`", "give an http address"]),
        (
            "notifications_file = \"a/b\"",
            &["`notifications_file`", "a/b`", "give a file in a folder"],
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("delegate.toml");
    for (text, parts) in cases {
        fs::write(&file, text).unwrap();
        let ran = run(["--config".as_ref(), file.as_os_str(), "status".as_ref()]).await;
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{text}\n{}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "{text}\n{part} is not in\n{}", ran.err);
        }
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
    }
}

#[tokio::test]
async fn file_that_is_not_there_is_named() {
    let ran = run(["--config", "/nowhere/delegate.toml", "ask", "hi"]).await;
    assert_eq!(ran.code, Some(1));
    for part in ["`--config`", "`/nowhere/delegate.toml`", "give the path of a TOML file"] {
        assert!(ran.err.contains(part), "{}", ran.err);
    }
}

#[tokio::test]
async fn file_that_is_no_text_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("delegate.toml");
    fs::write(&file, [0xff, 0xfe, 0x00]).unwrap();
    let ran = run(["--config".as_ref(), file.as_os_str(), "status".as_ref()]).await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("cannot read") && ran.err.contains("UTF-8"), "{}", ran.err);
}
