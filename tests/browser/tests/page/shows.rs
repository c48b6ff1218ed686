//! The page shows its breakers, and follows them without being loaded again.

use std::time::Duration;

use breakerbox::{Config, State};
use browser::{Look, Program, scene};
use serde_json::{Value, json};

use crate::models::{ask, fail};

#[tokio::test]
async fn page_loads_with_and_without_the_last_slash_and_the_console_stays_empty() {
    let program = Program::start();
    program.touchy("llm").force_open();
    scene(Look::DESKTOP, async |tab| {
        for end in ["", "/"] {
            tab.load(&(program.page() + end)).await;
            tab.until("tile('llm').dataset.state === 'isolated'").await;
            tab.click(".tile a").await;
            tab.until("document.querySelector('#past').innerText.includes('Held open by hand')")
                .await;
            assert_eq!(tab.complaints().await, [""; 0], "{end}");
        }
        // The policy is in force: a script that is not the page's own does not run.
        let injected = "const foreign = document.createElement('script');
            foreign.textContent = 'window.ran = true';
            document.head.append(foreign)";
        tab.run(injected).await;
        assert_eq!(tab.value("window.ran === undefined").await, true);
        assert_eq!(tab.complaints().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn trip_and_recovery_show_without_a_reload() {
    let program = Program::start();
    let llm = program.breaker("llm", Config::builder().threshold(3));
    program.touchy("mail");
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        tab.until("document.querySelector('h1').innerText === 'All 2 breakers let calls pass'")
            .await;
        tab.run("window.isLoadedOnce = true").await;

        for _ in 0..2 {
            llm.try_acquire().unwrap().failure();
        }
        tab.until("tile('llm').innerText.includes('2 of 3 failures in a row')").await;
        tab.until("tile('llm').querySelector('.bar i').style.width.startsWith('66.6')").await;
        assert_eq!(tab.value("tile('llm').querySelector('.bar').title").await, "Full: limit");
        tab.until("/^live, [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} [A-Z].*$/.test(document.querySelector('#live').innerText)").await;
        llm.try_acquire().unwrap().failure();
        tab.until("tile('llm').dataset.state === 'open'").await;
        tab.until("document.querySelector('h1').innerText === '1 of 2 breakers is open: llm'")
            .await;
        tab.until("document.title === '(1 open) Circuit breakers'").await;
        for text in [
            "Open",
            "for ",
            "Calls are rejected",
            "3 failures in a row",
        ] {
            tab.until(&format!("tile('llm').innerText.includes({})", json!(text))).await;
        }
        // The reason has said it, and a full bar beside it would read as a forecast.
        tab.until("!tile('llm').querySelector('.bar').checkVisibility()").await;
        tab.until("/^[0-9]+ s$/.test(tile('llm').querySelector('.ring').innerText)").await;
        tab.until("tile('llm').querySelector('.strip [data-state=open]').getAttribute('d')?.startsWith('M')")
            .await;
        for _ in 0..10 {
            assert!(llm.try_acquire().is_err());
        }
        tab.until("tile('llm').innerText.includes('10 total')").await;
        tab.until("parseFloat(tile('llm').querySelector('.rate').innerText) > 0").await;

        program.scope.advance(Duration::from_secs(30));
        let probe = llm.try_acquire().unwrap();
        tab.until("tile('llm').dataset.state === 'half-open'").await;
        tab.until("tile('llm').innerText.includes('0 of 1 successes to close')").await;
        probe.success();
        tab.until("tile('llm').dataset.state === 'closed'").await;
        tab.until("document.querySelector('h1').innerText === 'All 2 breakers let calls pass'")
            .await;
        tab.until("document.title === 'Circuit breakers'").await;
        assert_eq!(tab.value("window.isLoadedOnce").await, true);
    })
    .await;
}

#[tokio::test]
async fn worst_comes_first_with_its_state_in_words() {
    let program = Program::start();
    for (name, switch) in [
        ("a", None),
        ("b", Some(State::Disabled)),
        ("c", Some(State::Observing)),
        ("d", Some(State::Isolated)),
        ("e", Some(State::Open)),
    ] {
        let breaker = program.touchy(name);
        match switch {
            Some(State::Disabled) => breaker.disable(),
            Some(State::Observing) => breaker.observe(),
            Some(State::Isolated) => breaker.force_open(),
            Some(_) => breaker.open(),
            None => {}
        }
    }
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        tab.until("document.querySelectorAll('main .tile .state:not(:empty)').length === 5").await;
        let tiles = "[...document.querySelectorAll('main .tile')].map(tile => [
            tile.closest('section').id,
            tile.querySelector('bdi').textContent,
            tile.querySelector('.state').textContent,
        ].join(' '))";
        let expected = [
            "unwell e Open",
            "unwell d Held open",
            "well c Observing",
            "well b Disabled",
            "well a Closed",
        ];
        assert_eq!(tab.value(tiles).await, json!(expected));
        // It moves to its new place.
        program.registry().get("a").unwrap().force_open();
        tab.until(&format!("({tiles}).includes('unwell a Held open')")).await;
    })
    .await;
}

