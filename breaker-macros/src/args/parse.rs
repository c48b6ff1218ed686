//! Reading the arguments, one by one, going on after a mistake.

use breaker_core::rules;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprPath, Ident, Lit, Pat, Path, Token, parenthesized, token};

use super::value::{Key, Value, kind, ungroup};
use super::{Arg, Args, Case, Fallback, FallbackOn};
use crate::diagnostics::{Diagnostics, error};

/// Every key, with an example to paste.
const KEYS: [Key<'static>; 12] = [
    Key {
        name: "name",
        example: "name = \"llm\"",
    },
    Key {
        name: "threshold",
        example: "threshold = 5",
    },
    Key {
        name: "cooldown",
        example: "cooldown = \"30s\"",
    },
    Key {
        name: "probes",
        example: "probes = 1",
    },
    Key {
        name: "success_threshold",
        example: "success_threshold = 1",
    },
    Key {
        name: "probe_timeout",
        example: "probe_timeout = \"30s\"",
    },
    Key {
        name: "failure",
        example: "failure = Err(_)",
    },
    Key {
        name: "ignore",
        example: "ignore = Err(Error::BadRequest)",
    },
    Key {
        name: "fallback",
        example: "fallback = path::to::function",
    },
    Key {
        name: "fallback_on",
        example: "fallback_on = \"failure\"",
    },
    Key {
        name: "error",
        example: "error = |e| MyError::from_breaker(e)",
    },
    Key {
        name: "crate",
        example: "crate = ::my_reexport",
    },
];

impl Args {
    /// Reads what it can; reports what it cannot.
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut args = Args::default();
        let read_all = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(mistake) = args.parse_one(input) {
                    diagnostics.add(mistake);
                    skip_to_next(input);
                }
            }
            Ok(())
        };
        if let Err(mistake) = read_all.parse2(tokens) {
            diagnostics.add(mistake);
        }
        args
    }

    fn parse_one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let ident = parse_key(input)?;
        let name = ident.to_string();
        let Some(key) = KEYS.iter().copied().find(|key| key.name == name) else {
            return Err(unknown(&ident, &name));
        };
        let is_list = matches!(key.name, "failure" | "ignore") && input.peek(token::Paren);
        if input.peek(Token![=]) && !input.peek(Token![==]) {
            input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(no_value(&ident, key));
            }
        } else if input.is_empty() || input.peek(Token![,]) {
            return Err(no_value(&ident, key));
        } else if !is_list {
            let wrong = format!("expected `=` after `{name}`");
            return Err(error(
                next(input),
                wrong,
                format_args!("write `{}`", key.example),
            ));
        }
        if is_list {
            let cases = parse_list(input)?;
            let slot = if name == "failure" {
                &mut self.failure
            } else {
                &mut self.ignore
            };
            set(slot, ident, cases)?;
        } else {
            self.parse_value(input, ident, key)?;
        }
        if input.is_empty() || input.peek(Token![,]) {
            input.parse::<Option<Token![,]>>()?;
            return Ok(());
        }
        let wrong = format!("expected `,` after the value of `{name}`");
        Err(error(next(input), wrong, "separate arguments with commas"))
    }

    fn parse_value(
        &mut self,
        input: ParseStream<'_>,
        ident: Ident,
        key: Key<'_>,
    ) -> syn::Result<()> {
        match key.name {
            "name" => set(
                &mut self.name,
                ident,
                Value::breaker_name(key, input.parse()?)?,
            ),
            "threshold" => {
                let value = Value::number(key, &rules::THRESHOLD, input.parse()?)?;
                set(&mut self.threshold, ident, value)
            }
            "probes" => {
                let value = Value::number(key, &rules::PROBES, input.parse()?)?;
                set(&mut self.probes, ident, value)
            }
            "success_threshold" => {
                let value = Value::number(key, &rules::SUCCESS_THRESHOLD, input.parse()?)?;
                set(&mut self.success_threshold, ident, value)
            }
            "cooldown" => set(
                &mut self.cooldown,
                ident,
                Value::duration(key, input.parse()?)?,
            ),
            "probe_timeout" => set(
                &mut self.probe_timeout,
                ident,
                Value::duration(key, input.parse()?)?,
            ),
            "failure" => set(&mut self.failure, ident, vec![input.parse()?]),
            "ignore" => set(&mut self.ignore, ident, vec![input.parse()?]),
            "fallback" => set(&mut self.fallback, ident, parse_fallback(input)?),
            "fallback_on" => set(&mut self.fallback_on, ident, parse_fallback_on(input)?),
            "error" => set(&mut self.error, ident, parse_error(key, input)?),
            _ => set(&mut self.krate, ident, parse_crate(key, input)?),
        }
    }
}

fn set<T>(slot: &mut Option<Arg<T>>, key: Ident, value: T) -> syn::Result<()> {
    if slot.is_some() {
        let wrong = format!("`{key}` is given twice");
        return Err(error(key, wrong, "keep one of the two"));
    }
    *slot = Some(Arg { key, value });
    Ok(())
}

fn parse_key(input: ParseStream<'_>) -> syn::Result<Ident> {
    let at = next(input);
    input.call(Ident::parse_any).map_err(|_| {
        let wrong = format!("expected an argument, found `{at}`");
        error(
            &at,
            wrong,
            "arguments are written `key = value`, as in `name = \"llm\"`",
        )
    })
}

