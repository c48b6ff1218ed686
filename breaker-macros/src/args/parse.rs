//! The list of arguments: keys, equals signs and commas. Parsing goes on after a mistake.

use breaker_core::rules;
use breaker_core::written::{Key, LowerBound};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, token};

use super::arm::Arm;
use super::keys::{self, Kind, key_name};
use super::reader::Reader;
use super::unknown::unknown;
use super::{Arg, Args};
use crate::diagnostics::{Diagnostics, error, spell};
use crate::tokens::parse_all;

impl Args {
    /// Parses all arguments, and reports those that are wrong.
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut args = Args::default();
        let read_all = |input: ParseStream<'_>| {
            while !input.is_empty() {
                match args.parse_one(input) {
                    Ok(name) => expect_comma(&name, input, diagnostics),
                    Err(mistake) => {
                        diagnostics.add(mistake);
                        skip_to_next(input);
                    }
                }
            }
            Ok(())
        };
        if let Err(mistake) = parse_all(read_all, tokens) {
            diagnostics.add(mistake);
        }
        args
    }

    /// Parses one argument, without the comma behind it. Returns its key.
    fn parse_one(&mut self, input: ParseStream<'_>) -> syn::Result<String> {
        let start = input.fork();
        let ident = parse_key(input)?;
        let name = ident.to_string();
        let Some(key) = keys::find(&name) else {
            self.has_unknown = true;
            return Err(self.stray_pattern(&ident, &start).unwrap_or_else(|| unknown(&ident)));
        };
        let is_repeated = self.has(&name);
        self.written.push(ident.clone());
        if is_repeated {
            let wrong = format!("`{name}` is given twice");
            return Err(error(ident, wrong, "keep one of the two"));
        }
        let is_list = keys::is_of(Kind::Patterns, &name) && input.peek(token::Paren);
        if !is_list && name != "stream" {
            expect_equals(&ident, key, input)?;
        }
        let before = input.fork();
        self.read(&Reader { key, ident: &ident, input, is_list })?;
        let text = spell(&between(&before, input));
        self.texts.extend((!text.is_empty()).then_some((ident, text)));
        Ok(name)
    }

    /// The error for the second pattern of `failure = Err(_), Ok(0)`.
    fn stray_pattern(&self, ident: &Ident, start: ParseStream<'_>) -> Option<syn::Error> {
        let (before, first) = self.texts.last()?;
        let is_behind = self.written.last() == Some(before) && !first.starts_with('(');
        let is_pattern = ident.to_string().starts_with(char::is_uppercase);
        if !is_behind || !is_pattern || !keys::is_of(Kind::Patterns, &before.to_string()) {
            return None;
        }
        let second = start.parse::<Arm>().ok()?.spell();
        let wrong = format!("several patterns of `{before}` go in parentheses");
        Some(error(ident, wrong, format_args!("write `{before}({first}, {second})`")))
    }

    /// Reads the value into the field of its key.
    fn read(&mut self, reader: &Reader<'_>) -> syn::Result<()> {
        macro_rules! read {
            ($($kind:ident $field:ident ($value:ty, $read:ident $arguments:tt, $example:literal))*) => {$(
                if reader.key.name == key_name(stringify!($field)) {
                    return set(&mut self.$field, reader.ident, reader.$read $arguments);
                }
            )*};
        }
        with_keys!(read);
        Ok(())
    }
}

/// A function and not part of the macro, so that it is compiled once per type and not per key.
fn set<T>(field: &mut Option<Arg<T>>, key: &Ident, value: syn::Result<T>) -> syn::Result<()> {
    *field = Some(Arg { key: key.clone(), value: value? });
    Ok(())
}

pub(super) fn parse_key(input: ParseStream<'_>) -> syn::Result<Ident> {
    let at = next_token(input);
    let is_text = input.peek(LitStr);
    input.call(Ident::parse_any).map_err(|_| {
        let wrong = format!("expected an argument, found `{at}`");
        let help = if is_text {
            format!("write `name = {at}`")
        } else {
            "arguments are written `key = value`, as in `name = \"llm\"`".into()
        };
        error(&at, wrong, help)
    })
}

/// Takes the `=`, and checks that a value follows.
pub(super) fn expect_equals(ident: &Ident, key: Key, input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(Token![=]) && !input.peek(Token![==]) {
        input.parse::<Token![=]>()?;
    } else if !is_at_end(input) {
        return Err(missing_equals(key, input));
    }
    if is_at_end(input) {
        let wrong = format!("`{}` needs a value", key.name);
        return Err(error(ident, wrong, key.help()));
    }
    Ok(())
}

/// The error for `name("llm")` and `name: "llm"`. Its help shows the token as the value.
fn missing_equals(key: Key, input: ParseStream<'_>) -> syn::Error {
    let at = next_token(input);
    let value = match input.fork().parse::<TokenTree>() {
        Ok(TokenTree::Group(group)) => group.stream(),
        Ok(TokenTree::Literal(literal)) => literal.into_token_stream(),
        _ => TokenStream::new(),
    };
    let wrong = format!("expected `=` after `{}`", key.name);
    match value.to_string() {
        value if value.is_empty() => error(at, wrong, key.help()),
        value => error(at, wrong, format_args!("write `{} = {value}`", key.name)),
    }
}

/// Takes the comma, or reports that it is missing. Tokens that look like an argument are not
/// skipped.
pub(super) fn expect_comma(name: &str, input: ParseStream<'_>, diagnostics: &mut Diagnostics) {
    if input.is_empty() || input.parse::<Token![,]>().is_ok() {
        return;
    }
    let wrong = format!("expected `,` after the value of `{name}`");
    diagnostics.report(next_token(input), wrong, "separate arguments with commas");
    if input.parse::<Token![;]>().is_err() && !is_argument(input) {
        skip_to_next(input);
    }
}

/// Returns true at the end of an argument.
pub(super) fn is_at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,]) || input.peek(Token![;])
}

/// Skips the tokens behind a mistake, up to the next argument. A comma alone does not mark an
/// argument: closures and generics have commas too.
pub(super) fn skip_to_next(input: ParseStream<'_>) {
    while !input.is_empty() {
        let separates = input.peek(Token![,]) || input.peek(Token![;]);
        let _ = input.parse::<TokenTree>();
        if separates && (input.is_empty() || is_argument(input)) {
            return;
        }
    }
}

/// Returns true if the next tokens look like an argument.
fn is_argument(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    fork.call(Ident::parse_any).is_ok()
        && (is_at_end(&fork)
            || fork.peek(token::Paren)
            || fork.peek(Token![=]) && !fork.peek(Token![==]))
}

/// The tokens between two places of the input. Returns none if only the later place is inside an
/// invisible group, in which a macro by example passes its arguments.
fn between(from: ParseStream<'_>, to: ParseStream<'_>) -> TokenStream {
    let rest = |at: ParseStream<'_>| at.cursor().token_stream().into_iter();
    let length = rest(from).count().saturating_sub(rest(to).count());
    rest(from).take(length).collect()
}

pub(super) fn next_token(input: ParseStream<'_>) -> TokenStream {
    match input.fork().parse::<TokenTree>() {
        Ok(token) => token.into_token_stream(),
        Err(_) => TokenStream::new(),
    }
}
