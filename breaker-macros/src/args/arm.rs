//! The values of `failure`, `ignore` and `trip`: patterns and predicates.

use breaker_core::written::Key;
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::{
    Expr, ExprClosure, ExprPath, Ident, Pat, PatIdent, PatTupleStruct, Token, parenthesized, token,
};

use super::binding;
use super::value::ungroup;
use crate::diagnostics::{error, parameter_list, spell};
use crate::tokens::mentions;

/// One entry of a list, or the only value.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "only where tests ask of spans what they hold")]
pub(crate) enum Arm {
    /// `PATTERN` or `PATTERN if GUARD`.
    Pattern { pattern: Pat, guard: Option<Expr> },
    /// A closure or the path of a function, from `&Output` to `bool`.
    Predicate(Expr),
}

impl Parse for Arm {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if begins_closure(input) || is_closure_in_parentheses(input) {
            return Ok(Arm::Predicate(unwrapped(input.parse()?)));
        }
        // `self.is_bad` is no pattern.
        if input.peek(Ident::peek_any) && input.peek2(Token![.]) && !input.peek2(Token![..]) {
            return Ok(Arm::Predicate(input.parse()?));
        }
        let before = input.fork();
        let pattern = Pat::parse_multi(input)?;
        if input.peek(Token![||]) {
            let alternatives = before.parse()?;
            input.advance_to(&before);
            return Ok(Arm::Predicate(alternatives));
        }
        if input.peek(Token![if]) {
            input.parse::<Token![if]>()?;
            return Ok(Arm::Pattern { pattern, guard: Some(input.parse()?) });
        }
        Ok(match function(&pattern) {
            Some(path) => Arm::Predicate(Expr::Path(path)),
            None => Arm::Pattern { pattern, guard: None },
        })
    }
}

impl Arm {
    /// Refuses an arm that parses but cannot be meant.
    pub(super) fn check(&self, key: Key) -> syn::Result<()> {
        match self {
            Arm::Predicate(Expr::Closure(closure)) => check_closure(closure, key),
            Arm::Predicate(Expr::Path(_)) | Arm::Pattern { guard: Some(_), .. } => Ok(()),
            Arm::Predicate(Expr::Binary(alternatives)) => {
                let wrong = format!("alternatives of `{}` are told apart by `|`", key.name);
                let spelled = spell(alternatives).replace("||", "|");
                let help = format!("write `{} = {spelled}`", key.name);
                Err(error(alternatives.op, wrong, help))
            }
            Arm::Predicate(other) => {
                let wrong = format!("expected a pattern or a predicate for `{}`", key.name);
                let help = match method_call(other) {
                    Some(call) => format!("write `{} = |r| {call}`", key.name),
                    None => key.help(),
                };
                Err(error(other, wrong, help))
            }
            Arm::Pattern { pattern, guard: None } => check_unguarded(pattern, key),
        }
    }

    /// Spells the arm as the user wrote it.
    pub(crate) fn spell(&self) -> String {
        match self {
            Arm::Pattern { pattern, guard: None } => spell(pattern),
            Arm::Pattern { pattern, guard: Some(guard) } => {
                format!("{} if {}", spell(pattern), spell(guard))
            }
            Arm::Predicate(predicate) => spell(predicate),
        }
    }
}

/// Spells the method call that `self.is_bad` or `self.is_bad(output)` stands for.
fn method_call(value: &Expr) -> Option<String> {
    let (receiver, method) = match value {
        Expr::Field(field) => (&field.base, field.member.to_token_stream()),
        Expr::MethodCall(call) => (&call.receiver, call.method.to_token_stream()),
        _ => return None,
    };
    Some(format!("{}.{method}(r)", spell(receiver)))
}

/// Returns true if the next token can begin a closure. No pattern begins with a bar here.
fn begins_closure(input: ParseStream<'_>) -> bool {
    input.peek(Token![|])
        || input.peek(Token![||])
        || input.peek(Token![move])
        || input.peek(Token![async])
}

