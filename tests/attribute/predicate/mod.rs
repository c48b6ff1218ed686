//! Predicates for `failure`, `ignore` and `trip`: closures, and functions by their path.

mod names;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};
use support::{DOWN, Fault, Reply, named, now};

use crate::outcome::{FAILED, IGNORED, SUCCEEDED, count_after};

fn is_5xx(reply: &Reply) -> bool {
    matches!(reply, Ok(500..))
}

fn is_bad_request(reply: &Reply) -> bool {
    matches!(reply, Err(Fault::BadRequest))
}

mod errors {
    pub(crate) trait Failing {
        fn fails(&self) -> bool;
    }

    impl<T, E> Failing for Result<T, E> {
        fn fails(&self) -> bool {
            self.is_err()
        }
    }

    pub(crate) fn is_error<R: Failing>(reply: &R) -> bool {
        reply.fails()
    }
}

/// Returns the counts after `Err`, `Ok(503)`, `Ok(1)` and a bad request, each after a failure.
fn counts<R>(name: &str, f: impl Fn(Reply) -> R) -> [u16; 4] {
    let replies = [DOWN, Ok(503), Ok(1), Err(Fault::BadRequest)];
    replies.map(|then| count_after(name, &f, DOWN, then))
}

const BY_TYPE: [u16; 4] = [FAILED, SUCCEEDED, SUCCEEDED, FAILED];
const WITH_5XX: [u16; 4] = [FAILED, FAILED, SUCCEEDED, FAILED];
const WITHOUT_BAD_REQUESTS: [u16; 4] = [FAILED, SUCCEEDED, SUCCEEDED, IGNORED];

#[test]
fn path_of_a_function_is_asked() {
    macro_rules! by_path {
        ($($predicate:expr),*) => {$({
            #[circuit_breaker(name = "path", failure = $predicate)]
            fn call(reply: Reply) -> Reply {
                reply
            }
            #[circuit_breaker(name = "path", failure = $predicate)]
            async fn call_async(reply: Reply) -> Reply {
                std::future::ready(reply).await
            }
            assert_eq!(counts("path", call), BY_TYPE, stringify!($predicate));
            assert_eq!(counts("path", |reply| now(call_async(reply))), BY_TYPE);
        })*};
    }
    fn r#match(reply: &Reply) -> bool {
        reply.is_err()
    }
    fn _underscored(reply: &Reply) -> bool {
        reply.is_err()
    }
    by_path!(
        Result::is_err,
        Reply::is_err,
        r#match,
        _underscored,
        errors::is_error,
        errors::is_error::<_>,
        errors::is_error::<Reply>,
        crate::predicate::errors::is_error,
        self::errors::is_error,
        <Reply as errors::Failing>::fails,
        errors::Failing::fails
    );
}

#[circuit_breaker(name = "bare", failure = is_5xx)]
fn bare(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "parentheses", failure = ((is_5xx)))]
fn in_parentheses(reply: Reply) -> Reply {
    reply
}

#[test]
fn predicate_replaces_the_default() {
    for f in [bare, in_parentheses] {
        let _scope = Scope::enter();
        let breaker = || breakerbox::Registry::global().iter().next().unwrap();
        for (reply, failures) in [(Ok(503), 1), (Ok(500), 2), (DOWN, 0)] {
            let _ = f(reply);
            assert_eq!(breaker().snapshot().consecutive_failures, failures);
        }
    }
}

#[test]
fn closure_is_asked() {
    macro_rules! by_closure {
        ($($closure:expr),*) => {$({
            #[circuit_breaker(name = "closure", failure = $closure)]
            fn call(reply: Reply) -> Reply {
                reply
            }
            #[circuit_breaker(name = "closure", failure = $closure)]
            async fn call_async(reply: Reply) -> Reply {
                std::future::ready(reply).await
            }
            assert_eq!(counts("closure", call), WITH_5XX);
            assert_eq!(counts("closure", |reply| now(call_async(reply))), WITH_5XX);
        })*};
    }
    by_closure!(
        |o| matches!(o, Err(_) | Ok(500..)),
        |o: &Reply| o.is_err() || o.as_ref().unwrap() >= &500,
        |o: &Reply| -> bool { o.as_ref().map_or(true, |code| *code >= 500) },
        move |o| {
            let Ok(code) = o else { return true };
            *code >= 500
        },
        |o| errors::is_error(o) || is_5xx(o),
        (|o| errors::is_error(o) | is_5xx(o))
    );
}

#[circuit_breaker(name = "list", failure(Err(_), is_5xx), ignore = is_bad_request)]
fn list(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(
    name = "list",
    failure(|o| o.is_err(), Ok(200 | 201) if false, move |o| is_5xx(o)),
    ignore(Err(Fault::Busy(n)) if *n < 10, |o| is_bad_request(o)),
)]
async fn list_async(reply: Reply) -> Reply {
    std::future::ready(reply).await
}

#[circuit_breaker(name = "list", failure(is_5xx, errors::is_error), ignore(is_bad_request,))]
fn boxed(reply: Reply) -> Pin<Box<dyn Future<Output = Reply>>> {
    Box::pin(std::future::ready(reply))
}

#[test]
fn list_takes_predicates_beside_patterns() {
    let counted = [FAILED, FAILED, SUCCEEDED, IGNORED];
    assert_eq!(counts("list", list), counted);
    assert_eq!(counts("list", |reply| now(list_async(reply))), counted);
    assert_eq!(counts("list", |reply| now(boxed(reply))), counted);
}

