//! The sizes of futures: the bytes that the attribute adds to those of plain functions.

use super::cargo;
use super::error::BuildError;
use super::figure::Figure;
use super::package::Packages;

const BUDGET: usize = 40;

/// An async function without its attribute.
struct Shape {
    name: &'static str,
    /// Keys of the attribute, after the name.
    keys: &'static str,
    function: &'static str,
    call: &'static str,
}

const SHAPES: [Shape; 6] = [
    Shape {
        name: "tiny",
        keys: "",
        function: "async fn tiny(number: usize) -> Reply { ready(Ok(number)).await }",
        call: "tiny(1)",
    },
    Shape {
        name: "1 KiB kept over an await",
        keys: "",
        function: "async fn large(number: usize) -> Reply {
            let page = std::hint::black_box([1_u8; 1024]);
            ready(()).await;
            Ok(page.iter().filter(|byte| **byte == 1).count() + number)
        }",
        call: "large(1)",
    },
    Shape {
        name: "two strings taken",
        keys: "",
        function: "async fn taking(prompt: String, model: String) -> Reply {
            ready(()).await;
            Ok(prompt.len() + model.len())
        }",
        call: "taking(String::new(), String::new())",
    },
    Shape {
        name: "a fallback",
        keys: ", fallback = canned",
        function: "async fn answered(number: usize) -> Reply { ready(Ok(number)).await }",
        call: "answered(1)",
    },
    Shape {
        name: "1 KiB and a fallback",
        keys: ", fallback = canned",
        function: "async fn large_answered(number: usize) -> Reply {
            let page = std::hint::black_box([1_u8; 1024]);
            ready(()).await;
            Ok(page.iter().filter(|byte| **byte == 1).count() + number)
        }",
        call: "large_answered(1)",
    },
    Shape {
        name: "a fallback for failures",
        keys: ", fallback = canned, fallback_on = \"failure\"",
        function: "async fn recovered(number: usize) -> Reply { ready(Ok(number)).await }",
        call: "recovered(1)",
    },
];

const HEAD: &str = "use std::future::ready;
use std::mem::size_of_val;

type Reply = Result<usize, breakerbox::BreakerError>;

fn canned(number: usize) -> Reply { Ok(number) }
";

/// Writes a program that prints the name, plain size and annotated size of each shape.
pub(super) fn source() -> String {
    let functions = |guard: &dyn Fn(&Shape) -> String| {
        let each = |shape: &Shape| format!("{}\npub(super) {}\n", guard(shape), shape.function);
        SHAPES.iter().map(each).collect::<String>()
    };
    let annotated = functions(&|Shape { name, keys, .. }| {
        let name = name.replace(' ', "-");
        format!("#[breakerbox::circuit_breaker(name = \"{name}\"{keys})]")
    });
    let plain = functions(&|_| String::new());
    let print = |Shape { name, call, .. }: &Shape| {
        format!(
            "println!(\"{name}\\t{{}}\\t{{}}\", \
             size_of_val(&plain::{call}), size_of_val(&annotated::{call}));\n"
        )
    };
    let prints: String = SHAPES.iter().map(print).collect();
    format!(
        "{HEAD}mod plain {{\nuse super::*;\n{plain}}}\n\
         mod annotated {{\nuse super::*;\n{annotated}}}\n\
         fn main() {{\n{prints}}}\n"
    )
}

pub(super) fn figures(packages: &Packages) -> Result<Vec<Figure>, BuildError> {
    // A release build, as users ship it: the compiler optimises before it lays out futures.
    let text = cargo::read(&mut packages.cargo("run --release --quiet -p futures", "futures"))?;
    text.lines().map(figure).collect()
}

fn figure(line: &str) -> Result<Figure, BuildError> {
    let columns: Vec<_> = line.split('\t').collect();
    let [shape, plain, annotated] = columns[..] else { return Err(unread(line)) };
    let size = |text: &str| text.parse::<usize>().map_err(|_| unread(line));
    let (plain, annotated) = (size(plain)?, size(annotated)?);
    let name = format!("future, {shape}: bytes added to {plain}");
    Ok(Figure::count(name, annotated.saturating_sub(plain), "").at_most(BUDGET))
}

fn unread(line: &str) -> BuildError {
    BuildError::Line(line.to_owned())
}
