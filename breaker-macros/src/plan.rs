//! The plan of an expansion: every decision that depends on the arguments and the function.
//!
//! The plan is made once, after all checks have passed. `emit` writes it, and asks neither the
//! arguments nor the function's shape again. The one exception is the expression of `breaker`,
//! which decides how the breaker is held.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, Path};

use crate::args::arm::Arm;
use crate::args::value::Value;
use crate::args::{Arg, Args, Fallback, OnCancel, Setting};
use crate::item::awaits::may_await;
use crate::item::function::Function;
use crate::item::parameters::typed;
use crate::item::returns;
use crate::item::shape::{AsyncBlock, Shape};
use crate::item::stream::{self, StreamType};
use crate::item::twins;

pub(crate) struct Plan<'a> {
    pub(crate) form: Form,
    pub(crate) binding: Binding<'a>,
    /// The path of this crate, if it is not `::breakerbox`.
    pub(crate) krate: Option<&'a Path>,
    pub(crate) source: Source<'a>,
    pub(crate) route: Route<'a>,
    pub(crate) twins: Twins,
}

/// Our other attributes on the function.
pub(crate) struct Twins {
    /// True if the body is the expansion of an inner attribute.
    pub(crate) has_inner: bool,
    /// An expression: true if there is an outer attribute. `None` if there is none.
    pub(crate) outer: Option<TokenStream>,
}

/// The form of the function that is emitted.
pub(crate) enum Form {
    /// The body is a closure. An `async fn` that awaits nothing has this form too, so that
    /// lints still report it.
    Sync,
    /// The body of the `async fn` is an `async` block.
    Async,
    /// The function's body is this `async` block and nothing else. The block is guarded in its
    /// place.
    Block(AsyncBlock),
    /// The body is a closure that makes a future. The future is guarded afterwards.
    MadeFuture { is_boxed: bool },
}

/// The names under which parameters are bound.
#[derive(Clone, Copy)]
pub(crate) enum Binding<'a> {
    /// The body uses the parameters as they are.
    Unchanged,
    /// Each parameter that this fallback takes has a name, by which it is handed on.
    Named(&'a Fallback),
    /// The closure rebinds `mut` parameters, and if `patterns` is set, `mut` variables in patterns
    /// too.
    Rebound { patterns: bool },
}

/// The origin of the breaker.
pub(crate) enum Source<'a> {
    /// The expression of the key `breaker`.
    Own(&'a Expr),
    /// The registry, by way of the function's static.
    Registry {
        name: Option<&'a Value<String>>,
        config: Option<&'a Expr>,
        settings: Vec<Setting<'a>>,
        key: Option<&'a Expr>,
    },
}

/// The route of a call through the breaker.
pub(crate) enum Route<'a> {
    /// No key asks for more than one function of the core, which admits the call, runs the body and
    /// judges its output.
    Plain,
    /// The expansion takes a permit and runs the body under it.
    Permit(Steps<'a>),
}

/// The steps of a call with a permit.
pub(crate) struct Steps<'a> {
    pub(crate) judge: Judge<'a>,
    pub(crate) cancel: OnCancel,
    pub(crate) timeout: Option<Timeout<'a>>,
    /// The function that makes the function's error from a `BreakerError`. Without it, `From` does.
    pub(crate) error: Option<&'a Expr>,
    pub(crate) covered: Covered<'a>,
    /// The settings for the stream that the function returns, if it returns one.
    pub(crate) watch: Option<Box<Watch<'a>>>,
}

impl Steps<'_> {
    pub(crate) fn fails_on_cancel(&self) -> bool {
        matches!(self.cancel, OnCancel::Failure)
    }
}

/// The settings for watching a stream.
pub(crate) struct Watch<'a> {
    pub(crate) returned: StreamType,
    /// The type of the items, if an `impl Stream` names it.
    pub(crate) item: Option<TokenStream>,
    /// The items that are failures. Without this key, the type of the items decides.
    pub(crate) failure: Option<&'a Arg<Vec<Arm>>>,
    pub(crate) first: Option<Timeout<'a>>,
    pub(crate) stall: Option<Timeout<'a>>,
    pub(crate) until_first: bool,
    /// The function that makes an item's error from a `BreakerError`.
    pub(crate) error: Option<&'a Expr>,
}