#[tokio::test]
async fn rates_are_shown_against_their_limits() {
    let program = Program::start();
    let config = Config::builder().failure_rate(0.6).window_calls(20).min_calls(10);
    let mail = program.breaker("mail", config);
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        mail.try_acquire().unwrap().failure();
        tab.until("tile('mail').innerText.includes('1 of 1 call failed, judged from 10 on')").await;
        for call in 1..10 {
            let permit = mail.try_acquire().unwrap();
            if call < 5 { permit.failure() } else { permit.success() }
        }
        tab.until("tile('mail').innerText.includes('50% of 10 calls failed, opens at 60%')").await;
        let bar = "tile('mail').querySelector('.bar')";
        assert_eq!(tab.value(&format!("{bar}.querySelector('i').style.width")).await, "50%");
        assert_eq!(tab.value(&format!("{bar}.querySelector('u').style.left")).await, "60%");
        assert_eq!(tab.value(&format!("{bar}.title")).await, "Line: limit");
    })
    .await;
}

#[tokio::test]
async fn keys_are_one_tile_and_each_is_found_in_it() {
    let program = Program::start();
    for model in 0..40 {
        ask(&format!("model-{model}"), Some(1));
    }
    for model in [3, 17, 29] {
        fail(&format!("model-{model}"));
    }
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        tab.until("tile('models').innerText.includes('3 of 40 keys open')").await;
        tab.until("tile('models').innerText.includes('model-17')").await;
        tab.until("/3 of 40 keys open\\s+for [0-9]+ (s|ms)/.test(tile('models').innerText)").await;
        tab.until("tile('models').querySelector('.why').innerText.endsWith(': 2 failures in a row')").await;
        tab.until("document.querySelector('h1').innerText === '1 of 1 breaker is open: models (3 of 40 keys)'").await;

        tab.click(".tile a[href$=models]").await;
        tab.until("document.querySelectorAll('#keys .tile').length === 40").await;
        tab.until("document.querySelector('#keys .tile').innerText.includes('model-')").await;
        assert_eq!(tab.value("document.querySelectorAll('#keys .tile[data-state=open]').length").await, 3);
        tab.click("#narrow").await;
        tab.press("model-17").await;
        tab.until("document.querySelectorAll('#keys .tile').length === 1").await;
        tab.click("#keys .tile a").await;
        tab.until("document.querySelector('#name').innerText === 'models / model-17'").await;
        tab.until("document.querySelector('#past').innerText.includes('2 failures in a row')").await;
        assert_eq!(tab.value("location.hash").await, "#breakers/models/model-17");
    })
    .await;
}

