//! The arguments of a method over those of its `impl` block.

use quote::ToTokens;
use syn::Ident;

use super::value::{Value, Window};
use super::{Args, TUNING};

impl Args {
    /// What the method says, and for the rest what the block says. A key of the
    /// method takes the place of those of the block that it excludes.
    pub(crate) fn over(mut self, block: &Args) -> Args {
        let own = self.given.clone();
        let gives = |key: &str| own.iter().any(|given| given == key);
        let is_replaced = |key: &str| match key {
            "name" | "key" => gives(key) || gives("breaker"),
            "breaker" => gives(key) || gives("name") || gives("key"),
            "error" => gives(key) || gives("fallback"),
            "fallback" => gives(key) || gives("error"),
            "fallback_on" => gives(key) || gives("error") && !gives("fallback"),
            key => gives(key) || TUNING.contains(&key) && gives("breaker"),
        };
        macro_rules! inherit {
            ($($slot:ident)*) => {$(
                let key = if stringify!($slot) == "krate" { "crate" } else { stringify!($slot) };
                inherit(&mut self.$slot, block.$slot.as_ref(), is_replaced(key));
            )*};
        }
        inherit!(name threshold failure_rate failure_count window min_calls slow_call slow_rate);
        inherit!(cooldown backoff cooldown_max jitter probes success_threshold probe_timeout);
        inherit!(failure ignore trip retry_after on_cancel timeout key breaker);
        inherit!(fallback fallback_on error krate);
        let inherited = block.given.iter().filter(|key| !is_replaced(&key.to_string())).cloned();
        self.inherited = inherited.collect();
        self.given.extend(self.inherited.iter().cloned());
        self
    }

    /// Whether both ask for one breaker of the registry.
    pub(crate) fn is_twin(&self, other: &Args) -> bool {
        let is_plain = |args: &Args| !args.has("key") && !args.has("breaker");
        let is_same = match (&self.name, &other.name) {
            (Some(one), Some(other)) => one.value.is_same(&other.value),
            (None, None) => !self.has("name") && !other.has("name"),
            _ => false,
        };
        is_same && is_plain(self) && is_plain(other)
    }

    /// Whether the key comes from the `impl` block.
    pub(crate) fn inherits(&self, key: &str) -> bool {
        self.inherited.iter().any(|inherited| inherited == key)
    }

    /// The first key of a method by which it would tune the breaker that it
    /// shares with the block otherwise than the block does.
    pub(crate) fn retunes(&self, block: &Args) -> Option<&Ident> {
        let is_shared = block.has("name") && !self.has("name") && !self.has("breaker");
        if !is_shared || !TUNING.iter().any(|key| block.has(key)) {
            return None;
        }
        macro_rules! differs {
            ($($key:ident)*) => {$(
                match (&self.$key, &block.$key) {
                    (Some(own), Some(shared)) if !own.value.is_same(&shared.value) => {
                        return Some(&own.key);
                    }
                    (Some(own), None) => return Some(&own.key),
                    _ => {}
                }
            )*};
        }
        differs!(threshold failure_rate failure_count window min_calls slow_call slow_rate);
        differs!(cooldown backoff cooldown_max jitter probes success_threshold probe_timeout);
        None
    }
}

/// Not unrolled for each key.
fn inherit<T: Clone>(own: &mut Option<T>, block: Option<&T>, is_replaced: bool) {
    if !is_replaced {
        *own = block.cloned();
    }
}

/// Equal as far as can be told without the compiler.
trait Same {
    fn is_same(&self, other: &Self) -> bool;
}

impl<T: PartialEq> Same for Value<T> {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Literal(one, _), Value::Literal(other, _)) => one == other,
            (Value::Constant(one), Value::Constant(other)) => {
                one.to_token_stream().to_string() == other.to_token_stream().to_string()
            }
            _ => false,
        }
    }
}

impl Same for Window {
    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}
