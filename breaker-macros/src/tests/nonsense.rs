//! Attributes that make no sense. Each is reported, and the function is kept.

use proc_macro2::TokenStream;

use crate::expand;

#[test]
fn nonsense_is_reported_and_the_function_kept() {
    let long_name = "x".repeat(10_000);
    let deep_group = "(".repeat(20) + &")".repeat(20);
    let many_keys = "threshold = 0,".repeat(500);
    for nonsense in [
        "= 5",
        ",",
        ",,",
        ";",
        ";;name",
        "name = ,,",
        "name = \"a\" \"b\"",
        "name == \"a\"",
        "name => \"a\"",
        "\"name\" = \"a\"",
        "5 = 5",
        "fn = 5, struct = 6, crate",
        "r#name = \"a\"",
        "_ = 5",
        "'a = 5",
        "name = \"a\", { threshold = 5 }",
        "[threshold = 5]",
        "((name))",
        "threshold = (((",
        "threshold = 5 5 5",
        "threshold = --5",
        "threshold = 5..",
        "threshold = ..",
        "cooldown = 1e400",
        "cooldown = \"99999999999999999999.9999999999999999999999s\"",
        "cooldown = \"\\u{1f600}\"",
        "cooldown = \"-\u{e9}\"",
        "cooldown = \"-\"",
        "failure",
        "failure(",
        "failure()",
        "failure(,)",
        "failure(if true)",
        "failure = |",
        "failure = Err(_) if if",
        "ignore{}",
        "fallback = |",
        "fallback = ||",
        "fallback = async",
        "fallback = async move",
        "fallback = move",
        "fallback = ::",
        "fallback = <A as",
        "fallback_on = \"\"",
        "error = |a, b|",
        "error = ||",
        "crate = crate::",
        "crate = <A as B>::c",
        "crate = ::a::<b>",
        "$name = 5",
        "#[name] = 5",
        "name!(5)",
        "name::x = 5",
        &format!("{long_name} = 5"),
        &format!("name = \"{long_name}\""),
        &format!("threshold = {}", "9".repeat(10_000)),
        &deep_group,
        &format!("threshold = {deep_group}"),
        &many_keys,
    ] {
        assert_refused(nonsense);
    }
}

#[test]
fn nonsense_about_windows_and_verdicts_is_reported() {
    for nonsense in [
        "window = =",
        "window = 10s10",
        "window = \"10\" \"s\"",
        "window = 1e9999",
        "window = b\"10s\"",
        "window = -\"10s\"",
        "window = 99999999999999999999999999999999999999999999",
        "window = _",
        "failure_rate = .5",
        "failure_rate = 0.5.",
        "failure_rate = 1e99999999999999999999",
        "failure_rate = --0.5",
        "failure_rate = 0x1p3",
        "failure_rate = 50%",
        "slow_rate = 0.5, slow_rate = 0.5",
        "slow_rate = 1",
        "failure_count = 101, min_calls = 102, slow_rate = 1, cooldown_max = \"1ms\"",
        "cooldown = \"0.000002ms\", cooldown_max = \"0.000001ms\"",
        "backoff = 1e400",
        "jitter = -0.0",
        "timeout = \"1s\"",
        "timeout =",
        "on_cancel = \"failure\"",
        "on_cancel = \"\"",
        "on_cancel = {}",
        "retry_after = |",
        "retry_after = ||",
        "retry_after = async",
        "retry_after = |a, b| None",
        "retry_after = {}",
        "trip",
        "trip(",
        "trip(,)",
        "trip = Err(_) if",
        "trip = ..=",
        "key",
        "key = ,",
        "key = =",
        "key(argument)",
        "key = *",
    ] {
        assert_refused(nonsense);
    }
}

fn assert_refused(nonsense: &str) {
    // Unpaired delimiters never reach an attribute.
    let Ok(args) = nonsense.parse::<TokenStream>() else { return };
    let item: TokenStream = "fn call() -> Result<(), E> { Ok(()) }".parse().unwrap();
    let kept = item.to_string();
    let expansion = expand(args, item).to_string();
    assert!(expansion.contains("compile_error"), "{nonsense}: {expansion}");
    assert!(expansion.ends_with(&kept), "{nonsense}: {expansion}");
}
