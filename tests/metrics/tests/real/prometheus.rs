//! A Prometheus that scrapes a service.

use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use serde_json::Value;

use crate::process::{Process, first, tool};

/// Two jobs, so that the alerts of both are apart; 200 ms, so that an outage of seconds is seen.
const CONFIG: &str = "
global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 500ms}
rule_files: ['RULES']
scrape_configs:
- {job_name: folded, metrics_path: /metrics, static_configs: [{targets: ['ADDRESS']}]}
- {job_name: keys, metrics_path: /metrics/keys, static_configs: [{targets: ['ADDRESS']}]}
";

/// The alert rules that are shipped.
pub(crate) const RULES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../breaker-metrics/prometheus/breakerbox.rules.yml");

pub(crate) struct Prometheus {
    address: String,
    client: reqwest::Client,
    // The process goes before its folder.
    _process: Process,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    pub(crate) fn scraping(service: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("prometheus.yml");
        assert!(Path::new(RULES).exists());
        let text = CONFIG.replace("ADDRESS", service).replace("RULES", RULES);
        std::fs::write(&config, text).unwrap();
        let mut command = tool("prometheus");
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg("--web.listen-address=127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("prometheus starts: `cargo xtask metrics` has it");
        let log = child.stderr.take().unwrap();
        let process = Process(child);
        let address = first(log, |line| {
            let (_, address) = line.split_once("msg=\"Listening on\" address=")?;
            Some(address.trim_matches('"').to_owned())
        });
        let client = reqwest::Client::new();
        Prometheus { address, client, _process: process, _folder: folder }
    }

    /// Asks the API. While Prometheus starts it answers nothing.
    pub(crate) async fn ask(&self, path: &str, what: &[(&str, &str)]) -> Option<Value> {
        let url = format!("http://{}/api/v1/{path}", self.address);
        let answer = self.client.get(url).query(what).send().await.unwrap();
        let mut answer: Value = answer.json().await.ok()?;
        assert_eq!(answer["status"], "success", "{path} {what:?}: {answer}");
        Some(answer["data"].take())
    }

    /// The first value of a query at this moment.
    pub(crate) async fn value(&self, query: &str) -> Option<f64> {
        let data = self.ask("query", &[("query", query)]).await?;
        let value = data["result"].get(0)?["value"].get(1)?.as_str()?;
        value.parse().ok()
    }

    /// The number of series that a query has over a time up to now.
    pub(crate) async fn series_since(&self, start: f64, query: &str) -> usize {
        let (start, end) = (start.to_string(), now().to_string());
        let what = [("query", query), ("start", &start), ("end", &end), ("step", "0.5")];
        let data = self.ask("query_range", &what).await.expect("it has answered before");
        data["result"].as_array().unwrap().len()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64()
}
