//! A thousand keys, all of which change from second to second. A file of its own, so that no other
//! browser runs beside this one.

use std::time::Duration;

use browser::{Look, Program, Tab, scene};
use tokio::time::interval;

#[path = "page/models.rs"]
mod models;

use models::{ask, fail};

const KEYS: usize = 1_000;

/// Notes the longest frame of each two seconds.
const WATCH: &str = "window.longest = [];
    let before = performance.now(), begun = before, long = 0;
    requestAnimationFrame(function frame() {
        const now = performance.now();
        long = Math.max(long, now - before);
        before = now;
        if (now - begun > 2000) {
            window.longest.push(Math.round(long));
            [begun, long] = [now, 0];
        }
        requestAnimationFrame(frame);
    })";

/// Calls with every key, over and over, so that each second's message has all of them.
async fn call_all() {
    let mut turns = interval(Duration::from_millis(400));
    loop {
        turns.tick().await;
        for key in 0..KEYS {
            ask(&format!("model-{key}"), None);
        }
    }
}

/// Tells how long frames took. A page that draws all keys at once has frames of hundreds of
/// milliseconds; how long they are is for a person to read, since it depends on the machine.
async fn tell_frames(tab: &Tab, what: &str) {
    tab.run(WATCH).await;
    tab.until("window.longest.length === 3").await;
    println!(
        "{what}: longest frame of each two seconds, in ms: {}",
        tab.value("window.longest").await
    );
}

#[tokio::test]
async fn thousand_keys_are_all_drawn_while_all_change() {
    let program = Program::start();
    for key in 0..KEYS {
        fail(&format!("model-{key}"));
    }
    scene(Look::DESKTOP, async |tab| {
        tokio::select! {
            () = call_all() => {}
            () = async {
                tab.load(&program.page()).await;
                tab.until("tile('models').innerText.includes('1,000 of 1,000 keys open')").await;
                tab.until("/^[0-9],/.test(tile('models').querySelector('.rate').innerText)").await;
                tell_frames(tab, "one tile for 1,000 keys").await;
                tab.click(".tile a").await;
                // Those below the window are drawn too, little by little: a wait for each step.
                for drawn in [100, 250, 500, 750, KEYS] {
                    let states = "document.querySelectorAll('#keys .state:not(:empty)')";
                    tab.until(&format!("{states}.length >= {drawn}")).await;
                }
                tab.run("window.first = document.querySelector('#keys .rate').innerText").await;
                tell_frames(tab, "1,000 tiles").await;
                tab.until("document.querySelector('#keys .rate').innerText !== window.first").await;
            } => {}
        }
    })
    .await;
}
