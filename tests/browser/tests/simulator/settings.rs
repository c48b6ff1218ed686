//! Sliders, presets and links change what the page shows.

use browser::{Look, Tab, scene};
use serde_json::{Value, json};

use crate::site::{open, serve_book};

/// Everything that a run shows.
const SHOWN: &str = "['.sim-picture', '.sim-numbers', '.sim-line code']
    .map(part => document.querySelector(part).innerHTML).join()";

/// Returns the number of that name, as the page writes it.
fn number(name: &str) -> String {
    format!("document.querySelector('[data-number={name}] dd').textContent")
}

/// The page shows its settings, and has them in its address.
const IS_IDLE: &str = "document.querySelector('#simulator').ariaBusy === 'false'";

/// Moves a slider by the arrow keys, and waits for what changes.
async fn move_slider(tab: &Tab, key: &str) {
    tab.run(&format!("window.before = {SHOWN}; document.querySelector('#sim-{key}').focus()"))
        .await;
    let value = "document.activeElement.value";
    let is_last = tab.value(&format!("{value} === document.activeElement.max")).await;
    let (right, left) = ("\u{e014}", "\u{e012}");
    // Several steps: one more failure in a row, say, need not change a thing.
    tab.press(&if is_last == json!(true) { left } else { right }.repeat(5)).await;
    tab.until(&format!("window.before !== {SHOWN}")).await;
    // Back by one, which would turn to the chapter before.
    tab.run(&format!("window.value = {value}")).await;
    tab.press(left).await;
    tab.until(&format!("window.value !== {value} && {IS_IDLE}")).await;
}

#[tokio::test]
async fn every_slider_moves_the_picture_and_turns_no_page() {
    let book = serve_book();
    scene(Look::DESKTOP, async |tab| {
        let all = "[...document.querySelectorAll('#simulator input')].map(it => it.id.slice(4))";
        let mut moved = Vec::new();
        for settings in [
            "preset=llm&shape=flapping&backoff=1.5&callers=2",
            "preset=db&shape=errors&errors=70&window_of=calls",
            "preset=tool&shape=ramp&failure_count=5",
        ] {
            open(tab, &book, settings).await;
            let on = format!(
                "{all}.filter(it => (it = document.querySelector(`#sim-${{it}}`)) && !it.disabled && it.checkVisibility())"
            );
            for key in tab.value(&on).await.as_array().expect("a list of sliders") {
                let key = key.as_str().expect("a key");
                if !moved.contains(&key.to_owned()) {
                    move_slider(tab, key).await;
                    moved.push(key.to_owned());
                    open(tab, &book, settings).await;
                }
            }
        }
        let sliders = tab.value(&format!("{all}.sort()")).await;
        moved.sort();
        assert_eq!(json!(moved), sliders);
        assert!(moved.len() > 20, "{moved:?}");
        assert_eq!(tab.value("location.pathname").await, json!("/simulator.html"));
        assert_eq!(tab.complaints().await, Vec::<String>::new());
    })
    .await;
}

