//! Every way in which a function may return a stream, in each state.

#![allow(clippy::manual_async_fn, reason = "that is what is tried")]

use std::cell::Cell;
use std::future::Future;

use async_stream::stream;
use breakerbox::testing::Scope;
use breakerbox::{BreakerError, State, circuit_breaker};
use futures_util::stream::{BoxStream, LocalBoxStream};
use futures_util::{FutureExt, Stream, StreamExt, TryStreamExt, stream};

use super::{ADMITTING, Call, Fault, Item, Pin, Subject, config, next};

thread_local! {
    static RUNS: Cell<u32> = const { Cell::new(0) };
}

fn run() {
    RUNS.set(RUNS.get() + 1);
}

#[circuit_breaker(name = "async_opaque", threshold = 2, stream)]
async fn async_opaque(items: Vec<Item>) -> Result<impl Stream<Item = Item>, Fault> {
    run();
    std::future::ready(()).await;
    Ok(stream! {
        for item in items {
            yield item;
        }
    })
}

#[circuit_breaker(name = "sync_opaque", threshold = 2, stream)]
fn sync_opaque(items: Vec<Item>) -> Result<impl Stream<Item = Item>, Fault> {
    run();
    Ok(stream::iter(items))
}

#[circuit_breaker(name = "opaque", threshold = 2, stream)]
fn opaque(items: Vec<Item>) -> impl Stream<Item = Item> {
    run();
    stream::iter(items)
}

#[circuit_breaker(name = "async_plain", threshold = 2, stream)]
async fn async_plain(items: Vec<Item>) -> impl Stream<Item = Item> + Send {
    run();
    std::future::ready(()).await;
    async_stream::try_stream! {
        for item in items {
            yield item?;
        }
    }
}

#[circuit_breaker(name = "boxed", threshold = 2, stream)]
fn boxed(items: Vec<Item>) -> BoxStream<'static, Item> {
    run();
    stream::iter(items).boxed()
}

#[circuit_breaker(name = "local", threshold = 2, stream)]
fn local(items: Vec<Item>) -> LocalBoxStream<'static, Item> {
    run();
    stream::iter(items).boxed_local()
}

#[circuit_breaker(name = "async_boxed", threshold = 2, stream)]
async fn async_boxed(items: Vec<Item>) -> Result<BoxStream<'static, Item>, Fault> {
    run();
    std::future::ready(()).await;
    Ok(stream::iter(items).boxed())
}

#[circuit_breaker(name = "pinned", threshold = 2, stream)]
fn pinned(items: Vec<Item>) -> Pin<Box<dyn Stream<Item = Item> + Send>> {
    run();
    Box::pin(stream::iter(items))
}

#[circuit_breaker(name = "pinned_sync", threshold = 2, stream)]
fn pinned_sync(items: Vec<Item>) -> Pin<Box<dyn Stream<Item = Item> + Send + Sync>> {
    run();
    Box::pin(stream::iter(items))
}

#[circuit_breaker(name = "pinned_local", threshold = 2, stream)]
async fn pinned_local(items: Vec<Item>) -> Result<Pin<Box<dyn Stream<Item = Item>>>, Fault> {
    run();
    std::future::ready(()).await;
    Ok(Box::pin(stream::iter(items)))
}

type ItemStream = BoxStream<'static, Item>;

/// By its name the attribute takes an alias for a stream, and not for a `Result` of one.
#[circuit_breaker(name = "alias", threshold = 2, stream)]
fn alias(items: Vec<Item>) -> ItemStream {
    run();
    stream::iter(items).boxed()
}

#[circuit_breaker(name = "async_alias", threshold = 2, stream)]
async fn async_alias(items: Vec<Item>) -> Answer<ItemStream> {
    run();
    std::future::ready(()).await;
    Ok(stream::iter(items).boxed())
}

type Answer<T> = Result<T, Fault>;

#[circuit_breaker(name = "made", threshold = 2, stream)]
fn made(items: Vec<Item>) -> impl Future<Output = Answer<BoxStream<'static, Item>>> {
    let ready = std::future::ready(items);
    ready.map(|items| {
        run();
        Ok(stream::iter(items).boxed())
    })
}

#[circuit_breaker(name = "block", threshold = 2, stream)]
fn block(items: Vec<Item>) -> impl Future<Output = Answer<BoxStream<'static, Item>>> {
    async move {
        run();
        Ok(stream::iter(items).boxed())
    }
}

#[circuit_breaker(name = "generic", threshold = 2, stream)]
fn generic<T: Clone, S>(items: S) -> Result<impl Stream<Item = Result<T, Fault>>, Fault>
where
    S: IntoIterator<Item = Result<T, Fault>>,
{
    run();
    Ok(stream::iter(items).map_ok(|item| item.clone()))
}

#[circuit_breaker(name = "keyed", threshold = 2, key = model, stream)]
fn keyed(model: &'static str, items: Vec<Item>) -> impl Stream<Item = Item> {
    run();
    let _ = model;
    stream::iter(items)
}

struct Client {
    items: Vec<Item>,
}

