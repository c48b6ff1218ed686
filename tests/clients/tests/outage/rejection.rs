//! A rejection inside of the errors of other crates, and an error that is none beside it.

use std::error::Error;
use std::io;
use std::time::Duration;

use async_openai::error::OpenAIError;
use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Config, circuit_breaker};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use tower::BoxError;

use crate::retries::client;
use crate::server::{Mood, Server};

fn rejection() -> BreakerError {
    let breaker = Breaker::new("tea", Config::new());
    breaker.open_for(Duration::from_mins(1));
    breaker.try_acquire().unwrap_err()
}

fn is_rejection(error: &(dyn Error + 'static)) -> bool {
    BreakerError::is_rejection_in(error)
}

#[test]
fn anyhow_with_context_is_seen_through() {
    let error = anyhow::Error::from(rejection()).context("tea").context("breakfast");
    assert!(is_rejection(error.as_ref()));
    assert!(!is_rejection(anyhow::anyhow!("no water").context("tea").as_ref()));
    let (found, rejection) = (error.downcast_ref::<BreakerError>(), rejection());
    assert_eq!(found.map(BreakerError::name), Some(rejection.name()), "with its `retry_after()`");
}

#[test]
fn box_error_is_seen_through() {
    assert!(is_rejection(&*BoxError::from(rejection())));
    assert!(!is_rejection(&*BoxError::from("no water")));
}

#[test]
fn io_error_is_seen_through() {
    assert!(is_rejection(&io::Error::from(rejection())));
    assert!(is_rejection(&io::Error::other(BoxError::from(rejection()))));
    assert!(!is_rejection(&io::Error::other("no water")));
}

#[test]
fn thiserrors_enums_are_seen_through() {
    #[derive(Debug, thiserror::Error)]
    enum Tea {
        #[error(transparent)]
        Transparent(#[from] BreakerError),
        #[error("no tea")]
        Source(#[source] BreakerError),
        #[error(transparent)]
        Other(#[from] io::Error),
    }
    assert!(is_rejection(&Tea::from(rejection())));
    assert!(is_rejection(&Tea::Source(rejection())));
    assert!(is_rejection(&Tea::Other(rejection().into())));
    assert!(!is_rejection(&Tea::Other(io::Error::other("no water"))));
}

#[test]
fn errors_of_openai_and_tonic_are_seen_through() {
    assert!(is_rejection(&OpenAIError::Boxed(rejection().into())));
    assert!(!is_rejection(&OpenAIError::Boxed("no water".into())));
    assert!(is_rejection(&tonic::Status::from_error(rejection().into())));
    assert!(!is_rejection(&tonic::Status::from_error("no water".into())));
}

/// A middleware whose calls are guarded.
struct Guard;

#[circuit_breaker(
    name = "middleware",
    threshold = 1,
    failure(Err(_), Ok(response) if response.status().is_server_error())
)]
async fn guarded(
    request: Request,
    extensions: &mut http::Extensions,
    next: Next<'_>,
) -> anyhow::Result<Response> {
    Ok(next.run(request, extensions).await?)
}

#[async_trait::async_trait]
impl Middleware for Guard {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        Ok(guarded(request, extensions, next).await?)
    }
}

#[tokio::test]
async fn error_of_reqwest_middleware_is_seen_through() {
    let _scope = Scope::enter();
    let server = Server::start().await;
    let client: ClientWithMiddleware = ClientBuilder::new(client()).with(Guard).build();
    server.set(Mood::Resetting);
    let reset = client.get(server.url()).send().await.unwrap_err();
    assert!(!is_rejection(&reset), "{reset:?}");
    let rejected = client.get(server.url()).send().await.unwrap_err();
    assert!(is_rejection(&rejected), "{rejected:?}");
    assert_eq!(server.received(), 1);
}
