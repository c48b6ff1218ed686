//! `async-openai`, whose transport is a service. It retries only in the transport that it has
//! without one.

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::middleware::ReqwestService;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequest, CreateChatCompletionResponse,
};
use breakerbox::testing::Scope;
use tower::ServiceBuilder;

use super::{Answer, TIMEOUT, layer, refuses, suffers_and_recovers};
use crate::server::Server;

pub(super) type Llm = Client<OpenAIConfig>;

pub(super) fn guarded(server: &Server) -> Llm {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let transport =
        ServiceBuilder::new().layer(layer()).timeout(TIMEOUT).service(ReqwestService::new(http));
    let config = OpenAIConfig::new().with_api_base(format!("{}v1", server.url()));
    Client::with_config(config.with_api_key("none")).with_http_service(transport)
}

pub(super) fn request() -> CreateChatCompletionRequest {
    CreateChatCompletionRequest {
        model: "small".into(),
        messages: vec![ChatCompletionRequestUserMessage::from("Tea?").into()],
        ..CreateChatCompletionRequest::default()
    }
}

async fn ask(llm: &Llm) -> Answer {
    let response: CreateChatCompletionResponse = llm.chat().create(request()).await?;
    let first = response.choices.into_iter().next();
    Ok(first.and_then(|choice| choice.message.content).unwrap_or_default())
}

#[tokio::test]
async fn async_openai_leaves_a_service_that_is_ill_in_peace() {
    let (scope, server) = (Scope::enter(), Server::start().await);
    let llm = guarded(&server);
    suffers_and_recovers(&scope, &server, async || ask(&llm).await).await;
}

#[tokio::test]
async fn async_openai_closes_by_a_refusal() {
    let (scope, server) = (Scope::enter(), Server::start().await);
    let llm = guarded(&server);
    refuses(&scope, &server, async || ask(&llm).await).await;
}
