//! Calls of the client as methods, guarded by one attribute on their block.

use async_openai::error::OpenAIError;
use breakerbox::circuit_breaker;

use crate::functions::{request, text};
use crate::{Guarded, Llm, RateLimited};

/// Answers questions with the help of a service.
#[derive(Debug)]
pub struct Assistant {
    llm: Llm,
    greeting: String,
}

type Answer<T> = Result<T, Guarded<OpenAIError>>;

#[circuit_breaker(
    name = "assistant",
    threshold = 2,
    cooldown = "10s",
    ignore = Err(Guarded::Service(OpenAIError::ApiError(error))) if error.status_code == 400,
    retry_after = |output| match output {
        Err(Guarded::Service(error)) => RateLimited::hint(error),
        _ => None,
    }
)]
impl Assistant {
    /// An assistant that asks this service.
    #[must_use]
    pub fn new(llm: Llm, greeting: impl Into<String>) -> Self {
        Self { llm, greeting: greeting.into() }
    }

    /// Answers a question.
    ///
    /// # Errors
    /// If the service does not answer, or not well, or is not asked.
    pub async fn answer(&self, question: &str) -> Answer<String> {
        Ok(text(self.llm.chat().create(request(question)).await?))
    }

    /// The names of the service's models.
    ///
    /// # Errors
    /// As of [`answer`](Self::answer).
    pub async fn models(&self) -> Answer<Vec<String>> {
        let models = self.llm.models().list().await?;
        Ok(models.data.into_iter().map(|model| model.id).collect())
    }

    /// Says hello in the model's words, or else in ours.
    ///
    /// # Errors
    /// If the service is asked and does not answer well.
    #[circuit_breaker(fallback = Ok(self.greeting()))]
    pub async fn hello(&self) -> Answer<String> {
        Ok(text(self.llm.chat().create(request("Say hello.")).await?))
    }

    #[circuit_breaker(skip)]
    fn greeting(&self) -> String {
        self.greeting.clone()
    }
}
