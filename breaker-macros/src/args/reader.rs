//! Readers of values: one method for each kind of value. The table of keys names the method for
//! each key.

use std::ops::RangeInclusive;
use std::time::Duration;

use breaker_core::written::{Key, LowerBound};
use proc_macro2::{Group, TokenStream};
use quote::quote;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprPath, Ident, Lit, Path, Token};

use super::arm::Arm;
use super::stream::{Stream, Until};
use super::value::{Value, WindowSize, describe, ungroup};
use super::{Fallback, FallbackOn, OnCancel};
use crate::diagnostics::{error, joined, parameter_list, spell};
use crate::tokens::{is_constant_name, parse_all};

/// The tokens behind a key.
pub(super) struct Reader<'a> {
    pub(super) key: Key,
    /// The key as the user wrote it.
    pub(super) ident: &'a Ident,
    pub(super) input: ParseStream<'a>,
    /// True if patterns follow in parentheses, without `=`.
    pub(super) is_list: bool,
}

impl Reader<'_> {
    pub(super) fn expression(&self) -> syn::Result<Expr> {
        self.input.parse().map(ungroup).map_err(|mistake| self.malformed(&mistake))
    }

    /// Reads the path of a constant.
    pub(super) fn config(&self) -> syn::Result<Expr> {
        match self.expression()? {
            Expr::Path(path) => Ok(Expr::Path(path)),
            other => {
                let found = spell(&other);
                let wrong =
                    format!("expected the path of a `const Config` for `config`, found `{found}`");
                let help = "write `const TUNING: Config = Config::builder().threshold(3).build_const();` and `config = TUNING`";
                Err(error(other, wrong, help))
            }
        }
    }

    pub(super) fn breaker_name(&self) -> syn::Result<Value<String>> {
        Value::breaker_name(self.key, self.expression()?)
    }

    pub(super) fn number(&self, range: &RangeInclusive<u64>) -> syn::Result<Value<u64>> {
        Value::number(self.key, range, self.expression()?)
    }

    pub(super) fn share(&self, bound: LowerBound) -> syn::Result<Value<f64>> {
        if let Some(percent) = self.percent() {
            let name = self.key.name;
            let share = bound.share_of(&spell(&percent).replace(' ', ""));
            let help = match share {
                Some(share) => format!("write `{name} = {share}`"),
                None => self.key.help(),
            };
            let wrong = format!("expected a number for `{name}`, found a percentage");
            return Err(error(percent, wrong, help));
        }
        Value::share(self.key, bound, self.expression()?)
    }

    /// Takes `50%`, which is no expression.
    fn percent(&self) -> Option<TokenStream> {
        let fork = self.input.fork();
        let number: Lit = fork.parse().ok()?;
        let sign: Token![%] = fork.parse().ok()?;
        let ends = fork.is_empty() || fork.peek(Token![,]);
        ends.then(|| {
            let _ = self.input.parse::<Lit>();
            let _ = self.input.parse::<Token![%]>();
            quote!(#number #sign)
        })
    }

    pub(super) fn duration(&self) -> syn::Result<Value<Duration>> {
        Value::duration(self.key, self.expression()?)
    }

    pub(super) fn flag(&self) -> syn::Result<Value<bool>> {
        Value::flag(self.key, self.expression()?)
    }

    pub(super) fn window(&self) -> syn::Result<WindowSize> {
        WindowSize::parse(self.key, &self.expression()?)
    }

    /// Reads one pattern or predicate, or a list of them.
    pub(super) fn arms(&self) -> syn::Result<Vec<Arm>> {
        let arms = if self.is_list {
            self.list()?
        } else {
            vec![self.input.parse().map_err(|mistake| self.malformed(&mistake))?]
        };
        match joined(arms.iter().filter_map(|arm| arm.check(self.key).err())) {
            Some(mistakes) => Err(mistakes),
            None => Ok(arms),
        }
    }

    fn list(&self) -> syn::Result<Vec<Arm>> {
        let key = self.key;
        let list: Group = self.input.parse()?;
        let read = |content: ParseStream<'_>| {
            let arms = Punctuated::<Arm, Token![,]>::parse_terminated(content);
            if arms.is_err() {
                // `parse_all` would report the rest as a second mistake.
                content.parse::<TokenStream>()?;
            }
            Ok(arms)
        };
        match parse_all(read, list.stream()).and_then(|arms| arms) {
            Ok(arms) if arms.is_empty() => {
                let wrong = format!("`{}` needs at least one pattern or predicate", key.name);
                Err(error(list, wrong, key.help()))
            }
            Ok(arms) => Ok(arms.into_iter().collect()),
            Err(mistake) => {
                let (reason, ended) = reason(&mistake);
                let at = if ended { list.span_close() } else { mistake.span() };
                let wrong = format!("malformed list for `{}`: {reason}", key.name);
                Err(syn::Error::new(at, format_args!("{wrong}\nhelp: {}", key.help())))
            }
        }
    }

    pub(super) fn fallback(&self) -> syn::Result<Fallback> {
        Ok(match self.expression()? {
            Expr::Path(path) if !is_value(&path) => Fallback::Path(path),
            Expr::Closure(closure) => Fallback::Closure(closure),
            other => Fallback::Inline(other),
        })
    }

    pub(super) fn fallback_on(&self) -> syn::Result<FallbackOn> {
        Ok(match self.word(["rejection", "failure"])? {
            0 => FallbackOn::Rejection,
            _ => FallbackOn::Failure,
        })
    }

    pub(super) fn on_cancel(&self) -> syn::Result<OnCancel> {
        Ok(match self.word(["ignore", "failure"])? {
            0 => OnCancel::Ignore,
            _ => OnCancel::Failure,
        })
    }

    pub(super) fn stream(&self) -> syn::Result<Stream> {
        Stream::parse(self.ident, self.input)
    }

    pub(super) fn until(&self) -> syn::Result<Until> {
        Ok(match self.word(["end", "first"])? {
            0 => Until::End,
            _ => Until::First,
        })
    }

    /// Reads one of two words. Returns its index.
    fn word(&self, words: [&str; 2]) -> syn::Result<usize> {
        let key = self.key.name;
        let value = self.expression()?;
        let help = format!("write `{key} = \"{}\"` or `{key} = \"{}\"`", words[0], words[1]);
        let text = match &value {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => text.value(),
                other => {
                    let wrong = format!("expected a string for `{key}`, found {}", describe(other));
                    return Err(error(value, wrong, help));
                }
            },
            _ => {
                let wrong = format!("expected a string for `{key}`, found `{}`", spell(&value));
                return Err(error(value, wrong, help));
            }
        };
        words.iter().position(|word| *word == text).ok_or_else(|| {
            let wrong = format!("unknown value `{text}` for `{key}`");
            error(value, wrong, help)
        })
    }

    /// Reads a closure of one argument, or a path.
    pub(super) fn function(&self, argument: &str) -> syn::Result<Expr> {
        let (key, name) = (self.key, self.key.name);
        let value = self.expression()?;
        let wrong = match &value {
            Expr::Path(_) => return Ok(value),
            Expr::Closure(closure) if closure.inputs.len() == 1 => return Ok(value),
            Expr::Closure(closure) => {
                let found = closure.inputs.len();
                let wrong = format!("`{name}` takes one argument, the {argument}, found {found}");
                return Err(error(parameter_list(closure), wrong, key.help()));
            }
            other => format!(
                "expected a closure or the path of a function for `{name}`, found `{}`",
                spell(other)
            ),
        };
        Err(error(value, wrong, key.help()))
    }

    pub(super) fn crate_path(&self) -> syn::Result<Path> {
        let value = self.expression()?;
        let help = format!("write an absolute path: `{}`", self.key.example);
        let found = spell(&value).replace(' ', "");
        let Expr::Path(path) = value else {
            let wrong = format!("expected a path for `crate`, found `{found}`");
            return Err(error(value, wrong, help));
        };
        let mut segments = path.path.segments.iter();
        let is_absolute = path.path.leading_colon.is_some()
            || path.path.segments.first().is_some_and(|first| {
                // A macro by example writes `$crate`.
                first.ident == "crate" || first.ident == "$crate"
            });
        let is_plain = path.qself.is_none() && segments.all(|segment| segment.arguments.is_none());
        if !is_plain || !is_absolute {
            let wrong = format!("expected an absolute path for `crate`, found `{found}`");
            return Err(error(path, wrong, help));
        }
        Ok(path.path)
    }

    /// Words the parser's error for the user of an attribute. An error at the end of the tokens is
    /// moved to the key, since the parser would point at the whole attribute.
    fn malformed(&self, mistake: &syn::Error) -> syn::Error {
        let (reason, ended) = reason(mistake);
        let is_at_end = ended && self.input.is_empty();
        let at = if is_at_end { self.ident.span() } else { mistake.span() };
        let wrong = format!("malformed value for `{}`: {reason}", self.key.name);
        syn::Error::new(at, format_args!("{wrong}\nhelp: {}", self.key.help()))
    }
}

/// Returns the parser's message, and whether the tokens ended too soon for it.
fn reason(mistake: &syn::Error) -> (String, bool) {
    let said = mistake.to_string();
    let (said, ended) = match said.strip_prefix("unexpected end of input, ") {
        Some(rest) => (rest, true),
        None => (said.as_str(), false),
    };
    // The parser lists every token that may begin a pattern.
    let is_pattern = said.starts_with("expected one of: identifier");
    (if is_pattern { "expected a pattern or a predicate" } else { said }.to_owned(), ended)
}

/// Recognises a path that is a value, `None` or a constant by its spelling, and not a function.
fn is_value(path: &ExprPath) -> bool {
    let last = path.path.segments.last().map(|last| &last.ident);
    last.is_some_and(|name| name == "None" || is_constant_name(name))
}
