//! Types, constants and lifetimes as parameters; opaque types; patterns.

use std::borrow::Cow;
use std::fmt::{Debug, Display};

use breakerbox::circuit_breaker;
use support::{Fault, Reply, now};

use crate::{SPARE, walk, walk_with_fallback};

#[circuit_breaker(name = "generic", threshold = 1, cooldown = "10s")]
fn pick<T, const N: usize>(all: &[T; N], index: usize, reply: Reply) -> Result<&T, Fault>
where
    T: Clone,
{
    reply.map(|_| &all[index % N])
}

#[circuit_breaker(name = "generic", threshold = 1, cooldown = "10s", fallback = first)]
async fn pick_or_first<T: Sync, const N: usize>(all: &[T; N], reply: Reply) -> Result<&T, Fault> {
    std::future::ready(()).await;
    reply.map(|_| &all[N - 1])
}

fn first<T, const N: usize>(all: &[T; N], _: Reply) -> Result<&T, Fault> {
    Ok(&all[0])
}

/// [MAC-001] [MAC-002]
#[test]
fn types_and_constants_are_parameters() {
    walk("generic", |reply| {
        let all = [reply.clone()];
        pick(&all, 3, reply)?.clone()
    });
    walk_with_fallback("generic", |reply| {
        let last = reply.clone().unwrap_or_default();
        now(pick_or_first(&[SPARE, last], reply)).copied()
    });
}

#[circuit_breaker(name = "lifetimes", threshold = 1, cooldown = "10s")]
fn named<'a, 'b: 'a>(one: &'a str, _other: &'b str, reply: Reply) -> Result<Cow<'a, str>, Fault> {
    reply.map(|n| Cow::Owned(format!("{one}{n}")))
}

#[circuit_breaker(name = "lifetimes", threshold = 1, cooldown = "10s", fallback = Ok("99"))]
fn for_ever(reply: Reply) -> Result<&'static str, Fault> {
    reply.map(|n| ["0", "1", "2", "3", "4"][n as usize])
}

/// [MAC-251]
#[circuit_breaker(name = "lifetimes", threshold = 1, cooldown = "10s", fallback = |text, _| Ok(text))]
async fn elided<'a>(text: &'a str, reply: &Reply) -> Result<&'a str, Fault> {
    std::future::ready(()).await;
    reply.clone().map(|n| &text[n as usize..][..1])
}

#[test]
fn lifetimes_are_kept() {
    let number = |text: &str| text.parse::<u32>().unwrap();
    walk("lifetimes", |reply| named("", "", reply).map(|text| number(&text)));
    walk_with_fallback("lifetimes", |reply| for_ever(reply).map(number));
    walk("lifetimes", |reply| {
        let text = String::from("01234");
        match now(elided(&text, &reply)) {
            Ok("01234") => Err(Fault::Rejected(rejection())),
            answer => answer.map(number),
        }
    });
}

fn rejection() -> breakerbox::BreakerError {
    let breaker = breakerbox::Breaker::new("any", breakerbox::Config::new());
    breaker.force_open();
    breaker.try_acquire().unwrap_err()
}

#[circuit_breaker(name = "opaque", threshold = 1, cooldown = "10s")]
fn opaque(text: impl AsRef<str>, reply: Reply) -> Result<impl Iterator<Item = char>, Fault> {
    if text.as_ref() == "never" {
        return Err(Fault::Down);
    }
    let n = reply?;
    Ok(n.to_string().chars().collect::<Vec<_>>().into_iter())
}

#[circuit_breaker(name = "opaque", threshold = 1, cooldown = "10s", fallback = |_, _| Ok(SPARE))]
async fn opaque_or_spare(
    _text: impl Display,
    reply: Reply,
) -> Result<impl Debug + Copy + Into<u64>, Fault> {
    std::future::ready(()).await;
    reply
}

/// [MAC-010] [MAC-011] [MAC-012] [MAC-013]
#[test]
fn opaque_types_are_taken_and_returned() {
    let number = |digits: String| digits.parse::<u32>().unwrap();
    walk("opaque", |reply| opaque("text", reply).map(|digits| number(digits.collect())));
    walk_with_fallback("opaque", |reply| {
        now(opaque_or_spare('x', reply)).map(|n| u32::try_from(n.into()).unwrap())
    });
}

struct Point {
    x: u32,
    y: u32,
}

#[circuit_breaker(name = "patterns", threshold = 1, cooldown = "10s")]
fn sum(
    (a, _): (u32, u32),
    Point { x, y: mut depth }: Point,
    [first, .., last]: [u32; 4],
    &small: &u32,
    ref name: String,
    whole @ 0..: u32,
    _: u32,
    _unused: u32,
    reply: Reply,
) -> Reply {
    depth += name.len() as u32;
    reply.map(|n| n + a + x + depth + first + last + small + whole)
}

#[circuit_breaker(name = "patterns", threshold = 1, cooldown = "10s", fallback = difference)]
async fn difference_or_spare(
    (a, mut b): (u32, u32),
    Point { x, .. }: Point,
    _: u32,
    mut reply: Reply,
) -> Reply {
    std::future::ready(()).await;
    b += x;
    if reply == Ok(7) {
        reply = Ok(a - b);
    }
    reply
}

fn difference((a, b): (u32, u32), Point { x, y }: Point, spare: u32, _: Reply) -> Reply {
    Ok(spare + a - b - x - y)
}

/// [MAC-020] [MAC-022]
#[test]
fn patterns_are_taken_apart_in_the_body() {
    let zero = || Point { x: 0, y: 0 };
    walk("patterns", |reply| sum((0, 1), zero(), [0, 1, 1, 0], &0, String::new(), 0, 1, 1, reply));
    walk_with_fallback("patterns", |reply| now(difference_or_spare((0, 0), zero(), SPARE, reply)));
}
