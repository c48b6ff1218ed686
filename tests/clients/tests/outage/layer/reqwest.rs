//! `reqwest::Client` is a service.

use breakerbox::testing::Scope;
use reqwest::{Client, Method, Request, Response};
use tower::util::BoxCloneService;
use tower::{BoxError, ServiceBuilder, ServiceExt};

use super::{Answer, TIMEOUT, layer, refuses, suffers_and_recovers};
use crate::server::Server;

type Guarded = BoxCloneService<Request, Response, BoxError>;

fn guarded() -> Guarded {
    let client = Client::builder().no_proxy().build().unwrap();
    ServiceBuilder::new().boxed_clone().layer(layer()).timeout(TIMEOUT).service(client)
}

async fn ask(service: &Guarded, server: &Server) -> Answer {
    let request = Request::new(Method::GET, server.url().parse()?);
    let response = service.clone().oneshot(request).await?;
    assert_eq!(response.url().as_str(), server.url(), "the answer keeps its address");
    // Nobody reads the body of a refusal.
    Ok(serde_json::from_str(&response.error_for_status()?.text().await?)?)
}

#[tokio::test]
async fn reqwest_leaves_a_service_that_is_ill_in_peace() {
    let (scope, server, service) = (Scope::enter(), Server::start().await, guarded());
    suffers_and_recovers(&scope, &server, async || ask(&service, &server).await).await;
}

#[tokio::test]
async fn reqwest_closes_by_a_refusal() {
    let (scope, server, service) = (Scope::enter(), Server::start().await, guarded());
    refuses(&scope, &server, async || ask(&service, &server).await).await;
}
