//! Keys of the attribute together: each pair that could get in the other's way.

use std::fmt::Display;
use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Cause, State, circuit_breaker};

#[derive(Debug, PartialEq)]
enum Error {
    Down,
    Overloaded { retry_after: Option<Duration> },
    Unauthorized,
    BadRequest,
    Breaker(BreakerError),
}

impl Error {
    fn is_ours(&self) -> bool {
        matches!(self, Error::BadRequest | Error::Unauthorized)
    }
}

impl From<BreakerError> for Error {
    fn from(error: BreakerError) -> Self {
        Error::Breaker(error)
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// The breaker of that name, or of `name/key`.
fn breaker(scope: &Scope, name: &str) -> Arc<Breaker> {
    let found = match name.split_once('/') {
        Some((name, key)) => scope.registry().get_key(name, key),
        None => scope.registry().get(name),
    };
    found.unwrap_or_else(|| panic!("no breaker `{name}`"))
}

fn state(scope: &Scope, name: &str) -> State {
    breaker(scope, name).state()
}

fn cooldown(scope: &Scope, name: &str) -> Option<Duration> {
    breaker(scope, name).snapshot().cooldown
}

fn assert_send<T>(value: T) -> T
where
    T: Send,
{
    value
}

mod key {
    use super::*;

    #[circuit_breaker(name = "owned", threshold = 1, key = model)]
    fn owned(model: String) -> Result<Vec<u8>, Error> {
        let bytes = model.into_bytes();
        if bytes.is_empty() { Err(Error::Down) } else { Ok(bytes) }
    }

    #[circuit_breaker(name = "owned-async", threshold = 1, key = model)]
    async fn owned_async(model: String) -> Result<Vec<u8>, Error> {
        let model = ready(model).await;
        if model == "dead" { Err(Error::Down) } else { Ok(model.into_bytes()) }
    }

    #[circuit_breaker(name = "made", key = format!("{}-{}", model, size), fallback = Err(Error::Down))]
    async fn made(model: String, size: u8) -> Result<String, Error> {
        ready(Ok(model.repeat(size.into()))).await
    }

    #[circuit_breaker(name = "lent", key = format_args!("{model}:{}", *size))]
    async fn lent(model: &str, size: &mut u8) -> Result<u8, Error> {
        *size += 1;
        ready(()).await;
        Ok(*size + u8::try_from(model.len()).unwrap())
    }

    #[circuit_breaker(name = "any", threshold = 1, key = of)]
    fn any<T: Display>(of: T, outcome: Result<(), Error>) -> Result<T, Error> {
        outcome.map(|()| of)
    }

    #[circuit_breaker(name = "implied", key = of)]
    async fn implied(of: impl Display) -> Result<String, Error> {
        std::future::ready(()).await;
        Ok(of.to_string())
    }

    struct Client {
        host: String,
        calls: usize,
    }

    impl Client {
        const LIMIT: Duration = Duration::from_secs(2);

        #[circuit_breaker(name = "host", threshold = 1, key = self.host)]
        fn lend(&mut self, fails: bool) -> Result<&mut usize, Error> {
            self.calls += 1;
            if fails { Err(Error::Down) } else { Ok(&mut self.calls) }
        }

        #[circuit_breaker(name = "host", threshold = 1, key = self.host)]
        async fn take(self, suffix: String) -> Result<String, Error> {
            ready(Ok(self.host + &suffix)).await
        }

        #[circuit_breaker(
            name = "slow-host",
            threshold = 1,
            key = self.host,
            timeout = Self::LIMIT,
            fallback_on = "failure",
            fallback = Self::local,
        )]
        async fn answered(&self, prompt: String) -> Result<String, Error> {
            if prompt == "hang" { pending().await } else { Ok(prompt) }
        }

        #[allow(clippy::unused_async, clippy::unnecessary_wraps, reason = "it stands in")]
        async fn local(&self, prompt: String) -> Result<String, Error> {
            Ok(format!("{prompt} at {}", self.host))
        }
    }

    #[test]
    fn key_is_only_looked_at_and_the_argument_moved_into_the_body() {
        let scope = Scope::enter();
        assert_eq!(owned("large".into()), Ok(b"large".to_vec()));
        assert_eq!(state(&scope, "owned/large"), State::Closed);
    }