/// The time limit of a call, or of a part of it.
pub(crate) struct Timeout<'a> {
    pub(crate) key: &'static str,
    pub(crate) length: &'a Value<Duration>,
    /// The `probe_timeout` that the length must not exceed. The check phase has compared two
    /// literals.
    pub(crate) bound: Option<Bound<'a>>,
}

/// The origin of a `probe_timeout`.
pub(crate) enum Bound<'a> {
    Key(&'a Value<Duration>),
    /// The path of a config, which may set one.
    Config(&'a Expr),
}

impl<'a> Bound<'a> {
    fn of(args: &'a Args) -> Option<Self> {
        let key = args.probe_timeout.as_ref().map(|bound| Bound::Key(&bound.value));
        key.or_else(|| args.config.as_ref().map(|config| Bound::Config(&config.value)))
    }
}

/// The way in which an output is judged.
pub(crate) enum Judge<'a> {
    /// By the type of the output alone.
    Type,
    /// Not at all: the output is a stream, which is judged later.
    Never,
    /// By patterns. If none matches and there is no `failure`, by type.
    Patterns {
        failure: Option<&'a Arg<Vec<Arm>>>,
        ignore: Option<&'a Arg<Vec<Arm>>>,
        trip: Option<&'a Arg<Vec<Arm>>>,
        retry_after: Option<&'a Arg<Expr>>,
    },
}

/// The calls that a fallback answers.
pub(crate) enum Covered<'a> {
    /// There is no fallback. A rejected call returns an error.
    Nothing,
    /// Rejected calls. A call whose time runs out still returns an error.
    Rejections(FallbackCall<'a>),
    /// Rejected calls, failed calls, and calls whose time runs out.
    Failures(FallbackCall<'a>),
}

pub(crate) struct FallbackCall<'a> {
    pub(crate) fallback: &'a Fallback,
    /// True if the fallback is a closure that takes the cause after the arguments.
    pub(crate) takes_cause: bool,
    /// True if the body may take the arguments before the fallback runs. Clones of them are saved.
    pub(crate) saves_arguments: bool,
    /// True if the fallback may call a function, and thereby this one again.
    pub(crate) may_lead_back: bool,
}

impl<'a> Plan<'a> {
    pub(crate) fn make(args: &'a Args, function: &Function) -> Self {
        let form = Form::of(args, function);
        let twins = Twins {
            has_inner: twins::has_inner(&function.statements),
            outer: function.outer.clone(),
        };
        let route = Route::of(args, function, &twins);
        Plan {
            binding: Binding::of(args, &form, &route),
            form,
            krate: args.krate.as_ref().map(|krate| &krate.value),
            source: Source::of(args),
            route,
            twins,
        }
    }

    /// The fallback that needs saved arguments, if there is one.
    pub(crate) fn saves_for(&self) -> Option<&'a Fallback> {
        match &self.route {
            Route::Permit(Steps { covered, .. }) => match covered {
                Covered::Rejections(call) | Covered::Failures(call) if call.saves_arguments => {
                    Some(call.fallback)
                }
                _ => None,
            },
            Route::Plain => None,
        }
    }
}

impl Form {
    fn of(args: &Args, function: &Function) -> Self {
        match &function.shape {
            Shape::Sync => Form::Sync,
            Shape::Async if awaits_nothing(args, function) => Form::Sync,
            Shape::Async => Form::Async,
            Shape::Future(future) => match &future.block {
                Some(block) => Form::Block(block.clone()),
                None => Form::MadeFuture { is_boxed: future.is_boxed },
            },
        }
    }

    /// Returns true if the body is a future, or makes one.
    pub(crate) fn is_async(&self) -> bool {
        !matches!(self, Form::Sync)
    }
}

/// Returns true if neither the function nor its fallback can reach an `await`.
fn awaits_nothing(args: &Args, function: &Function) -> bool {
    let fallback_awaits = match args.fallback.as_ref().map(|fallback| &fallback.value) {
        Some(Fallback::Inline(value)) => {
            matches!(value, Expr::Async(_)) || may_await(value.to_token_stream())
        }
        Some(Fallback::Path(_) | Fallback::Closure(_)) => true,
        None => false,
    };
    args.timeout.is_none() && !fallback_awaits && !may_await(function.statements.clone())
}

