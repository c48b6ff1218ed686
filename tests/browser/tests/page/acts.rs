//! Actions, and the way through the page by keyboard.

use std::sync::{Arc, Mutex};

use breakerbox::State;
use browser::{Look, Program, scene};

use crate::models::{ask, fail};

#[tokio::test]
async fn action_asks_first_and_then_works() {
    let notes = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&notes);
    let program = Program::with(|page| {
        page.allow(move |request, _| {
            heard.lock().unwrap().extend(request.uri.query().map(str::to_owned));
            true
        })
    });
    let llm = program.touchy("llm");
    scene(Look::DESKTOP, async |tab| {
        tab.load(&program.page()).await;
        tab.click(".tile a").await;
        tab.click("#acts button").await;
        tab.until("document.querySelector('#ask').innerText.includes('Hold open: llm')").await;
        tab.click("#ask [name=no]").await;
        tab.until("!document.querySelector('#ask').open").await;
        assert_eq!(llm.state(), State::Closed);

        tab.click("#acts button").await;
        tab.click("#ask [name=note]").await;
        tab.press("ticket 7 & more").await;
        tab.click("#ask [name=go]").await;
        tab.until("tile('llm').dataset.state === 'isolated'").await;
        tab.until("!document.querySelector('#ask').open").await;
        assert_eq!(llm.state(), State::Isolated);
        assert_eq!(*notes.lock().unwrap(), ["note=ticket+7+%26+more"]);
        tab.until("document.querySelector('#past').innerText.includes('Held open by hand')").await;

        tab.click("#acts button:nth-child(2)").await;
        tab.click("#ask [name=go]").await;
        tab.until("tile('llm').innerText.includes('4 min 5')").await;
        assert_eq!(llm.state(), State::Open);
        tab.click("#acts button:nth-child(5)").await;
        tab.click("#ask [name=go]").await;
        tab.until("tile('llm').dataset.state === 'closed'").await;
    })
    .await;
}

#[tokio::test]
async fn tuning_is_laid_over_and_a_mistake_in_it_is_told() {
    let program = Program::with(|page| page.allow(|_, _| true));
    let llm = program.touchy("llm");
    scene(Look::DESKTOP, async |tab| {
        tab.load(&format!("{}#breakers/llm", program.page())).await;
        tab.click("#acts button:nth-child(6)").await;
        tab.click("#ask [name=value]").await;
        tab.press("threshold=0").await;
        tab.click("#ask [name=go]").await;
        tab.until("/Refused \\(4\\d\\d\\).*threshold/.test(document.querySelector('#refused').innerText)").await;
        tab.run("document.querySelector('#ask [name=value]').value = 'threshold = 7, cooldown = \"1m\"'").await;
        tab.click("#ask [name=go]").await;
        tab.until("document.querySelector('#over').innerText.includes('cooldown=1m threshold=7')").await;
        assert_eq!(llm.config().threshold(), Some(7));
    })
    .await;
}

#[tokio::test]
async fn action_on_keys_says_how_many_they_are() {
    let program = Program::with(|page| page.allow(|_, _| true));
    fail("one");
    ask("two", Some(1));
    scene(Look::DESKTOP, async |tab| {
        tab.load(&format!("{}#breakers/models", program.page())).await;
        tab.click("#acts button:nth-child(5)").await;
        tab.until("document.querySelector('#ask').innerText.includes('2 keys')").await;
        tab.click("#ask [name=go]").await;
        tab.until("tile('models').innerText.includes('2 of 2 keys closed')").await;
    })
    .await;
    drop(program);
}

/// A request that another program on the page's own site could send.
const POST: &str =
    "fetch('ops/breakers/llm/force-open', {method: 'POST', headers: {'breakerbox-action': '1'}})
    .then(answer => { window.answer = answer.status; })";

#[tokio::test]
async fn without_allow_there_are_no_actions() {
    let program = Program::start();
    let llm = program.touchy("llm");
    scene(Look::DESKTOP, async |tab| {
        tab.load(&format!("{}#breakers/llm", program.page())).await;
        tab.until("document.querySelector('#past') && document.querySelector('#detail').open")
            .await;
        assert_eq!(tab.value("document.querySelector('#acts').checkVisibility()").await, false);
        tab.run(POST).await;
        tab.until("window.answer === 405").await;
        assert_eq!(llm.state(), State::Closed);
    })
    .await;
}

#[tokio::test]
async fn refusal_is_told_and_changes_nothing() {
    let program = Program::with(|page| page.allow(|_, _| false));
    let llm = program.touchy("llm");
    scene(Look::DESKTOP, async |tab| {
        tab.load(&format!("{}#breakers/llm", program.page())).await;
        tab.click("#acts button").await;
        tab.click("#ask [name=go]").await;
        tab.until("document.querySelector('#refused').innerText.startsWith('Refused (403)')").await;
        assert_eq!(llm.state(), State::Closed);
    })
    .await;
}

#[tokio::test]
async fn keyboard_goes_from_search_to_a_tile_into_its_details_and_back() {
    const ENTER: &str = "\u{e007}";
    const ESCAPE: &str = "\u{e00c}";
    const RIGHT: &str = "\u{e014}";
    const LEFT: &str = "\u{e012}";
    const TAB: &str = "\u{e004}";
    let program = Program::start();
    for name in ["payments", "postgres", "search"] {
        program.touchy(name);
    }
    scene(Look::DESKTOP, async |tab| {
        let focused = async |name: &str| {
            tab.until(&format!("document.activeElement.innerText === '{name}'")).await;
        };
        tab.load(&program.page()).await;
        tab.until("tile('search')").await;
        tab.press("/").await;
        tab.until("document.activeElement.id === 'search' && document.activeElement.value === ''")
            .await;
        tab.press("p").await;
        tab.until("document.querySelectorAll('main .tile').length === 2").await;
        // Behind the search are the chips, and then the tiles.
        tab.press(TAB).await;
        tab.until("document.activeElement.parentNode.id === 'chips'").await;
        tab.press(RIGHT).await;
        focused("payments").await;
        tab.press(RIGHT).await;
        focused("postgres").await;
        tab.press(LEFT).await;
        focused("payments").await;
        tab.press(ENTER).await;
        tab.until("document.querySelector('#detail').open").await;
        tab.until("document.querySelector('#name').innerText === 'payments'").await;
        tab.press(ESCAPE).await;
        tab.until("!document.querySelector('#detail').open").await;
        focused("payments").await;
        // The focus stays with a tile that moves.
        program.registry().get("payments").unwrap().force_open();
        tab.until("tile('payments').closest('#unwell')").await;
        focused("payments").await;
    })
    .await;
}
