//! Functions with bodies as long as those of clients, in release builds: the size of their machine
//! code, and the time that it takes to compile. The body should be compiled once.

use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use super::cargo;
use super::error::BuildError;
use super::figure::{Figure, float};
use super::package::Packages;

const FUNCTIONS: usize = 100;
const ROUNDS: usize = 3;
/// The largest ratio to the plain functions.
const MOST_TEXT: f64 = 1.2;
const MOST_TIME: f64 = 1.5;

/// Functions of one form: a package of plain ones, and one of annotated ones.
struct Form {
    name: &'static str,
    plain: &'static str,
    annotated: &'static str,
    is_async: bool,
}

const FORMS: [Form; 2] = [
    Form { name: "sync", plain: "bodies-plain", annotated: "bodies-annotated", is_async: false },
    Form {
        name: "async",
        plain: "bodies-later-plain",
        annotated: "bodies-later-annotated",
        is_async: true,
    },
];

/// A release build.
struct Profile {
    name: &'static str,
    /// `None` for Cargo's default.
    units: Option<&'static str>,
    has_budget: bool,
    /// Its target directory.
    folder: &'static str,
}

const PROFILES: [Profile; 2] = [
    Profile { name: "16 codegen units", units: None, has_budget: true, folder: "bodies" },
    Profile { name: "one codegen unit", units: Some("1"), has_budget: false, folder: "unit" },
];

const ASYNC_HEAD: &str = r"
use std::future::ready;
use std::pin::pin;
use std::task::Context;
";

const HEAD: &str = r"
pub enum Failure {
    Line(usize),
    Number(String),
    Rejected(String),
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

/// Names and sources of the packages; the annotated ones need ours.
pub(super) fn packages() -> Vec<(&'static str, bool, String)> {
    let both = |form: &Form| {
        [(form.plain, false, source(form, false)), (form.annotated, true, source(form, true))]
    };
    FORMS.iter().flat_map(both).collect()
}

fn source(form: &Form, is_annotated: bool) -> String {
    let mut source = HEAD.to_owned();
    if form.is_async {
        source += ASYNC_HEAD;
    }
    if is_annotated {
        source += ANNOTATED_HEAD;
    }
    for number in 0..FUNCTIONS {
        if is_annotated {
            let _ = write!(source, "\n#[circuit_breaker(name = \"read-{number}\", threshold = 3)]");
        }
        source += &function(form, number);
    }
    source
}

/// A client that reads an answer. The number differs in each, so that no two bodies are equal.
fn function(form: &Form, number: usize) -> String {
    let (asynchronous, wait) =
        if form.is_async { ("async ", "ready(()).await;") } else { ("", "") };
    let (odd, shift) = (2 * number + 1, number % 31 + 1);
    let mut function = format!(
        r"
pub {asynchronous}fn read_{number}(answer: &str, sums: &mut Vec<u64>) -> Result<u64, Failure> {{
    let mut sum = {odd}_u64;
    for (line, text) in answer.lines().enumerate() {{
        let Some((name, value)) = text.split_once('=') else {{
            return Err(Failure::Line(line));
        }};
        let value: u64 = value.trim().parse().map_err(|_| Failure::Number(value.to_owned()))?;
        for byte in name.trim().bytes() {{
            sum = sum.rotate_left({shift}).wrapping_mul({odd}) ^ u64::from(byte);
        }}
        {wait}
        sum = sum.wrapping_add(value);
        sums.push(sum);
    }}
    Ok(sum)
}}
"
    );
    if form.is_async {
        // The compiler emits no code for a future that nobody polls, so this polls them.
        let _ = write!(
            function,
            r"
pub fn poll_{number}(answer: &str, sums: &mut Vec<u64>, context: &mut Context<'_>) -> bool {{
    pin!(read_{number}(answer, sums)).poll(context).is_ready()
}}
"
        );
    }
    function
}

pub(super) fn figures(packages: &Packages) -> Result<Vec<Figure>, BuildError> {
    let mut figures = Vec::new();
    for profile in &PROFILES {
        for form in &FORMS {
            figures.extend(compared(packages, profile, form)?);
        }
    }
    Ok(figures)
}

fn compared(
    packages: &Packages,
    profile: &Profile,
    form: &Form,
) -> Result<Vec<Figure>, BuildError> {
    // The first build builds the dependencies too, and reads files that stay in memory.
    for package in [form.plain, form.annotated] {
        build(packages, profile, package)?;
    }
    let (mut plain, mut annotated) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        plain = plain.min(build(packages, profile, form.plain)?);
        annotated = annotated.min(build(packages, profile, form.annotated)?);
    }
    let what = format!("{FUNCTIONS} {} functions, {}", form.name, profile.name);
    let seconds = [plain, annotated].map(|time| time.as_secs_f64());
    let mut figures =
        Vec::from(pair(&format!("release build, {what}"), seconds, "s", profile, MOST_TIME));
    let kilobytes = [form.plain, form.annotated].map(|package| text(packages, profile, package));
    if let [Some(plain), Some(annotated)] = kilobytes {
        let what = format!("machine code, {what}");
        figures.extend(pair(&what, [plain, annotated], "KB", profile, MOST_TEXT));
    }
    Ok(figures)
}

/// Figures of the plain and of the annotated functions.
fn pair(
    what: &str,
    [plain, annotated]: [f64; 2],
    unit: &'static str,
    profile: &Profile,
    most: f64,
) -> [Figure; 2] {
    let figure = Figure::new(format!("{what}: annotated"), annotated, unit);
    let reason = format!(" ({most} x {plain:.2} {unit})");
    let figure = if profile.has_budget { figure.within(most * plain, reason) } else { figure };
    [Figure::new(format!("{what}: plain"), plain, unit), figure]
}

fn build(packages: &Packages, profile: &Profile, package: &str) -> Result<Duration, BuildError> {
    packages.touch(package)?;
    let call = format!("build --release --quiet -p {package}");
    let mut command = packages.cargo(&call, profile.folder);
    if let Some(units) = profile.units {
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", units);
    }
    let start = Instant::now();
    cargo::run(&mut command)?;
    Ok(start.elapsed())
}

/// Kilobytes of machine code in a package's library; `None` if there is no `size` to tell.
fn text(packages: &Packages, profile: &Profile, package: &str) -> Option<f64> {
    let library = format!("release/lib{}.rlib", package.replace('-', "_"));
    let library = packages.target(profile.folder).join(library);
    let output = Command::new("size").arg("-A").arg(library).output().ok()?;
    let bytes = text_bytes(&String::from_utf8_lossy(&output.stdout));
    (bytes > 0).then(|| float(bytes) / 1024.0)
}

/// Adds up the sections whose names begin with `.text`, one for each function.
fn text_bytes(sections: &str) -> usize {
    let size = |line: &str| {
        let mut words = line.split_whitespace();
        let is_text = words.next()?.starts_with(".text");
        words.next().filter(|_| is_text)?.parse::<usize>().ok()
    };
    sections.lines().filter_map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::text_bytes;

    #[test]
    fn sections_of_text_are_added_up() {
        let sections = "one.o   (ex lib.rlib):\nsection   size   addr\n.text   0   0\n\
                        .text._one   1200   0\n.rodata   77   0\nTotal   1277\n\n\
                        two.o   (ex lib.rlib):\n.text.cold._two   30   0\n";
        assert_eq!(text_bytes(sections), 1230);
    }
}
