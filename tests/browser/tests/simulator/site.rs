//! A server for the built book, for the simulator's modules as they stand in its source, and for
//! scripts.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::Path as Segment;
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use browser::{ANY_PORT, Served, Tab};

use crate::script;

pub(crate) const SCRIPTS_A_FILE: u64 = 200;

const CASES: &str = include_str!("../../../conformance/cases.txt");
const OWN_CASES: &str = include_str!("../../../conformance/own.txt");

/// A page without anything, also without a request for an icon.
const BLANK: &str = "<!doctype html><link rel=icon href=data:,><title>Scripts</title>";

/// Serves the simulator's modules, the players of scripts and cases, the conformance cases, and
/// scripts of so many steps.
pub(crate) fn serve_scripts(steps: usize) -> Served {
    let scripts = move |Segment(number): Segment<u64>| async move { file(number, steps) };
    let module = async |Segment(name): Segment<String>| read(&source().join(name));
    let router = Router::new()
        .route("/", get(async || Html(BLANK)))
        .route("/player.js", get(async || typed("js", include_bytes!("player.js").to_vec())))
        .route("/cases.js", get(async || typed("js", include_bytes!("cases.js").to_vec())))
        .route("/cases.txt", get(async || [CASES, OWN_CASES].concat()))
        .route("/simulator/{name}", get(module))
        .route("/scripts/{number}", get(scripts));
    Served::start(ANY_PORT, router)
}

/// Serves the built book.
pub(crate) fn serve_book() -> Served {
    let book = std::env::var_os("BOOK").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/book"),
        PathBuf::from,
    );
    let page = book.join("simulator.html");
    assert!(page.exists(), "there is no {}: `cargo xtask browser` builds it", page.display());
    let read = move |address: Uri| async move { read(&book.join(&address.path()[1..])) };
    Served::start(ANY_PORT, Router::new().fallback(read))
}

/// Loads the simulator of the built book, with these settings.
pub(crate) async fn open(tab: &Tab, book: &Served, settings: &str) {
    tab.load("about:blank").await;
    tab.load(&format!("http://{}/simulator.html#{settings}", book.address)).await;
    tab.until("document.querySelector('#simulator[data-ready] svg')").await;
}

/// Returns the folder of the simulator's source.
pub(crate) fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src/simulator")
}

fn read(path: &Path) -> Response {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match std::fs::read(path) {
        Ok(bytes) => typed(ending, bytes),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

fn typed(ending: &str, bytes: Vec<u8>) -> Response {
    let kind = match ending {
        "html" => "text/html",
        "js" => "text/javascript",
        "css" => "text/css",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
    ([(CONTENT_TYPE, kind)], bytes).into_response()
}

/// Writes a file of scripts, with an empty line behind each.
fn file(number: u64, steps: usize) -> String {
    let mut text = String::new();
    for seed in number * SCRIPTS_A_FILE..(number + 1) * SCRIPTS_A_FILE {
        script::write(seed, steps, &mut text);
        writeln!(text).expect("text grows");
    }
    text
}
