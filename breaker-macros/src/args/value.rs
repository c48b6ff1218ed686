//! The values of keys. This crate checks a literal by the core's rules; the compiler checks the
//! path to a constant.

use std::ops::RangeInclusive;
use std::time::Duration;

use breaker_core::Name;
use breaker_core::written::{self, Fault, Key, Literal, LowerBound, duration};
use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, ExprUnary, Lit, LitInt, UnOp};

use crate::diagnostics::{error, spell};

/// A checked literal with its span, or a constant expression that the compiler checks.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "only where tests ask of spans what they hold")]
pub(crate) enum Value<T> {
    Literal(T, Span),
    Constant(Expr),
}

impl<T> Value<T> {
    pub(crate) fn literal(&self) -> Option<&T> {
        match self {
            Value::Literal(value, _) => Some(value),
            Value::Constant(_) => None,
        }
    }

    pub(crate) fn constant(&self) -> Option<&Expr> {
        match self {
            Value::Literal(..) => None,
            Value::Constant(value) => Some(value),
        }
    }

    /// Compares literals by their values, and constants by their spelling.
    pub(crate) fn is_same(&self, other: &Self) -> bool
    where
        T: PartialEq,
    {
        match (self, other) {
            (Value::Literal(one, _), Value::Literal(other, _)) => one == other,
            (Value::Constant(one), Value::Constant(other)) => {
                one.to_token_stream().to_string() == other.to_token_stream().to_string()
            }
            _ => false,
        }
    }
}

impl Value<u64> {
    pub(crate) fn number(key: Key, range: &RangeInclusive<u64>, value: Expr) -> syn::Result<Self> {
        match literal(&value) {
            Some(Lit::Int(int)) if !int.suffix().is_empty() => return Err(suffixed(key, int)),
            _ => {}
        }
        match read(&value, |found| written::number(key, range, found)) {
            Some(number) => Ok(Value::Literal(number?, value.span())),
            None => constant(key, "an integer or the path of a constant", value),
        }
    }
}

impl Value<f64> {
    pub(crate) fn share(key: Key, bound: LowerBound, value: Expr) -> syn::Result<Self> {
        let (digits, suffix) = match literal(&value) {
            Some(Lit::Float(float)) => (float.base10_digits(), float.suffix()),
            Some(Lit::Int(int)) => (int.base10_digits(), int.suffix()),
            _ => ("", ""),
        };
        if !suffix.is_empty() {
            let (name, found) = (key.name, spell(&value));
            let wrong = format!("`{name}` takes a plain number, found `{found}`");
            return Err(error(&value, wrong, format_args!("drop the suffix: `{name} = {digits}`")));
        }
        match read(&value, |found| written::share(key, bound, found)) {
            Some(share) => Ok(Value::Literal(share?, value.span())),
            None => constant(key, "a number or the path of a constant", value),
        }
    }
}

/// The value of `window`: a time, or a number of calls. It is always a literal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WindowSize {
    Time(Duration),
    Calls(u64),
}

impl WindowSize {
    #[allow(clippy::unnecessary_wraps, reason = "like that of `Value`")]
    pub(crate) fn literal(&self) -> Option<&Self> {
        Some(self)
    }

    pub(crate) fn parse(key: Key, value: &Expr) -> syn::Result<Self> {
        match literal(value) {
            Some(Lit::Int(int)) if is_count_with_suffix(int) => return Err(suffixed(key, int)),
            _ => {}
        }
        let help = match value {
            Expr::Path(_) => {
                "write it out, as a constant may be either: `window = \"10s\"` or `window = 100`"
            }
            _ => "write `window = \"10s\"` or `window = 100`",
        };
        match read(value, |found| written::window(key, found)) {
            Some(size) => size.map(|size| match size {
                written::WindowSize::Time(length) => WindowSize::Time(length),
                written::WindowSize::Calls(calls) => WindowSize::Calls(calls),
            }),
            None => Err(Self::unexpected(value, &spell(value), help)),
        }
    }

    fn unexpected(at: &dyn ToTokens, found: &str, help: &str) -> syn::Error {
        let wrong = format!("expected a time or a number of calls for `window`, found `{found}`");
        error(at, wrong, help)
    }
}

/// Returns true for `100u32`, and false for `10s`, which only lacks its quotes.
fn is_count_with_suffix(int: &LitInt) -> bool {
    !int.suffix().is_empty() && duration::parse(&int.to_string()).is_err()
}