fn is_closure_in_parentheses(input: ParseStream<'_>) -> bool {
    let inside = |input: ParseStream<'_>| -> syn::Result<bool> {
        let content;
        parenthesized!(content in input);
        Ok(begins_closure(&content))
    };
    let is_closure = |value: Expr| matches!(unwrapped(value), Expr::Closure(_));
    input.peek(token::Paren)
        && inside(&input.fork()).unwrap_or(false)
        && input.fork().parse().is_ok_and(is_closure)
}

fn unwrapped(value: Expr) -> Expr {
    match ungroup(value) {
        Expr::Paren(paren) => unwrapped(*paren.expr),
        other => other,
    }
}

/// The path of a function, which parses as a pattern: `is_5xx`, `Self::is_bad`,
/// `errors::is_bad::<u8>`. Patterns that consist of a path begin with a capital.
fn function(pattern: &Pat) -> Option<ExprPath> {
    match pattern {
        Pat::Ident(named)
            if named.by_ref.is_none() && named.mutability.is_none() && named.subpat.is_none() =>
        {
            let path =
                ExprPath { attrs: Vec::new(), qself: None, path: named.ident.clone().into() };
            (!is_capital(&named.ident)).then_some(path)
        }
        Pat::Path(path) => {
            let last = path.path.segments.last()?;
            (!is_capital(&last.ident)).then(|| path.clone())
        }
        Pat::Paren(paren) => function(&paren.pat),
        _ => None,
    }
}

/// Returns true if the name, after underscores, begins with a capital.
pub(super) fn is_capital(name: &Ident) -> bool {
    let name = name.unraw().to_string();
    name.trim_start_matches('_').starts_with(char::is_uppercase)
}

/// Refuses a closure that takes no output or cannot return a `bool`, and a pattern with a bar
/// before it, which parses as a closure.
fn check_closure(closure: &ExprClosure, key: Key) -> syn::Result<()> {
    let name = key.name;
    if let Some(word) = &closure.asyncness {
        let wrong = format!("`{name}` cannot await: the call is judged at once");
        return Err(error(word, wrong, "remove `async`"));
    }
    let help = format!("write `{name} = |output| ...`");
    let found = closure.inputs.len();
    if found != 1 {
        let wrong = format!("`{name}` takes one argument, the output by reference, found {found}");
        return Err(error(parameter_list(closure), wrong, help));
    }
    match &closure.inputs[0] {
        refutable if is_refutable(refutable) => {
            let wrong = format!("a pattern of `{name}` may not begin with a bar");
            let (first, rest) = (spell(refutable), spell(&closure.body));
            let help = format!("remove it: `{name} = {first} | {rest}`");
            Err(error(closure.inputs_begin, wrong, help))
        }
        _ => Ok(()),
    }
}

/// Recognises patterns that no closure can have for its parameter.
fn is_refutable(pattern: &Pat) -> bool {
    let is_variant = |name: &Ident| ["Ok", "Err", "Some", "None"].iter().any(|word| name == word);
    match pattern {
        Pat::Lit(_) | Pat::Range(_) => true,
        Pat::Ident(named) => is_variant(&named.ident),
        Pat::TupleStruct(tuple) => {
            tuple.path.segments.last().is_some_and(|last| is_variant(&last.ident))
        }
        _ => false,
    }
}

/// Refuses a binding that nothing reads, and a function among the alternatives of a pattern.
fn check_unguarded(pattern: &Pat, key: Key) -> syn::Result<()> {
    let name = key.name;
    match pattern {
        Pat::Or(or) => {
            let Some(path) = or.cases.iter().find_map(function) else {
                return binding::check(pattern);
            };
            let arms = or.cases.iter().map(|case| spell(case)).collect::<Vec<_>>().join(", ");
            let wrong = format!("a function cannot stand in a pattern, found `{}`", spell(&path));
            Err(error(path, wrong, format_args!("give a list: `{name}({arms})`")))
        }
        Pat::TupleStruct(called) if is_call(called) => {
            let function = spell(&called.path);
            let wrong = format!("expected a pattern or a predicate for `{name}`, found a call");
            let help = format!("give the function alone, without arguments: `{name} = {function}`");
            Err(error(pattern, wrong, help))
        }
        Pat::Reference(reference) if function(&reference.pat).is_some() => {
            let (found, function) = (spell(pattern), spell(&reference.pat));
            let wrong = format!("expected a pattern or a predicate for `{name}`, found `{found}`");
            let help = match *reference.pat {
                Pat::Ident(_) => format!(
                    "write `{name} = {function}` for the function, or add a guard: `{name} = {found} if ...`"
                ),
                _ => format!("write `{name} = {function}`"),
            };
            Err(error(pattern, wrong, help))
        }
        _ if binds_everything(pattern) => {
            let found = spell(pattern);
            let wrong = format!("`{found}` matches every output, and no guard reads it");
            let help = format!("add a guard, `{name} = {found} if ...`, or write `{name} = _`");
            Err(error(pattern, wrong, help))
        }
        _ => binding::check(pattern),
    }
}

