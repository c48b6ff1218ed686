//! Tokens that end too soon: the mistake is at the last of them, where the parser
//! by itself would point at all of the attribute.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parenthesized;
use syn::parse::{ParseStream, Parser};

/// Parses all of the tokens.
pub(crate) fn parse<T>(
    parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    tokens: TokenStream,
) -> syn::Result<T> {
    let inside = |input: ParseStream<'_>| {
        let content;
        parenthesized!(content in input);
        parser(&content)
    };
    inside.parse2(closed_off(tokens))
}

/// What ends inside of parentheses ends where they close.
fn closed_off(tokens: TokenStream) -> TokenStream {
    let last = tokens.clone().into_iter().last();
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    if let Some(last) = last {
        group.set_span(last.span());
    }
    TokenTree::Group(group).into()
}

#[cfg(test)]
mod tests {
    /// What the first mistake is reported at; nothing if at all of the attribute.
    fn place(args: &str, item: &str) -> Option<String> {
        let expansion = crate::expand(args.parse().unwrap(), item.parse().unwrap());
        let mut tokens = expansion.into_iter();
        let mistake = tokens.find(|token| token.to_string() == "compile_error")?;
        mistake.span().source_text()
    }

    #[test]
    fn attribute_that_breaks_off_is_reported_at_its_end() {
        let item = "fn call() -> Result<(), E> { Ok(()) }";
        for args in ["fallback = |prompt", "breaker = <Own", "fallback = local::<<Small>"] {
            let place = place(args, item).unwrap();
            assert!(args.ends_with(&place), "{args}: `{place}`");
        }
    }

    #[test]
    fn list_that_breaks_off_is_reported_in_the_list() {
        let item = "fn call() -> Result<(), E> { Ok(()) }";
        let place = place("ignore(Err(_), Err(error) if |x)", item);
        assert_eq!(place.as_deref(), Some("x"));
    }

    #[test]
    fn item_that_breaks_off_is_reported_at_its_end() {
        for item in ["fn", "pub async", "fn call() ->", "fn call() -> Reply"] {
            let place = place("", item).unwrap();
            assert!(item.ends_with(&place), "{item}: `{place}`");
        }
        let braces = place("", "impl { fn call() -> Result<(), E> { Ok(()) } }");
        assert_eq!(braces.as_deref(), Some("{"), "where a type is expected");
    }
}
