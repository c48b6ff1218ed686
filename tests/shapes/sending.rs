//! A guarded future is sent where the plain one is, kept where it is not; unpinned,
//! for ever.

use std::cell::Cell;
use std::rc::Rc;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, circuit_breaker};
use support::{DOWN, Fault, Reply, now};

use crate::walk;

fn assert_send<T: Send>(value: T) -> T {
    value
}

fn assert_static<T: 'static>(value: T) -> T {
    value
}

#[circuit_breaker(name = "sent", threshold = 1, cooldown = "10s")]
async fn sent<T: Clone + Send + Sync>(reply: &T) -> Result<T, Fault> {
    tokio::task::yield_now().await;
    Ok(reply.clone())
}

#[circuit_breaker(name = "sent", threshold = 1, cooldown = "10s", fallback_on = "failure", fallback = |reply| reply)]
async fn sent_or_kept(reply: Reply) -> Reply {
    tokio::task::yield_now().await;
    reply
}

#[circuit_breaker(name = "kept", threshold = 1, cooldown = "10s")]
async fn kept(count: Rc<Cell<u32>>, reply: Reply) -> Reply {
    count.set(count.get() + 1);
    std::future::ready(()).await;
    count.set(count.get() + 1);
    reply
}

/// [MAC-150] [MAC-152] [MAC-159]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn future_is_sent_where_the_plain_one_is() {
    static OWN: Breaker = Breaker::new("own", Config::new());
    #[circuit_breaker(breaker = OWN)]
    async fn own(reply: Reply) -> Reply {
        tokio::task::yield_now().await;
        reply
    }
    assert_eq!(assert_send(sent(&1)).await, Ok(1));
    assert_eq!(tokio::spawn(assert_static(sent_or_kept(Ok(1)))).await.unwrap(), Ok(1));
    assert_eq!(tokio::spawn(own(Ok(1))).await.unwrap(), Ok(1));
    let one = async move { sent(&2).await };
    assert_eq!(tokio::spawn(one).await.unwrap(), Ok(2));
}

#[test]
fn future_that_is_not_sent_is_guarded_too() {
    let count = Rc::new(Cell::new(0));
    walk("kept", |reply| now(kept(Rc::clone(&count), reply)));
    assert_eq!(count.get(), 8, "four calls ran");
}

/// [MAC-158]
#[test]
fn future_polled_after_its_end_counts_once() {
    let scope = Scope::enter();
    let mut future = Box::pin(kept(Rc::default(), DOWN));
    assert_eq!(now(future.as_mut()), DOWN);
    let again = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| now(future.as_mut())));
    assert!(again.is_err(), "as of any `async fn`");
    let snapshot = scope.registry().get("kept").unwrap().snapshot();
    assert_eq!((snapshot.episode, snapshot.rejections), (1, 0));
}
