//! The program, as it is run, with its page.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

#[path = "../../stage/tests/page/mod.rs"]
mod page;

fn outage(page: &str) -> Command {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outage.svg");
    let mut command = Command::new(env!("CARGO_BIN_EXE_outage"));
    command.args(["--seconds=4", "--page", page]).arg("--out").arg(picture);
    command
}

fn run(page: &str) -> (Output, String) {
    let output = outage(page).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    (output, said)
}

#[tokio::test]
async fn page_shows_the_trip_while_the_program_plays() {
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

#[test]
fn address_that_is_malformed_or_taken_is_told_with_the_remedy() {
    let (_taken, address) = page::taken();
    for given in page::MALFORMED.into_iter().chain([&*address]) {
        let (output, said) = run(given);
        assert!(!output.status.success(), "{given}: {said}");
        page::assert_names(&said, given);
    }
}
