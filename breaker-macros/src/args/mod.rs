//! The attribute's arguments: tokens become typed values with their spans.

#[macro_use]
pub(crate) mod keys;

pub(crate) mod arm;
mod binding;
mod merge;
mod parse;
mod reader;
mod setting;
pub(crate) mod stream;
mod unknown;
pub(crate) mod value;

use std::time::Duration;

use syn::{Expr, ExprClosure, ExprPath, Ident, Path};

use self::arm::Arm;
use self::stream::Stream;
use self::value::{Value, WindowSize};

pub(crate) use self::setting::Setting;

/// A key as the user wrote it, and its value.
#[derive(Clone)]
pub(crate) struct Arg<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

macro_rules! args {
    ($($kind:ident $field:ident ($value:ty, $($reader:tt)*))*) => {
        /// The arguments of an attribute. A field is `None` if its key was left out or had a wrong
        /// value.
        #[derive(Clone, Default)]
        pub(crate) struct Args {
            /// The keys so far, including those with a wrong value.
            written: Vec<Ident>,
            /// The keys among `written` that come from the `impl` block.
            inherited: Vec<Ident>,
            /// True if there is a key that is not in the table.
            has_unknown: bool,
            /// The valid values as they were written, by their keys.
            texts: Vec<(Ident, String)>,
            $(pub(crate) $field: Option<Arg<$value>>,)*
        }
    };
}
with_keys!(args);

impl Args {
    /// The keys that were written, with a valid value or a wrong one.
    pub(crate) fn written(&self) -> &[Ident] {
        &self.written
    }

    /// The tuning, in the order of the table of keys.
    pub(crate) fn settings(&self) -> Vec<Setting<'_>> {
        let mut settings = Vec::new();
        macro_rules! collect {
            ($($field:ident)*) => {$(
                if let Some(Arg { key, value }) = &self.$field {
                    settings.push(Setting { key, name: stringify!($field), value });
                }
            )*};
        }
        with_tuning_keys!(collect);
        settings
    }

    /// The keys whose value is a constant that goes into the function's static, with that constant.
    pub(crate) fn constants(&self) -> Vec<(&Ident, &Expr)> {
        let mut constants = Vec::new();
        if let Some(Arg { key, value: Value::Constant(value) }) = &self.name {
            constants.push((key, value));
        }
        constants.extend(self.config.iter().map(|Arg { key, value }| (key, value)));
        for Setting { key, value, .. } in self.settings() {
            constants.extend(value.constant().map(|value| (key, value)));
        }
        constants
    }

    /// Returns true if the fallback answers failed calls too. The fallback then needs the arguments
    /// after the body has taken them.
    pub(crate) fn falls_back_on_failure(&self) -> bool {
        self.fallback_on.as_ref().is_some_and(|on| on.value == FallbackOn::Failure)
    }

    /// Returns true if a key was written that does not exist.
    pub(crate) fn has_unknown(&self) -> bool {
        self.has_unknown
    }

    /// Spells the value of a key as it was written; `None` if the value is wrong.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.texts.iter().find(|(written, _)| written == key).map(|(_, text)| text.as_str())
    }

    /// Returns true if the key was written, with a right value or a wrong one.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.written.iter().any(|written| written == key)
    }
}

#[derive(Clone)]
pub(crate) enum Fallback {
    Path(ExprPath),
    Closure(ExprClosure),
    Inline(Expr),
}

impl Fallback {
    /// Returns true if the fallback is called with the arguments. An inline value finds them
    /// in scope.
    pub(crate) fn takes_arguments(&self) -> bool {
        matches!(self, Fallback::Path(_) | Fallback::Closure(_))
    }

    /// Returns true if the fallback may call a function.
    pub(crate) fn may_call(&self) -> bool {
        match self {
            Fallback::Path(_) => true,
            Fallback::Closure(closure) => may_call(&closure.body),
            Fallback::Inline(value) => may_call(value),
        }
    }
}

/// Returns true unless the value consists of literals, names, and variants of `Result` and
/// `Option`.
fn may_call(value: &Expr) -> bool {
    let is_variant = |called: &Expr| {
        matches!(called, Expr::Path(path)
            if ["Ok", "Err", "Some"].into_iter().any(|name| path.path.is_ident(name)))
    };
    match value {
        Expr::Lit(_) | Expr::Path(_) => false,
        Expr::Call(call) if is_variant(&call.func) => call.args.iter().any(may_call),
        Expr::Tuple(tuple) => tuple.elems.iter().any(may_call),
        Expr::Paren(paren) => may_call(&paren.expr),
        _ => true,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnCancel {
    Ignore,
    Failure,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FallbackOn {
    Rejection,
    Failure,
}
