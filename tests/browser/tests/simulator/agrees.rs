//! The state machine of the simulator says what the core says.

use browser::{Look, scene};
use serde_json::json;

use crate::site::{self, SCRIPTS_A_FILE};

const FILES: u64 = 20;
const STEPS: usize = 300;

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
