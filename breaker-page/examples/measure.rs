//! Measures what the page costs with ten thousand breakers: the list, and a second of a stream.
//!
//! ```text
//! cargo run --release -p breaker-page --example measure
//! ```

use std::error::Error;
use std::time::{Duration, Instant};

use breaker_core::{Config, Registry};
use breaker_page::{Body, Page};
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::BodyExt;
use tower_service::Service;

const BREAKERS: usize = 10_000;
const TIMES: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let registry = Registry::new();
    for at in 0..BREAKERS {
        let config = Config::builder().failure_rate(0.5).window_calls(100).min_calls(10);
        let breaker = registry.get_or_insert(&format!("service-{at:05}"), config.build()?)?;
        for _ in 0..20 {
            breaker.try_acquire()?.success();
        }
        if at % 10 == 0 {
            breaker.open_for(Duration::from_secs(600));
        }
    }
    let page = Page::new(registry.clone());
    for path in ["/breakers", "/breakers/service-00000", "/health", "/"] {
        let (time, bytes) = best(&page, path)?;
        println!("GET {path:<24} {bytes:>10} bytes {:>9.3} ms", time.as_secs_f64() * 1e3);
    }
    Ok(())
}

/// Returns the shortest time of several, and the bytes.
fn best(page: &Page, path: &str) -> Result<(Duration, usize), Box<dyn Error>> {
    let mut best = (Duration::MAX, 0);
    for _ in 0..TIMES {
        let began = Instant::now();
        let body = ask(page, path)?.into_body().collect().now_or_never().ok_or("no end")??;
        let bytes = body.to_bytes().len();
        best = best.min((began.elapsed(), bytes));
    }
    Ok(best)
}

fn ask(page: &Page, path: &str) -> Result<Response<Body>, Box<dyn Error>> {
    Ok(page.clone().call(Request::get(path).body(String::new())?).into_inner()?)
}
