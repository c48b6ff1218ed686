//! Measures the price of the page with ten thousand breakers: of the list, and of a second of a
//! stream.
//!
//! ```text
//! cargo run --release -p breaker-page --example measure
//! ```

use std::error::Error;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use breaker_core::{Config, Permit, Registry};
use breaker_page::{Body, Page};
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::BodyExt;
use tower_service::Service;

const BREAKERS: usize = 10_000;
const TIMES: usize = 20;
const SECONDS: u32 = 10;

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
    let mut stream = ask(&page, "/events")?.into_body();
    // The ticker's thread starts, and sends the list first.
    thread::sleep(Duration::from_millis(500));
    seconds(&mut stream, 2)?;
    let (time, bytes) = seconds(&mut stream, SECONDS)?;
    println!("a second, nothing changed    {bytes:>10} bytes {:>9.3} ms", time.as_secs_f64() * 1e3);
    let stop = AtomicBool::new(false);
    let (time, bytes) = thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Relaxed) {
                for breaker in registry.iter() {
                    let _ = breaker.try_acquire().map(Permit::failure);
                }
                thread::sleep(Duration::from_millis(100));
            }
        });
        let measured = seconds(&mut stream, SECONDS);
        stop.store(true, Relaxed);
        measured
    })?;
    println!("a second, all changed        {bytes:>10} bytes {:>9.3} ms", time.as_secs_f64() * 1e3);
    Ok(())
}

/// Reads a stream for `count` seconds, with one tick in each. Returns the processor time that the
/// page's thread takes per second, and the bytes per second.
fn seconds(stream: &mut Body, count: u32) -> Result<(Duration, usize), Box<dyn Error>> {
    let end = Instant::now() + Duration::from_secs(count.into());
    let (before, mut bytes) = (time_of_ticker()?, 0);
    while Instant::now() < end {
        match stream.frame().now_or_never() {
            Some(Some(frame)) => bytes += frame?.data_ref().map_or(0, bytes::Bytes::len),
            Some(None) => return Err("the stream has ended".into()),
            None => thread::sleep(Duration::from_millis(1)),
        }
    }
    Ok((time_of_ticker()?.saturating_sub(before) / count, bytes / count as usize))
}

/// Returns the time that the ticker's thread has run on a processor (Linux).
fn time_of_ticker() -> Result<Duration, Box<dyn Error>> {
    for task in fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        if fs::read_to_string(task.join("comm"))?.trim() == "breaker-page" {
            let times = fs::read_to_string(task.join("schedstat"))?;
            let nanos = times.split(' ').next().ok_or("no time")?;
            return Ok(Duration::from_nanos(nanos.parse()?));
        }
    }
    Err("no thread of the page runs".into())
}

/// Returns the shortest of several times, and the bytes.
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
