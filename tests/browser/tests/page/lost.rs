//! A server that is gone, silent or full, and a tab that nobody sees.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use breaker_page::Page;
use breakerbox::Registry;
use browser::{ANY_PORT, Look, Program, Served, scene};
use futures_util::{StreamExt, stream};
use serde_json::json;

/// The page says that it has lost the server, in these words among others.
fn lost(words: &str) -> String {
    let element = "document.querySelector('#lost')";
    format!("{element}.checkVisibility() && {element}.innerText.includes({})", json!(words))
}

#[tokio::test]
async fn lost_server_is_said_and_found_again() {
    let mut program = Program::start();
    let llm = program.touchy("llm");
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        tab.until("tile('llm').dataset.state === 'closed'").await;
        assert_eq!(tab.value("document.querySelector('#lost').checkVisibility()").await, false);

        program.stop();
        tab.until(&lost("The server does not answer.")).await;
        tab.until(&lost("You see how it stood at")).await;
        tab.until("document.querySelector('#live').innerText === 'not live'").await;
        tab.until("document.title.startsWith('(lost)')").await;
        // A second try has failed as well.
        tab.until(&lost("Next try in 2 s")).await;

        llm.force_open();
        program.start_again();
        tab.until("!document.querySelector('#lost').checkVisibility()").await;
        tab.until("tile('llm').dataset.state === 'isolated'").await;
        tab.until("document.querySelector('#live').innerText !== 'not live'").await;
        // It follows again.
        llm.reset();
        tab.until("tile('llm').dataset.state === 'closed'").await;
    })
    .await;
}

#[tokio::test]
async fn button_tries_at_once() {
    let mut program = Program::start();
    program.touchy("llm");
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        tab.until("tile('llm')").await;
        program.stop();
        tab.until(&lost("The server does not answer.")).await;
        // No timer is left that could try.
        tab.run("for (let id = setTimeout(() => {}); id; id--) clearTimeout(id)").await;
        program.start_again();
        tab.click("#lost button").await;
        tab.until("!document.querySelector('#lost').checkVisibility()").await;
    })
    .await;
}

/// The page of a server whose stream says one thing and then nothing more, with the connection up.
fn silent() -> Served {
    let said = "event: list\ndata: {\"now_ms\":1,\"first\":true,\"last\":true,\"breakers\":[],\"registry\":null}\n\n";
    let events = move || async move {
        let once = stream::once(async move { Ok::<_, Infallible>(Bytes::from(said)) });
        Body::from_stream(once.chain(stream::pending()))
    };
    let page = Page::new(Registry::new());
    let application = Router::new().route("/events", get(events)).fallback_service(page);
    Served::start(ANY_PORT, application)
}

#[tokio::test]
async fn silent_server_is_lost() {
    let served = silent();
    scene(Look::DESKTOP, async |tab| {
        tab.load(&format!("http://{}", served.address)).await;
        tab.until("document.querySelector('#none').checkVisibility()").await;
        tab.until(&lost("does not answer")).await;
    })
    .await;
}

#[tokio::test]
async fn server_with_too_many_readers_says_so() {
    let program = Program::with(|page| page.max_streams(0));
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        tab.until(&lost("Too many are watching")).await;
    })
    .await;
}

#[tokio::test]
async fn hidden_tab_says_in_its_title_what_is_open_and_is_current_when_seen_again() {
    let program = Program::start();
    let llm = program.touchy("llm");
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        tab.until("tile('llm')").await;
        tab.hide().await;
        tab.until("document.hidden").await;
        llm.try_acquire().unwrap().failure();
        tab.until("document.title === '(1 open) Circuit breakers'").await;
        tab.show().await;
        tab.until("!document.hidden && tile('llm').dataset.state === 'open'").await;
    })
    .await;
}