impl Value<Duration> {
    pub(crate) fn duration(key: Key, value: Expr) -> syn::Result<Self> {
        match read(&value, |found| written::length(key, found)) {
            Some(length) => Ok(Value::Literal(length?, value.span())),
            None => constant(key, "a string such as \"30s\" or the path of a constant", value),
        }
    }
}

impl Value<bool> {
    pub(crate) fn flag(key: Key, value: Expr) -> syn::Result<Self> {
        match read(&value, |found| written::flag(key, found)) {
            Some(flag) => Ok(Value::Literal(flag?, value.span())),
            None => constant(key, "`true`, `false` or the path of a constant", value),
        }
    }
}

impl Value<String> {
    pub(crate) fn breaker_name(key: Key, value: Expr) -> syn::Result<Self> {
        match value {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => match Name::check(&text.value()) {
                    Ok(()) => Ok(Value::Literal(text.value(), lit.span())),
                    Err(wrong) => {
                        let help = format!("name the service that is called: `{}`", key.example);
                        Err(error(&lit, wrong, help))
                    }
                },
                other => {
                    let wrong = format!("expected a string for `name`, found {}", describe(other));
                    Err(error(&lit, wrong, key.help()))
                }
            },
            // A macro may produce the name: `concat!`, `stringify!`, `env!`.
            Expr::Macro(text) => Ok(Value::Constant(Expr::Macro(text))),
            other => constant(key, "a string or the path of a constant", other),
        }
    }
}

fn constant<T>(key: Key, expected: &str, value: Expr) -> syn::Result<Value<T>> {
    if let Expr::Path(_) = value {
        return Ok(Value::Constant(value));
    }
    let found = spell(&value);
    let wrong = format!("expected {expected} for `{}`, found `{found}`", key.name);
    Err(error(value, wrong, key.help()))
}

/// Reads a literal, or a number below zero, by the rules of the core, and reports a mistake at the
/// literal. Returns `None` for any other expression.
fn read<T>(
    value: &Expr,
    read: impl FnOnce(&Literal<'_>) -> Result<T, Fault>,
) -> Option<syn::Result<T>> {
    let (lit, is_negative) = match value {
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => (literal(expr)?, true),
        _ => (literal(value)?, false),
    };
    let sign = if is_negative { "-" } else { "" };
    let written = &*format!("{sign}{}", lit.to_token_stream());
    let text;
    let found = match lit {
        Lit::Int(int) => {
            let value = whole(int);
            Literal::Integer { written, value: if is_negative { -value } else { value } }
        }
        Lit::Float(float) => {
            let value = float.base10_parse().unwrap_or(f64::INFINITY);
            Literal::Float { written, value: if is_negative { -value } else { value } }
        }
        _ if is_negative => return None,
        Lit::Str(string) => {
            text = string.value();
            Literal::Text { written, value: &text }
        }
        Lit::Bool(flag) => Literal::Flag { written, value: flag.value },
        other => Literal::Other { kind: kind(other), written },
    };
    Some(read(&found).map_err(|fault| error(value, fault.wrong, fault.help)))
}

fn suffixed(key: Key, int: &LitInt) -> syn::Error {
    let (name, digits) = (key.name, int.base10_digits());
    let wrong = format!("`{name}` takes a plain integer, found `{int}`");
    error(int, wrong, format_args!("drop the suffix: `{name} = {digits}`"))
}

fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(literal) => Some(&literal.lit),
        _ => None,
    }
}

/// The value of an integer, or the largest `i128` if it does not fit.
fn whole(int: &LitInt) -> i128 {
    int.base10_parse().unwrap_or(i128::MAX)
}

/// Unwraps invisible groups, in which a macro by example passes its arguments.
pub(crate) fn ungroup(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

/// Describes a literal of the wrong kind.
pub(crate) fn describe(lit: &Lit) -> String {
    format!("the {} `{}`", kind(lit), lit.to_token_stream())
}

fn kind(lit: &Lit) -> &'static str {
    match lit {
        Lit::Str(_) => "string",
        Lit::ByteStr(_) => "byte string",
        Lit::CStr(_) => "C string",
        Lit::Byte(_) => "byte",
        Lit::Char(_) => "character",
        Lit::Int(_) => "integer",
        Lit::Float(_) => "float",
        Lit::Bool(_) => "boolean",
        _ => "literal",
    }
}