/// Reads a number, and a time in milliseconds.
fn read(shown: &Value) -> f64 {
    let text = shown.as_str().expect("a text").replace(',', "");
    let (figure, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let figure: f64 = figure.parse().unwrap_or_else(|_| panic!("no number: {text}"));
    figure
        * match unit {
            "" | "ms" => 1.0,
            "s" => 1_000.0,
            "min" => 60_000.0,
            "h" => 3_600_000.0,
            other => panic!("unknown unit {other}"),
        }
}

#[tokio::test]
async fn settings_have_the_effects_that_they_are_for() {
    // A setting, one to compare it with, a number, and the sign of the difference.
    let effects = [
        ("preset=llm&sick=500&threshold=40", "preset=llm&sick=500&threshold=5", "reached_sick", 1),
        ("preset=llm&cooldown=60000", "preset=llm&cooldown=5000", "late_ms", 1),
        ("preset=llm&cooldown=2000", "preset=llm&cooldown=20000", "reached_sick", 1),
        ("preset=llm&shape=slow&slow_call=off", "preset=llm&shape=slow", "saved_ms", -1),
        ("preset=db&window_time=2000", "preset=db&window_time=20000", "reached_sick", -1),
        ("preset=db&backoff=1", "preset=db&backoff=4", "lost_calls", -1),
        ("preset=db&probes=50&success_threshold=50", "preset=db", "reached_sick", 1),
        ("preset=db&failure_rate=0.1", "preset=db&failure_rate=0.9", "reached_sick", -1),
        ("preset=db&lasts=10000", "preset=db&lasts=20000", "saved_ms", -1),
        ("preset=tool&rate=10", "preset=tool", "lost_calls", 1),
        (
            "preset=llm&shape=ramp&ramp=120000&success_threshold=5",
            "preset=llm&shape=ramp&ramp=120000",
            "reached_sick",
            -1,
        ),
    ];
    let book = serve_book();
    scene(Look::DESKTOP, async |tab| {
        for (one, other, name, sign) in effects {
            let mut found = Vec::new();
            for settings in [one, other] {
                open(tab, &book, settings).await;
                found.push(read(&tab.value(&number(name)).await));
            }
            let differs = (found[0] - found[1]) * f64::from(sign) > 0.0;
            assert!(differs, "{name} is {} with {one}, {} with {other}", found[0], found[1]);
        }
    })
    .await;
}

#[tokio::test]
async fn overloaded_service_recovers_only_behind_a_breaker() {
    let book = serve_book();
    scene(Look::DESKTOP, async |tab| {
        open(tab, &book, "preset=db").await;
        let beside = "document.querySelector('[data-number=reached_sick] small').textContent";
        let without = tab.value(beside).await.as_str().expect("a text").to_owned();
        let without = read(&json!(without.split(' ').next().expect("a word")));
        let with = read(&tab.value(&number("reached_sick")).await);
        assert!(with * 10.0 < without, "{with} with a breaker, {without} without");
    })
    .await;
}

#[tokio::test]
async fn preset_sets_every_slider_and_the_words_follow() {
    let book = serve_book();
    scene(Look::DESKTOP, async |tab| {
        open(tab, &book, "preset=tool&threshold=1").await;
        let says = "document.querySelector('.sim-says').textContent";
        let (mut told, mut shown) = (Vec::new(), Vec::new());
        for preset in ["db", "llm", "tool"] {
            tab.run(&format!("window.told = {says}")).await;
            tab.click(&format!("[data-preset={preset}]")).await;
            tab.until(&format!("{says} !== window.told")).await;
            let pressed = "document.querySelectorAll('.sim-presets [aria-pressed=true]')";
            assert_eq!(tab.value(&format!("{pressed}.length")).await, json!(1));
            assert_eq!(tab.value(&format!("{pressed}[0].dataset.preset")).await, json!(preset));
            let sick = tab.value(&number("reached_sick")).await;
            let text = tab.value(says).await.as_str().expect("a text").to_owned();
            let named = format!(" {} of ", sick.as_str().expect("a number"));
            assert!(text.contains(&named), "{named} is not in: {text}");
            assert!(!told.contains(&text), "{text}");
            told.push(text);
            shown.push((preset, tab.value(SHOWN).await));
        }
        tab.until("location.hash === '#preset=tool'").await;
        // Nothing of the preset before is left, nor of its run without a breaker.
        for (preset, shown) in shown {
            open(tab, &book, &format!("preset={preset}")).await;
            assert_eq!(tab.value(SHOWN).await, shown, "{preset}");
        }
        assert_eq!(tab.complaints().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn button_in_the_text_sets_what_it_names() {
    let book = serve_book();
    scene(Look::DESKTOP, async |tab| {
        open(tab, &book, "preset=tool").await;
        let count = tab.value("document.querySelectorAll('.sim-try').length").await;
        let count = count.as_u64().expect("a number");
        assert!(count > 5, "{count} buttons");
        for at in 0..count {
            let button = format!("document.querySelectorAll('.sim-try')[{at}]");
            assert_eq!(tab.value(&format!("{button}.checkVisibility()")).await, json!(true));
            tab.run(&format!("window.before = {SHOWN}; {button}.click()")).await;
            tab.until(&format!("window.before !== {SHOWN}")).await;
            tab.until(IS_IDLE).await;
            let link = tab.value("location.hash").await;
            let named = tab.value(&format!("`#${{{button}.dataset.settings}}`")).await;
            assert_eq!(link, named, "the button names settings as a link does");
        }
    })
    .await;
}

#[tokio::test]
async fn link_brings_back_what_was_seen() {
    let book = serve_book();
    scene(Look::DESKTOP, async |tab| {
        open(tab, &book, "preset=db").await;
        for key in ["failure_rate", "cooldown", "rate", "seed", "lasts"] {
            move_slider(tab, key).await;
        }
        let (link, shown) = (tab.value("location.hash.slice(1)").await, tab.value(SHOWN).await);
        open(tab, &book, "preset=tool").await;
        let other = tab.value(SHOWN).await;
        assert_ne!(other, shown);
        tab.run(
            "addEventListener('hashchange', () => { window.heard = true; });
            location.hash = document.querySelector('main h2').id",
        )
        .await;
        tab.until("window.heard").await;
        assert_eq!(tab.value(SHOWN).await, other, "a heading is no setting");
        // By a link on the page, and anew.
        tab.run(&format!("location.hash = {link}")).await;
        tab.until(&format!("{SHOWN} === {shown} && {IS_IDLE}")).await;
        open(tab, &book, link.as_str().expect("a text")).await;
        assert_eq!(tab.value(SHOWN).await, shown);
    })
    .await;
}

#[tokio::test]
async fn nonsense_in_a_link_is_passed_over() {
    let book = serve_book();
    scene(Look::DESKTOP, async |tab| {
        open(tab, &book, "preset=llm").await;
        let shown = tab.value(SHOWN).await;
        for settings in [
            "preset=none&threshold=many&shape=round&cooldown=off&x=%zz&&=",
            "<script>alert(1)</script>",
            "shape=__proto__&threshold=NaN&rate=",
        ] {
            open(tab, &book, settings).await;
            assert_eq!(tab.value(SHOWN).await, shown, "{settings}");
        }
        open(tab, &book, "preset=llm&threshold=1e99&cooldown=-5&rate=1000000").await;
        let values = "['threshold', 'cooldown', 'rate'].map(key => document.querySelector(`#sim-${key}`)).map(it => [it.min, it.max, it.value])";
        let ends = tab.value(values).await;
        assert_eq!([&ends[0][2], &ends[1][2], &ends[2][2]], [&ends[0][1], &ends[1][0], &ends[2][1]]);
        assert_eq!(tab.complaints().await, Vec::<String>::new());
    })
    .await;
}