impl<'a> Binding<'a> {
    fn of(args: &'a Args, form: &Form, route: &Route<'_>) -> Self {
        let fallback = args.fallback.as_ref().map(|fallback| &fallback.value);
        let taking = fallback.filter(|fallback| {
            fallback.takes_arguments()
                || args.falls_back_on_failure()
                || matches!(form, Form::MadeFuture { .. })
        });
        let is_named_elsewhere = args.key.is_some() || args.breaker.is_some();
        match (taking, form) {
            (Some(fallback), _) => Binding::Named(fallback),
            (None, Form::Sync | Form::MadeFuture { .. }) => {
                let patterns = matches!(route, Route::Plain) && !is_named_elsewhere;
                Binding::Rebound { patterns }
            }
            // A future would store a rebound parameter twice.
            (None, Form::Async | Form::Block(_)) => Binding::Unchanged,
        }
    }
}

impl<'a> Source<'a> {
    fn of(args: &'a Args) -> Self {
        match &args.breaker {
            Some(breaker) => Source::Own(&breaker.value),
            None => Source::Registry {
                name: args.name.as_ref().map(|name| &name.value),
                config: args.config.as_ref().map(|config| &config.value),
                settings: args.settings(),
                key: args.key.as_ref().map(|key| &key.value),
            },
        }
    }
}

impl<'a> Route<'a> {
    fn of(args: &'a Args, function: &Function, twins: &Twins) -> Self {
        let watch = Watch::of(args, function).map(Box::new);
        let judge = match &watch {
            Some(watch) if !watch.returned.is_result => Judge::Never,
            _ => Judge::of(args),
        };
        let is_plain = matches!(judge, Judge::Type)
            && args.on_cancel.is_none()
            && args.timeout.is_none()
            && args.stream.is_none()
            && args.error.is_none()
            && args.fallback.is_none()
            && !twins.has_inner
            && twins.outer.is_none();
        if is_plain {
            return Route::Plain;
        }
        Route::Permit(Steps {
            judge,
            cancel: args.on_cancel.as_ref().map_or(OnCancel::Ignore, |cancel| cancel.value),
            timeout: args.timeout.as_ref().map(|timeout| Timeout {
                key: "timeout",
                length: &timeout.value,
                bound: Bound::of(args),
            }),
            error: args.error.as_ref().map(|error| &error.value),
            covered: Covered::of(args, function),
            watch,
        })
    }
}

impl<'a> Watch<'a> {
    fn of(args: &'a Args, function: &Function) -> Option<Self> {
        let stream = &args.stream.as_ref()?.value;
        let limit = |key, limit: &'a Option<Arg<Value<Duration>>>, bound| {
            limit.as_ref().map(|arg| Timeout { key, length: &arg.value, bound })
        };
        Some(Watch {
            returned: stream::returned(function.output())?,
            item: function.output().and_then(stream::item).map(returns::inferable),
            failure: stream.failure.as_ref(),
            first: limit("first", &stream.first, Bound::of(args)),
            stall: limit("stall", &stream.stall, None),
            until_first: stream.ends_at_first(),
            error: stream.error.as_ref().map(|error| &error.value),
        })
    }
}

impl<'a> Judge<'a> {
    fn of(args: &'a Args) -> Self {
        let Args { failure, ignore, trip, retry_after, .. } = args;
        match (failure, ignore, trip, retry_after) {
            (None, None, None, None) => Judge::Type,
            _ => Judge::Patterns {
                failure: failure.as_ref(),
                ignore: ignore.as_ref(),
                trip: trip.as_ref(),
                retry_after: retry_after.as_ref(),
            },
        }
    }
}

impl<'a> Covered<'a> {
    fn of(args: &'a Args, function: &Function) -> Self {
        let Some(fallback) = args.fallback.as_ref().map(|fallback| &fallback.value) else {
            return Covered::Nothing;
        };
        let answers_failures = args.falls_back_on_failure();
        let arguments = typed(&function.signature).count();
        let call = FallbackCall {
            fallback,
            takes_cause: matches!(fallback, Fallback::Closure(closure)
                if closure.inputs.len() > arguments),
            saves_arguments: answers_failures || function.makes_future(),
            may_lead_back: fallback.may_call(),
        };
        if answers_failures { Covered::Failures(call) } else { Covered::Rejections(call) }
    }
}
