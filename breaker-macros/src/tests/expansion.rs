//! The expansions that the book shows.

/// Paths that `expansions.txt` leaves out.
const PATHS: [&str; 3] =
    ["::breakerbox::__private::", "::core::option::Option::", "::core::result::Result::"];

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Returns the expansion of an item that begins with its attribute.
fn expanded(annotated: &str) -> String {
    let rest = annotated.trim().strip_prefix("#[circuit_breaker(").unwrap();
    let (args, item) = rest.split_once(")]\n").unwrap();
    let expansion = crate::expand(args.parse().unwrap(), item.parse().unwrap()).to_string();
    PATHS.iter().fold(without_spaces(&expansion), |text, path| text.replace(path, ""))
}

#[test]
fn expansions_are_those_that_the_book_shows() {
    let mut shown = include_str!("expansions.txt").split("// end").collect::<Vec<_>>();
    assert_eq!(shown.pop().map(str::trim), Some(""));
    assert!(!shown.is_empty());
    for pair in shown {
        let (annotated, expansion) = pair.split_once("// becomes").unwrap();
        assert_eq!(expanded(annotated), without_spaces(expansion), "{annotated}");
    }
}
