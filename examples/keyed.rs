//! One function, one breaker for each tenant: a tenant whose calls fail does not stop the others.
//!
//! `cargo run --example keyed`

use std::io::{self, ErrorKind};

use breakerbox::{Registry, circuit_breaker};

/// Stores a row in the tenant's own database; the database of `acme` is down.
#[circuit_breaker(name = "store", key = tenant, threshold = 2)]
fn store(tenant: &str, row: u32) -> io::Result<()> {
    let _ = row;
    if tenant == "acme" { Err(ErrorKind::ConnectionRefused.into()) } else { Ok(()) }
}

fn main() {
    for row in 1..=3 {
        for tenant in ["acme", "globex"] {
            match store(tenant, row) {
                Ok(()) => println!("row {row} of {tenant}: stored"),
                Err(error) => println!("row {row} of {tenant}: {error}"),
            }
        }
    }
    println!("The registry has a breaker for each key:");
    for breaker in Registry::global().iter() {
        println!("  {} is {}", breaker.name(), breaker.state());
    }
    // An operator has mended the database of one tenant, and lets its calls pass at once.
    if let Some(breaker) = Registry::global().get_key("store", "acme") {
        breaker.reset();
        println!("  {} is {} after a reset", breaker.name(), breaker.state());
    }
}
