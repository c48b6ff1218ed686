//! The client of `hyper-util`.

use breakerbox::testing::Scope;
use breakerbox::tower::GuardedBody;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::util::BoxCloneService;
use tower::{BoxError, ServiceBuilder, ServiceExt};

use super::{Answer, TIMEOUT, layer, refuses, suffers_and_recovers};
use crate::server::Server;

type Guarded = BoxCloneService<Request<Empty<Bytes>>, Response<GuardedBody<Incoming>>, BoxError>;

fn guarded() -> Guarded {
    let client = Client::builder(TokioExecutor::new()).build_http();
    ServiceBuilder::new().boxed_clone().layer(layer()).timeout(TIMEOUT).service(client)
}

async fn ask(service: &Guarded, server: &Server) -> Answer {
    let request = Request::get(server.url()).body(Empty::new())?;
    let response = service.clone().oneshot(request).await?;
    let (head, body) = response.into_parts();
    // Nobody reads the body of a refusal.
    if !head.status.is_success() {
        return Err(head.status.as_str().into());
    }
    let body = body.collect().await?.to_bytes();
    Ok(serde_json::from_slice(&body)?)
}

#[tokio::test]
async fn hyper_util_leaves_a_service_that_is_ill_in_peace() {
    let (scope, server, service) = (Scope::enter(), Server::start().await, guarded());
    suffers_and_recovers(&scope, &server, async || ask(&service, &server).await).await;
}

#[tokio::test]
async fn hyper_util_closes_by_a_refusal() {
    let (scope, server, service) = (Scope::enter(), Server::start().await, guarded());
    refuses(&scope, &server, async || ask(&service, &server).await).await;
}
