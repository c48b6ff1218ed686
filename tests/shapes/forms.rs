//! Qualifiers, names, attributes and functions that macros write.

use breakerbox::circuit_breaker;
use breakerbox::testing::Scope;
use support::{DOWN, Reply, now};

use crate::{SPARE, walk, walk_with_fallback};

#[circuit_breaker(name = "free", threshold = 1, cooldown = "10s")]
fn free(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "free", threshold = 1, cooldown = "10s", fallback = free_spare)]
pub(crate) async fn free_async(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

#[allow(clippy::unused_async, reason = "as it says without the attribute")]
#[circuit_breaker(name = "free", threshold = 1, cooldown = "10s", fallback = Ok(SPARE))]
async fn free_at_once(reply: Reply) -> Reply {
    let answer = reply?;
    Ok(answer)
}

fn free_spare(_: Reply) -> Reply {
    Ok(SPARE)
}

#[test]
fn free_function_is_guarded() {
    walk("free", free);
    walk_with_fallback("free", |reply| now(free_async(reply)));
    walk_with_fallback("free", |reply| now(free_at_once(reply)));
}

mod raw {
    use super::*;

    #[circuit_breaker(threshold = 1, cooldown = "10s", fallback = r#try)]
    pub(super) async fn r#match(r#type: Reply) -> Reply {
        std::future::ready(()).await;
        r#type
    }

    async fn r#try(_: Reply) -> Reply {
        std::future::ready(Ok(SPARE)).await
    }

    /// [MAC-103]
    #[test]
    fn raw_identifiers_are_names_without_their_mark() {
        walk_with_fallback(concat!(module_path!(), "::match"), |reply| now(r#match(reply)));
    }
}

/// [MAC-024]
#[circuit_breaker(name = "conditional", threshold = 1, cooldown = "10s")]
async fn conditional(
    #[cfg(not(test))] gone: Missing,
    #[cfg(test)] reply: Reply,
    #[allow(unused)] unused: u8,
) -> Reply {
    #[cfg(not(test))]
    gone.go();
    #[cfg(test)]
    let reply = reply;
    std::future::ready(()).await;
    reply
}

/// [MAC-026]
#[test]
fn conditional_arguments_and_statements_are_the_compilers_to_drop() {
    walk("conditional", |reply| now(conditional(reply, 0)));
}

#[circuit_breaker(name = "sum", threshold = 1, cooldown = "10s")]
fn sum_of(all: &[Reply]) -> Reply {
    match all {
        [] => Ok(0),
        [first, rest @ ..] => Ok(first.clone()? + sum_of(rest)?),
    }
}

#[circuit_breaker(name = "sum", threshold = 1, cooldown = "10s", fallback = Ok(SPARE))]
async fn sum_or_spare(all: &[Reply]) -> Reply {
    match all {
        [] => Ok(0),
        [first, rest @ ..] => Ok(first.clone()? + Box::pin(sum_or_spare(rest)).await?),
    }
}

/// [MAC-050]
#[test]
fn recursion_belongs_to_the_call_it_is_in() {
    walk("sum", |reply| sum_of(&[Ok(0), reply]));
    walk_with_fallback("sum", |reply| now(sum_or_spare(&[Ok(0), reply])));
}

/// [MAC-126] [MAC-308]
#[test]
fn function_inside_of_functions_and_constants_is_guarded() {
    const fn outer() -> fn(Reply) -> Reply {
        #[circuit_breaker(name = "nested", threshold = 1, cooldown = "10s")]
        fn nested(reply: Reply) -> Reply {
            #[circuit_breaker(name = "innermost", threshold = 1, cooldown = "10s")]
            fn innermost(reply: Reply) -> Reply {
                let call = |reply: Reply| -> Reply { Ok(reply?) };
                call(reply)
            }
            innermost(reply)
        }
        nested
    }
    const _: () = {
        #[circuit_breaker(name = "in-a-constant")]
        #[allow(dead_code)]
        fn in_a_constant(reply: Reply) -> Reply {
            reply
        }
    };
    let call = outer();
    let _scope = Scope::enter();
    assert_eq!((call(Ok(1)), call(DOWN)), (Ok(1), DOWN));
    assert!(call(Ok(1)).is_err());
}

#[circuit_breaker(name = "kept", threshold = 1, cooldown = "10s")]
#[must_use = "the reply"]
#[inline]
#[cold]
#[deprecated = "in a test only"]
/// Documented below, too.
fn with_attributes(reply: Reply) -> Reply {
    reply
}

/// [MAC-118]
#[test]
#[expect(deprecated, reason = "the attribute is kept")]
fn attributes_are_kept() {
    walk("kept", |reply| with_attributes(reply));
}

/// [MAC-124]
#[circuit_breaker(name = "gone")]
#[cfg(not(test))]
fn gone(reply: Missing) -> Missing {
    reply
}

macro_rules! guarded {
    ($(#[$attribute:meta])* $f:ident($arg:ident: $ty:ty) -> $out:ty $body:block) => {
        $(#[$attribute])*
        fn $f($arg: $ty) -> $out $body
    };
}

guarded! {
    #[circuit_breaker(name = "by-example", threshold = 1, cooldown = "10s", fallback = |_| Ok(SPARE))]
    by_example(reply: Reply) -> Reply { reply }
}

/// [MAC-104]
#[test]
fn function_of_a_macro_by_example_is_guarded() {
    walk_with_fallback("by-example", by_example);
}