#[tokio::test]
async fn details_have_tuning_totals_and_place() {
    let program = Program::start();
    let llm =
        program.breaker("llm", Config::builder().threshold(2).cooldown(Duration::from_secs(90)));
    for _ in 0..2 {
        llm.try_acquire().unwrap().failure();
    }
    assert!(llm.try_acquire().is_err());
    scene(Look::DESKTOP, async |tab| {
        tab.load(&format!("{}#breakers/llm", program.page())).await;
        tab.until("document.querySelector('dialog').open").await;
        let text = "document.querySelector('#detail').innerText.replace(/\\s+/g, ' ')";
        for said in [
            "threshold 2",
            "cooldown 1 min 30 s",
            "rejections 1",
            "error 2",
            "Declared at",
            "shows.rs",
        ] {
            tab.until(&format!("{text}.includes({})", json!(said))).await;
        }
    })
    .await;
}

#[tokio::test]
async fn faults_of_the_registry_are_listed() {
    let program = Program::start();
    program.touchy("mail");
    program.registry().get_or_insert("mail", Config::new()).unwrap_err();
    program.registry().configure("lmm", Config::builder().threshold(9)).unwrap();
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        tab.until(
            "document.querySelector('summary').innerText === 'conflicts: 1, unused overrides: 1'",
        )
        .await;
        tab.click("summary").await;
        tab.until("document.querySelector('#faults ul').innerText.includes('shows.rs')").await;
    })
    .await;
}

#[tokio::test]
async fn search_and_chips_narrow_the_list() {
    let program = Program::start();
    program.touchy("payments");
    program.touchy("llm").force_open();
    ask("openai/gpt", Some(1));
    scene(Look::DESKTOP, async |tab| {
        let names = async |expected: Value| {
            let shown =
                "[...document.querySelectorAll('main .tile bdi')].map(name => name.textContent)";
            tab.until(&format!("JSON.stringify({shown}) === JSON.stringify({expected})")).await;
        };
        tab.load(&program.page()).await;
        names(json!(["llm", "models", "payments"])).await;
        tab.click("#search").await;
        tab.press("gpt").await;
        names(json!(["models"])).await;
        tab.press("x").await;
        names(json!([])).await;
        tab.until("document.querySelector('#none').checkVisibility()").await;
        tab.run("document.querySelector('#search').value = ''").await;
        tab.click("#chips [data-state=isolated]").await;
        names(json!(["llm"])).await;
        tab.click("#chips [data-state=isolated]").await;
        names(json!(["llm", "models", "payments"])).await;
    })
    .await;
}

#[tokio::test]
async fn hostile_names_and_keys_are_text() {
    const NAMES: [&str; 4] = [
        "<script>window.hacked=1</script>",
        "\"><img/src=x/onerror=window.hacked=1>",
        "a'b&amp;",
        "~..",
    ];
    const KEYS: [&str; 7] = [
        "<b>bold</b>",
        "\u{202e}lived",
        "",
        "..",
        "a/b?c#d",
        "</li></ul><script>window.hacked=1</script>",
        "two\nlines\u{2028}",
    ];
    let program = Program::start();
    for name in NAMES {
        program.touchy(name).force_open();
    }
    for key in KEYS {
        fail(key);
    }
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        // Each is shown as it is, and its details are found.
        let look_at = async |tile: String, title: String| {
            tab.until(&tile).await;
            tab.run(&format!("{tile}.querySelector('a').click()")).await;
            let title = format!("document.querySelector('#name').textContent === {}", json!(title));
            tab.until(&title).await;
        };
        for name in NAMES {
            look_at(format!("tile({})", json!(name)), name.to_owned()).await;
            tab.until("document.querySelector('#past li')").await;
        }
        for key in KEYS {
            look_at("tile('models')".to_owned(), "models".to_owned()).await;
            let is_its = format!("tile.querySelector('bdi')?.textContent === {}", json!(key));
            let tiles = "[...document.querySelectorAll('#keys .tile')]";
            look_at(format!("{tiles}.find(tile => {is_its})"), format!("models / {key}")).await;
            tab.until("document.querySelector('#past li')").await;
        }
        let foreign =
            "document.querySelectorAll('img, script ~ script, main script, dialog script, bdi *')";
        assert_eq!(tab.value(&format!("{foreign}.length")).await, 0);
        assert_eq!(tab.value("window.hacked === undefined").await, true);
        assert_eq!(tab.complaints().await, [""; 0]);
    })
    .await;
}
