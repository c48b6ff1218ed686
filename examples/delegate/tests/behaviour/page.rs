//! The page of the breakers, while the program runs.

use tokio::io::{AsyncBufReadExt, BufReader};

use crate::shell::{end, run, start, type_in};

#[path = "../../../stage/tests/page/mod.rs"]
mod program;

#[tokio::test]
async fn page_shows_a_trip_while_commands_are_read() {
    let mut child = start(["--page", "127.0.0.1:0", "chat"]);
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let page = loop {
        let line = said.next_line().await.unwrap().expect("it ended without a page");
        if let Some(page) = program::Page::announced(&line) {
            break page;
        }
    };
    let ask = "ask --backend gemini hi";
    type_in(&mut child, &["mood gemini expired-login", ask, ask, ask]).await;
    page.shows_a_trip_of("breakers/backend/gemini").await;
    type_in(&mut child, &["quit"]).await;
    let ran = end(child).await;
    assert_eq!(ran.code, Some(0), "{}", ran.out);
}

#[tokio::test]
async fn address_that_is_malformed_or_taken_is_told_with_the_remedy() {
    let (_taken, address) = program::taken();
    for given in program::MALFORMED.into_iter().chain([&*address]) {
        let ran = run(["--page", given, "status"]).await;
        assert!(ran.code != Some(0) && ran.out.is_empty(), "{given}: {}", ran.err);
        program::assert_names(&ran.err, given);
    }
}
