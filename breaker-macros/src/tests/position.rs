//! The position of a mistake in tokens that end too soon.

use crate::expand;

/// The source text that the first mistake is reported at. `None` stands for the whole
/// attribute.
fn reported_at(args: &str, item: &str) -> Option<String> {
    let expansion = expand(args.parse().unwrap(), item.parse().unwrap());
    let mut tokens = expansion.into_iter();
    let mistake = tokens.find(|token| token.to_string() == "compile_error")?;
    mistake.span().source_text()
}

#[test]
fn attribute_that_breaks_off_is_reported_at_its_end() {
    let item = "fn call() -> Result<(), E> { Ok(()) }";
    for args in ["fallback = |prompt", "breaker = <Own", "fallback = local::<<Small>"] {
        let reported = reported_at(args, item).unwrap();
        assert!(args.ends_with(&reported), "{args}: `{reported}`");
    }
}

#[test]
fn list_that_breaks_off_is_reported_in_the_list() {
    let item = "fn call() -> Result<(), E> { Ok(()) }";
    let reported = reported_at("ignore(Err(_), Err(error) if |x)", item);
    assert_eq!(reported.as_deref(), Some("x"));
}

#[test]
fn item_that_breaks_off_is_reported_at_its_end() {
    for item in ["fn", "pub async", "fn call() ->", "fn call() -> Reply"] {
        let reported = reported_at("", item).unwrap();
        assert!(item.ends_with(&reported), "{item}: `{reported}`");
    }
    let braces = reported_at("", "impl { fn call() -> Result<(), E> { Ok(()) } }");
    assert_eq!(braces.as_deref(), Some("{"), "where a type is expected");
}
