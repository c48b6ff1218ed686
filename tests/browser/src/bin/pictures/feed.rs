//! The page of the outage. The service knows when it heard of a change, and it heard of all of them
//! in no time: the moments are set right on the way to the browser.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::{StreamExt, stream};
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::interval;
use tower_service::Service;

use crate::outage::{LENGTH, Outage};

/// Serves the page at the root.
pub(crate) async fn application(outage: &Outage) -> Router {
    let list = list(outage).await;
    let events = move || {
        let list = list.clone();
        async move { Body::from_stream(events(list)) }
    };
    Router::new().route("/events", get(events)).fallback_service(outage.page.clone())
}

/// Returns the service's own list, its moments set right.
async fn list(outage: &Outage) -> Value {
    let mut page = outage.page.clone();
    let request = Request::get("/breakers").body(String::new()).expect("a good path");
    let answer = match page.call(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let bytes = answer.into_body().collect().await.expect("a whole answer").to_bytes();
    let mut list: Value = serde_json::from_slice(&bytes).expect("JSON");
    let now = list["now_ms"].as_u64().expect("a moment");
    let moment = |second: u64| now - (LENGTH - second) * 1_000;
    for breaker in list["breakers"].as_array_mut().expect("a list") {
        let is_its = |name: &str, key: Option<&str>| {
            breaker["name"] == name && breaker["key"].as_str() == key
        };
        let mut strip = vec![(moment(0), "closed")];
        let changes =
            outage.changes.iter().filter(|change| is_its(&change.name, change.key.as_deref()));
        strip.extend(changes.map(|change| (moment(change.second), change.to.as_str())));
        if let Some(last) = breaker["last"].as_object_mut() {
            last.insert("at_ms".to_owned(), json!(strip.last().map(|(moment, _)| moment)));
        }
        breaker["strip"] = json!(strip);
    }
    list
}

/// Says the list, and from then on each second that more calls were rejected.
fn events(list: Value) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    let now = list["now_ms"].as_u64().unwrap_or_default();
    let first = json!({
        "now_ms": now, "first": true, "last": true,
        "breakers": list["breakers"], "registry": list["registry"],
    });
    let first = text("page", &list["page"]) + &text("list", &first);
    let ticks =
        stream::unfold((list, interval(Duration::from_secs(1))), |(mut list, mut seconds)| async {
            seconds.tick().await;
            let now = list["now_ms"].as_u64().unwrap_or_default() + 1_000;
            list["now_ms"] = json!(now);
            let breakers = list["breakers"].as_array_mut().expect("a list");
            for breaker in
                breakers.iter_mut().filter(|it| it["state"] == "open" || it["state"] == "isolated")
            {
                let calls = if breaker["key"].is_null() { 9 } else { 1 };
                breaker["rejections"] =
                    json!(breaker["rejections"].as_u64().unwrap_or_default() + calls);
            }
            let tick = json!({"now_ms": now, "changed": breakers, "gone": [], "registry": null});
            Some((text("tick", &tick), (list, seconds)))
        });
    stream::once(async { first }).chain(ticks).map(|text| Ok(Bytes::from(text)))
}

fn text(event: &str, data: &Value) -> String {
    format!("event: {event}\ndata: {data}\n\n")
}
