use std::pin::Pin;

use breakerbox::{BreakerError, circuit_breaker};

type Reply = Result<u32, BreakerError>;

#[circuit_breaker(name = "llm", fallback = |n| Ok(*n))]
fn mutable(n: &mut u32) -> impl Future<Output = Reply> {
    *n += 1;
    std::future::ready(Ok(*n))
}

struct NotClone;

#[circuit_breaker(name = "llm", fallback = spare)]
fn not_clone(n: NotClone) -> Pin<Box<dyn Future<Output = Reply>>> {
    drop(n);
    Box::pin(std::future::ready(Ok(1)))
}

fn spare(_: NotClone) -> Reply {
    Ok(0)
}

impl NotClone {
    #[circuit_breaker(name = "llm", fallback = self.spare())]
    fn by_value(self) -> impl Future<Output = Reply> {
        std::future::ready(Ok(1))
    }

    fn spare(&self) -> Reply {
        Ok(0)
    }
}

fn main() {
    let _ = (mutable(&mut 0), not_clone(NotClone), NotClone.by_value());
}
