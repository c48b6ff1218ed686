//! The values of keys: a literal that is checked here, or a path to a constant
//! that the compiler checks by the same rules.

use std::ops::RangeInclusive;
use std::time::Duration;

use breaker_core::Name;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Lit, UnOp};

use crate::args::duration::{self, Malformed};
use crate::diagnostics::error;

/// A checked literal, or a constant expression to be checked by the compiler.
pub(crate) enum Value<T> {
    Literal(T),
    Constant(Expr),
}

/// What a key is allowed to be: its name, and an example to paste.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) name: &'a str,
    pub(crate) example: &'a str,
}

impl Value<u64> {
    pub(crate) fn number(
        key: Key<'_>,
        range: &RangeInclusive<u64>,
        value: Expr,
    ) -> syn::Result<Self> {
        let name = key.name;
        let (min, max) = (range.start(), range.end());
        match ungroup(value) {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Int(int) if !int.suffix().is_empty() => {
                    let digits = int.base10_digits();
                    let wrong = format!("`{name}` takes a plain integer, found `{int}`");
                    Err(error(
                        &lit,
                        wrong,
                        format_args!("drop the suffix: `{name} = {digits}`"),
                    ))
                }
                Lit::Int(int) => match int.base10_parse::<u64>() {
                    Ok(number) if range.contains(&number) => Ok(Value::Literal(number)),
                    Ok(0) => {
                        let wrong = format!("`{name}` must be at least {min}, found `0`");
                        Err(error(&lit, wrong, key.why_not_zero()))
                    }
                    _ => {
                        let wrong = format!("`{name}` must be at most {max}, found `{int}`");
                        Err(error(
                            &lit,
                            wrong,
                            format_args!("the range is {min} to {max}"),
                        ))
                    }
                },
                other => {
                    let found = kind(other);
                    let wrong = format!("expected an integer for `{name}`, found {found}");
                    Err(error(&lit, wrong, format_args!("write `{}`", key.example)))
                }
            },
            Expr::Unary(negative) if matches!(negative.op, UnOp::Neg(_)) => {
                let found = negative.to_token_stream().to_string().replace(' ', "");
                let wrong = format!("`{name}` must be at least {min}, found `{found}`");
                Err(error(
                    &negative,
                    wrong,
                    format_args!("the range is {min} to {max}"),
                ))
            }
            other => constant(key, "an integer or the path of a constant", other),
        }
    }
}

impl Value<Duration> {
    pub(crate) fn duration(key: Key<'_>, value: Expr) -> syn::Result<Self> {
        let name = key.name;
        match ungroup(value) {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => match duration::parse(&text.value()) {
                    Ok(Duration::ZERO) => {
                        let wrong =
                            format!("`{name}` must be more than zero, found `{}`", text.value());
                        Err(error(&lit, wrong, key.why_not_zero()))
                    }
                    Ok(length) => Ok(Value::Literal(length)),
                    Err(Malformed { wrong, help }) => Err(error(
                        &lit,
                        format_args!("malformed duration for `{name}`: {wrong}"),
                        help,
                    )),
                },
                Lit::Int(int) if int.suffix().is_empty() => {
                    let wrong = format!("expected a duration for `{name}`, found `{int}`");
                    let help = format!("add a unit: `{name} = \"{int}s\"` (units: ms, s, m, h)");
                    Err(error(&lit, wrong, help))
                }
                Lit::Int(_) | Lit::Float(_) => {
                    let found = lit.to_token_stream().to_string();
                    let wrong = format!("expected a duration for `{name}`, found `{found}`");
                    let help = format!("write a string with a unit: `{}`", key.example);
                    Err(error(&lit, wrong, help))
                }
                other => {
                    let found = kind(other);
                    let wrong = format!("expected a duration for `{name}`, found {found}");
                    Err(error(&lit, wrong, format_args!("write `{}`", key.example)))
                }
            },
            other => constant(
                key,
                "a string such as \"30s\" or the path of a constant",
                other,
            ),
        }
    }
}

impl Value<String> {
    pub(crate) fn breaker_name(key: Key<'_>, value: Expr) -> syn::Result<Self> {
        match ungroup(value) {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => match Name::check(&text.value()) {
                    Ok(()) => Ok(Value::Literal(text.value())),
                    Err(wrong) => {
                        let help = format!("name the service that is called: `{}`", key.example);
                        Err(error(&lit, wrong, help))
                    }
                },
                other => {
                    let wrong = format!("expected a string for `name`, found {}", kind(other));
                    Err(error(&lit, wrong, format_args!("write `{}`", key.example)))
                }
            },
            // `concat!`, `stringify!`, `env!`: names that macros put together.
            Expr::Macro(text) => Ok(Value::Constant(Expr::Macro(text))),
            other => constant(key, "a string or the path of a constant", other),
        }
    }
}

impl Key<'_> {
    fn why_not_zero(self) -> String {
        match self.name {
            "threshold" => {
                "a breaker that trips on no failure never lets a call through; use `threshold = 1`"
                    .into()
            }
            "probes" => "without a probe an open breaker never closes; use `probes = 1`".into(),
            "success_threshold" => {
                "it takes a success to know that the service is back; use `success_threshold = 1`"
                    .into()
            }
            "cooldown" => {
                "without a cooldown a breaker is never open; use `cooldown = \"30s\"`".into()
            }
            name => format!("write `{}`, or leave `{name}` out", self.example),
        }
    }
}

fn constant<T>(key: Key<'_>, expected: &str, value: Expr) -> syn::Result<Value<T>> {
    if let Expr::Path(_) = value {
        return Ok(Value::Constant(value));
    }
    let wrong = format!("expected {expected} for `{}`", key.name);
    Err(error(value, wrong, format_args!("write `{}`", key.example)))
}

/// Macros by example hand over their arguments in invisible parentheses.
pub(crate) fn ungroup(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

pub(crate) fn kind(lit: &Lit) -> &'static str {
    match lit {
        Lit::Str(_) => "a string",
        Lit::ByteStr(_) => "a byte string",
        Lit::CStr(_) => "a C string",
        Lit::Byte(_) => "a byte",
        Lit::Char(_) => "a character",
        Lit::Int(_) => "an integer",
        Lit::Float(_) => "a float",
        Lit::Bool(_) => "a boolean",
        _ => "a literal",
    }
}

/// The value as the argument of the builder's method of that key.
impl ToTokens for Value<u64> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Value::Literal(number) => quote!(#number),
            // Constants come in every integer type. A negative one becomes too
            // large, and is refused for that.
            Value::Constant(path) => quote!(#path as ::core::primitive::u64),
        });
    }
}

impl ToTokens for Value<Duration> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Value::Literal(length) => {
                let (seconds, nanos) = (length.as_secs(), length.subsec_nanos());
                quote!(::core::time::Duration::new(#seconds, #nanos))
            }
            Value::Constant(path) => quote!(#path),
        });
    }
}
