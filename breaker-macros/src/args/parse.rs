//! Reading the arguments, one by one, going on after a mistake.

use breaker_core::rules;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprPath, Ident, Lit, LitStr, Pat, Path, Token, token};

use super::value::{Key, Least, Value, Window, found, ungroup};
use super::{Arg, Args, Case, Fallback, FallbackOn, OnCancel};
use crate::diagnostics::{Diagnostics, error, parameter_list, spell};
use crate::tokens::parse_all;

/// Every key, with an example to paste.
const KEYS: [Key<'static>; 27] = [
    Key { name: "name", example: "name = \"llm\"" },
    Key { name: "threshold", example: "threshold = 5" },
    Key { name: "key", example: "key = argument" },
    Key { name: "breaker", example: "breaker = self.breaker" },
    Key { name: "failure_rate", example: "failure_rate = 0.5" },
    Key { name: "failure_count", example: "failure_count = 10" },
    Key { name: "window", example: "window = \"10s\"" },
    Key { name: "min_calls", example: "min_calls = 10" },
    Key { name: "slow_call", example: "slow_call = \"2s\"" },
    Key { name: "slow_rate", example: "slow_rate = 0.5" },
    Key { name: "cooldown", example: "cooldown = \"30s\"" },
    Key { name: "backoff", example: "backoff = 2.0" },
    Key { name: "cooldown_max", example: "cooldown_max = \"5m\"" },
    Key { name: "jitter", example: "jitter = 0.2" },
    Key { name: "probes", example: "probes = 1" },
    Key { name: "success_threshold", example: "success_threshold = 1" },
    Key { name: "probe_timeout", example: "probe_timeout = \"30s\"" },
    Key { name: "failure", example: "failure = Err(_)" },
    Key { name: "ignore", example: "ignore = Err(Error::BadRequest)" },
    Key { name: "trip", example: "trip = Err(Error::Unauthorized)" },
    Key {
        name: "retry_after",
        example: "retry_after = |output| output.as_ref().err()?.retry_after",
    },
    Key { name: "on_cancel", example: "on_cancel = \"failure\"" },
    Key { name: "timeout", example: "timeout = \"10s\"" },
    Key { name: "fallback", example: "fallback = path::to::function" },
    Key { name: "fallback_on", example: "fallback_on = \"failure\"" },
    Key { name: "error", example: "error = |e| MyError::from_breaker(e)" },
    Key { name: "crate", example: "crate = ::my_reexport" },
];

impl Args {
    /// Reads what it can; reports what it cannot.
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

    /// One argument, without the comma behind it. Returns its name.
    fn parse_one(&mut self, input: ParseStream<'_>) -> syn::Result<String> {
        let ident = parse_key(input)?;
        let name = ident.to_string();
        let Some(key) = KEYS.iter().copied().find(|key| key.name == name) else {
            return Err(unknown(&ident, &name));
        };
        let is_repeated = self.has(&name);
        self.given.push(ident.clone());
        if is_repeated {
            let wrong = format!("`{name}` is given twice");
            return Err(error(ident, wrong, "keep one of the two"));
        }
        let is_list = matches!(key.name, "failure" | "ignore" | "trip") && input.peek(token::Paren);
        if is_list {
            let cases = Some(parse_list(key, input)?);
            let slot = match key.name {
                "failure" => &mut self.failure,
                "trip" => &mut self.trip,
                _ => &mut self.ignore,
            };
            *slot = cases.map(|value| Arg { key: ident, value });
            return Ok(name);
        }
        if input.peek(Token![=]) && !input.peek(Token![==]) {
            input.parse::<Token![=]>()?;
        } else if !ends(input) {
            return Err(no_equals(key, input));
        }
        if ends(input) {
            let wrong = format!("`{name}` needs a value");
            return Err(error(ident, wrong, key.write()));
        }
        self.parse_value(input, ident, key)?;
        Ok(name)
    }

