//! Asks a language model, and prints its reply as it comes. Each model has a breaker, which leaves
//! an ill model in peace for as long as the model asks. Meanwhile a smaller model answers, or at
//! last a canned sentence. `server.rs` is the service, on the loopback interface.

mod server;

use std::error::Error;
use std::io::{Write, stdout};
use std::time::Duration;

use breakerbox::{BreakerError, Registry, Snapshot, circuit_breaker};
use futures_util::future::{BoxFuture, FutureExt, ready};
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::server::{Health, Server};

struct Llm {
    http: Client,
    url: String,
}

#[derive(Debug, thiserror::Error)]
enum LlmError {
    #[error("the connection fails: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the service answers {status}")]
    Status { status: StatusCode, retry_after: Option<Duration> },
    #[error("the reply breaks off")]
    BreaksOff,
    #[error(transparent)]
    Breaker(#[from] BreakerError),
}

/// The words of a reply, as they come.
type Reply = BoxStream<'static, Result<String, LlmError>>;

#[circuit_breaker(
    name = "llm",
    key = model,
    threshold = 2,
    cooldown = "30s",
    stream(first = "20s", stall = "10s"),
    ignore = Err(LlmError::Status { status: StatusCode::BAD_REQUEST, .. }),
    retry_after = |reply| match reply {
        Err(LlmError::Status { retry_after, .. }) => *retry_after,
        _ => None,
    },
    fallback_on = "failure",
    fallback = smaller
)]
async fn complete(llm: &Llm, model: &'static str, prompt: &str) -> Result<Reply, LlmError> {
    let message = json!({ "role": "user", "content": prompt });
    let request = json!({ "model": model, "stream": true, "messages": [message] });
    let response = llm.http.post(&llm.url).json(&request).send().await?;
    if response.status().is_success() {
        return Ok(words(response).boxed());
    }
    Err(LlmError::Status { status: response.status(), retry_after: retry_after(&response) })
}

/// Answers in place of a model that fails or rests.
fn smaller<'a>(
    llm: &'a Llm,
    model: &'static str,
    prompt: &'a str,
) -> BoxFuture<'a, Result<Reply, LlmError>> {
    if model == "large" {
        return complete(llm, "small", prompt).boxed();
    }
    let canned = Ok("[canned] Please ask again in a minute.".to_owned());
    ready(Ok(stream::iter([canned]).boxed())).boxed()
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Reads the server-sent events of a reply, up to `[DONE]`, which says that it is complete.
fn words(response: Response) -> impl Stream<Item = Result<String, LlmError>> {
    stream::try_unfold((response, Vec::new()), |(mut response, mut bytes)| async move {
        loop {
            if let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = bytes.drain(..end + 2).collect();
                let Some(data) = event.strip_prefix(b"data: ") else { continue };
                if data.starts_with(b"[DONE]") {
                    return Ok(None);
                }
                let Ok(chunk) = serde_json::from_slice::<Value>(data) else { continue };
                let word = chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default();
                return Ok(Some((word.to_owned(), (response, bytes))));
            }
            match response.chunk().await? {
                Some(more) => bytes.extend(more),
                None => return Err(LlmError::BreaksOff),
            }
        }
    })
}

async fn ask(llm: &Llm, prompt: &str) -> Result<(), Box<dyn Error>> {
    let mut reply = complete(llm, "large", prompt).await?;
    while let Some(word) = reply.next().await {
        match word {
            Ok(word) => print!("{word}"),
            Err(error) => print!("({error})"),
        }
        stdout().flush()?;
    }
    println!();
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::start().await?;
    let llm = Llm { http: Client::builder().no_proxy().build()?, url: server.url() };
    let _log = Registry::global().on_transition(|event| println!("\n-- {event}"));

    for (news, large, small) in [
        ("Both models are well.", Health::Well, Health::Well),
        ("The large model is overloaded, Retry-After: 3.", Health::Overloaded, Health::Well),
        ("The small model breaks off, too.", Health::Overloaded, Health::BreaksOff),
    ] {
        println!("== {news}");
        server.set(large, small);
        for _ in 0..3 {
            ask(&llm, "What is a circuit breaker?").await?;
        }
    }

    println!("== Both are well again.");
    server.set(Health::Well, Health::Well);
    ask(&llm, "What is a circuit breaker?").await?;
    if let Some(large) = Registry::global().get_key("llm", "large") {
        let Snapshot { cooldown, remaining_cooldown, .. } = large.snapshot();
        println!("== The large model rests for {:?}.", cooldown.unwrap_or_default());
        tokio::time::sleep(remaining_cooldown.unwrap_or_default()).await;
    }
    ask(&llm, "What is a circuit breaker?").await?;
    let [large, small] = server.requests();
    println!("The large model has got {large} requests, and the small one {small}.");
    Ok(())
}
