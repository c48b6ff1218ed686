//! Bodies: every way out of one is judged, and none is changed.

use std::num::ParseIntError;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, circuit_breaker};
use support::{DOWN, Fault, Reply, named, now};

fn failures(scope: &Scope, name: &str) -> u16 {
    named(scope, name).snapshot().consecutive_failures
}

#[derive(Debug)]
struct Wrapped(#[allow(dead_code, reason = "seen in `Debug`")] String);

impl From<ParseIntError> for Wrapped {
    fn from(error: ParseIntError) -> Self {
        Wrapped(error.to_string())
    }
}

impl From<BreakerError> for Wrapped {
    fn from(error: BreakerError) -> Self {
        Wrapped(error.to_string())
    }
}

#[circuit_breaker(name = "exits")]
fn exits(way: u32, text: &str) -> Result<u32, Wrapped> {
    if way == 0 {
        return Ok(0);
    }
    let Some(first) = text.split(' ').find(|word| !word.is_empty()) else {
        return Err(Wrapped("early".into()));
    };
    let number: u32 = first.parse()?;
    Ok(number)
}

#[circuit_breaker(name = "exits")]
async fn exits_async(way: u32, text: &str) -> Result<u32, Wrapped> {
    if way == 0 {
        return Ok(0);
    }
    if text.is_empty() {
        return Err(Wrapped("early".into()));
    }
    let number: u32 = std::future::ready(text.parse()).await?;
    Ok(number)
}

/// [I1] [MAC-040]
#[test]
fn early_return_and_question_mark_are_counted_once_each() {
    for call in [exits, |way, text: &str| now(exits_async(way, text))] {
        let scope = Scope::enter();
        assert!(call(1, "").is_err());
        assert_eq!(failures(&scope, "exits"), 1);
        assert!(call(1, "x").is_err(), "through `?`, with a conversion");
        assert_eq!(failures(&scope, "exits"), 2);
        assert_eq!(call(0, "").unwrap(), 0);
        assert_eq!(failures(&scope, "exits"), 0);
        assert!(call(1, "x").is_err());
        assert_eq!(call(1, "12").unwrap(), 12);
        assert_eq!(failures(&scope, "exits"), 0);
    }
}

/// [MAC-041]
#[test]
fn return_in_a_nested_function_closure_or_block_stays_there() {
    #[circuit_breaker(name = "nested")]
    fn sync() -> Reply {
        fn inner(x: u32) -> Reply {
            if x == 0 {
                return DOWN;
            }
            Ok(x)
        }
        let closure = || -> Reply {
            inner(0)?;
            Ok(1)
        };
        let found = [1, 2, 3].iter().find(|n| {
            if **n == 1 {
                return false;
            }
            **n == 3
        });
        assert_eq!((inner(0), closure()), (DOWN, DOWN));
        Ok(*found.unwrap())
    }
    #[circuit_breaker(name = "nested")]
    async fn asynchronous() -> Reply {
        let down = std::hint::black_box(true);
        let block = async {
            if down {
                return DOWN;
            }
            Ok(1)
        };
        let closure = async |x: u32| -> Reply {
            if x == 0 {
                return Ok(0);
            }
            DOWN?;
            Ok(x)
        };
        assert_eq!((block.await, closure(7).await), (DOWN, DOWN));
        Ok(3)
    }
    let scope = Scope::enter();
    assert_eq!(sync(), Ok(3));
    assert_eq!(now(asynchronous()), Ok(3));
    assert_eq!(failures(&scope, "nested"), 0);
}

/// [MAC-042] [MAC-045]
#[test]
fn labels_items_and_inner_attributes_of_the_body_work_as_they_stand() {
    #[circuit_breaker(name = "items")]
    fn first_even(rows: &[Vec<u32>]) -> Result<u32, Fault> {
        #![allow(unused_variables)]
        use std::collections::BTreeSet as Set;
        const MISSING: Fault = Fault::BadRequest;
        struct Seen(Set<u32>);
        impl Seen {
            fn add(&mut self, n: u32) -> bool {
                self.0.insert(n)
            }
        }
        let unused = 1;
        let mut seen = Seen(Set::new());
        let found = 'rows: {
            for row in rows {
                for n in row {
                    if seen.add(*n) && n % 2 == 0 {
                        break 'rows Some(*n);
                    }
                }
            }
            None
        };
        found.ok_or(MISSING)
    }
    let _scope = Scope::enter();
    assert_eq!(first_even(&[vec![1, 3], vec![5, 8]]), Ok(8));
    assert_eq!(first_even(&[vec![1]]), Err(Fault::BadRequest));
}