    fn parse_value(
        &mut self,
        input: ParseStream<'_>,
        ident: Ident,
        key: Key<'_>,
    ) -> syn::Result<()> {
        macro_rules! set {
            ($slot:ident, $value:expr) => {
                self.$slot = Some(Arg { value: $value?, key: ident })
            };
        }
        let number = |range| Value::number(key, range, parse_expr(&ident, key, input)?);
        let length = || Value::duration(key, parse_expr(&ident, key, input)?);
        let share = |least| Value::share(key, least, parse_expr(&ident, key, input)?);
        match key.name {
            "name" => set!(name, Value::breaker_name(key, parse_expr(&ident, key, input)?)),
            "threshold" => set!(threshold, number(&rules::THRESHOLD)),
            "failure_rate" => set!(failure_rate, share(Least::AboveZero)),
            "failure_count" => set!(failure_count, number(&rules::FAILURE_COUNT)),
            "window" => set!(window, Window::parse(key, parse_expr(&ident, key, input)?)),
            "min_calls" => set!(min_calls, number(&rules::MIN_CALLS)),
            "slow_call" => set!(slow_call, length()),
            "slow_rate" => set!(slow_rate, share(Least::AboveZero)),
            "backoff" => set!(backoff, share(Least::One)),
            "cooldown_max" => set!(cooldown_max, length()),
            "jitter" => set!(jitter, share(Least::Zero)),
            "trip" => set!(trip, parse_case(&ident, key, input)),
            "retry_after" => {
                set!(retry_after, function(key, "output", parse_expr(&ident, key, input)?));
            }
            "on_cancel" => set!(on_cancel, on_cancel(&parse_expr(&ident, key, input)?)),
            "timeout" => set!(timeout, length()),
            "key" => set!(key, parse_expr(&ident, key, input)),
            "breaker" => set!(breaker, parse_expr(&ident, key, input)),
            "probes" => set!(probes, number(&rules::PROBES)),
            "success_threshold" => set!(success_threshold, number(&rules::SUCCESS_THRESHOLD)),
            "cooldown" => set!(cooldown, length()),
            "probe_timeout" => set!(probe_timeout, length()),
            "failure" => set!(failure, parse_case(&ident, key, input)),
            "ignore" => set!(ignore, parse_case(&ident, key, input)),
            "fallback" => set!(fallback, parse_expr(&ident, key, input).map(fallback)),
            "fallback_on" => set!(fallback_on, fallback_on(&parse_expr(&ident, key, input)?)),
            "error" => {
                set!(error, function(key, "`BreakerError`", parse_expr(&ident, key, input)?));
            }
            _ => set!(krate, crate_path(key, parse_expr(&ident, key, input)?)),
        }
        Ok(())
    }
}

fn parse_key(input: ParseStream<'_>) -> syn::Result<Ident> {
    let at = next(input);
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

fn unknown(ident: &Ident, name: &str) -> syn::Error {
    if name == "skip" {
        let wrong = "`skip` stands alone, on a method of an annotated `impl` block";
        let help = "write `#[circuit_breaker(skip)]` there, by this very name, or nothing here";
        return error(ident, wrong, help);
    }
    let similar = KEYS
        .iter()
        .map(|key| (strsim::damerau_levenshtein(key.name, &name.to_lowercase()), key.name))
        .min()
        .filter(|(distance, _)| *distance <= (name.len() / 3).max(1));
    let wrong = format!("unknown argument `{name}`");
    // `rate`, `retry`: a word of it is right.
    let related = list(|key| key.split('_').any(|word| word == name));
    let help = match (related.as_str(), similar) {
        ("", None) => format!("the arguments are {}", list(|_| true)),
        ("", Some((_, key))) => format!("a similar argument exists: `{key}`"),
        _ if related.contains(' ') => format!("similar arguments exist: {related}"),
        _ => format!("a similar argument exists: {related}"),
    };
    error(ident, wrong, help)
}

fn list(includes: impl Fn(&str) -> bool) -> String {
    let keys = KEYS.iter().filter(|key| includes(key.name));
    keys.map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", ")
}

