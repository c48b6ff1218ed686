//! Calls of the client as free functions. They share one breaker, since they ask
//! one service: the first declares the tuning.

use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequest, CreateChatCompletionResponse,
};
use breakerbox::circuit_breaker;
use reqwest::StatusCode;

use crate::{Llm, LlmError, RateLimited};

/// The answer while the model does not answer.
pub const CANNED: &str = "The assistant is resting.";

/// Completes a prompt. A rejection becomes an error of the program's own.
///
/// # Errors
/// If the service does not answer, or not well, or is not asked.
#[circuit_breaker(
    name = "llm",
    threshold = 3,
    cooldown = "30s",
    timeout = "20s",
    ignore = Err(LlmError::Api(error)) if is_mistake_of_ours(error),
    retry_after = |output| match output {
        Err(LlmError::Api(error)) => RateLimited::hint(error),
        _ => None,
    },
    error = LlmError::unasked
)]
pub async fn complete(llm: &Llm, prompt: &str) -> Result<String, LlmError> {
    let response = llm.chat().create(request(prompt)).await?;
    Ok(text(response))
}

/// Completes a prompt. A rejection becomes the client's own error, which has room for any other.
///
/// # Errors
/// If the service does not answer, or not well, or is not asked.
#[circuit_breaker(
    name = "llm",
    ignore = Err(error) if is_mistake_of_ours(error),
    retry_after = |output| output.as_ref().err().and_then(RateLimited::hint),
    error = |error| OpenAIError::Boxed(Box::new(error))
)]
pub async fn complete_or_boxed(llm: &Llm, prompt: &str) -> Result<String, OpenAIError> {
    llm.chat().create(request(prompt)).await.map(text)
}

/// Completes a prompt, or answers [`CANNED`], so no rejection is converted. Server errors
/// and lost connections alone are failures.
///
/// # Errors
/// If the service does not answer well.
#[circuit_breaker(
    name = "llm",
    failure(
        Err(OpenAIError::Reqwest(_) | OpenAIError::Boxed(_)),
        Err(OpenAIError::ApiError(error)) if error.status_code.is_server_error(),
    ),
    fallback = Ok(CANNED.to_owned())
)]
pub async fn complete_or_canned(llm: &Llm, prompt: &str) -> Result<String, OpenAIError> {
    llm.chat().create(request(prompt)).await.map(text)
}

/// A request that the service does not understand says nothing of its health.
fn is_mistake_of_ours(error: &OpenAIError) -> bool {
    matches!(error, OpenAIError::ApiError(error) if error.status_code == StatusCode::BAD_REQUEST)
}

pub(crate) fn request(prompt: &str) -> CreateChatCompletionRequest {
    CreateChatCompletionRequest {
        model: "small".into(),
        messages: vec![ChatCompletionRequestUserMessage::from(prompt).into()],
        ..CreateChatCompletionRequest::default()
    }
}

pub(crate) fn text(response: CreateChatCompletionResponse) -> String {
    let first = response.choices.into_iter().next();
    first.and_then(|choice| choice.message.content).unwrap_or_default()
}
