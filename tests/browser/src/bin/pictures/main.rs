//! Draws `docs/page-light.png` and `docs/page-dark.png`: the page in the tenth minute of an outage.

mod feed;
mod outage;

use std::fs;
use std::path::Path;

use browser::{ANY_PORT, Look, Served, scene};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let outage = outage::play();
    let served = Served::start(ANY_PORT, feed::application(&outage).await);
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for dark in [false, true] {
        let look = Look { width: 1280, height: 880, dark, still: true };
        scene(look, async |tab| {
            tab.load(&format!("http://{}", served.address)).await;
            // Its rate is known, and so is that of all others.
            tab.until("parseFloat(tile('llm').querySelector('.rate').innerText) === 9").await;
            let name = if dark { "page-dark.png" } else { "page-light.png" };
            fs::write(docs.join(name), tab.picture().await).expect("the picture is written");
            println!("docs/{name}");
        })
        .await;
    }
}
