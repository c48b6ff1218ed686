//! A fallback answers calls that the breaker rejects; another also answers calls that fail.
//!
//! `cargo run --example fallback`

use std::io::{self, ErrorKind};

use breakerbox::{Cause, circuit_breaker};

/// While its breaker is open, `small` answers with the same arguments.
#[circuit_breaker(name = "large-model", threshold = 2, fallback = small)]
fn large(prompt: &str) -> io::Result<String> {
    println!("  the large model is asked {prompt:?}");
    Err(ErrorKind::TimedOut.into())
}

/// A fallback may be guarded too. With `fallback_on = "failure"`, its own fallback answers failed
/// calls as well as rejected ones, and is told the cause.
#[circuit_breaker(
    name = "small-model",
    threshold = 2,
    fallback_on = "failure",
    fallback = |_, cause| Ok(canned(&cause)),
)]
fn small(prompt: &str) -> io::Result<String> {
    println!("  the small model is asked {prompt:?}");
    Err(ErrorKind::ConnectionRefused.into())
}

fn canned(cause: &Cause<io::Result<String>>) -> String {
    let cause = match cause {
        Cause::Rejected(error) | Cause::TimedOut(error) => error.to_string(),
        Cause::Failed(Err(error)) => error.to_string(),
        Cause::Failed(Ok(_)) => "a reply that counts as a failure".into(),
    };
    format!("Try again in a minute. (small model: {cause})")
}

fn main() {
    for question in ["one", "two", "three", "four", "five"] {
        println!("question {question}");
        match large(question) {
            Ok(reply) => println!("  reply: {reply}"),
            Err(error) => println!("  error: {error}"),
        }
    }
}
