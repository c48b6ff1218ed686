//! Functions of every shape, each with something to complain of. The compiler and clippy see them
//! with the attribute and without it, and must complain alike.

#![warn(unused, unreachable_pub, missing_docs, unused_qualifications, single_use_lifetimes)]
#![warn(unused_lifetimes, trivial_casts, unused_results, let_underscore_drop, missing_debug_implementations)]
// Lints that the compiler leaves off unless a crate asks for them.
#![warn(ambiguous_negative_literals, elided_lifetimes_in_paths, explicit_outlives_requirements)]
#![warn(impl_trait_redundant_captures, missing_copy_implementations, non_ascii_idents)]
#![warn(redundant_imports, redundant_lifetimes, trivial_numeric_casts, unit_bindings)]
#![warn(unnameable_types, unsafe_code, unused_extern_crates, unused_import_braces)]
#![warn(unused_macro_rules, variant_size_differences, absolute_paths_not_starting_with_crate)]
#![warn(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]

pub mod endings;
pub mod methods;

use std::fmt::Debug;

#[cfg(feature = "guarded")]
use breakerbox as _;

type Reply = Result<u32, Error>;

#[derive(Clone, Debug)]
pub struct Error;

impl From<breakerbox::BreakerError> for Error {
    fn from(_: breakerbox::BreakerError) -> Self {
        Self
    }
}

// Arguments and locals that nobody uses, or changes.

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn unused_argument(used: u32, unused: u32) -> Reply {
    let local = 1;
    Ok(used)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(fallback = Ok(1)))]
pub async fn unused_argument_async(used: u32, unused: u32) -> Reply {
    std::future::ready(used).await;
    let local = 1;
    Ok(used)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn unused_mut(mut all: Vec<u8>, mut count: u32) -> Reply {
    count += 1;
    Ok(count + all.len() as u32)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(failure = Err(Error)))]
pub async fn unused_mut_async(mut all: Vec<u8>, (mut a, b): (u32, u32)) -> Reply {
    std::future::ready(()).await;
    Ok(a + all.len() as u32)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn unused_assignment(flag: bool) -> Reply {
    let mut value = 1;
    if flag {
        value = 2;
    }
    value = 3;
    Ok(value)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn assigned_argument(mut n: u32, mut text: String) -> Reply {
    n = 3;
    text = String::new();
    Ok(1)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn read_and_assigned(mut n: u32, (mut a, mut b): (u32, u32)) -> Reply {
    a = n + b;
    n = a;
    b += 1;
    Ok(a)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn unused_inside(_named: u32, _: u32) -> Reply {
    use std::collections::HashMap;
    fn nobody_calls() {}
    const NOBODY_READS: u8 = 1;
    unused_argument(1, 2);
    unused_argument_async(1, 2);
    "text".to_owned();
    let unused_closure = |x: u32| x + 1;
    (Ok(1))
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
fn nobody_calls_it() -> Reply {
    Ok(1)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(name = "dead", fallback = nobody_calls_the_fallback))]
async fn nobody_calls_it_async() -> Reply {
    std::future::ready(Ok(1)).await
}

// The attribute calls it once.
#[allow(clippy::single_call_fn)]
const fn nobody_calls_the_fallback() -> Reply {
    Ok(1)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub async fn items_first(reply: Reply) -> Reply {
    use std::future::ready;
    const ONE: u32 = 1;
    /// Documented.
    fn inside(n: u32) -> u32 {
        n + ONE
    }
    macro_rules! two {
        () => {
            2
        };
    }
    ready(()).await;
    fn too_late() {}
    too_late();
    let n = reply? + two!();
    Ok(inside(n))
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn items_first_sync(reply: Reply) -> Reply {
    use std::cmp::max;
    let n = reply?;
    fn too_late() {}
    too_late();
    Ok(max(n, 1))
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub async fn waits_for_nothing_but_says_so(flag: bool) -> Reply {
    if !flag {
        println!("no");
        return Err(Error);
    }
    Ok(1)
}

// Signatures.

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn too_many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> Reply {
    Ok(u32::from(a + b + c + d + e + f + g + h))
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn by_value(text: String, all: Vec<u8>) -> Reply {
    Ok((text.len() + all.len()) as u32)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(fallback = Ok(1)))]
pub fn by_value_to_a_fallback(text: String, all: Vec<u8>) -> Reply {
    Ok((text.len() + all.len()) as u32)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn lifetimes<'a, 'b>(one: &'a str, two: &'b Vec<u8>) -> Result<&'a str, Error> {
    Ok(one)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub async fn lifetimes_async<'a>(one: &'a str, two: &mut String) -> Result<&'a str, Error> {
    std::future::ready(()).await;
    Ok(one)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn generic<T, const N: usize>(all: &[T; N], flag: bool) -> Result<usize, Error>
where
    T: Debug,
{
    let count: usize = all.len() as usize;
    Ok(count)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn opaque(text: impl Into<String>) -> Result<impl Iterator<Item = char>, Error> {
    let text: String = text.into();
    let all = text.chars().collect::<Vec<_>>();
    Ok(all.into_iter())
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
#[deprecated = "for this file"]
pub fn deprecated() -> Reply {
    Ok(1)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
#[must_use]
pub fn must_use() -> Reply {
    deprecated()
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn uses_them() -> Reply {
    must_use();
    let _ = must_use();
    deprecated()
}

#[allow(unused_variables)]
#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn allowed(unused: u32) -> Reply {
    Ok(1)
}

#[expect(unused_variables)]
#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(name = "expected"))]
pub async fn expected(unused: u32) -> Reply {
    std::future::ready(Ok(1)).await
}

#[expect(unused_variables)]
#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn expected_in_vain(used: u32) -> Reply {
    Ok(used)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn inner_attribute(unused: u32) -> Reply {
    #![allow(clippy::needless_return)]
    return Ok(1);
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
#[tracing::instrument]
pub async fn instrumented(unused: u32) -> Reply {
    std::future::ready(()).await;
    let local = 1;
    Ok(1)
}

// Lints that no crate asks for all of.

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(name = "returns"))]
pub fn returns(mut n: u32) -> Reply {
    n += 1;
    return Ok(n);
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(fallback = Ok(1)))]
pub async fn returns_async(n: u32) -> Reply {
    std::future::ready(()).await;
    if n > 1 {
        return Ok(n);
    }
    return Err(Error);
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(
    failure(Err(_), |reply| reply.is_err(), Result::is_err),
    fallback_on = "failure",
    fallback = |_, number, _| Ok(number),
))]
pub fn patterns((a, b): (u32, u32), _unused: u32) -> Reply {
    Ok(a)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(fallback = spare, threshold = 1))]
pub async fn handed_on(_unused: u32, [a, b]: [u32; 2]) -> Reply {
    std::future::ready(a + b).await;
    Ok(b)
}

pub fn spare(n: u32, [a, b]: [u32; 2]) -> Reply {
    Ok(n + a + b)
}

/// In a block, as other attributes put a body.
macro_rules! in_a_block {
    ($(#[$attr:meta])* $name:ident $body:block) => {
        #[allow(clippy::implicit_return)]
        $(#[$attr])*
        pub fn $name() -> Reply { $body }
    };
}

in_a_block!(#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)] wrapped {
    let n = 1;
    Ok(n)
});
