//! Merges two sets of arguments: a method's and its block's, or those of two attributes.

use syn::Ident;

use super::Args;
use super::keys::{is_tuning, key_name};
use super::setting::Setting;
use crate::diagnostics::spell;

impl Args {
    /// Adds the block's arguments to those of a method. A key of the method replaces the
    /// block's keys that it excludes. A whole `config` replaces all of the block's tuning.
    pub(crate) fn over(mut self, block: &Args) -> Args {
        let own = self.written.clone();
        let gives = |key: &str| own.iter().any(|written| written == key);
        let is_replaced = |key: &str| match key {
            "name" | "key" => gives(key) || gives("breaker"),
            "breaker" => gives(key) || gives("name") || gives("key"),
            "error" => gives(key) || gives("fallback"),
            "fallback" => gives(key) || gives("error"),
            "fallback_on" => gives(key) || gives("error") && !gives("fallback"),
            key => gives(key) || is_tuning(key) && (gives("breaker") || gives("config")),
        };
        macro_rules! inherit {
            ($($kind:ident $field:ident $row:tt)*) => {$(
                let key = key_name(stringify!($field));
                inherit(&mut self.$field, block.$field.as_ref(), is_replaced(key));
            )*};
        }
        with_keys!(inherit);
        self.has_unknown |= block.has_unknown;
        let inherited = block.written.iter().filter(|key| !is_replaced(&key.to_string())).cloned();
        self.inherited = inherited.collect();
        self.written.extend(self.inherited.iter().cloned());
        let texts = block.texts.iter().filter(|(key, _)| !is_replaced(&key.to_string())).cloned();
        self.texts.extend(texts);
        self
    }

    /// Returns true if both attributes ask the registry for one breaker.
    pub(crate) fn is_twin(&self, other: &Args) -> bool {
        let is_plain = |args: &Args| !args.has("key") && !args.has("breaker");
        let is_same = match (&self.name, &other.name) {
            (Some(one), Some(other)) => one.value.is_same(&other.value),
            (None, None) => !self.has("name") && !other.has("name"),
            _ => false,
        };
        is_same && is_plain(self) && is_plain(other)
    }

    /// Returns true if the key comes from the `impl` block.
    pub(crate) fn inherits(&self, key: &str) -> bool {
        self.inherited.iter().any(|inherited| inherited == key)
    }

    /// Finds a key that retunes the breaker which the method shares with its block.
    pub(crate) fn retunes(&self, block: &Args) -> Option<&Ident> {
        let is_shared = block.has("name") && !self.has("name") && !self.has("breaker");
        if !is_shared || !block.written.iter().any(|key| is_tuning(&key.to_string())) {
            return None;
        }
        let spelled = |args: &Args| args.config.as_ref().map(|arg| spell(&arg.value));
        if let (Some(own), true) = (&self.config, spelled(self) != spelled(block)) {
            return Some(&own.key);
        }
        let shared = block.settings();
        let differs = |own: &Setting<'_>| {
            let shared = shared.iter().find(|shared| shared.name == own.name);
            !shared.is_some_and(|shared| own.is_same(shared))
        };
        self.settings().into_iter().find(differs).map(|own| own.key)
    }
}

/// A function and not part of the macro, so that it is compiled once per type and not per key.
fn inherit<T: Clone>(own: &mut Option<T>, block: Option<&T>, is_replaced: bool) {
    if !is_replaced {
        *own = block.cloned();
    }
}
