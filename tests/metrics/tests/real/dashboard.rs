//! The queries of the dashboard, and those of the book.

use breakerbox::metrics::DASHBOARD;
use serde_json::Value;

const CHAPTER: &str = include_str!("../../../../book/src/watching.md");

/// Each panel's title with its queries, as Grafana would send them for one job and all names.
pub(crate) fn queries() -> Vec<(String, String)> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().unwrap();
            let query = query
                .replace("$__rate_interval", "5s")
                .replace("$job", "folded")
                .replace("$name", ".*");
            assert!(!query.contains('$'), "{query}");
            queries.push((panel["title"].as_str().unwrap().to_owned(), query));
        }
    }
    queries
}

/// The queries of the book's chapter on watching.
pub(crate) fn of_the_book() -> Vec<String> {
    let blocks = CHAPTER.split("```promql\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.map(|(query, _)| query.to_owned()).collect()
}