    #[tokio::test]
    async fn key_of_an_async_function_is_gone_before_the_body_runs() {
        let scope = Scope::enter();
        assert_eq!(owned_async("dead".into()).await, Err(Error::Down));
        assert!(owned_async("dead".into()).await.is_err());
        assert_eq!(state(&scope, "owned-async/dead"), State::Open);
        assert_eq!(assert_send(made("x".into(), 3)).await.unwrap(), "xxx");
        let mut size = 4;
        assert_eq!(assert_send(lent("abc", &mut size)).await, Ok(8));
        assert_eq!(state(&scope, "made/x-3"), State::Closed);
        assert_eq!(state(&scope, "lent/abc:4"), State::Closed);
    }

    #[tokio::test]
    async fn key_may_be_of_a_generic_type() {
        let scope = Scope::enter();
        assert_eq!(any(7, Err(Error::Down)), Err(Error::Down));
        assert_eq!(any("seven", Ok(())), Ok("seven"));
        assert_eq!(state(&scope, "any/7"), State::Open);
        assert_eq!(implied('x').await.unwrap(), "x");
    }

    #[tokio::test]
    async fn key_may_be_of_self_however_it_is_taken() {
        let scope = Scope::enter();
        let mut client = Client { host: "a".into(), calls: 0 };
        *client.lend(false).unwrap() += 10;
        assert_eq!(client.calls, 11);
        assert!(client.lend(true).is_err());
        assert_eq!(state(&scope, "host/a"), State::Open);
        assert!(client.take("!".into()).await.is_err(), "it shares the breaker");
        let other = Client { host: "b".into(), calls: 0 };
        assert_eq!(other.take("!".into()).await.unwrap(), "b!");
    }

    #[tokio::test(start_paused = true)]
    async fn key_and_timeout_and_fallback_each_do_their_part() {
        let scope = Scope::enter();
        let client = Client { host: "a".into(), calls: 0 };
        assert_eq!(assert_send(client.answered("hi".into())).await.unwrap(), "hi");
        assert_eq!(client.answered("hang".into()).await.unwrap(), "hang at a");
        assert_eq!(state(&scope, "slow-host/a"), State::Open);
        assert_eq!(client.answered("hi".into()).await.unwrap(), "hi at a");
    }
}

mod timeout {
    use super::*;