#[circuit_breaker(name = "block_of_methods", threshold = 2, stream)]
impl Client {
    fn lent(&self) -> impl Stream<Item = Item> + '_ {
        run();
        stream::iter(self.items.iter().cloned())
    }

    async fn lent_mutably(&mut self) -> Result<impl Stream<Item = Item> + '_, Fault> {
        run();
        std::future::ready(()).await;
        Ok(stream::iter(self.items.drain(..)))
    }
}

trait Model {
    fn complete(&self) -> impl Stream<Item = Item>;
}

impl Model for Client {
    #[circuit_breaker(name = "trait_opaque", threshold = 2, stream)]
    fn complete(&self) -> impl Stream<Item = Item> {
        run();
        stream::iter(self.items.clone())
    }
}

#[async_trait::async_trait]
trait Boxed {
    async fn complete(&self) -> Result<BoxStream<'_, Item>, Fault>;
}

#[async_trait::async_trait]
impl Boxed for Client {
    #[circuit_breaker(name = "trait_boxed", threshold = 2, stream)]
    async fn complete(&self) -> Result<BoxStream<'_, Item>, Fault> {
        run();
        std::future::ready(()).await;
        Ok(stream::iter(self.items.clone()).boxed())
    }
}

/// A stream that reads itself to its end when it is first polled.
type All = Pin<Box<dyn Stream<Item = Vec<Item>>>>;

fn all<S: Stream<Item = Item> + 'static>(stream: S) -> All {
    Box::pin(stream::once(stream.collect()))
}

fn result<S: Stream<Item = Item> + 'static>(head: Result<S, Fault>) -> All {
    match head {
        Ok(stream) => all(stream),
        Err(error) => Box::pin(stream::iter([vec![Err(error)]])),
    }
}

fn wait<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("it is ready at once")
}

type Function = fn(Vec<Item>) -> All;

/// The functions, with the names of their breakers.
const FUNCTIONS: [(&str, Function); 20] = [
    ("async_opaque", |items| result(wait(async_opaque(items)))),
    ("sync_opaque", |items| result(sync_opaque(items))),
    ("opaque", |items| all(opaque(items))),
    ("async_plain", |items| all(wait(async_plain(items)))),
    ("boxed", |items| all(boxed(items))),
    ("local", |items| all(local(items))),
    ("async_boxed", |items| result(wait(async_boxed(items)))),
    ("pinned", |items| all(pinned(items))),
    ("pinned_sync", |items| all(pinned_sync(items))),
    ("pinned_local", |items| result(wait(pinned_local(items)))),
    ("alias", |items| all(alias(items))),
    ("async_alias", |items| result(wait(async_alias(items)))),
    ("made", |items| result(wait(made(items)))),
    ("block", |items| result(wait(block(items)))),
    ("generic", |items| result(generic(items))),
    ("keyed", |items| all(keyed("large", items))),
    ("block_of_methods", |items| {
        let client = Client { items };
        let read: Vec<_> = wait(client.lent().collect());
        Box::pin(stream::iter([read]))
    }),
    ("block_of_methods", |items| {
        let mut client = Client { items };
        let read: Vec<_> = match wait(client.lent_mutably()) {
            Ok(stream) => wait(stream.collect()),
            Err(error) => vec![Err(error)],
        };
        Box::pin(stream::iter([read]))
    }),
    ("trait_opaque", |items| {
        let client = Client { items };
        let read: Vec<_> = wait(Model::complete(&client).collect());
        Box::pin(stream::iter([read]))
    }),
    ("trait_boxed", |items| {
        let client = Client { items };
        let read: Vec<_> = match wait(Boxed::complete(&client)) {
            Ok(stream) => wait(stream.collect()),
            Err(error) => vec![Err(error)],
        };
        Box::pin(stream::iter([read]))
    }),
];

fn subject(scope: &Scope, name: &str, began: State) -> Subject {
    let config = config().build().unwrap();
    let breaker = if name == "keyed" {
        drop(keyed("large", Vec::new()));
        scope.registry().get_key(name, "large").unwrap()
    } else {
        scope.registry().get_or_insert(name, config).unwrap()
    };
    Subject::of(breaker, began)
}

#[test]
fn stream_of_every_shape_is_one_call() {
    let scope = Scope::enter();
    let overloaded = || Err(Fault::Overloaded);
    for (index, (name, call)) in FUNCTIONS.into_iter().enumerate() {
        for state in ADMITTING {
            let subject = subject(&scope, name, state);
            assert_eq!(next(&mut call(vec![Ok(1), Ok(2)])), Some(vec![Ok(1), Ok(2)]), "{index}");
            assert_eq!(subject.call(), Call::Success, "{index} {name}");

            let subject = self::subject(&scope, name, state);
            let items = vec![Ok(1), overloaded()];
            assert_eq!(next(&mut call(items.clone())), Some(items), "{index} {name}");
            assert_eq!(subject.call(), Call::Failure, "{index} {name}");
        }
        let subject = subject(&scope, name, State::Open);
        RUNS.set(0);
        let answer = next(&mut call(vec![Ok(1)])).unwrap();
        let is_rejection = matches!(
            answer.as_slice(),
            [Err(Fault::Breaker(BreakerError::Open { name, .. }))] if name == subject.breaker.name()
        );
        assert!(is_rejection, "{index} {name}: {answer:?}");
        assert_eq!(RUNS.get(), 0, "{index} {name}");
    }
}
