//! Functions that return futures, and methods.

use std::future::Future;
use std::pin::Pin;

use crate::{Error, Reply};

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn block(unused: u32) -> impl Future<Output = Reply> + Send {
    async move {
        let local = 1;
        Ok(1)
    }
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn made(used: u32, unused: u32) -> impl Future<Output = Reply> {
    let local = 1;
    std::future::ready(Ok(used))
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn boxed(mut used: u32, unused: u32) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
    Box::pin(async move {
        let mut local = 1;
        Ok(used)
    })
}

pub struct Client {
    count: u32,
    nobody_reads: u32,
}

impl Client {
    #[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
    pub fn read(&mut self, unused: u32) -> Result<&mut u32, Error> {
        let local = 1;
        Ok(&mut self.count)
    }

    #[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
    pub fn without_self(&self) -> Reply {
        Ok(1)
    }

    #[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
    fn nobody_calls(&self) -> Reply {
        Ok(self.count)
    }

    #[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(name = "client", fallback = Self::spare))]
    pub async fn write(mut self, used: u32) -> Reply {
        std::future::ready(()).await;
        let local = 1;
        Ok(self.count + used)
    }

    pub fn spare(self, used: u32) -> Reply {
        Ok(used + self.count)
    }
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker(name = "block"))]
impl Client {
    pub const fn new() -> Self {
        Self { count: 0, nobody_reads: 1 }
    }

    pub fn in_block(&self, unused: u32) -> Reply {
        Ok(self.count)
    }

    pub async fn in_block_async(&self, mut unused: u32) -> Reply {
        std::future::ready(()).await;
        Ok(1)
    }

    fn nobody_calls_in_block(&self) -> Reply {
        Ok(1)
    }
}

pub trait Store {
    #[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
    fn by_default(&self, unused: u32) -> Reply {
        Ok(1)
    }

    fn required(&self, n: u32) -> Reply;

    fn waits(&self, n: u32) -> impl Future<Output = Reply> + Send;
}

impl Store for Client {
    #[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
    fn required(&self, unused: u32) -> Reply {
        let local = 1;
        Ok(self.count)
    }

    #[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
    async fn waits(&self, unused: u32) -> Reply {
        std::future::ready(()).await;
        Ok(self.count)
    }
}

#[async_trait::async_trait]
pub trait Remote {
    async fn fetch(&self, n: u32) -> Reply;
}

#[async_trait::async_trait]
impl Remote for Client {
    #[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
    async fn fetch(&self, unused: u32) -> Reply {
        std::future::ready(()).await;
        let local = 1;
        Ok(self.count)
    }
}

macro_rules! by_example {
    ($name:ident, $unused:ident, $ty:ty, $body:block) => {
        // The lint passes over a function whose signature and body are of two macros.
        #[allow(clippy::implicit_return)]
        #[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
        pub fn $name($unused: $ty) -> Reply $body
    };
}

by_example!(made_by_example, _unused, u32, {
    let local = 1;
    Ok(1)
});
