//! `breaker = EXPRESSION`: a breaker of the program's own.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use breakerbox::{Breaker, Clock, Config, ManualClock, State, circuit_breaker};
use support::{DOWN, Fault, Reply, now};

use crate::SPARE;

const CONFIG: Config =
    Config::builder().threshold(1).cooldown(Duration::from_secs(10)).build_const();

/// As `walk` in `main.rs`, of a breaker that no registry knows.
fn walk(
    breaker: &Breaker,
    clock: &ManualClock,
    mut call: impl FnMut(Reply) -> Reply,
    spare: Option<u32>,
) {
    let assert_turned_away = |reply: Reply| match (spare, reply) {
        (Some(spare), reply) => assert_eq!(reply, Ok(spare)),
        (None, Err(Fault::Rejected(error))) => assert_eq!(error.name(), "own"),
        (None, reply) => panic!("{reply:?}"),
    };
    assert_eq!(call(Ok(1)), Ok(1));
    assert_eq!(call(DOWN), DOWN);
    assert_eq!(breaker.state(), State::Open);
    assert_turned_away(call(Ok(2)));
    clock.advance(Duration::from_secs(10));
    assert_eq!(call(DOWN), DOWN, "a probe, which reopens");
    assert_turned_away(call(Ok(2)));
    clock.advance(Duration::from_secs(10));
    assert_eq!(call(Ok(3)), Ok(3), "a probe, which closes");
    assert_eq!(breaker.state(), State::Closed);
    breaker.reset();
}

fn own() -> (Breaker, ManualClock) {
    let (clock, hand) = Clock::manual();
    (Breaker::new("own", CONFIG).with_clock(clock), hand)
}

static LAZY: LazyLock<(Breaker, ManualClock)> = LazyLock::new(own);

#[circuit_breaker(breaker = LAZY.0)]
fn by_lazy_static(reply: Reply) -> Reply {
    reply
}

static PLAIN: Breaker = Breaker::new("own", CONFIG);

#[circuit_breaker(breaker = PLAIN)]
fn by_static(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(breaker = &PLAIN, failure = Err(_))]
async fn by_reference(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

#[test]
fn static_breaker_is_used_however_it_is_made() {
    walk(&LAZY.0, &LAZY.1, by_lazy_static, None);
    assert_eq!(by_static(DOWN), DOWN);
    assert!(matches!(now(by_reference(Ok(1))), Err(Fault::Rejected(_))), "they share it");
}

struct Client {
    breaker: Breaker,
    spare: u32,
}

impl Client {
    #[circuit_breaker(breaker = self.breaker)]
    fn fetch(&self, reply: Reply) -> Reply {
        reply
    }

    #[circuit_breaker(breaker = &self.breaker, fallback = Self::local)]
    async fn fetch_async(&self, reply: Reply) -> Reply {
        std::future::ready(()).await;
        reply
    }

    fn local(&self, _reply: Reply) -> Reply {
        Ok(self.spare)
    }

    fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    #[circuit_breaker(
        breaker = self.breaker(), fallback_on = "failure",
        fallback = |_, cause| match cause {
            breakerbox::Cause::Failed(output) => output,
            breakerbox::Cause::Rejected(_) | breakerbox::Cause::TimedOut(_) => Ok(self.spare),
        }
    )]
    fn by_method(&self, reply: Reply) -> Reply {
        reply
    }

    #[circuit_breaker(breaker = self.breaker)]
    fn made(&self, reply: Reply) -> impl Future<Output = Reply> {
        std::future::ready(reply)
    }
}

#[test]
fn each_instance_has_its_own() {
    let (breaker, clock) = own();
    let client = Client { breaker, spare: SPARE };
    walk(&client.breaker, &clock, |reply| client.fetch(reply), None);
    let (breaker, clock) = own();
    let client = Client { breaker, spare: SPARE };
    walk(&client.breaker, &clock, |reply| now(client.fetch_async(reply)), Some(SPARE));
    let (breaker, clock) = own();
    let client = Client { breaker, spare: SPARE };
    walk(&client.breaker, &clock, |reply| client.by_method(reply), Some(SPARE));
    let (breaker, clock) = own();
    let client = Client { breaker, spare: SPARE };
    walk(&client.breaker, &clock, |reply| now(client.made(reply)), None);
}

struct Shared {
    breaker: Arc<Breaker>,
    log: Vec<Reply>,
}

impl Shared {
    #[circuit_breaker(breaker = self.breaker)]
    fn write(&mut self, reply: Reply) -> Result<&mut Vec<Reply>, Fault> {
        self.log.push(reply.clone());
        reply.map(|_| &mut self.log)
    }

    #[circuit_breaker(breaker = &self.breaker, fallback = |_| Ok(SPARE))]
    async fn write_async(&mut self, reply: Reply) -> Reply {
        std::future::ready(()).await;
        self.log.push(reply.clone());
        reply
    }

    #[circuit_breaker(breaker = self.breaker)]
    fn consume(self, reply: Reply) -> Reply {
        drop(self.log);
        reply
    }
}

#[test]
fn breaker_inside_of_what_the_body_takes_is_held_apart() {
    let (breaker, clock) = own();
    let breaker = Arc::new(breaker);
    let mut shared = Shared { breaker: Arc::clone(&breaker), log: Vec::new() };
    let last = |log: &mut Vec<Reply>| log.last().cloned().unwrap();
    walk(&breaker, &clock, |reply| shared.write(reply).and_then(last), None);
    assert_eq!(shared.log.len(), 4, "the body ran as often as it was let");
    breaker.reset();
    assert_eq!(now(shared.write_async(DOWN)), DOWN);
    assert_eq!(now(shared.write_async(Ok(1))), Ok(SPARE));
    breaker.reset();
    assert_eq!(shared.consume(DOWN), DOWN);
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(Arc::strong_count(&breaker), 1);
}

/// The expression gives back all that it takes on its way before the body runs.
#[test]
fn lock_that_leads_to_the_breaker_is_not_held_during_the_call() {
    static ALL: Mutex<Vec<Arc<Breaker>>> = Mutex::new(Vec::new());

    #[circuit_breaker(breaker = ALL.lock().unwrap()[index].clone())]
    fn fetch(index: usize, reply: Reply) -> Reply {
        assert!(ALL.try_lock().is_ok());
        reply
    }

    #[circuit_breaker(breaker = ALL.lock().unwrap()[index].clone(), error = Fault::Rejected)]
    async fn fetch_async(index: usize, reply: Reply) -> Reply {
        std::future::ready(()).await;
        assert!(ALL.try_lock().is_ok());
        reply
    }

    let (breaker, clock) = own();
    let breaker = Arc::new(breaker);
    *ALL.lock().unwrap() = vec![Arc::clone(&breaker)];
    walk(&breaker, &clock, |reply| fetch(0, reply), None);
    walk(&breaker, &clock, |reply| now(fetch_async(0, reply)), None);
}
