//! Annotated functions of every kind, which nobody calls. `unsafe_code` is forbidden here.

#![deny(warnings)]
#![allow(dead_code, missing_docs, clippy::missing_errors_doc, clippy::unused_async)]

use std::error::Error;
use std::fmt::Debug;

use breakerbox::circuit_breaker;

type Answer<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const NAME: &str = "by_constant";

#[circuit_breaker(name = "plain", threshold = 3)]
pub fn plain() -> Answer {
    Ok(())
}

#[circuit_breaker(name = "asynchronous", cooldown = "1m")]
pub async fn asynchronous() -> Answer {
    std::future::ready(Ok(())).await
}

#[circuit_breaker(name = NAME)]
pub fn by_constant() -> Answer {
    Ok(())
}

#[circuit_breaker(name = "by_key", key = model, threshold = 2)]
pub fn by_key(model: &str) -> Answer<usize> {
    Ok(model.len())
}

/// It is never instantiated.
#[circuit_breaker]
pub fn generic<T: Debug>(value: T) -> Answer<String> {
    Ok(format!("{value:?}"))
}

#[circuit_breaker]
fn dead() -> Answer {
    Ok(())
}

pub fn outer() {
    #[circuit_breaker]
    fn nested() -> Answer {
        Ok(())
    }
}

pub trait Llm {
    #[circuit_breaker]
    fn provided(&self) -> Answer {
        Ok(())
    }

    fn required(&self) -> Answer;
}

pub struct Client<T>(pub T);

impl<T> Llm for Client<T> {
    #[circuit_breaker]
    fn required(&self) -> Answer {
        Ok(())
    }
}

#[circuit_breaker(threshold = 7)]
impl<T> Client<T> {
    pub fn of_block(&self) -> Answer {
        Ok(())
    }

    #[circuit_breaker(skip)]
    pub fn skipped(&self) -> Answer {
        Ok(())
    }
}

static OWN: breakerbox::Breaker =
    breakerbox::Breaker::new("own breaker", breakerbox::Config::new());

/// A breaker of its own is in no registry.
#[circuit_breaker(breaker = OWN)]
pub fn own() -> Answer {
    Ok(())
}

/// Two attributes, two breakers.
#[circuit_breaker(name = "twin_outer")]
#[circuit_breaker(name = "twin_inner")]
pub fn twins() -> Answer {
    Ok(())
}
