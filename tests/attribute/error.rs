//! `error` converts a rejection that no fallback answers.

use std::num::ParseIntError;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, circuit_breaker};
use support::{named, now};

/// Opens the breaker of a function that has been called once.
fn isolate(scope: &Scope, name: &str) {
    named(scope, name).force_open();
}

#[test]
fn error_by_closure_makes_the_functions_own_error() {
    #[circuit_breaker(name = "closure", error = |rejection| format!("{}!", rejection.name()))]
    fn fetch() -> Result<u32, String> {
        Ok(1)
    }
    let scope = Scope::enter();
    assert_eq!(fetch(), Ok(1));
    isolate(&scope, "closure");
    assert_eq!(fetch(), Err("closure!".into()));
}

#[test]
fn error_by_path_makes_the_functions_own_error() {
    #[derive(Debug, PartialEq)]
    enum Mine {
        Rejected(BreakerError),
    }
    fn mine(error: BreakerError) -> Mine {
        Mine::Rejected(error)
    }
    #[circuit_breaker(name = "path", error = mine)]
    async fn fetch() -> Result<u32, Mine> {
        std::future::ready(()).await;
        Ok(1)
    }
    #[circuit_breaker(name = "path", error = Mine::Rejected)]
    fn fetch_by_variant() -> Result<u32, Mine> {
        Ok(1)
    }
    let scope = Scope::enter();
    assert_eq!(now(fetch()), Ok(1));
    isolate(&scope, "path");
    let Err(Mine::Rejected(error)) = now(fetch()) else {
        panic!("held open");
    };
    assert!(matches!(error, BreakerError::Isolated { .. }));
    assert_eq!(fetch_by_variant(), Err(Mine::Rejected(error)));
}

#[test]
fn error_closure_may_use_the_arguments() {
    #[circuit_breaker(name = "arguments", error = |_| format!("no {what}"))]
    fn fetch(what: String) -> Result<String, String> {
        Ok(what)
    }
    let scope = Scope::enter();
    assert_eq!(fetch("tea".into()), Ok("tea".into()));
    isolate(&scope, "arguments");
    assert_eq!(fetch("tea".into()), Err("no tea".into()));
}

#[test]
fn error_serves_an_error_type_that_cannot_be_made_from_a_rejection() {
    #[circuit_breaker(name = "foreign", error = |_| "x".parse::<i32>().unwrap_err())]
    fn parse(text: &str) -> Result<i32, ParseIntError> {
        text.parse()
    }
    let scope = Scope::enter();
    assert_eq!(parse("12"), Ok(12));
    isolate(&scope, "foreign");
    assert!(parse("12").is_err());
}

#[test]
fn rejection_becomes_a_boxed_error_by_itself() {
    type Boxed<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

    #[circuit_breaker(name = "boxed", threshold = 1)]
    fn parse(text: &str) -> Boxed<u32> {
        Ok(text.parse()?)
    }
    let _scope = Scope::enter();
    assert!(parse("x").unwrap_err().is::<ParseIntError>());
    let error = parse("1").unwrap_err();
    assert!(error.is::<BreakerError>());
    let said = "circuit breaker `boxed` is open, retry in 30s";
    assert_eq!(error.to_string(), said);
}

#[test]
fn rejection_is_returned_as_it_is_where_it_is_the_error_type() {
    #[circuit_breaker(name = "itself")]
    async fn fetch() -> Result<(), BreakerError> {
        std::future::ready(()).await;
        Ok(())
    }
    let scope = Scope::enter();
    assert_eq!(now(fetch()), Ok(()));
    isolate(&scope, "itself");
    let error = now(fetch()).unwrap_err();
    assert!(error.is_rejection());
    assert_eq!((error.name(), error.retry_after()), ("itself", None));
}

mod io {
    use std::io;
    use std::process::{Command, Output};

    use breakerbox::testing::Scope;
    use breakerbox::{BreakerError, circuit_breaker};

    use support::now;

    #[circuit_breaker(threshold = 1)]
    fn run(program: &str) -> io::Result<Output> {
        Command::new(program).output()
    }

    #[circuit_breaker(threshold = 1)]
    async fn spawn(program: &str) -> std::io::Result<Output> {
        std::future::ready(()).await;
        let output = Command::new(program).output()?;
        Ok(output)
    }

    #[circuit_breaker(threshold = 1, failure = |o| o.is_err())]
    async fn judged(program: &str) -> Result<Output, io::Error> {
        std::future::ready(Command::new(program).output()).await
    }

    #[test]
    fn function_of_io_is_guarded_as_it_is() {
        let calls: [fn() -> io::Result<Output>; 3] = [
            || run("no-such-program"),
            || now(spawn("no-such-program")),
            || now(judged("no-such-program")),
        ];
        for call in calls {
            let _scope = Scope::enter();
            let own = call().unwrap_err();
            assert_eq!(own.kind(), io::ErrorKind::NotFound);
            assert!(!BreakerError::is_rejection_in(&own));
            let rejected = call().unwrap_err();
            assert_eq!(rejected.kind(), io::ErrorKind::Other);
            assert!(BreakerError::is_rejection_in(&rejected));
            let inside = rejected.get_ref().unwrap().downcast_ref::<BreakerError>().unwrap();
            assert!(inside.retry_after().is_some());
        }
    }

    #[test]
    fn call_that_timed_out_has_its_kind() {
        #[circuit_breaker(threshold = 9, timeout = "10ms")]
        async fn hang() -> io::Result<()> {
            std::future::pending().await
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let _scope = Scope::enter();
        let late = runtime.block_on(hang()).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
        assert!(!BreakerError::is_rejection_in(&late));
    }

    /// An enum as `#[error(transparent)]` and `#[from]` make it.
    #[derive(Debug)]
    enum ClientError {
        Breaker(BreakerError),
        Io(io::Error),
    }

    impl std::fmt::Display for ClientError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            match self {
                ClientError::Breaker(error) => error.fmt(f),
                ClientError::Io(error) => error.fmt(f),
            }
        }
    }

    impl std::error::Error for ClientError {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            match self {
                ClientError::Breaker(error) => error.source(),
                ClientError::Io(error) => error.source(),
            }
        }
    }

    impl From<BreakerError> for ClientError {
        fn from(error: BreakerError) -> Self {
            ClientError::Breaker(error)
        }
    }

    impl From<io::Error> for ClientError {
        fn from(error: io::Error) -> Self {
            ClientError::Io(error)
        }
    }

    #[circuit_breaker(threshold = 1)]
    fn fetch() -> Result<(), ClientError> {
        run("no-such-program")?;
        Ok(())
    }

    #[circuit_breaker(threshold = 1)]
    async fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        std::future::ready(()).await;
        fetch()?;
        Ok(())
    }

    #[test]
    fn rejection_is_seen_through_enums_and_boxes() {
        let _scope = Scope::enter();
        let own = now(boxed()).unwrap_err();
        assert!(!BreakerError::is_rejection_in(&*own));
        let rejected = now(boxed()).unwrap_err();
        assert!(BreakerError::is_rejection_in(&*rejected));
        let rejected = fetch().unwrap_err();
        assert!(rejected.to_string().contains("is open"));
        assert!(BreakerError::is_rejection_in(&rejected), "by the source alone");
    }
}