    #[circuit_breaker(
        name = "told",
        threshold = 1,
        timeout = "1s",
        error = |error| error.to_string(),
        fallback = |hangs| Ok(format!("instead of {hangs}")),
    )]
    async fn told(hangs: bool) -> Result<String, String> {
        if hangs { pending().await } else { Ok("done".into()) }
    }

    #[circuit_breaker(
        name = "plain",
        threshold = 1,
        timeout = "1s",
        failure = 500..,
        trip = 401,
        fallback_on = "failure",
        fallback = |status, cause| match cause {
            Cause::TimedOut(_) => 504,
            Cause::Rejected(_) => 503,
            Cause::Failed(found) => found + status,
        },
    )]
    async fn plain(status: u16) -> u16 {
        if status == 0 { pending().await } else { status }
    }

    #[circuit_breaker(
        name = "judged",
        threshold = 2,
        timeout = "1s",
        ignore = Err(error) if error.is_ours(),
        failure(Err(_), Ok(text) if text.is_empty()),
        retry_after = |output| match output.as_ref().err()? {
            Error::Overloaded { retry_after } => *retry_after,
            _ => None,
        },
        on_cancel = "failure",
    )]
    async fn judged(outcome: Result<String, Error>) -> Result<String, Error> {
        ready(outcome).await
    }

    #[circuit_breaker(name = "hidden", timeout = "1s", trip = Err(Error::Unauthorized))]
    async fn hidden(up_to: u8) -> Result<impl Iterator<Item = u8>, Error> {
        ready(Ok(0..up_to)).await
    }

    #[circuit_breaker(name = "borrowed", timeout = "1s", retry_after = |_| None)]
    async fn borrowed<'a>(words: &'a [&'a str], at: usize) -> Result<&'a str, Error> {
        words.get(at).copied().ok_or(Error::Down)
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_runs_out_is_told_by_error_and_a_rejection_by_the_fallback() {
        let _scope = Scope::enter();
        assert_eq!(told(false).await.unwrap(), "done");
        assert!(told(true).await.unwrap_err().contains("did not end within 1s"));
        assert_eq!(told(false).await.unwrap(), "instead of false");
    }

    #[tokio::test(start_paused = true)]
    async fn plain_value_may_time_out_if_the_fallback_answers_failures() {
        for (status, answer, after) in [
            (200, 200, State::Closed),
            (401, 802, State::Open),
            (404, 404, State::Closed),
            (500, 1000, State::Open),
            (0, 504, State::Open),
        ] {
            let scope = Scope::enter();
            assert_eq!(plain(status).await, answer);
            assert_eq!(state(&scope, "plain"), after, "{status}");
            let next = if after == State::Open { 503 } else { 200 };
            assert_eq!(plain(200).await, next);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn patterns_and_hints_know_the_output_under_a_timeout() {
        let scope = Scope::enter();
        let overloaded = Error::Overloaded { retry_after: Some(90 * SECOND) };
        assert_eq!(judged(Err(Error::BadRequest)).await, Err(Error::BadRequest));
        assert_eq!(judged(Ok(String::new())).await.unwrap(), "");
        assert!(judged(Err(overloaded)).await.is_err());
        assert_eq!(state(&scope, "judged"), State::Open);
        assert_eq!(cooldown(&scope, "judged"), Some(90 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn output_may_be_hidden_or_borrowed_under_a_timeout() {
        let _scope = Scope::enter();
        assert_eq!(hidden(3).await.unwrap().sum::<u8>(), 3);
        assert_eq!(borrowed(&["a", "b"], 1).await, Ok("b"));
    }

    #[tokio::test(start_paused = true)]
    async fn future_dropped_under_a_timeout_is_judged_by_on_cancel() {
        #[circuit_breaker(name = "dropped", threshold = 1, timeout = "9s", on_cancel = "failure")]
        async fn dropped() -> Result<(), Error> {
            pending().await
        }
        let scope = Scope::enter();
        assert!(tokio::time::timeout(SECOND, dropped()).await.is_err());
        assert_eq!(state(&scope, "dropped"), State::Open);
    }
}

mod verdict {
    use super::*;

    #[circuit_breaker(
        name = "overlap",
        threshold = 2,
        ignore = Err(error) if error.is_ours(),
        trip(Err(Error::Unauthorized), Err(Error::Overloaded { .. }), Ok(0)),
    )]
    fn overlap(outcome: Result<u8, Error>) -> Result<u8, Error> {
        outcome
    }

    #[circuit_breaker(
        name = "value",
        threshold = 3,
        failure = 500.. | 429,
        trip(401, 403),
        retry_after = |status| (*status == 429).then_some(7 * SECOND),
        fallback = 503,
    )]
    fn value(status: u16) -> u16 {
        status
    }

    #[circuit_breaker(name = "words", threshold = 2, trip = Some("stop"), failure = None, fallback = None)]
    fn words(said: Option<&str>) -> Option<&str> {
        said
    }

    struct Reply {
        headers: Vec<(&'static str, String)>,
    }

    fn seconds(reply: &Result<Reply, Error>) -> Option<Duration> {
        let (_, length) = reply.as_ref().ok()?.headers.iter().find(|(name, _)| *name == "after")?;
        length.parse().ok().map(Duration::from_secs)
    }

    #[circuit_breaker(
        name = "headers",
        failure(Err(_), Ok(reply) if reply.headers.iter().any(|(name, _)| *name == "after")),
        trip = Ok(Reply { headers }) if headers.len() > 1,
        retry_after = seconds,
        cooldown_max = "1h",
    )]
    fn headers(headers: Vec<(&'static str, String)>) -> Result<Reply, Error> {
        Ok(Reply { headers })
    }

    #[circuit_breaker(
        name = "lending",
        threshold = 1,
        retry_after = |output| {
            let words: &Vec<String> = output.as_ref().err()?;
            words.first().map(|word| Duration::from_secs(word.len() as u64))
        },
        error = |_| Vec::new(),
    )]
    fn lending<T>(words: Vec<String>, _kind: T) -> Result<T, Vec<String>> {
        Err(words)
    }

    #[test]
    fn ignored_beats_tripping_and_tripping_beats_success() {
        let scope = Scope::enter();
        assert_eq!(overlap(Err(Error::Unauthorized)), Err(Error::Unauthorized));
        assert_eq!(state(&scope, "overlap"), State::Closed);
        assert_eq!(overlap(Ok(1)), Ok(1));
        assert_eq!(overlap(Ok(0)), Ok(0));
        assert_eq!(state(&scope, "overlap"), State::Open);
        let scope = Scope::enter();
        assert!(overlap(Err(Error::Overloaded { retry_after: None })).is_err());
        assert_eq!(state(&scope, "overlap"), State::Open);
    }

    #[test]
    fn plain_value_has_failures_trips_and_hints() {
        let scope = Scope::enter();
        assert_eq!((value(200), value(401)), (200, 401));
        assert_eq!(value(200), 503);
        assert_eq!(cooldown(&scope, "value"), Some(30 * SECOND));
        let scope = Scope::enter();
        assert_eq!((value(500), value(500), value(429)), (500, 500, 429));
        assert_eq!(cooldown(&scope, "value"), Some(7 * SECOND));
        let scope = Scope::enter();
        assert_eq!(
            [words(Some("go")), words(Some("stop")), words(Some("go"))],
            [Some("go"), Some("stop"), None]
        );
        assert_eq!(state(&scope, "words"), State::Open);
    }

    #[test]
    fn hint_may_look_into_the_output() {
        let scope = Scope::enter();
        let after = |length: &str| ("after", length.to_owned());
        assert!(headers(vec![after("9")]).is_ok());
        assert_eq!(state(&scope, "headers"), State::Closed);
        assert!(headers(vec![after("9"), after("10")]).is_ok());
        assert_eq!(cooldown(&scope, "headers"), Some(9 * SECOND));
        assert_eq!(lending(vec!["four".into()], 1), Err(vec!["four".to_owned()]));
        assert_eq!(cooldown(&scope, "lending"), Some(4 * SECOND));
    }
}

