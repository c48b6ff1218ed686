//! The document: its size, its policy, and that caches must ask for it again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use sha2::{Digest, Sha256};

use crate::common::{Stage, send};

/// Returns the text between two tags, each of which occurs once.
fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    let parts: Vec<_> = text.split(open).collect();
    assert_eq!(parts.len(), 2, "{open}");
    parts[1].split(close).next().unwrap()
}

#[test]
fn document_is_whole_and_below_30_kb() {
    let answer = Stage::new().get("/");
    assert!(answer.body.len() < 30_000, "{}", answer.body.len());
    assert!(answer.text().starts_with("<!doctype html>"));
    assert!(!answer.text().contains("/* page.css */") && !answer.text().contains("/* page.js */"));
}

#[test]
fn document_has_no_comments_and_no_indentation() {
    let answer = Stage::new().get("/");
    for line in answer.text().lines() {
        assert!(
            line == line.trim() && !line.starts_with("//") && !line.starts_with("/*"),
            "{line}"
        );
    }
}

#[test]
fn policy_allows_the_script_and_the_style_by_their_hashes_and_nothing_else() {
    let answer = Stage::new().get("/");
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let style = hash(between(answer.text(), "<style>", "</style>"));
    let script = hash(between(answer.text(), "<script>", "</script>"));
    let expected = format!(
        "default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    assert_eq!(answer.header("content-security-policy"), expected);
    // The document has nothing that the policy would block.
    for forbidden in [" style=\"", " onclick=", " src=\"http", " href=\"http", "@import", "eval("] {
        assert!(!answer.text().contains(forbidden), "{forbidden}");
    }
}

#[test]
fn document_that_the_browser_has_is_not_sent_again() {
    let stage = Stage::new();
    let tag = stage.get("/").header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 20, "{tag}");
    for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}")] {
        let answer = send(&stage.page, Request::get("/").header("if-none-match", &known));
        assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{known}");
        assert_eq!(answer.header("etag"), tag);
    }
    let answer = send(&stage.page, Request::get("/").header("if-none-match", "\"other\""));
    assert_eq!(answer.status, 200);
}
