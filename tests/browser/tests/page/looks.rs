//! A narrow window, both colour schemes, and less motion.

use browser::{FAINT, Look, Program, scene};
use serde_json::{Value, json};

use crate::models::{ask, fail};

/// A breaker in each state, names that are as long as they may be, and a key.
fn everything() -> Program {
    let program = Program::with(|page| page.allow(|_, _| true));
    program.touchy("open").open();
    program.touchy("isolated").force_open();
    program.touchy("half-open").half_open();
    program.touchy("observing").observe();
    program.touchy("disabled").disable();
    program.touchy("closed");
    program.touchy(&"x".repeat(128)).force_open();
    program.touchy("mail").try_acquire().unwrap().ignore();
    fail(&"y".repeat(256));
    ask("well", Some(1));
    program.registry().get_or_insert("mail", breakerbox::Config::new()).unwrap_err();
    program
}

#[tokio::test]
async fn narrow_window_needs_no_scrolling_to_the_side() {
    let program = everything();
    scene(Look::PHONE, async |tab| {
        let fits = "document.documentElement.scrollWidth === 360
            && [...document.querySelectorAll('dialog[open]')].every(it => it.scrollWidth <= it.clientWidth)";
        tab.load(&program.page()).await;
        tab.until("document.querySelectorAll('main .state:not(:empty)').length === 9").await;
        tab.click("summary").await;
        tab.until(fits).await;
        for hash in ["#breakers/models", &format!("#breakers/{}", "x".repeat(128))] {
            tab.run(&format!("location.hash = {}", json!(hash))).await;
            tab.until("document.querySelector('#detail').open").await;
            tab.until(fits).await;
            tab.click("#acts button:nth-child(6)").await;
            tab.until(fits).await;
            tab.click("#ask [name=no]").await;
        }
    })
    .await;
}

#[tokio::test]
async fn every_text_can_be_read_in_both_schemes() {
    let program = everything();
    scene(Look::DESKTOP, async |tab| {
        let mut pages = Vec::new();
        for dark in [false, true] {
            tab.look(Look { dark, ..Look::DESKTOP }).await;
            tab.load(&program.page()).await;
            tab.until("document.querySelectorAll('main .state:not(:empty)').length === 9").await;
            assert_eq!(tab.value(FAINT).await, json!([]), "dark: {dark}");
            pages.push(tab.value("getComputedStyle(document.body).backgroundColor").await);
            tab.run("location.hash = '#breakers/isolated'").await;
            tab.until("document.querySelector('#past li')").await;
            tab.click("#acts button").await;
            assert_eq!(tab.value(FAINT).await, json!([]), "details, dark: {dark}");
        }
        assert_ne!(pages[0], pages[1], "the schemes differ");
    })
    .await;
}

#[tokio::test]
async fn ring_moves_smoothly_unless_less_motion_is_wished() {
    let program = everything();
    scene(Look::DESKTOP, async |tab| {
        let mut durations = Vec::<Value>::new();
        for still in [false, true] {
            tab.look(Look { still, ..Look::DESKTOP }).await;
            tab.load(&program.page()).await;
            tab.until("tile('open').querySelector('.left')").await;
            durations.push(
                tab.value(
                    "getComputedStyle(tile('open').querySelector('.left')).transitionDuration",
                )
                .await,
            );
        }
        assert_eq!(durations, [json!("1s"), json!("0s")]);
    })
    .await;
}
