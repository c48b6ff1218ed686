//! The value of `stream`: keys of its own, in parentheses.

use std::time::Duration;

use breaker_core::written::{Key, Vocabulary};
use proc_macro2::Group;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, Ident, token};

use super::Arg;
use super::arm::Arm;
use super::parse::{expect_comma, expect_equals, is_at_end, next_token, parse_key, skip_to_next};
use super::reader::Reader;
use super::value::Value;
use crate::diagnostics::{Diagnostics, error};
use crate::tokens::parse_all;

/// The keys, in the order in which help texts list them.
const KEYS: &[Key] = &[
    Key { name: "first", example: "first = \"10s\"" },
    Key { name: "stall", example: "stall = \"30s\"" },
    Key { name: "until", example: "until = \"first\"" },
    Key { name: "failure", example: "failure = Err(_)" },
    Key { name: "error", example: "error = |e| MyError::from_breaker(e)" },
];

const INSIDE: Vocabulary<'static> = Vocabulary { keys: KEYS, noun: "argument" };

/// The settings for watching a stream.
#[derive(Clone, Default)]
pub(crate) struct Stream {
    /// The keys so far, including those with a wrong value.
    written: Vec<Ident>,
    pub(crate) first: Option<Arg<Value<Duration>>>,
    pub(crate) stall: Option<Arg<Value<Duration>>>,
    pub(crate) until: Option<Arg<Until>>,
    pub(crate) failure: Option<Arg<Vec<Arm>>>,
    pub(crate) error: Option<Arg<Expr>>,
}

/// The item that ends the call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    End,
    First,
}

impl Stream {
    /// Reads `stream` alone, or its keys in parentheses.
    pub(super) fn parse(ident: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        if is_at_end(input) {
            return Ok(Stream::default());
        }
        if !input.peek(token::Paren) {
            let at = next_token(input);
            let wrong = format!("expected `(` after `{ident}`, found `{at}`");
            let help = "write `stream`, or `stream(first = \"10s\", stall = \"30s\")`";
            return Err(error(at, wrong, help));
        }
        let list: Group = input.parse()?;
        let mut stream = Stream::default();
        let mut diagnostics = Diagnostics::default();
        let read_all = |content: ParseStream<'_>| {
            while !content.is_empty() {
                match stream.parse_one(content) {
                    Ok(name) => expect_comma(&name, content, &mut diagnostics),
                    Err(mistake) => {
                        diagnostics.add(mistake);
                        skip_to_next(content);
                    }
                }
            }
            Ok(())
        };
        if let Err(mistake) = parse_all(read_all, list.stream()) {
            diagnostics.add(mistake);
        }
        match diagnostics.into_error() {
            Some(mistakes) => Err(mistakes),
            None => Ok(stream),
        }
    }

    /// Parses one argument, without the comma behind it. Returns its key.
    fn parse_one(&mut self, input: ParseStream<'_>) -> syn::Result<String> {
        let ident = parse_key(input)?;
        let name = ident.unraw().to_string();
        let Some(key) = KEYS.iter().copied().find(|key| key.name == name) else {
            let wrong = format!("unknown argument `{name}` of `stream`");
            return Err(error(ident, wrong, INSIDE.help(&name)));
        };
        let is_repeated = self.written.contains(&ident);
        self.written.push(ident.clone());
        if is_repeated {
            let wrong = format!("`{name}` is given twice");
            return Err(error(ident, wrong, "keep one of the two"));
        }
        let is_list = name == "failure" && input.peek(token::Paren);
        if !is_list {
            expect_equals(&ident, key, input)?;
        }
        let reader = Reader { key, ident: &ident, input, is_list };
        match key.name {
            "first" => self.first = Some(arg(&ident, reader.duration()?)),
            "stall" => self.stall = Some(arg(&ident, reader.duration()?)),
            "until" => self.until = Some(arg(&ident, reader.until()?)),
            "failure" => self.failure = Some(arg(&ident, reader.arms()?)),
            _ => self.error = Some(arg(&ident, reader.function("`BreakerError`")?)),
        }
        Ok(name)
    }

    /// Returns true if the call ends with the first item.
    pub(crate) fn ends_at_first(&self) -> bool {
        self.until.as_ref().is_some_and(|until| until.value == Until::First)
    }
}

fn arg<T>(key: &Ident, value: T) -> Arg<T> {
    Arg { key: key.clone(), value }
}

#[cfg(test)]
mod tests {
    use breaker_core::written::OF_STREAMS;

    use super::KEYS;

    #[test]
    fn files_know_the_keys_as_those_of_functions() {
        assert!(KEYS.iter().map(|key| key.name).eq(OF_STREAMS.iter().copied()));
    }
}