/// `name("llm")`, `name: "llm"`: what is there may be the value.
fn no_equals(key: Key<'_>, input: ParseStream<'_>) -> syn::Error {
    let at = next(input);
    let value = match input.fork().parse::<TokenTree>() {
        Ok(TokenTree::Group(group)) => group.stream(),
        Ok(TokenTree::Literal(literal)) => literal.into_token_stream(),
        _ => TokenStream::new(),
    };
    let wrong = format!("expected `=` after `{}`", key.name);
    match value.to_string() {
        value if value.is_empty() => error(at, wrong, key.write()),
        value => error(at, wrong, format_args!("write `{} = {value}`", key.name)),
    }
}

/// Takes the comma, or reports that there is none. What looks like the next
/// argument is read even so.
fn expect_comma(name: &str, input: ParseStream<'_>, diagnostics: &mut Diagnostics) {
    if input.is_empty() || input.parse::<Token![,]>().is_ok() {
        return;
    }
    let wrong = format!("expected `,` after the value of `{name}`");
    diagnostics.report(next(input), wrong, "separate arguments with commas");
    if input.parse::<Token![;]>().is_err() && !is_argument(input) {
        skip_to_next(input);
    }
}

/// Whether no value stands here.
fn ends(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,]) || input.peek(Token![;])
}

fn parse_expr(ident: &Ident, key: Key<'_>, input: ParseStream<'_>) -> syn::Result<Expr> {
    let value = input.parse();
    value.map(ungroup).map_err(|mistake| malformed(ident, key, input, &mistake))
}

fn parse_case(ident: &Ident, key: Key<'_>, input: ParseStream<'_>) -> syn::Result<Vec<Case>> {
    match input.parse() {
        Ok(case) => Ok(vec![case]),
        Err(mistake) => Err(malformed(ident, key, input, &mistake)),
    }
}

/// What the parser says, for the reader of an attribute. Where the tokens ended
/// too soon it would point at all of the attribute.
fn malformed(
    ident: &Ident,
    key: Key<'_>,
    input: ParseStream<'_>,
    mistake: &syn::Error,
) -> syn::Error {
    let (reason, ended) = reason(mistake);
    let at = if ended && input.is_empty() { ident.span() } else { mistake.span() };
    let wrong = format!("malformed value for `{}`: {reason}", key.name);
    syn::Error::new(at, format_args!("{wrong}\nhelp: {}", key.write()))
}

/// What the parser says, and whether the tokens ended too soon for it.
fn reason(mistake: &syn::Error) -> (String, bool) {
    let said = mistake.to_string();
    let (said, ended) = match said.strip_prefix("unexpected end of input, ") {
        Some(rest) => (rest, true),
        None => (said.as_str(), false),
    };
    // Of patterns it counts up all that may begin one.
    let is_pattern = said.starts_with("expected one of: identifier");
    (if is_pattern { "expected a pattern" } else { said }.to_owned(), ended)
}

fn parse_list(key: Key<'_>, input: ParseStream<'_>) -> syn::Result<Vec<Case>> {
    let list: Group = input.parse()?;
    let read = |content: ParseStream<'_>| {
        let cases = Punctuated::<Case, Token![,]>::parse_terminated(content);
        if cases.is_err() {
            // Said once; what follows is not looked at.
            content.parse::<TokenStream>()?;
        }
        Ok(cases)
    };
    match parse_all(read, list.stream()).and_then(|cases| cases) {
        Ok(cases) if cases.is_empty() => {
            let wrong = format!("`{}` needs at least one pattern", key.name);
            Err(error(list, wrong, key.write()))
        }
        Ok(cases) => Ok(cases.into_iter().collect()),
        Err(mistake) => {
            let (reason, ended) = reason(&mistake);
            let at = if ended { list.span_close() } else { mistake.span() };
            let wrong = format!("malformed list for `{}`: {reason}", key.name);
            Err(syn::Error::new(at, format_args!("{wrong}\nhelp: {}", key.write())))
        }
    }
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

fn fallback(value: Expr) -> Fallback {
    match value {
        Expr::Path(path) if !is_value(&path) => Fallback::Path(path),
        Expr::Closure(closure) => Fallback::Closure(closure),
        other => Fallback::Inline(other),
    }
}

