//! The settings of a tuning: keys with valid values, as arguments for the methods of
//! `ConfigBuilder`.

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident};

use super::value::{Value, WindowSize};

/// A tuning key with a valid value. Code that treats all tuning keys alike uses this type.
pub(crate) struct Setting<'a> {
    /// The key as the user wrote it.
    pub(crate) key: &'a Ident,
    pub(crate) name: &'static str,
    pub(crate) value: &'a dyn TuningValue,
}

impl Setting<'_> {
    /// Compares method and argument of two settings, constants by their spelling.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let spelled = |setting: &Self| {
            let method = setting.value.method(setting.name);
            (method, setting.value.argument().to_string())
        };
        spelled(self) == spelled(other)
    }
}

/// A value of a tuning key, of any type.
pub(crate) trait TuningValue {
    /// The method of `ConfigBuilder` that takes the value.
    fn method(&self, key: &'static str) -> &'static str {
        key
    }

    /// The argument of that method.
    fn argument(&self) -> TokenStream;

    /// The constant expression; `None` for a literal.
    fn constant(&self) -> Option<&Expr>;

    /// The span of a literal; `None` if no error is ever reported at it.
    fn span(&self) -> Option<Span>;
}

impl<T> TuningValue for Value<T>
where
    Value<T>: ToTokens,
{
    fn argument(&self) -> TokenStream {
        self.to_token_stream()
    }

    fn constant(&self) -> Option<&Expr> {
        Value::constant(self)
    }

    fn span(&self) -> Option<Span> {
        match self {
            Value::Literal(_, span) => Some(*span),
            Value::Constant(_) => None,
        }
    }
}

impl TuningValue for WindowSize {
    fn method(&self, _: &'static str) -> &'static str {
        match self {
            WindowSize::Time(_) => "window_time",
            WindowSize::Calls(_) => "window_calls",
        }
    }

    fn argument(&self) -> TokenStream {
        match *self {
            WindowSize::Time(length) => {
                Value::Literal(length, Span::mixed_site()).to_token_stream()
            }
            WindowSize::Calls(calls) => quote!(#calls),
        }
    }

    fn constant(&self) -> Option<&Expr> {
        None
    }

    fn span(&self) -> Option<Span> {
        None
    }
}

/// The argument for the builder's method of the key.
impl ToTokens for Value<u64> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Value::Literal(number, _) => quote!(#number),
            // A constant may have any integer type. The cast makes a negative one too large, so
            // that it is refused.
            Value::Constant(path) => {
                // Lints skip a cast that has the hygiene of the macro. Its errors are reported at
                // the user's path.
                let span = Span::mixed_site().located_at(path.span());
                quote_spanned!(span=> #path as ::core::primitive::u64)
            }
        });
    }
}

impl ToTokens for Value<f64> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Value::Literal(share, _) => quote!(#share),
            Value::Constant(path) => quote!(#path),
        });
    }
}

impl ToTokens for Value<bool> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Value::Literal(flag, _) => quote!(#flag),
            Value::Constant(path) => quote!(#path),
        });
    }
}

impl ToTokens for Value<Duration> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Value::Literal(length, _) => {
                let (seconds, nanos) = (length.as_secs(), length.subsec_nanos());
                quote!(::core::time::Duration::new(#seconds, #nanos))
            }
            Value::Constant(path) => quote!(#path),
        });
    }
}
