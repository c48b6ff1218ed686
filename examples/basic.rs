//! A breaker opens after three failures in a row, and closes again after a cooldown.
//!
//! `cargo run --example basic`

use std::io::{self, ErrorKind};
use std::thread::sleep;
use std::time::Duration;

use breakerbox::circuit_breaker;

/// Asks a price service, which is up or down as the caller says.
#[circuit_breaker(name = "prices", threshold = 3, cooldown = "500ms")]
fn price(service_is_up: bool) -> io::Result<u32> {
    println!("  the service is asked");
    if service_is_up { Ok(42) } else { Err(ErrorKind::ConnectionRefused.into()) }
}

fn report(answer: &io::Result<u32>) {
    match answer {
        Ok(price) => println!("  the price is {price}"),
        Err(error) => println!("  no price: {error}"),
    }
}

fn main() {
    println!("The service is down. After three failures nobody asks it any more:");
    for call in 1..=5 {
        println!("call {call}");
        report(&price(false));
    }
    println!("The service is up again, and the cooldown is over. One call tries it:");
    sleep(Duration::from_millis(510));
    report(&price(true));
    println!("It succeeded, so the breaker is closed, and all calls pass:");
    report(&price(true));
}