/// Recognises a call of a function, `is_5xx(output)`, by the spelling of the function's name.
fn is_call(called: &PatTupleStruct) -> bool {
    called.path.segments.last().is_some_and(|last| !is_capital(&last.ident))
}

/// Recognises a binding of the whole output: `ref output`, `&output`, `output @ _`.
fn binds_everything(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(named) => match &named.subpat {
            Some((_, inner)) => matches!(**inner, Pat::Wild(_)) || binds_everything(inner),
            None => !is_capital(&named.ident),
        },
        Pat::Paren(paren) => binds_everything(&paren.pat),
        Pat::Reference(reference) => binds_everything(&reference.pat),
        _ => false,
    }
}

/// Returns the pattern with each bare name in it, `Down`, as a path, `Down::<>`. A path that is
/// misspelt is an error; the name alone would be a binding that matches everything.
pub(crate) fn without_capital_bindings(pattern: &Pat, guard: Option<&Expr>) -> Pat {
    let mut pattern = pattern.clone();
    spell_out(&mut pattern, guard);
    pattern
}

fn spell_out(pattern: &mut Pat, guard: Option<&Expr>) {
    let spell_out = |pattern: &mut Pat| spell_out(pattern, guard);
    match pattern {
        Pat::Ident(named) if is_bare_capital(named, guard) => {
            let name = named.ident.clone();
            let span = name.span();
            *pattern = Pat::Verbatim(quote_spanned!(span=> #name::<>));
        }
        Pat::Ident(named) => {
            if let Some((_, inner)) = &mut named.subpat {
                spell_out(inner);
            }
        }
        Pat::Or(or) => or.cases.iter_mut().for_each(spell_out),
        Pat::Paren(paren) => spell_out(&mut paren.pat),
        Pat::Reference(reference) => spell_out(&mut reference.pat),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(spell_out),
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(spell_out),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(spell_out),
        Pat::Struct(fields) => {
            // A field alone, `Error { Code }`, binds by the field's name.
            let given = fields.fields.iter_mut().filter(|field| field.colon_token.is_some());
            given.for_each(|field| spell_out(&mut field.pat));
        }
        _ => {}
    }
}

/// Recognises the name of a constant or a unit variant. A single letter that the guard reads is
/// a binding: `Err(E) if E.is_fatal()`.
fn is_bare_capital(named: &PatIdent, guard: Option<&Expr>) -> bool {
    let name = &named.ident.to_string();
    let is_read = || guard.is_some_and(|guard| mentions(guard.to_token_stream(), name));
    named.by_ref.is_none()
        && named.mutability.is_none()
        && named.subpat.is_none()
        && is_capital(&named.ident)
        && !(name.chars().count() == 1 && is_read())
}

/// Returns true for a value to compare with. Other patterns match through the reference to
/// the output; a string or a constant does not.
pub(crate) fn is_plain_value(pattern: &Pat, guard: Option<&Expr>) -> bool {
    match pattern {
        Pat::Lit(_) | Pat::Range(_) | Pat::Path(_) => true,
        Pat::Ident(named) => is_bare_capital(named, guard),
        Pat::Or(or) => or.cases.iter().all(|case| is_plain_value(case, guard)),
        Pat::Paren(paren) => is_plain_value(&paren.pat, guard),
        _ => false,
    }
}
