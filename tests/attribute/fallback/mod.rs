//! `fallback` answers a rejected call, in each of its forms.

mod closure;

use breakerbox::circuit_breaker;
use breakerbox::testing::Scope;
use support::{DOWN, Fault, Reply, named, now};

const DEGRADED: Reply = Ok(404);

/// Opens the breaker of a function that has been called.
fn isolate(scope: &Scope, name: &str) {
    named(scope, name).force_open();
}

fn double(x: u32, _: &str) -> Reply {
    Ok(2 * x)
}

async fn double_async(x: u32, _: &str) -> Reply {
    tokio::task::yield_now().await;
    Ok(2 * x)
}

#[test]
fn path_is_called_with_the_arguments() {
    #[circuit_breaker(name = "path", fallback = double)]
    fn fetch(x: u32, unit: &str) -> Reply {
        assert_eq!(unit, "s");
        Ok(x)
    }
    let scope = Scope::enter();
    assert_eq!(fetch(5, "s"), Ok(5));
    isolate(&scope, "path");
    assert_eq!(fetch(5, "s"), Ok(10));
}

/// [MAC-243]
#[tokio::test]
async fn path_in_an_async_function_may_be_sync_or_async() {
    #[circuit_breaker(name = "path", fallback = double)]
    async fn fetch(x: u32, unit: &str) -> Reply {
        assert_eq!(unit, "s");
        Ok(x)
    }
    #[circuit_breaker(name = "path", fallback = double_async)]
    async fn fetch_async(x: u32, unit: &str) -> Reply {
        assert_eq!(unit, "s");
        Ok(x)
    }
    let scope = Scope::enter();
    assert_eq!(fetch(5, "s").await, Ok(5));
    isolate(&scope, "path");
    assert_eq!(fetch(5, "s").await, Ok(10));
    assert_eq!(fetch_async(5, "s").await, Ok(10));
}

/// [F1]
#[test]
fn failed_call_keeps_its_own_answer() {
    #[circuit_breaker(name = "failed", threshold = 1, fallback = DEGRADED)]
    fn fetch() -> Reply {
        DOWN
    }
    let _scope = Scope::enter();
    assert_eq!(fetch(), DOWN, "also when it trips");
    assert_eq!(fetch(), DEGRADED);
}

struct Client {
    cached: u32,
}

impl Client {
    #[circuit_breaker(name = "method", fallback = Self::cached_plus)]
    fn fetch(&self, x: u32) -> Reply {
        Ok(x)
    }

    #[circuit_breaker(name = "method", fallback = Self::cached_plus)]
    async fn fetch_async(&self, x: u32) -> Reply {
        Ok(x)
    }

    #[circuit_breaker(name = "method", fallback = |x| Ok(self.cached * x))]
    fn fetch_or_multiply(&mut self, x: u32) -> Reply {
        self.cached += 1;
        Ok(x)
    }

    #[circuit_breaker(name = "method", fallback = self.cached_plus(7))]
    async fn fetch_or_seven(&self) -> Reply {
        std::future::ready(()).await;
        Ok(1)
    }

    #[circuit_breaker(name = "method", fallback = Client::into_cached)]
    fn consume(self, note: Box<str>) -> Reply {
        drop(note);
        Ok(self.cached)
    }

    fn cached_plus(&self, x: u32) -> Reply {
        Ok(self.cached + x)
    }

    fn into_cached(self, note: Box<str>) -> Reply {
        let note = String::from(note);
        Ok(self.cached + u32::try_from(note.len()).unwrap())
    }
}

#[test]
fn fallback_of_a_method_has_its_self() {
    let scope = Scope::enter();
    let mut client = Client { cached: 100 };
    assert_eq!(client.fetch(1), Ok(1));
    isolate(&scope, "method");
    assert_eq!(client.fetch(1), Ok(101));
    assert_eq!(now(client.fetch_async(2)), Ok(102));
    assert_eq!(client.fetch_or_multiply(3), Ok(300));
    assert_eq!(now(client.fetch_or_seven()), Ok(107));
    assert_eq!(client.consume("four".into()), Ok(104));
}

/// [MAC-248]
#[test]
fn generic_fallback_is_inferred_or_given() {
    fn first<T: Clone>(all: &[T], _: impl Into<String>) -> Result<Option<T>, Fault> {
        Ok(all.first().cloned())
    }
    fn none<T>(_: &[T]) -> Result<Option<T>, Fault> {
        Ok(None)
    }
    #[circuit_breaker(name = "generic", fallback = first)]
    fn last<T: Clone>(all: &[T], name: impl Into<String>) -> Result<Option<T>, Fault> {
        let _: String = name.into();
        Ok(all.last().cloned())
    }
    #[circuit_breaker(name = "generic", fallback = none::<T>)]
    async fn last_or_none<T: Clone>(all: &[T]) -> Result<Option<T>, Fault> {
        Ok(all.last().cloned())
    }
    let scope = Scope::enter();
    assert_eq!(last(&[1, 2, 3], "x"), Ok(Some(3)));
    isolate(&scope, "generic");
    assert_eq!(last(&[1, 2, 3], "x"), Ok(Some(1)));
    assert_eq!(last(&['a', 'b'], String::new()), Ok(Some('a')));
    assert_eq!(now(last_or_none(&[1])), Ok(None));
}

