//! Code that does not come to an end, or to much.

use crate::{Error, Reply};

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn unreachable(flag: bool) -> Reply {
    if flag {
        return Ok(1);
        let never = 2;
    }
    return Err(Error);
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub async fn unreachable_async(flag: bool) -> Reply {
    std::future::ready(()).await;
    loop {
        if flag {
            return Ok(1);
        }
    }
    Err(Error)
}

/// Diverges.
#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn diverges() -> Reply {
    panic!("on purpose")
}

/// Diverges.
#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub async fn diverges_async() -> Reply {
    std::future::ready(()).await;
    todo!()
}

/// Diverges.
#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn exits() -> Reply {
    std::process::exit(1)
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub async fn waits_for_nothing(n: u32) -> Reply {
    let double = n * 2;
    return Ok(double);
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn question(reply: Reply) -> Reply {
    let value = reply?;
    let answer = Ok(value);
    answer
}

#[cfg_attr(feature = "guarded", breakerbox::circuit_breaker)]
pub fn match_that_is_a_let(reply: Reply) -> Reply {
    match reply {
        Ok(n) => Ok(n),
        Err(error) => return Err(error.clone()),
    }
}
