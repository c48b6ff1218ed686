//! The example `outage` as a program, with its page.
//!
//! Cargo builds it before it runs all tests of this package. To run this file alone, build it first:
//! `cargo build --example outage --features page-server`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[path = "common/page.rs"]
mod page;

/// Returns the program, which is beside the folder of this test.
fn program() -> PathBuf {
    let test = env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap();
    let program = built.join("examples").join("outage").with_extension(env::consts::EXE_EXTENSION);
    assert!(program.is_file(), "build the example first: there is no {}", program.display());
    program
}

fn outage(page: &str) -> Command {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outage.svg");
    let mut command = Command::new(program());
    command.args(["--seconds=4", "--page", page]).arg("--out").arg(picture);
    command
}

fn run(page: &str) -> (Output, String) {
    let output = outage(page).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    (output, said)
}

#[cfg(feature = "page-server")]
#[tokio::test]
async fn page_shows_the_trip_while_the_program_plays() {
    use std::io::{BufRead, BufReader, Read};

    let mut child = outage("127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let page = loop {
        let mut line = String::new();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended without a page");
        if let Some(page) = page::Page::announced(&line) {
            break page;
        }
    };
    page.shows_a_trip_of("breakers/llm").await;
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success() && rest.contains("picture: "), "{rest}");
}

#[cfg(feature = "page-server")]
#[test]
fn address_that_is_malformed_or_taken_is_told_with_the_remedy() {
    let (_taken, address) = page::taken();
    for given in page::MALFORMED.into_iter().chain([&*address]) {
        let (output, said) = run(given);
        assert!(!output.status.success(), "{given}: {said}");
        page::assert_names(&said, given);
    }
}

#[cfg(not(feature = "page-server"))]
#[test]
fn program_built_without_a_server_says_how_to_build_it() {
    let (output, said) = run("127.0.0.1:0");
    assert!(!output.status.success());
    page::assert_names(&said, "127.0.0.1:0");
    assert!(said.contains("cargo run --example outage --features page-server"), "{said}");
}
