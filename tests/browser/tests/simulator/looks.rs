//! Themes, a narrow window, labels, and the still picture.

use browser::{FAINT, Look, scene};
use serde_json::json;

use crate::site::{open, serve_book, serve_scripts, source};

const SETTINGS: [&str; 3] = ["preset=llm", "preset=db&shape=errors", "preset=tool&shape=ramp"];

/// Removes what is mdBook's, and sliders that do nothing: they are faint on purpose.
const ALONE: &str = "const it = document.querySelector('#simulator');
    const others = [...document.querySelectorAll('body *')]
        .filter(other => !other.contains(it) && !it.contains(other) && !other.matches('link'));
    const idle = [...it.querySelectorAll(':disabled')].map(slider => slider.closest('.sim-control'));
    for (const other of [...others, ...idle]) other.remove()";

/// The picture is as wide as its place.
const IS_DRAWN: &str = "document.querySelector('.sim-picture svg').clientWidth
    === document.querySelector('.sim-picture').clientWidth";

/// Puts each name in a band on a ground of the band's colour.
const STAND: &str = "for (const name of document.querySelectorAll('.in:is(.open, .half-open)')) {
        const band = document.querySelector(`rect.${name.classList[1]}`);
        const span = document.createElement('span');
        span.textContent = name.textContent;
        span.style.color = getComputedStyle(name).color;
        span.style.background = getComputedStyle(band).fill;
        name.remove();
        document.querySelector('#simulator').append(span);
    }";

#[tokio::test]
async fn every_text_can_be_read_in_each_theme() {
    let book = serve_book();
    scene(Look::DESKTOP, async |tab| {
        let mut pages = Vec::new();
        for theme in ["light", "rust", "coal", "navy", "ayu"] {
            open(tab, &book, "").await;
            tab.run(&format!("localStorage.setItem('mdbook-theme', '{theme}')")).await;
            for settings in SETTINGS {
                open(tab, &book, settings).await;
                tab.run(ALONE).await;
                tab.until(IS_DRAWN).await;
                tab.run(STAND).await;
                assert_eq!(tab.value(FAINT).await, json!([]), "{theme}, {settings}");
            }
            pages.push(
                tab.value("getComputedStyle(document.querySelector('.sim-picture .failed')).fill")
                    .await,
            );
        }
        assert_ne!(pages[0], pages[3], "light and dark themes have colours of their own");
        assert_eq!(tab.complaints().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn narrow_window_needs_no_scrolling_to_the_side() {
    let book = serve_book();
    for width in [320, 400] {
        scene(Look { width, ..Look::PHONE }, async |tab| {
            for settings in SETTINGS {
                open(tab, &book, settings).await;
                // The picture is drawn for the window's width.
                tab.until(IS_DRAWN).await;
                let wide = "[...document.querySelectorAll('#simulator, #simulator *:not(svg *)')]
                    .filter(it => it.getBoundingClientRect().right > innerWidth).map(it => it.outerHTML.slice(0, 80))";
                assert_eq!(tab.value(wide).await, json!([]), "{settings}");
                let page = tab.value("document.documentElement.scrollWidth").await;
                assert_eq!(page, json!(width), "{settings}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn each_control_has_a_label_and_says_its_value() {
    let book = serve_book();
    scene(Look::DESKTOP, async |tab| {
        open(tab, &book, "preset=db").await;
        let nameless = "[...document.querySelectorAll('#simulator :is(input, select)')]
            .filter(it => it.labels.length !== 1 || !it.labels[0].textContent.trim()
                || it.type === 'range' && !it.getAttribute('aria-valuetext'))
            .map(it => it.id)";
        assert_eq!(tab.value(nameless).await, json!([]));
        let spoken = "document.querySelector('#sim-cooldown').getAttribute('aria-valuetext')";
        assert_eq!(tab.value(spoken).await, json!("5s open before a probe"));
        let live = "document.querySelector('.sim-says').getAttribute('aria-live')";
        assert_eq!(tab.value(live).await, json!("polite"));
        let moves =
            "[...document.querySelectorAll('#simulator, #simulator *')].map(getComputedStyle)
            .filter(it => it.animationName !== 'none' || it.transitionDuration !== '0s').length";
        assert_eq!(tab.value(moves).await, json!(0), "less motion is none at all");
    })
    .await;
}

/// `BLESS=1` draws it anew.
#[tokio::test]
async fn still_picture_is_the_first_one() {
    let site = serve_scripts(0);
    scene(Look::DESKTOP, async |tab| {
        tab.load(&format!("http://{}/", site.address)).await;
        tab.run("import('/player.js').then(player => player.still()).then(still => { window.still = still; })")
            .await;
        tab.until("window.still").await;
        let drawn = tab.value("window.still").await.as_str().expect("a text").to_owned();
        let file = source().join("still.svg");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&file, &drawn).expect("the picture is written");
        }
        let kept = std::fs::read_to_string(file).unwrap_or_default();
        assert!(kept == drawn, "still.svg is out of date: run this test with `BLESS=1`");
    })
    .await;
}
