//! Random tokens.

use proc_macro2::Delimiter;
use proptest::prelude::*;
use proptest::sample::select;

use super::token::Token;

pub(super) fn token() -> impl Strategy<Value = Token> {
    let number = any::<f64>().prop_map(|number| format!("{:?}", number.abs()));
    let text = prop::collection::vec(any::<char>(), 0..6);
    let text = text.prop_map(|text| format!("{:?}", String::from_iter(text)));
    prop_oneof![
        4 => one_of(WORDS),
        4 => one_of(LITERALS),
        3 => one_of(SIGNS),
        1 => any::<u128>().prop_map(|number| Token::Leaf(number.to_string())),
        1 => number.prop_map(Token::Leaf),
        1 => text.prop_map(Token::Leaf),
        1 => select(DELIMITERS).prop_map(|delimiter| Token::Group(delimiter, Vec::new())),
    ]
}

fn one_of(texts: &'static str) -> impl Strategy<Value = Token> {
    let texts: Vec<_> = texts.split_whitespace().collect();
    select(texts).prop_map(|text| Token::Leaf(text.into()))
}

pub(super) const DELIMITERS: &[Delimiter] =
    &[Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None];

const WORDS: &str = "as async await box break const crate default dyn else enum extern false fn \
    for gen if impl in let loop macro match mod move mut pub ref return safe self Self static \
    struct super trait true try type union unsafe use where while yield r#fn r#match r#name r#type \
    _ __ 'a 'static '_ 'r#fn name threshold window cooldown failure ignore trip timeout fallback \
    fallback_on error key breaker skip retry_after on_cancel circuit_breaker Ok Err Result Future \
    Pin Box BoxFuture Output None x größe 名前";

const LITERALS: &str = r###"0 1 -1 5u8 0xFF 0o7_7 1_000 65536 1_u1024 1f32 0.5 1e5 1e400 1.0e-400f64
    2. 99999999999999999999999999999999999999999999999999 "" "30s" "30" 1.5s "failure" "a\tb"
    "\u{1f600}" "\0" "{x}" "größe" r"30s" r##"a"#b"## b"30s" b"\xff" br"30s" c"30s" cr#"30s"#
    b'x' b'\n' 'x' '\u{e9}' '😀' "30s"suffix"###;

const SIGNS: &str = "= == => -> , ; : :: . .. ..= ... | || & && ? ! != # #! $ @ ~ < > << >> <- \
    + - * / % ^ += ||=";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_out_of_nowhere_are_tokens() {
        for leaf in [WORDS, LITERALS, SIGNS].into_iter().flat_map(str::split_whitespace) {
            assert!(leaf.parse::<proc_macro2::TokenStream>().is_ok(), "{leaf}");
        }
    }
}
