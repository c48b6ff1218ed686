//! Token trees that are cheap to change, and their text.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// The word before parentheses that stand for an invisible group in a text.
const INVISIBLE: &str = "INVISIBLE";

#[derive(Clone, Debug)]
pub(super) enum Token {
    /// An identifier, a literal, a lifetime or a sign, as it is written.
    Leaf(String),
    /// A sign that is joined to the next sign.
    Joint(char),
    Group(Delimiter, Vec<Token>),
}

pub(super) fn tokens(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut after_quote = false;
    for token in stream {
        tokens.push(match token {
            TokenTree::Punct(quote) if quote.as_char() == '\'' => {
                after_quote = true;
                continue;
            }
            TokenTree::Ident(name) if core::mem::take(&mut after_quote) => {
                Token::Leaf(format!("'{name}"))
            }
            TokenTree::Punct(sign) if sign.spacing() == Spacing::Joint => {
                Token::Joint(sign.as_char())
            }
            TokenTree::Group(group) => Token::Group(group.delimiter(), tokens_of(&group)),
            leaf => Token::Leaf(leaf.to_string()),
        });
    }
    tokens
}

fn tokens_of(group: &Group) -> Vec<Token> {
    tokens(group.stream())
}

pub(super) fn text(tokens: &[Token]) -> String {
    let mut text = String::new();
    write(tokens, &mut text);
    text
}

fn write(tokens: &[Token], text: &mut String) {
    for token in tokens {
        match token {
            Token::Leaf(leaf) => {
                text.push_str(leaf);
                text.push(' ');
            }
            Token::Joint(sign) => text.push(*sign),
            Token::Group(delimiter, inside) => {
                let (open, close) = match delimiter {
                    Delimiter::Parenthesis => ("(", ") "),
                    Delimiter::Brace => ("{ ", "} "),
                    Delimiter::Bracket => ("[", "] "),
                    Delimiter::None => ("INVISIBLE(", ") "),
                };
                text.push_str(open);
                write(inside, text);
                text.push_str(close);
            }
        }
    }
}

/// The tokens of a text, with spans that point into it. `None` if the text cannot be lexed.
pub(super) fn lex(text: &str) -> Option<TokenStream> {
    let stream = text.parse().ok()?;
    Some(if text.contains(INVISIBLE) { unveil(stream) } else { stream })
}

/// Makes invisible groups, in which macros by example pass their arguments.
fn unveil(stream: TokenStream) -> TokenStream {
    let mut tokens = stream.into_iter().peekable();
    let mut unveiled = Vec::new();
    while let Some(token) = tokens.next() {
        let is_veiled = matches!(&token, TokenTree::Ident(word) if word == INVISIBLE);
        unveiled.push(match (token, tokens.peek()) {
            (_, Some(TokenTree::Group(group))) if is_veiled => {
                let group = regrouped(group, Delimiter::None);
                tokens.next();
                group
            }
            (TokenTree::Group(group), _) => regrouped(&group, group.delimiter()),
            (token, _) => token,
        });
    }
    unveiled.into_iter().collect()
}

fn regrouped(group: &Group, delimiter: Delimiter) -> TokenTree {
    let mut regrouped = Group::new(delimiter, unveil(group.stream()));
    regrouped.set_span(group.span());
    TokenTree::Group(regrouped)
}
