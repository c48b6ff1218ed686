//! The decisions of a plan, by arguments and functions.

use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::item::function::Function;
use crate::plan::{Binding, Covered, Form, Judge, Plan, Route, Steps};

const SYNC: &str = "fn call(prompt: &str) -> Reply { post(prompt) }";
const ASYNC: &str = "async fn call(prompt: &str) -> Reply { post(prompt).await }";
const READY: &str = "async fn call(prompt: &str) -> Reply { Ok(prompt.len()) }";
const BLOCK: &str = "fn call() -> impl Future<Output = Reply> { async move { post().await } }";
const MADE: &str = "fn call(prompt: Reply) -> impl Future<Output = Reply> { ready(prompt) }";

/// Plans the function, and looks at the plan.
fn planned<T>(args: &str, function: &str, look: impl FnOnce(&Plan<'_>) -> T) -> T {
    let mut diagnostics = Diagnostics::default();
    let args = Args::parse(args.parse().unwrap(), &mut diagnostics);
    assert!(diagnostics.is_empty(), "the arguments are right");
    let function: Function = syn::parse_str(function).unwrap();
    look(&Plan::make(&args, &function))
}

fn steps<T>(args: &str, function: &str, look: impl FnOnce(&Steps<'_>) -> T) -> T {
    planned(args, function, |plan| match &plan.route {
        Route::Permit(steps) => look(steps),
        Route::Plain => panic!("{args}: a plain route"),
    })
}

#[test]
fn form_follows_the_function() {
    let form = |args: &str, function: &str| {
        planned(args, function, |plan| match plan.form {
            Form::Sync => "sync",
            Form::Async => "async",
            Form::Block(_) => "block",
            Form::MadeFuture { .. } => "made",
        })
    };
    assert_eq!(form("", SYNC), "sync");
    assert_eq!(form("", ASYNC), "async");
    assert_eq!(form("", BLOCK), "block");
    assert_eq!(form("", MADE), "made");
}

#[test]
fn async_function_that_awaits_nothing_is_sync_unless_a_key_awaits() {
    let is_async = |args: &str| planned(args, READY, |plan| plan.form.is_async());
    assert!(!is_async(""));
    assert!(!is_async("fallback = Ok(0)"));
    assert!(is_async("fallback = Ok(spare().await)"));
    assert!(is_async("fallback = spare"));
    assert!(is_async("timeout = \"1s\""));
}

#[test]
fn route_is_plain_unless_a_key_says_more_than_the_tuning() {
    let is_plain = |args: &str| planned(args, ASYNC, |plan| matches!(plan.route, Route::Plain));
    assert!(is_plain(""));
    assert!(is_plain("name = \"llm\", threshold = 1, key = prompt"));
    for args in [
        "ignore = Err(_)",
        "retry_after = Error::retry_after",
        "on_cancel = \"failure\"",
        "timeout = \"1s\"",
        "error = Error::from",
        "fallback = Ok(0)",
    ] {
        assert!(!is_plain(args), "{args}");
    }
}

#[test]
fn judge_goes_by_type_without_patterns() {
    let by_type = |args| steps(args, SYNC, |steps| matches!(steps.judge, Judge::Type));
    assert!(by_type("fallback = Ok(0)"));
    assert!(!by_type("trip = Err(_)"));
}

#[test]
fn arguments_are_saved_where_the_body_takes_them_first() {
    let covered = |args: &str, function: &str| {
        steps(args, function, |steps| match &steps.covered {
            Covered::Nothing => ("nothing", false, false),
            Covered::Rejections(call) => ("rejections", call.takes_cause, call.saves_arguments),
            Covered::Failures(call) => ("failures", call.takes_cause, call.saves_arguments),
        })
    };
    assert_eq!(covered("error = Error::from", SYNC), ("nothing", false, false));
    assert_eq!(covered("fallback = spare", SYNC), ("rejections", false, false));
    assert_eq!(covered("fallback = |_, cause| Err(cause)", SYNC), ("rejections", true, false));
    assert_eq!(covered("fallback = spare", MADE), ("rejections", false, true));
    let on_failure = "fallback = |_, cause| Err(cause), fallback_on = \"failure\"";
    assert_eq!(covered(on_failure, ASYNC), ("failures", true, true));
}

#[test]
fn parameters_are_named_for_a_fallback_and_rebound_by_a_closure() {
    let binding = |args: &str, function: &str| {
        planned(args, function, |plan| match plan.binding {
            Binding::Unchanged => "unchanged",
            Binding::Named(_) => "named",
            Binding::Rebound { patterns: true } => "rebound",
            Binding::Rebound { patterns: false } => "rebound but for patterns",
        })
    };
    assert_eq!(binding("", ASYNC), "unchanged");
    assert_eq!(binding("fallback = Ok(0)", ASYNC), "unchanged");
    assert_eq!(binding("fallback = spare", ASYNC), "named");
    assert_eq!(binding("fallback = Ok(0), fallback_on = \"failure\"", ASYNC), "named");
    assert_eq!(binding("fallback = Ok(0)", MADE), "named");
    assert_eq!(binding("", SYNC), "rebound");
    assert_eq!(binding("key = prompt", SYNC), "rebound but for patterns");
}
