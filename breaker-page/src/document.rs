//! The page itself: one document, with its style and its script inside.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use sha2::{Digest, Sha256};

use crate::answer;
use crate::body::Body;

/// The places for the style and the script.
const PLACES: [&str; 2] = ["/* page.css */", "/* page.js */"];

/// The punctuation of a style sheet, with its spaces and without.
const SHORTER_STYLE: [(&str, &str); 7] =
    [(": ", ":"), (", ", ","), ("; ", ";"), (" {", "{"), ("{ ", "{"), (" }", "}"), (";}", "}")];
/// The operators of a script that stand in no text for people, with their spaces and without.
const SHORTER_SCRIPT: [(&str, &str); 9] = [
    (" = ", "="),
    (" => ", "=>"),
    (" === ", "==="),
    (" !== ", "!=="),
    (" && ", "&&"),
    (" || ", "||"),
    (" ?? ", "??"),
    (" += ", "+="),
    (" >= ", ">="),
];

const HTML: &str = include_str!("../page/page.html");
const STYLE: &str = include_str!("../page/page.css");
const SCRIPT: &str = include_str!("../page/page.js");

struct Document {
    bytes: Bytes,
    policy: HeaderValue,
    tag: HeaderValue,
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let style = shortened(&squeezed(STYLE, ",;{}"), &SHORTER_STYLE);
    let script = shortened(&squeezed(SCRIPT, ",;{(["), &SHORTER_SCRIPT);
    let text =
        PLACES.iter().zip([&style, &script]).fold(squeezed(HTML, ""), |text, (place, part)| {
            // Only the first match is replaced, since the part itself may contain these words.
            text.replacen(place, part, 1)
        });
    // The browser runs only the parts with these hashes: no other script, no attribute.
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(&script),
        hash(&style),
    );
    let tag = format!("\"{}\"", hash(&text));
    // Both are visible ASCII.
    let header = |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    Document { bytes: text.into(), policy: header(&policy), tag: header(&tag) }
});

/// Returns a text without the parts that only its readers need: comments on lines of their own,
/// indentation, and the line break after a character of `joining`.
fn squeezed(text: &str, joining: &str) -> String {
    let is_comment =
        |line: &str| line.starts_with("//") || (line.starts_with("/*") && line.ends_with("*/"));
    let lines = text.lines().map(str::trim);
    let mut squeezed = String::with_capacity(text.len());
    for line in lines.filter(|line| !line.is_empty() && !is_comment(line)) {
        squeezed.push_str(line);
        if !line.ends_with(|last| joining.contains(last)) {
            squeezed.push('\n');
        }
    }
    squeezed
}

/// Returns a text without the spaces beside its punctuation.
fn shortened(text: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (long, short)| text.replace(long, short))
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

/// Answers with the document, or says that the browser's copy is current.
pub(crate) fn answer(request: &HeaderMap) -> Response<Body> {
    let document = &*DOCUMENT;
    let known = request.get_all(header::IF_NONE_MATCH).iter().any(|tags| {
        let tags = tags.to_str().unwrap_or_default();
        tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == document.tag)
    });
    let mut response = if known {
        let headers = answer::headers("text/html; charset=utf-8");
        answer::with(StatusCode::NOT_MODIFIED, headers, Body::whole(Bytes::new()))
    } else {
        answer::whole(StatusCode::OK, "text/html; charset=utf-8", document.bytes.clone())
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, document.policy.clone());
    headers.insert(header::ETAG, document.tag.clone());
    // The browser may store the document, but must ask again each time: the document must fit the
    // service that it talks to.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
