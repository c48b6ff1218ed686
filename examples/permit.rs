//! A call in two steps: a permit is taken where the call begins, and told the outcome elsewhere.
//!
//! `cargo run --example permit`

use std::collections::VecDeque;

use breakerbox::{Breaker, BreakerError, Config, Permit};

/// The breaker in front of a printer: a static, without the attribute.
static PRINTER: Breaker = Breaker::new("printer", Config::builder().threshold(2).build_const());

/// A page that was sent to the printer, and is not printed yet.
struct Page {
    number: u32,
    permit: Permit<&'static Breaker>,
}

fn send(number: u32) -> Result<Page, BreakerError> {
    Ok(Page { number, permit: PRINTER.try_acquire()? })
}

/// Takes the printer's report, some time later.
fn end(page: Page, is_printed: bool) {
    let number = page.number;
    if is_printed {
        println!("page {number} is printed");
        page.permit.success();
    } else {
        println!("page {number} is jammed");
        page.permit.failure();
    }
}

fn main() -> Result<(), BreakerError> {
    let mut sent: VecDeque<Page> = (1..=4).map(send).collect::<Result<_, _>>()?;
    println!("4 pages are on their way, the breaker is {}", PRINTER.state());
    for is_printed in [true, false, false] {
        if let Some(page) = sent.pop_front() {
            end(page, is_printed);
        }
    }
    println!("after two failures in a row the breaker is {}", PRINTER.state());
    if let Err(error) = send(5) {
        println!("page 5 stays here: {error}");
    }
    // A dropped permit means that the call was given up, and counts as nothing.
    drop(sent);
    println!("page 4 was given up, the breaker is {}", PRINTER.state());
    Ok(())
}
