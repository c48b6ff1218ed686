//! The values of keys. A literal is checked here; the compiler checks the path to a constant,
//! by the rules of the core that are used here.

use std::ops::RangeInclusive;
use std::time::Duration;

use breaker_core::{Name, rules};
use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, ExprUnary, Lit, LitStr, UnOp};

use super::duration::{self, Malformed};
use super::keys::Key;
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
        let name = key.name;
        let (min, max) = (range.start(), range.end());
        match value {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Int(int) if !int.suffix().is_empty() => {
                    let digits = int.base10_digits();
                    let wrong = format!("`{name}` takes a plain integer, found `{int}`");
                    Err(error(&lit, wrong, format_args!("drop the suffix: `{name} = {digits}`")))
                }
                Lit::Int(int) => match int.base10_parse::<u64>() {
                    Ok(number) if range.contains(&number) => Ok(Value::Literal(number, lit.span())),
                    Ok(0) => {
                        let wrong = format!("`{name}` must be at least {min}, found `0`");
                        Err(error(&lit, wrong, key.zero_help()))
                    }
                    _ => {
                        let wrong = format!("`{name}` must be at most {max}, found `{int}`");
                        Err(error(&lit, wrong, format_args!("the range is {min} to {max}")))
                    }
                },
                other => {
                    let found = describe(other);
                    let wrong = format!("expected an integer for `{name}`, found {found}");
                    let quoted = match other {
                        Lit::Str(text) => text.value().trim().parse::<u64>().ok(),
                        _ => None,
                    };
                    let help = match quoted.filter(|number| range.contains(number)) {
                        Some(number) => format!("remove the quotes: `{name} = {number}`"),
                        None => key.help(),
                    };
                    Err(error(&lit, wrong, help))
                }
            },
            Expr::Unary(negative) if is_negative_integer(&negative) => {
                let found = spell(&negative);
                let wrong = format!("`{name}` must be at least {min}, found `{found}`");
                Err(error(&negative, wrong, format_args!("the range is {min} to {max}")))
            }
            other => constant(key, "an integer or the path of a constant", other),
        }
    }
}

/// The lower bound of a float, and the upper bound that goes with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LowerBound {
    /// Above 0, at most 1.
    AboveZero,
    /// 0 to 1.
    Zero,
    /// 1 or more.
    One,
}

impl LowerBound {
    /// Reads a number, or a percentage where the number is a share: `50%`.
    pub(super) fn share_of(self, text: &str) -> Option<f64> {
        match text.trim().strip_suffix('%') {
            Some(percent) if self != LowerBound::One => {
                Some(percent.trim_end().parse::<f64>().ok()? / 100.0)
            }
            Some(_) => None,
            None => text.trim().parse().ok(),
        }
    }
}

impl Value<f64> {
    pub(crate) fn share(key: Key, bound: LowerBound, value: Expr) -> syn::Result<Self> {
        let name = key.name;
        let (rule, range) = match bound {
            LowerBound::AboveZero => ("above 0 and at most 1", f64::MIN_POSITIVE..=1.0),
            LowerBound::Zero => ("between 0 and 1", 0.0..=1.0),
            LowerBound::One => ("a number from 1 on", 1.0..=f64::MAX),
        };
        let outside = |at: &dyn ToTokens, help: String| {
            let found = spell(&at.to_token_stream());
            error(at, format_args!("`{name}` must be {rule}, found `{found}`"), help)
        };
        let lit = match value {
            Expr::Lit(lit) => lit,
            Expr::Unary(negative) if matches!(negative.op, UnOp::Neg(_)) => {
                return Err(outside(&negative, key.help()));
            }
            other => return constant(key, "a number or the path of a constant", other),
        };
        let (digits, suffix) = match &lit.lit {
            Lit::Float(float) => (float.base10_digits(), float.suffix()),
            Lit::Int(int) => (int.base10_digits(), int.suffix()),
            other => {
                let wrong = format!("expected a number for `{name}`, found {}", describe(other));
                let quoted = match other {
                    Lit::Str(text) => bound.share_of(&text.value()),
                    _ => None,
                };
                let help = match quoted.filter(|share| range.contains(share)) {
                    Some(share) => format!("write `{name} = {share}`"),
                    None => key.help(),
                };
                return Err(error(&lit, wrong, help));
            }
        };
        if !suffix.is_empty() {
            let wrong = format!("`{name}` takes a plain number, found `{}`", spell(&lit));
            return Err(error(&lit, wrong, format_args!("drop the suffix: `{name} = {digits}`")));
        }
        match digits.parse::<f64>() {
            Ok(share) if range.contains(&share) => Ok(Value::Literal(share, lit.span())),
            Ok(percent) if bound != LowerBound::One && (2.0..=100.0).contains(&percent) => {
                let share = percent / 100.0;
                let help = format!("for {percent} percent write `{name} = {share}`");
                Err(outside(&lit, help))
            }
            _ => Err(outside(&lit, key.help())),
        }
    }
}

/// The value of `window`: a time, or a number of calls.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WindowSize {
    Time(Duration),
    Calls(u64),
}

