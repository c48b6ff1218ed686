//! The source of the functions: equal numbers of each kind, plain and annotated.

use std::fmt::Write;

/// A kind of function. No prefix is part of another kind's prefix.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) prefix: &'static str,
    is_async: bool,
    fallback: &'static str,
}

impl Kind {
    /// The number of lines of LLVM IR that the attribute may add.
    pub(super) fn most_lines(&self) -> usize {
        if self.is_async { 400 } else { 125 }
    }
}

const LAST_KNOWN: &str = ", fallback = last_known";

pub(super) const KINDS: [Kind; 4] = [
    Kind { name: "sync", prefix: "alone_sync_", is_async: false, fallback: "" },
    Kind {
        name: "sync, fallback",
        prefix: "answered_sync_",
        is_async: false,
        fallback: LAST_KNOWN,
    },
    Kind { name: "async", prefix: "alone_async_", is_async: true, fallback: "" },
    Kind {
        name: "async, fallback",
        prefix: "answered_async_",
        is_async: true,
        fallback: LAST_KNOWN,
    },
];

pub(super) const OF_EACH_KIND: usize = 125;
pub(super) const FUNCTIONS: usize = OF_EACH_KIND * KINDS.len();

const HEAD: &str = r"
use std::future::Future;
use std::pin::pin;
use std::task::Context;

pub enum Failure {
    Odd(u32),
    Rejected(String),
}

pub fn halve(number: u32) -> Result<u32, Failure> {
    if number % 2 == 0 { Ok(number / 2) } else { Err(Failure::Odd(number)) }
}

pub async fn halve_later(number: u32) -> Result<u32, Failure> {
    halve(number)
}

pub fn last_known(number: u32, name: &str) -> Result<u32, Failure> {
    if name.is_empty() { Err(Failure::Odd(number)) } else { Ok(number) }
}
";

const ANNOTATED_HEAD: &str = r"
use breakerbox::{BreakerError, circuit_breaker};

impl From<BreakerError> for Failure {
    fn from(error: BreakerError) -> Self {
        Failure::Rejected(error.to_string())
    }
}
";

pub(super) fn plain() -> String {
    let mut source = HEAD.to_owned();
    each(|kind, number| source += &function(kind, number));
    source
}

pub(super) fn annotated() -> String {
    let mut source = format!("{HEAD}{ANNOTATED_HEAD}");
    each(|kind, number| {
        let Kind { prefix, fallback, .. } = kind;
        let _ = write!(
            source,
            "\n#[circuit_breaker(name = \"{prefix}{number}\", threshold = 3{fallback})]"
        );
        source += &function(kind, number);
    });
    source
}

fn each(mut write: impl FnMut(&Kind, usize)) {
    for kind in &KINDS {
        for number in 0..OF_EACH_KIND {
            write(kind, number);
        }
    }
}

fn function(kind: &Kind, number: usize) -> String {
    let Kind { prefix, is_async, .. } = kind;
    let (asynchronous, half) =
        if *is_async { ("async ", "halve_later(number).await") } else { ("", "halve(number)") };
    let mut function = format!(
        r"
pub {asynchronous}fn {prefix}{number}(number: u32, name: &str) -> Result<u32, Failure> {{
    let half = {half}?;
    if name.len() > {number} {{
        return Err(Failure::Odd(half));
    }}
    let double = half * 2;
    Ok(double + {number})
}}
"
    );
    if *is_async {
        function += &driver(prefix, number);
    }
    function
}

/// Polls the futures: the compiler emits no code for a future that nobody polls.
fn driver(prefix: &str, number: usize) -> String {
    format!(
        r#"
pub fn poll_{prefix}{number}(context: &mut Context<'_>) -> bool {{
    pin!({prefix}{number}(2, "name")).poll(context).is_ready()
}}
"#
    )
}