#[test]
fn fallback_may_return_what_the_arguments_lend() {
    fn first<'a>(a: &'a str, _: &str) -> Result<&'a str, Fault> {
        Ok(&a[..1])
    }
    #[circuit_breaker(name = "lent", fallback = first)]
    fn trim<'a>(a: &'a str, b: &str) -> Result<&'a str, Fault> {
        Ok(a.trim_end_matches(b))
    }
    #[circuit_breaker(name = "lent", fallback = |a, _| Ok(&a[1..]))]
    async fn trim_async<'a>(a: &'a str, b: &str) -> Result<&'a str, Fault> {
        Ok(a.trim_end_matches(b))
    }
    let scope = Scope::enter();
    assert_eq!(trim("ab ", " "), Ok("ab"));
    isolate(&scope, "lent");
    assert_eq!(trim("ab ", " "), Ok("a"));
    assert_eq!(now(trim_async("ab ", " ")), Ok("b "));
}

#[test]
fn inline_value_may_use_the_arguments() {
    #[circuit_breaker(name = "inline", fallback = Ok(format!("{name}?")))]
    fn greet(name: String) -> Result<String, Fault> {
        Ok(format!("{name}!"))
    }
    #[circuit_breaker(name = "inline", fallback = { let (b, a) = (a, b); Ok(a * b) })]
    async fn add((a, b): (u32, u32)) -> Reply {
        std::future::ready(()).await;
        Ok(a + b)
    }
    let scope = Scope::enter();
    assert_eq!(greet("you".into()).unwrap(), "you!");
    isolate(&scope, "inline");
    assert_eq!(greet("you".into()).unwrap(), "you?");
    assert_eq!(now(add((3, 5))), Ok(15));
}

#[test]
fn constant_or_none_is_a_value_and_not_called() {
    struct Page;
    impl Page {
        const EMPTY: Option<u32> = Some(0);

        #[circuit_breaker(name = "value", failure = None, fallback = Self::EMPTY)]
        fn associated(x: Option<u32>) -> Option<u32> {
            x
        }
    }
    #[circuit_breaker(name = "value", failure = None, fallback = None)]
    async fn none(x: Option<u32>) -> Option<u32> {
        std::future::ready(()).await;
        x
    }
    #[circuit_breaker(name = "value", fallback = DEGRADED)]
    fn constant(x: Reply) -> Reply {
        x
    }
    let scope = Scope::enter();
    assert_eq!(now(none(Some(1))), Some(1));
    isolate(&scope, "value");
    assert_eq!(now(none(Some(1))), None);
    assert_eq!(constant(Ok(1)), DEGRADED);
    assert_eq!(Page::associated(Some(1)), Some(0));
}

/// [F7] [MAC-250]
#[test]
fn arguments_that_cannot_be_cloned_are_handed_over() {
    struct Ticket(u32);
    fn keep(mut ticket: Ticket, _: &mut Vec<u32>) -> Result<Ticket, Fault> {
        ticket.0 += 1;
        Ok(ticket)
    }
    #[circuit_breaker(name = "moved", fallback = keep)]
    fn spend(ticket: Ticket, log: &mut Vec<u32>) -> Result<Ticket, Fault> {
        log.push(ticket.0);
        Ok(ticket)
    }
    #[circuit_breaker(name = "moved", fallback = |ticket, log| { log.push(0); Ok(ticket) })]
    async fn spend_async(ticket: Ticket, log: &mut Vec<u32>) -> Result<Ticket, Fault> {
        log.push(ticket.0);
        Ok(ticket)
    }
    let (scope, mut log) = (Scope::enter(), Vec::new());
    assert_eq!(spend(Ticket(1), &mut log).unwrap().0, 1);
    isolate(&scope, "moved");
    assert_eq!(spend(Ticket(2), &mut log).unwrap().0, 3);
    assert_eq!(now(spend_async(Ticket(4), &mut log)).unwrap().0, 4);
    assert_eq!(log, [1, 0]);
}

#[test]
fn async_block_answers_in_an_async_function() {
    #[circuit_breaker(name = "block", fallback = async { std::future::ready(Ok(n + 1)).await })]
    async fn fetch(n: u32) -> Reply {
        Ok(n)
    }
    let scope = Scope::enter();
    assert_eq!(now(fetch(1)), Ok(1));
    named(&scope, "block").force_open();
    assert_eq!(now(fetch(1)), Ok(2));
}

#[test]
fn unit_variant_answers_by_its_path() {
    #[derive(Debug, PartialEq)]
    enum Health {
        Up,
        Unknown,
    }
    #[circuit_breaker(name = "health", failure = Health::Unknown, fallback = Health::Unknown)]
    fn health() -> Health {
        Health::Up
    }
    #[circuit_breaker(name = "health", failure = Health::Unknown, fallback = Health::Unknown)]
    async fn health_async() -> Health {
        std::future::ready(Health::Up).await
    }
    let scope = Scope::enter();
    assert_eq!((health(), now(health_async())), (Health::Up, Health::Up));
    named(&scope, "health").force_open();
    assert_eq!((health(), now(health_async())), (Health::Unknown, Health::Unknown));
}