/// `None`, or a constant by its spelling: a path, but nothing to call.
fn is_value(path: &ExprPath) -> bool {
    path.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name == "None" || name.len() > 1 && !name.contains(|c: char| c.is_lowercase())
    })
}

fn fallback_on(value: &Expr) -> syn::Result<FallbackOn> {
    match word("fallback_on", ["rejection", "failure"], value)? {
        0 => Ok(FallbackOn::Rejection),
        _ => Ok(FallbackOn::Failure),
    }
}

fn on_cancel(value: &Expr) -> syn::Result<OnCancel> {
    match word("on_cancel", ["ignore", "failure"], value)? {
        0 => Ok(OnCancel::Ignore),
        _ => Ok(OnCancel::Failure),
    }
}

/// Which of two words the value is.
fn word(key: &str, words: [&str; 2], value: &Expr) -> syn::Result<usize> {
    let help = format!("write `{key} = \"{}\"` or `{key} = \"{}\"`", words[0], words[1]);
    let text = match value {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Str(text) => text.value(),
            other => {
                let wrong = format!("expected a string for `{key}`, found {}", found(other));
                return Err(error(value, wrong, help));
            }
        },
        _ => {
            let wrong = format!("expected a string for `{key}`, found `{}`", spell(value));
            return Err(error(value, wrong, help));
        }
    };
    words.iter().position(|word| *word == text).ok_or_else(|| {
        let wrong = format!("unknown value `{text}` for `{key}`");
        error(value, wrong, help)
    })
}

/// A closure of one argument, or a path.
fn function(key: Key<'_>, argument: &str, value: Expr) -> syn::Result<Expr> {
    let name = key.name;
    let wrong = match &value {
        Expr::Path(_) => return Ok(value),
        Expr::Closure(closure) if closure.inputs.len() == 1 => return Ok(value),
        Expr::Closure(closure) => {
            let found = closure.inputs.len();
            let wrong = format!("`{name}` takes one argument, the {argument}, found {found}");
            return Err(error(parameter_list(closure), wrong, key.write()));
        }
        other => format!(
            "expected a closure or the path of a function for `{name}`, found `{}`",
            spell(other)
        ),
    };
    Err(error(value, wrong, key.write()))
}

fn crate_path(key: Key<'_>, value: Expr) -> syn::Result<Path> {
    let help = format!("write an absolute path: `{}`", key.example);
    let found = spell(&value).replace(' ', "");
    let Expr::Path(path) = value else {
        let wrong = format!("expected a path for `crate`, found `{found}`");
        return Err(error(value, wrong, help));
    };
    let mut segments = path.path.segments.iter();
    let is_absolute = path.path.leading_colon.is_some()
        || path.path.segments.first().is_some_and(|first| {
            // The second is what a macro by example writes.
            first.ident == "crate" || first.ident == "$crate"
        });
    let is_plain = path.qself.is_none() && segments.all(|segment| segment.arguments.is_none());
    if !is_plain || !is_absolute {
        let wrong = format!("expected an absolute path for `crate`, found `{found}`");
        return Err(error(path, wrong, help));
    }
    Ok(path.path)
}

/// Skips what follows a mistake, up to the next argument: commas stand inside
/// closures and generics too.
fn skip_to_next(input: ParseStream<'_>) {
    while !input.is_empty() {
        let separates = input.peek(Token![,]) || input.peek(Token![;]);
        let _ = input.parse::<TokenTree>();
        if separates && (input.is_empty() || is_argument(input)) {
            return;
        }
    }
}

/// Whether what follows looks like an argument.
fn is_argument(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    fork.call(Ident::parse_any).is_ok()
        && (ends(&fork)
            || fork.peek(token::Paren)
            || fork.peek(Token![=]) && !fork.peek(Token![==]))
}

fn next(input: ParseStream<'_>) -> TokenStream {
    match input.fork().parse::<TokenTree>() {
        Ok(token) => token.into_token_stream(),
        Err(_) => TokenStream::new(),
    }
}