mod constants {
    use super::*;

    // Names that the expansion might have used itself.
    const SITE: u16 = 2;
    const HANDLE: Duration = Duration::from_secs(3);
    const LENGTH: f64 = 0.5;
    const NAME: &str = "constants";

    #[circuit_breaker(
        name = NAME,
        threshold = SITE,
        failure_rate = LENGTH,
        failure_count = SITE,
        window = 4,
        min_calls = SITE,
        slow_call = HANDLE,
        slow_rate = LENGTH,
        cooldown = HANDLE,
        backoff = 1,
        cooldown_max = "3s",
        jitter = 0,
        probes = SITE,
        success_threshold = SITE,
        probe_timeout = HANDLE,
        timeout = HANDLE,
        key = SITE,
        on_cancel = "ignore",
        retry_after = |_| Some(HANDLE),
        trip = Err(Error::Unauthorized),
        ignore = Err(Error::BadRequest),
        failure = Err(_),
    )]
    async fn every_key(outcome: Result<u16, Error>) -> Result<u16, Error> {
        outcome.map(|site| site + SITE)
    }

    #[tokio::test]
    async fn every_key_may_stand_with_every_other_and_be_a_constant() {
        let scope = Scope::enter();
        assert_eq!(every_key(Ok(1)).await, Ok(3));
        assert!(every_key(Err(Error::Unauthorized)).await.is_err());
        assert_eq!(state(&scope, "constants/2"), State::Open);
        assert_eq!(cooldown(&scope, "constants/2"), Some(HANDLE));
    }

    #[rustfmt::skip]
    macro_rules! guarded {
        ($window:expr, $rate:literal, $model:ident, $hint:expr, $case:pat) => {
            #[circuit_breaker(
                name = "by-macro",
                failure_rate = $rate,
                window = $window,
                min_calls = 1,
                key = $model,
                retry_after = $hint,
                trip = $case,
            )]
            fn by_macro($model: String, outcome: Result<(), Error>) -> Result<String, Error> {
                outcome.map(|()| $model)
            }
        };
    }

    guarded!("10s", 1.0, model, |_| Some(5 * SECOND), Err(Error::Down));

    #[test]
    fn values_may_come_from_a_macro() {
        let scope = Scope::enter();
        assert_eq!(by_macro("m".into(), Ok(())).unwrap(), "m");
        assert!(by_macro("m".into(), Err(Error::Down)).is_err());
        assert_eq!(cooldown(&scope, "by-macro/m"), Some(5 * SECOND));
    }

    trait Bounded {
        const LIMIT: Duration;

        #[circuit_breaker(name = "of-a-trait", threshold = 1, timeout = Self::LIMIT, key = name)]
        async fn get(&self, name: &str) -> Result<(), Error> {
            let _ = name;
            pending().await
        }
    }

    struct Never;

    impl Bounded for Never {
        const LIMIT: Duration = SECOND;
    }

    #[tokio::test(start_paused = true)]
    async fn timeout_may_be_a_constant_of_self() {
        let scope = Scope::enter();
        let Err(Error::Breaker(error)) = Never.get("x").await else { panic!("it hangs") };
        assert!(matches!(error, BreakerError::TimedOut { after: SECOND, .. }));
        assert_eq!(state(&scope, "of-a-trait/x"), State::Open);
    }
}