fn unknown(ident: &Ident, name: &str) -> syn::Error {
    let similar = KEYS
        .iter()
        .map(|key| {
            (
                strsim::damerau_levenshtein(key.name, &name.to_lowercase()),
                key.name,
            )
        })
        .min()
        .filter(|(distance, _)| *distance <= 1 + name.len() / 4);
    let wrong = format!("unknown argument `{name}`");
    match similar {
        Some((_, key)) => error(
            ident,
            wrong,
            format_args!("a similar argument exists: `{key}`"),
        ),
        None => {
            let all: Vec<_> = KEYS.iter().map(|key| format!("`{}`", key.name)).collect();
            error(
                ident,
                wrong,
                format_args!("the arguments are {}", all.join(", ")),
            )
        }
    }
}

fn no_value(ident: &Ident, key: Key<'_>) -> syn::Error {
    let wrong = format!("`{ident}` needs a value");
    error(ident, wrong, format_args!("write `{}`", key.example))
}

fn parse_list(input: ParseStream<'_>) -> syn::Result<Vec<Case>> {
    let at = next(input);
    let content;
    parenthesized!(content in input);
    let cases = Punctuated::<Case, Token![,]>::parse_terminated(&content)?;
    if cases.is_empty() {
        return Err(error(
            at,
            "found an empty list of patterns",
            "write `failure(Err(_))`",
        ));
    }
    Ok(cases.into_iter().collect())
}

impl Parse for Case {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let pattern = Pat::parse_multi_with_leading_vert(input)?;
        let guard = if input.peek(Token![if]) {
            input.parse::<Token![if]>()?;
            Some(input.parse()?)
        } else {
            None
        };
        Ok(Case { pattern, guard })
    }
}

fn parse_fallback(input: ParseStream<'_>) -> syn::Result<Fallback> {
    Ok(match ungroup(input.parse()?) {
        Expr::Path(path) if !is_value(&path) => Fallback::Path(path),
        Expr::Closure(closure) => Fallback::Closure(closure),
        other => Fallback::Inline(other),
    })
}

/// `None`, or a constant by its spelling: a path, but nothing to call.
fn is_value(path: &ExprPath) -> bool {
    path.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name == "None" || name.len() > 1 && !name.contains(|c: char| c.is_lowercase())
    })
}

fn parse_fallback_on(input: ParseStream<'_>) -> syn::Result<FallbackOn> {
    let value: Expr = ungroup(input.parse()?);
    let help = "write `fallback_on = \"rejection\"` or `fallback_on = \"failure\"`";
    let text = match &value {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Str(text) => text.value(),
            other => {
                let wrong = format!("expected a string for `fallback_on`, found {}", kind(other));
                return Err(error(&value, wrong, help));
            }
        },
        _ => return Err(error(&value, "expected a string for `fallback_on`", help)),
    };
    match text.as_str() {
        "rejection" => Ok(FallbackOn::Rejection),
        "failure" => Ok(FallbackOn::Failure),
        other => {
            let wrong = format!("unknown value `{other}` for `fallback_on`");
            Err(error(&value, wrong, help))
        }
    }
}

fn parse_error(key: Key<'_>, input: ParseStream<'_>) -> syn::Result<Expr> {
    let value: Expr = ungroup(input.parse()?);
    match &value {
        Expr::Path(_) => Ok(value),
        Expr::Closure(closure) if closure.inputs.len() == 1 => Ok(value),
        Expr::Closure(closure) => {
            let found = closure.inputs.len();
            let wrong = format!("`error` takes one argument, the `BreakerError`, found {found}");
            Err(error(
                &value,
                wrong,
                format_args!("write `{}`", key.example),
            ))
        }
        _ => {
            let wrong = "expected a closure or the path of a function for `error`";
            Err(error(
                &value,
                wrong,
                format_args!("write `{}`", key.example),
            ))
        }
    }
}

fn parse_crate(key: Key<'_>, input: ParseStream<'_>) -> syn::Result<Path> {
    let value: Expr = ungroup(input.parse()?);
    let help = format!("write an absolute path: `{}`", key.example);
    let Expr::Path(path) = value else {
        return Err(error(value, "expected a path for `crate`", help));
    };
    let absolute = path.path.leading_colon.is_some()
        || path
            .path
            .segments
            .first()
            .is_some_and(|first| first.ident == "crate");
    if path.qself.is_some() || !absolute {
        let found = path.to_token_stream().to_string().replace(' ', "");
        return Err(error(
            path,
            format_args!("expected an absolute path, found `{found}`"),
            help,
        ));
    }
    Ok(path.path)
}

/// Skips what follows a mistake, up to the next comma before something that
/// looks like an argument: commas stand inside closures and generics too.
fn skip_to_next(input: ParseStream<'_>) {
    while !input.is_empty() {
        if input.peek(Token![,]) {
            let fork = input.fork();
            let looks_right = fork.parse::<Token![,]>().is_ok()
                && (fork.is_empty()
                    || fork.call(Ident::parse_any).is_ok()
                        && (fork.is_empty()
                            || fork.peek(Token![,])
                            || fork.peek(token::Paren)
                            || fork.peek(Token![=]) && !fork.peek(Token![==])));
            if looks_right {
                let _ = input.parse::<Token![,]>();
                return;
            }
        }
        let _ = input.parse::<TokenTree>();
    }
}

fn next(input: ParseStream<'_>) -> TokenStream {
    match input.fork().parse::<TokenTree>() {
        Ok(token) => token.into_token_stream(),
        Err(_) => TokenStream::new(),
    }
}