#[circuit_breaker(name = "ignoring", ignore = is_bad_request)]
fn ignoring(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "ignoring", ignore = |o| is_bad_request(o), fallback = Ok(0))]
fn ignoring_with_a_fallback(reply: Reply) -> Reply {
    reply
}

#[test]
fn ignore_takes_a_predicate_and_leaves_the_rest_to_the_type() {
    assert_eq!(counts("ignoring", ignoring), WITHOUT_BAD_REQUESTS);
    assert_eq!(counts("ignoring", ignoring_with_a_fallback), WITHOUT_BAD_REQUESTS);
}

#[test]
fn trip_takes_a_predicate_and_a_success_does_not_match_it() {
    fn is_down(reply: &Reply) -> bool {
        *reply == DOWN
    }
    #[circuit_breaker(name = "trip", trip = is_down, threshold = 9)]
    fn by_path(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker(name = "trip", trip(Err(Fault::Busy(1)), |o| *o == DOWN), threshold = 9)]
    async fn by_closure(reply: Reply) -> Reply {
        std::future::ready(reply).await
    }
    let calls: [&dyn Fn(Reply) -> Reply; 2] = [&by_path, &|reply| now(by_closure(reply))];
    for call in calls {
        let scope = Scope::enter();
        for (reply, state) in [
            (Ok(1), State::Closed),
            (Err(Fault::BadRequest), State::Closed),
            (Ok(2), State::Closed),
            (DOWN, State::Open),
        ] {
            let _ = call(reply);
            assert_eq!(named(&scope, "trip").state(), state);
        }
    }
}

#[test]
fn predicate_goes_with_a_hint_and_a_fallback_on_failure() {
    #[circuit_breaker(
        name = "hinted",
        failure(Err(_), is_5xx),
        trip = |o| *o == Ok(599),
        retry_after = |o| o.as_ref().ok().map(|code| Duration::from_secs(u64::from(*code))),
        fallback_on = "failure",
        fallback = Ok(0),
    )]
    fn hinted(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    assert_eq!(hinted(Ok(503)), Ok(0));
    assert_eq!(hinted(Ok(200)), Ok(200));
    assert_eq!(hinted(Ok(599)), Ok(0));
    let cooldown = named(&scope, "hinted").snapshot().cooldown;
    assert_eq!(cooldown, Some(Duration::from_secs(599)));
}

struct Client {
    limit: u32,
}

#[circuit_breaker(name = "client", failure(Err(_), Self::is_bad))]
impl Client {
    fn get(&self, reply: Reply) -> Reply {
        reply.map(|code| code + self.limit - 300)
    }

    #[circuit_breaker(ignore = Self::is_bad_request)]
    async fn put(&self, reply: Reply) -> Reply {
        std::future::ready(reply).await
    }

    #[circuit_breaker(name = "own", failure(Err(_), |o| o.as_ref().is_ok_and(|n| *n > self.limit)))]
    fn limited(&self, reply: Reply) -> Reply {
        reply
    }

    #[circuit_breaker(skip)]
    fn is_bad(reply: &Reply) -> bool {
        is_5xx(reply)
    }

    #[circuit_breaker(skip)]
    fn is_bad_request(reply: &Reply) -> bool {
        is_bad_request(reply)
    }
}

#[test]
fn predicates_of_a_block_and_of_its_methods_are_merged() {
    let client = Client { limit: 300 };
    assert_eq!(counts("client", |reply| client.get(reply)), WITH_5XX);
    let ignoring = [FAILED, FAILED, SUCCEEDED, IGNORED];
    assert_eq!(counts("client", |reply| now(client.put(reply))), ignoring);
    assert_eq!(counts("own", |reply| client.limited(reply)), WITH_5XX);
}

#[test]
fn generic_function_asks_a_generic_predicate_or_an_argument() {
    #[circuit_breaker(name = "generic", failure = errors::is_error)]
    fn generic<T, E: From<breakerbox::BreakerError>>(reply: Result<T, E>) -> Result<T, E> {
        reply
    }
    #[circuit_breaker(name = "generic", failure = bad)]
    fn by_argument(reply: Reply, bad: impl Fn(&Reply) -> bool + Copy) -> Reply {
        reply
    }
    #[circuit_breaker(name = "generic", failure(Err(_), |o| o.as_ref().is_ok_and(|n| *n >= limit)))]
    async fn with_limit(reply: Reply, limit: u32) -> Reply {
        std::future::ready(reply).await
    }
    assert_eq!(counts("generic", generic::<u32, Fault>), BY_TYPE);
    assert_eq!(counts("generic", |reply| by_argument(reply, Result::is_err)), BY_TYPE);
    assert_eq!(counts("generic", |reply| now(with_limit(reply, 500))), WITH_5XX);
}

#[test]
fn predicate_may_keep_what_the_output_borrows() {
    fn is_empty<'a>(text: &'a &'a str) -> bool {
        text.is_empty()
    }
    #[circuit_breaker(name = "text", failure = is_empty, fallback = "")]
    fn text(text: &str) -> &str {
        text
    }
    #[circuit_breaker(name = "text", failure = |text| text.is_empty(), fallback = "")]
    fn by_closure(text: &str) -> &str {
        text
    }
    for f in [text as fn(&str) -> &str, by_closure] {
        let scope = Scope::enter();
        f("");
        assert_eq!(named(&scope, "text").snapshot().consecutive_failures, 1);
        f("x");
        assert_eq!(named(&scope, "text").snapshot().consecutive_failures, 0);
    }
}
