//! The attribute among other macros: inside `macro_rules!`, twice on one
//! function, behind `cfg_attr`, beside `#[test]`.

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};
use support::{DOWN, Fault, Reply, named, now};

const ONE: i32 = 1;
const BACK: Reply = Ok(7);

fn back(_: Reply) -> Reply {
    BACK
}

macro_rules! by_fragments {
    ($f:ident, $name:literal, $limit:expr, $failed:pat, $if:expr, $back:path, $reply:ty) => {
        #[circuit_breaker(
                                                                            name = $name,
                                                                            threshold = $limit,
                                                                            cooldown = "1s",
                                                                            failure($failed if $if),
                                                                            fallback = $back,
                                                                        )]
        fn $f(reply: $reply) -> $reply {
            reply
        }
    };
}

macro_rules! by_tokens {
    ($f:ident($arg:ident: $ty:ty) $back:expr => $($body:tt)*) => {
        #[circuit_breaker(name = concat!("made-", stringify!($f)), threshold = ONE, fallback = $back)]
        async fn $f($arg: $ty) -> Reply {
            $($body)*
        }
    };
}

macro_rules! by_item {
    ($item:item) => {
        #[circuit_breaker(name = "item", threshold = 1)]
        $item
    };
}

macro_rules! method {
    ($this:ident, $($key:ident = $value:expr),*) => {
        #[circuit_breaker($($key = $value),*)]
        fn fetch(&$this, reply: Reply) -> Reply {
            $this.0.set($this.0.get() + 1);
            reply
        }
    };
}

by_fragments!(fragments, "fragments", 1, Err(_), true, back, Reply);
by_tokens!(tokens(reply: Reply) BACK => let answer = reply?; Ok(answer));
by_tokens!(closure(reply: Reply) |reply| reply.map(|n| n + 1) => reply);
by_item!(
    fn item(reply: Reply) -> Reply {
        reply
    }
);

struct Client(std::cell::Cell<u32>);

impl Client {
    method!(self, name = "method", threshold = 1, fallback = |reply| reply.map(|n| n + 1));
}

#[test]
fn function_made_of_fragments_is_guarded() {
    let scope = Scope::enter();
    assert_eq!(fragments(Ok(1)), Ok(1));
    assert_eq!(fragments(DOWN), DOWN);
    assert_eq!(fragments(Ok(1)), BACK);
    assert_eq!(named(&scope, "fragments").state(), State::Open);
}

#[test]
fn function_made_of_tokens_is_guarded() {
    let scope = Scope::enter();
    assert_eq!(now(tokens(DOWN)), DOWN);
    assert_eq!(now(tokens(Ok(1))), BACK);
    assert_eq!(now(closure(DOWN)), DOWN);
    assert_eq!(now(closure(Ok(1))), Ok(2));
    assert_eq!(named(&scope, "made-tokens").state(), State::Open);
}

#[test]
fn function_handed_over_whole_is_guarded() {
    let _scope = Scope::enter();
    assert_eq!(item(DOWN), DOWN);
    assert!(item(Ok(1)).unwrap_err().is_rejection());
}

/// [MAC-105]
#[test]
fn self_handed_over_by_a_macro_is_the_methods_own() {
    let _scope = Scope::enter();
    let client = Client(0.into());
    assert_eq!(client.fetch(DOWN), DOWN);
    assert_eq!(client.fetch(Ok(1)), Ok(2));
    assert_eq!(client.0.get(), 1);
}

/// [MAC-123]
#[test]
fn two_attributes_nest_the_last_one_outermost() {
    // Each is expanded around the body it finds, the first one first.
    #[circuit_breaker(name = "inner", threshold = 2)]
    #[circuit_breaker(name = "outer", threshold = 3)]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    assert_eq!((fetch(DOWN), fetch(DOWN)), (DOWN, DOWN));
    let rejected_by = |reply: Reply| match reply {
        Err(Fault::Rejected(error)) => error.name().to_string(),
        other => panic!("{other:?}"),
    };
    // The outer one has counted two failures, and ignores what the inner one turns away.
    assert_eq!(rejected_by(fetch(Ok(1))), "inner");
    assert_eq!(rejected_by(fetch(Ok(1))), "inner");
    named(&scope, "outer").open();
    assert_eq!(rejected_by(fetch(Ok(1))), "outer");
    assert_eq!(named(&scope, "inner").snapshot().rejections, 2);
}

/// [MAC-109]
#[test]
fn attribute_behind_cfg_attr_or_under_another_name_works() {
    use breakerbox::circuit_breaker as guard;

    #[cfg_attr(all(), circuit_breaker(name = "conditional", threshold = 1))]
    fn conditional(reply: Reply) -> Reply {
        reply
    }
    #[cfg_attr(any(), circuit_breaker(name = "conditional", threshold = 1))]
    fn unconditional(reply: Reply) -> Reply {
        reply
    }
    #[guard(name = "conditional")]
    fn renamed(reply: Reply) -> Reply {
        reply
    }
    let _scope = Scope::enter();
    assert_eq!(conditional(DOWN), DOWN);
    assert!(renamed(Ok(1)).unwrap_err().is_rejection());
    assert_eq!(unconditional(Ok(1)), Ok(1));
}

#[tokio::test]
#[circuit_breaker(name = "above-a-test")]
async fn test_may_itself_be_guarded() -> Result<(), Fault> {
    std::future::ready(()).await;
    Ok(())
}

macro_rules! by_block {
    ($f:ident, $body:block) => {
        #[circuit_breaker(name = "block", threshold = 1, crate = $crate::reexport)]
        fn $f(_reply: Reply) -> Reply $body
    };
}
by_block!(block, { DOWN });

/// [MAC-106]
#[test]
fn body_given_as_a_block_and_crate_as_dollar_crate_are_taken() {
    let scope = Scope::enter();
    assert_eq!(block(DOWN), DOWN);
    assert_eq!(scope.registry().get("block").unwrap().state(), State::Open);
}
