//! Parameters keep their names beside a fallback that is called with them, for attributes below
//! and for `rustdoc`.

#![allow(
    clippy::used_underscore_binding,
    reason = "spans and fallbacks use what the body does not"
)]
#![allow(clippy::useless_format, reason = "a captured name is what is tried")]

use breakerbox::testing::Scope;
use breakerbox::{Registry, circuit_breaker};
use support::{DOWN, Reply, Trace, now};

/// An extractor, as web frameworks have them: no `Debug`, no `Display`.
#[derive(Clone)]
struct Path<T>(T);

#[derive(Clone)]
struct Page {
    number: u32,
    _size: u32,
}

fn first(Path(id): Path<u32>) -> Reply {
    Ok(id)
}

fn skipped(_x: u32) -> Reply {
    Ok(_x.count_ones())
}

fn sum((a, Page { number, .. }): (u32, Page), [b, _]: [u32; 2], _: &str) -> Reply {
    Ok(a + number + b)
}

#[circuit_breaker(name = "by_closure", fallback = |_| Ok(0))]
#[tracing::instrument(fields(id = %id))]
async fn closure_that_takes_nothing(Path(id): Path<u32>) -> Reply {
    std::future::ready(()).await;
    if id == 7 { DOWN } else { Ok(id) }
}

#[circuit_breaker(name = "by_path", fallback = first)]
#[tracing::instrument(fields(id = %id))]
fn path(Path(id): Path<u32>) -> Reply {
    Ok(id)
}

#[circuit_breaker(name = "skip", fallback = skipped)]
#[tracing::instrument(skip(_x))]
async fn skip(_x: u32) -> Reply {
    std::future::ready(()).await;
    Ok(1)
}

#[circuit_breaker(name = "page", fallback = |page| Ok(page.number))]
#[tracing::instrument(skip(_size))]
fn page(Page { number, _size }: Page) -> Reply {
    Ok(number)
}

#[circuit_breaker(name = "sum", fallback = sum, fallback_on = "failure")]
#[tracing::instrument(skip(_size), fields(total = a + number))]
async fn parts((a, Page { number, _size }): (u32, Page), [b, _c]: [u32; 2], _text: &str) -> Reply {
    std::future::ready(()).await;
    let _ = b;
    DOWN
}

#[circuit_breaker(name = "made", fallback = Ok(id + 1), key = id)]
#[tracing::instrument(skip_all, fields(id))]
fn made(Path(id): Path<u32>) -> impl Future<Output = Reply> {
    std::future::ready(if id == 1 { DOWN } else { Ok(id) })
}

#[test]
fn attribute_below_reads_the_names_of_the_parameters() {
    let (scope, trace) = (Scope::enter(), Trace::default());
    let page_of = |number| Page { number, _size: 10 };
    trace.watch(|| {
        assert_eq!(now(closure_that_takes_nothing(Path(3))), Ok(3));
        assert_eq!(path(Path(3)), Ok(3));
        assert_eq!(now(skip(3)), Ok(1));
        assert_eq!(page(page_of(4)), Ok(4));
        assert_eq!(now(parts((1, page_of(2)), [4, 5], "")), Ok(7));
        assert_eq!(now(made(Path(3))), Ok(3));
    });
    assert_eq!(
        trace.spans(),
        [
            "closure_that_takes_nothing: id",
            "path: id",
            "skip: ",
            "page: number",
            "parts: a number _text total",
            "made: ",
        ]
    );
    drop(scope);
}

#[test]
fn fallback_gets_what_the_pattern_took_apart() {
    let scope = Scope::enter();
    let page_of = |number| Page { number, _size: 10 };
    let call_all = || {
        [
            now(closure_that_takes_nothing(Path(3))),
            path(Path(3)),
            now(skip(3)),
            page(page_of(4)),
            now(parts((1, page_of(2)), [4, 5], "")),
            now(made(Path(3))),
        ]
    };
    assert_eq!(call_all(), [Ok(3), Ok(3), Ok(1), Ok(4), Ok(7), Ok(3)]);
    for breaker in Registry::global().iter() {
        breaker.force_open();
    }
    assert_eq!(call_all(), [Ok(0), Ok(3), Ok(2), Ok(4), Ok(7), Ok(4)]);
    drop(scope);
}

#[test]
fn builder_below_keeps_its_setters() {
    #[circuit_breaker(name = "built", fallback = |_, _| Ok(1))]
    #[bon::builder]
    fn built(_id: u8, size: u32) -> Reply {
        Ok(size)
    }
    #[circuit_breaker(name = "built_by_path", fallback = spare)]
    #[bon::builder]
    fn built_by_path(_id: u8, size: u32) -> Reply {
        Ok(size)
    }
    fn spare(id: u8, size: u32) -> Reply {
        Ok(u32::from(id) + size)
    }
    let _scope = Scope::enter();
    assert_eq!(built().id(3).size(4).call(), Ok(4));
    assert_eq!(built_by_path().id(3).size(4).call(), Ok(4));
}

#[test]
fn raw_identifier_in_a_format_string_is_saved() {
    #[circuit_breaker(name = "raw", fallback_on = "failure", fallback = Ok(format!("{type}").len()))]
    fn raw(r#type: String) -> Result<usize, &'static str> {
        drop(r#type);
        Err("down")
    }
    let _scope = Scope::enter();
    assert_eq!(raw("abc".into()), Ok(3));
}

#[test]
fn patterns_that_are_no_expressions_are_handed_on_too() {
    fn spare(pair: (u32, u32), [a, .., b]: [u32; 3], all: u32) -> Reply {
        Ok(pair.0 + pair.1 + a + b + all)
    }
    #[circuit_breaker(name = "gaps", fallback = spare, fallback_on = "failure")]
    fn gaps((a, _): (u32, u32), [.., mut b]: [u32; 3], all @ 0..: u32) -> Reply {
        b += a + all;
        if b > 100 { Ok(b) } else { DOWN }
    }
    #[circuit_breaker(name = "inline", fallback = Ok(a + b), fallback_on = "failure")]
    async fn inline((a, _): (u32, u32), [.., mut b]: [u32; 3], ref all: u32) -> Reply {
        std::future::ready(()).await;
        b += a + *all;
        if b > 100 { Ok(b) } else { DOWN }
    }
    let _scope = Scope::enter();
    assert_eq!(gaps((1, 2), [3, 4, 5], 6), Ok(17));
    assert_eq!(gaps((100, 2), [3, 4, 5], 6), Ok(111));
    assert_eq!(now(inline((1, 2), [3, 4, 5], 6)), Ok(6));
}