/// [MAC-015] [MAC-043]
#[test]
fn return_type_guides_the_body() {
    #[circuit_breaker(name = "inference")]
    fn collect(text: &str) -> Result<Vec<u8>, Wrapped> {
        let numbers = text.split(',');
        numbers.map(|n| n.parse().map_err(Into::into)).collect()
    }
    #[circuit_breaker(name = "inference")]
    async fn convert(text: &str) -> Result<String, Wrapped> {
        std::future::ready(()).await;
        Ok(text.into())
    }
    #[circuit_breaker(name = "inference")]
    fn coerce(x: i32) -> Result<Box<dyn Fn() -> i32>, Fault> {
        Ok(Box::new(move || x))
    }
    #[circuit_breaker(name = "inference", fallback = Ok(Box::new(|| 0)))]
    async fn coerce_async(x: i32) -> Result<Box<dyn Fn() -> i32>, Fault> {
        std::future::ready(()).await;
        if x == 0 {
            return Ok(Box::new(|| 7));
        }
        Ok(Box::new(move || x))
    }
    #[circuit_breaker(name = "inference")]
    fn unsize(all: &[u8; 3]) -> Result<&[u8], Fault> {
        Ok(all)
    }
    let _scope = Scope::enter();
    assert_eq!(collect("1,2").unwrap(), [1, 2]);
    assert_eq!(now(convert("x")).unwrap(), "x");
    assert_eq!(coerce(3).unwrap()(), 3);
    assert_eq!(now(coerce_async(4)).unwrap()(), 4);
    assert_eq!(now(coerce_async(0)).unwrap()(), 7);
    assert_eq!(unsize(&[1, 2, 3]).unwrap(), [1, 2, 3]);
}

/// [MAC-023]
#[test]
fn names_of_the_expansion_are_free_for_arguments_and_locals() {
    #[circuit_breaker(name = "names", threshold = 1, fallback = swapped)]
    fn path(permit: u32, error: u32, (cause, kept0): (u32, u32)) -> Reply {
        let (answer, site, arg0, output) = (permit, error, cause, kept0);
        Ok(answer + 10 * site + 100 * arg0 + 1_000 * output)
    }
    fn swapped(a: u32, b: u32, (c, d): (u32, u32)) -> Reply {
        Ok(d + 10 * c + 100 * b + 1_000 * a)
    }
    #[circuit_breaker(
        name = "names",
        threshold = 1,
        failure(Err(output) if *output == Fault::Down),
        fallback = Ok(answer + 10 * error + 100 * kept0 + 1_000 * permit),
        fallback_on = "failure"
    )]
    fn inline(answer: u32, error: u32, kept0: u32, permit: u32) -> Reply {
        let (output, cause) = (answer, error);
        if output + cause + kept0 + permit == 10 {
            return DOWN;
        }
        Ok(0)
    }
    let scope = Scope::enter();
    assert_eq!(path(1, 2, (3, 4)), Ok(4_321));
    assert_eq!(inline(1, 2, 3, 4), Ok(4_321), "failed");
    assert_eq!(inline(5, 6, 7, 8), Ok(8_765), "rejected");
    assert_eq!(path(1, 2, (3, 4)), Ok(1_234));
    named(&scope, "names").reset();
    assert_eq!(inline(5, 6, 7, 8), Ok(0));
}

#[test]
fn names_of_the_expansion_are_free_for_closures() {
    #[circuit_breaker(
        name = "names",
        threshold = 1,
        fallback = |answer, arg0, cause| Ok(answer + 10 * arg0 + match cause {
            breakerbox::Cause::Rejected(_) => 100,
            breakerbox::Cause::TimedOut(_) => 300,
            breakerbox::Cause::Failed(_) => 200,
        }),
        fallback_on = "failure"
    )]
    async fn fallback(arg0: u32, answer: u32) -> Reply {
        Err(Fault::Busy(u64::from(arg0 + answer)))
    }
    #[circuit_breaker(name = "names", error = |error| { let answer = error; Fault::Rejected(answer) })]
    fn mapped(error: u32, site: u32) -> Reply {
        Ok(error + site)
    }
    let _scope = Scope::enter();
    assert_eq!(mapped(1, 2), Ok(3));
    assert_eq!(now(fallback(1, 2)), Ok(221), "by place, not by name");
    assert_eq!(now(fallback(1, 2)), Ok(121));
    assert!(mapped(1, 2).unwrap_err().is_rejection());
}

/// A neighbourhood where every name the expansion could lean on is taken.
mod shadowed {
    #![allow(dead_code, unused_macros, reason = "they are there to be in the way")]

    use super::Reply;

    pub(super) struct Result;
    pub(super) struct Option;
    pub(super) struct Some;
    pub(super) struct None;
    pub(super) struct Ok;
    pub(super) struct Err;
    pub(super) trait Clone {}
    pub(super) trait Future {}
    pub(super) trait From {}
    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod breakerbox {}

    macro_rules! concat {
        () => {};
    }
    macro_rules! unreachable {
        () => {};
    }

    #[::breakerbox::circuit_breaker(fallback = |x| Reply::Ok(x), fallback_on = "failure")]
    pub(super) fn fetch(x: u32) -> Reply {
        Reply::Ok(x)
    }

    #[::breakerbox::circuit_breaker(threshold = 5, cooldown = "1s", failure = Reply::Err(_))]
    pub(super) async fn fetch_async(x: u32) -> Reply {
        ::std::future::ready(()).await;
        Reply::Ok(x)
    }
}

/// [MAC-100]
#[test]
fn names_of_the_prelude_may_be_taken_by_the_user() {
    let _scope = Scope::enter();
    assert_eq!(shadowed::fetch(1), Ok(1));
    assert_eq!(now(shadowed::fetch_async(2)), Ok(2));
}
