//! An outage of a real service, as Prometheus sees it.

use serde_json::Value;

use crate::dashboard;
use crate::process::Service;
use crate::prometheus::{Prometheus, now};
use crate::until;

const HOSTILE: &str = "\"} 1\n# HELP \\ <script>\u{202e}💥";

#[tokio::test]
#[ignore = "needs Prometheus: cargo xtask metrics"]
async fn prometheus_sees_an_outage_and_answers_the_dashboard() {
    let service = Service::start();
    let prometheus = Prometheus::scraping(&service.address);
    let start = now();
    let is = async |query: &str, wanted: f64| {
        prometheus.value(query).await.filter(|value| (value - wanted).abs() < 1e-9)
    };

    service.call("a", false, 20).await;
    service.call(HOSTILE, false, 1).await;
    let closed =
        r#"breakerbox_status{job="folded", breakerbox_name="stt", breakerbox_state="closed"}"#;
    until("all is well", async || is(closed, 1.0).await).await;

    // The service fails.
    let open = closed.replace("\"closed\"", "\"open\"");
    until("`stt` is open", async || {
        service.call("a", true, 5).await;
        is(&open, 1.0).await
    })
    .await;
    assert_eq!(prometheus.value(closed).await, Some(0.0));
    until("rejections are counted", async || {
        service.call("a", true, 5).await;
        prometheus.value(r#"sum(rate(breakerbox_rejections_total{job="folded"}[5s])) > 0"#).await
    })
    .await;
    let alert = |alert: &str, state: &str, name: &str| {
        format!(
            r#"ALERTS{{job="folded", alertname="{alert}", alertstate="{state}", breakerbox_name="{name}"}}"#
        )
    };
    for alert in [
        alert("BreakerOpensOften", "firing", "llm"),
        alert("BreakerRejectsCalls", "pending", "stt"),
    ] {
        until(&alert, async || {
            service.call("a", true, 5).await;
            is(&alert, 1.0).await
        })
        .await;
    }

    // The service recovers.
    until("`stt` is closed again", async || {
        service.call("a", false, 5).await;
        is(closed, 1.0).await
    })
    .await;
    let reclosed = r#"breakerbox_transitions_total{job="folded", breakerbox_name="stt", breakerbox_reason="probes-succeeded"} >= 1"#;
    until("the way back is counted", async || prometheus.value(reclosed).await).await;

    for (panel, query) in dashboard::queries() {
        let series = prometheus.series_since(start, &query).await;
        assert!(series > 0, "{panel} shows nothing: {query}");
    }
    for query in dashboard::of_the_book() {
        let series = prometheus.series_since(start, &query).await;
        assert!(series > 0, "a query of the book shows nothing: {query}");
    }
    check_targets(&prometheus).await;
    check_rules(&prometheus).await;
    check_keys(&prometheus).await;
}

/// Both jobs are scraped without an error.
async fn check_targets(prometheus: &Prometheus) {
    let targets = prometheus.ask("targets", &[("state", "active")]).await.unwrap();
    let targets = targets["activeTargets"].as_array().unwrap();
    assert_eq!(targets.len(), 2);
    for target in targets {
        assert_eq!((&target["health"], &target["lastError"]), (&"up".into(), &"".into()));
    }
}

/// All rules are evaluated without an error.
async fn check_rules(prometheus: &Prometheus) {
    let healthy = until("all rules are evaluated", async || {
        let rules = prometheus.ask("rules", &[]).await?;
        let rules = rules["groups"][0]["rules"].as_array()?.clone();
        let is_done = |rule: &Value| rule["health"] != "unknown";
        rules.iter().all(is_done).then_some(rules)
    })
    .await;
    assert_eq!(healthy.len(), 7);
    assert!(healthy.iter().all(|rule| rule["health"] == "ok"), "{healthy:?}");
}

/// A key is a label and nothing else, whatever is in it.
async fn check_keys(prometheus: &Prometheus) {
    let keys = prometheus.ask("label/breakerbox_key/values", &[]).await.unwrap();
    let mut keys: Vec<_> = keys.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, [HOSTILE, "a", "other"]);
    let names = prometheus.ask("label/__name__/values", &[]).await.unwrap();
    for name in names.as_array().unwrap().iter().filter_map(Value::as_str) {
        // Prometheus adds some of its own.
        let is_its_own = name == "up" || name.starts_with("scrape_") || name.starts_with("ALERTS");
        assert!(is_its_own || name.starts_with("breakerbox_"), "{name}");
    }
}
