//! The state machine of the simulator says what the core says.

use browser::{Look, scene};
use serde_json::json;

use crate::site::{self, SCRIPTS_A_FILE};

const FILES: u64 = 20;
const STEPS: usize = 300;

/// So many conformance cases are about nothing that the simulator leaves out.
const CASES: usize = 60;

#[tokio::test]
async fn simulator_conforms_in_every_case_that_it_can_play() {
    let site = site::serve_scripts(0);
    scene(Look::DESKTOP, async |tab| {
        tab.load(&format!("http://{}/", site.address)).await;
        tab.run(
            "Promise.all([import('/cases.js'), fetch('/cases.txt').then(text => text.text())]).then(
                ([cases, text]) => { window.done = cases.playCases(text); },
                error => { window.done = {faults: [`${error.stack}`], played: []}; })",
        )
        .await;
        tab.until("window.done").await;
        let done = tab.value("window.done").await;
        assert_eq!(done["faults"], json!([]));
        let played = done["played"].as_array().expect("a list");
        assert!(played.len() >= CASES, "{} cases: {played:?}", played.len());
    })
    .await;
}

#[tokio::test]
async fn simulator_and_core_agree_in_every_script() {
    let site = site::serve_scripts(STEPS);
    scene(Look::DESKTOP, async |tab| {
        tab.load(&format!("http://{}/", site.address)).await;
        tab.run("import('/player.js').then(player => { window.playAll = player.playAll; })").await;
        tab.until("window.playAll").await;
        for number in 0..FILES {
            tab.run(&format!(
                "window.played = undefined;
                window.playAll('/scripts/{number}').then(played => {{ window.played = played; }},
                    error => {{ window.played = {{error: `${{error.stack}}`}}; }})"
            ))
            .await;
            tab.until("window.played").await;
            let played = tab.value("window.played").await;
            let differences = played["differences"].as_array().map_or(1, Vec::len);
            let first = &played["differences"][0];
            let first = first.as_str().unwrap_or_default();
            assert_eq!(differences, 0, "file {number}: {differences} differ:\n{first} {played}");
            assert_eq!(played["scripts"], json!(SCRIPTS_A_FILE));
            assert_eq!(played["steps"], json!(SCRIPTS_A_FILE * STEPS as u64));
        }
        assert_eq!(tab.complaints().await, Vec::<String>::new());
    })
    .await;
}