impl WindowSize {
    /// A window is always a literal.
    #[allow(clippy::unnecessary_wraps, reason = "like that of `Value`")]
    pub(crate) fn literal(&self) -> Option<&Self> {
        Some(self)
    }

    pub(crate) fn parse(key: Key, value: Expr) -> syn::Result<Self> {
        let Expr::Lit(lit) = &value else {
            if matches!(&value, Expr::Unary(negative) if is_negative_integer(negative)) {
                return Self::calls(key, value);
            }
            let help = match value {
                Expr::Path(_) => {
                    "write it out, as a constant may be either: `window = \"10s\"` or `window = 100`"
                }
                _ => "write `window = \"10s\"` or `window = 100`",
            };
            return Err(Self::unexpected(&value, &format!("`{}`", spell(&value)), help));
        };
        match &lit.lit {
            Lit::Str(text) => Self::time(key, text, &value),
            Lit::Int(_) | Lit::Float(_) => {
                let text = lit.to_token_stream().to_string();
                if duration::parse(&text).is_ok() {
                    let help = format!("put it in quotes: `window = \"{text}\"`");
                    return Err(Self::unexpected(lit, &format!("`{text}`"), &help));
                }
                if matches!(lit.lit, Lit::Int(_)) {
                    return Self::calls(key, value);
                }
                let help = format!("add a unit: `window = \"{text}s\"`, or write `window = 100`");
                Err(Self::unexpected(lit, &describe(&lit.lit), &help))
            }
            other => {
                let help = "write `window = \"10s\"` or `window = 100`";
                Err(Self::unexpected(lit, &describe(other), help))
            }
        }
    }

    fn time(key: Key, text: &LitStr, value: &Expr) -> syn::Result<Self> {
        match Value::duration(key, value.clone())? {
            Value::Literal(length, _) if rules::WINDOW_TIME.contains(&length) => {
                Ok(WindowSize::Time(length))
            }
            _ => {
                let found = text.value();
                let wrong = format!("`window` must be between 10ms and 24h long, found `{found}`");
                Err(error(text, wrong, key.help()))
            }
        }
    }

    fn calls(key: Key, value: Expr) -> syn::Result<Self> {
        match Value::number(key, &rules::WINDOW_CALLS, value)? {
            Value::Literal(calls, _) => Ok(WindowSize::Calls(calls)),
            Value::Constant(path) => Err(Self::unexpected(&path, "a constant", &key.help())),
        }
    }

    fn unexpected(at: &dyn ToTokens, found: &str, help: &str) -> syn::Error {
        let wrong = format!("expected a time or a number of calls for `window`, found {found}");
        error(at, wrong, help)
    }
}

impl Value<Duration> {
    pub(crate) fn duration(key: Key, value: Expr) -> syn::Result<Self> {
        let name = key.name;
        let Expr::Lit(lit) = value else {
            let expected = "a string such as \"30s\" or the path of a constant";
            return constant(key, expected, value);
        };
        let (wrong, help) = match &lit.lit {
            Lit::Str(text) => match duration::parse(&text.value()) {
                Ok(Duration::ZERO) => (
                    format!("`{name}` must be more than zero, found `{}`", text.value()),
                    key.zero_help(),
                ),
                Ok(length) => return Ok(Value::Literal(length, lit.span())),
                Err(Malformed { wrong, help, instead }) => {
                    let wrong = if text.value().starts_with('-') {
                        format!("`{name}` {wrong}")
                    } else {
                        format!("malformed duration for `{name}`: {wrong}")
                    };
                    (wrong, format!("{help}: `{name} = \"{instead}\"`"))
                }
            },
            Lit::Int(_) | Lit::Float(_) => {
                let found = lit.to_token_stream().to_string();
                let help = if duration::parse(&found).is_ok() {
                    format!("put it in quotes: `{name} = \"{found}\"`")
                } else {
                    let number: String =
                        found.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
                    format!("add a unit: `{name} = \"{number}s\"` (units: ms, s, m, h)")
                };
                (format!("expected a duration for `{name}`, found `{found}`"), help)
            }
            other => {
                (format!("expected a duration for `{name}`, found {}", describe(other)), key.help())
            }
        };
        Err(error(&lit, wrong, help))
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
            // A macro may make the name: `concat!`, `stringify!`, `env!`.
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

fn is_negative_integer(value: &ExprUnary) -> bool {
    let is_integer = matches!(&*value.expr, Expr::Lit(lit) if matches!(lit.lit, Lit::Int(_)));
    is_integer && matches!(value.op, UnOp::Neg(_))
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
    let kind = match lit {
        Lit::Str(_) => "string",
        Lit::ByteStr(_) => "byte string",
        Lit::CStr(_) => "C string",
        Lit::Byte(_) => "byte",
        Lit::Char(_) => "character",
        Lit::Int(_) => "integer",
        Lit::Float(_) => "float",
        Lit::Bool(_) => "boolean",
        _ => "literal",
    };
    format!("the {kind} `{}`", lit.to_token_stream())
}
