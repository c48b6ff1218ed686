//! One tab of a headless Chromium.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::Duration;

use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, ClientBuilder};
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::command::Command;
use crate::driver::Driver;

/// No state of the document takes that long to come.
const LIMIT: Duration = Duration::from_secs(30);

const TILE: &str = "const tile = name => [...document.querySelectorAll('main .tile')]
    .find(tile => tile.querySelector('bdi')?.textContent === name);";

/// The size and the colours that a person looks at the page in.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// The system has a dark scheme.
    pub dark: bool,
    /// The system asks for less motion.
    pub still: bool,
}

impl Look {
    /// A desktop with a light scheme.
    pub const DESKTOP: Look = Look { width: 1280, height: 900, dark: false, still: false };
    /// A narrow phone.
    pub const PHONE: Look = Look { width: 360, height: 740, dark: false, still: false };
}

/// A tab in a Chromium of its own.
#[derive(Debug)]
pub struct Tab {
    client: Client,
}

/// Opens a tab, plays a scene in it, and closes it, also if the scene panics.
///
/// # Panics
/// The browser does not start; and if the scene does.
pub async fn scene(look: Look, play: impl AsyncFnOnce(&Tab)) {
    let driver = Driver::start();
    let tab = Tab { client: connect(&driver).await };
    let played = AssertUnwindSafe(async {
        tab.look(look).await;
        play(&tab).await;
    });
    let played = played.catch_unwind().await;
    tab.client.close().await.expect("the browser closes");
    if let Err(panic) = played {
        resume_unwind(panic);
    }
}

async fn connect(driver: &Driver) -> Client {
    let arguments = [
        "--headless",
        // The sandbox does not start as root. The browser sees pages of ours alone.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        // Nothing is fetched that the page does not ask for.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--hide-scrollbars",
    ];
    let capabilities = json!({
        "goog:chromeOptions": {"args": arguments},
        "goog:loggingPrefs": {"browser": "ALL"},
    });
    let Value::Object(capabilities) = capabilities else { unreachable!("it is written above") };
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let builder = builder.capabilities(capabilities);
    let connected = builder.connect(&driver.address()).await;
    let client = connected.expect("Chromium starts; is `chromium` installed?");
    // A script has its own limit, and says more.
    let timeouts = TimeoutConfiguration::new(Some(3 * LIMIT), None, None);
    client.update_timeouts(timeouts).await.expect("timeouts are set");
    client
}

impl Tab {
    /// Sets the size of the window and the wishes of the system.
    ///
    /// # Panics
    /// The browser is gone.
    pub async fn look(&self, look: Look) {
        let Look { width, height, dark, still } = look;
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.dev_tools("Emulation.setDeviceMetricsOverride", metrics).await;
        let features = json!([
            {"name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" }},
            {"name": "prefers-reduced-motion", "value": if still { "reduce" } else { "no-preference" }},
        ]);
        self.dev_tools("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Loads an address.
    ///
    /// # Panics
    /// Nothing answers there.
    pub async fn load(&self, address: &str) {
        self.client.goto(address).await.expect("the address answers");
    }

    /// Runs statements of JavaScript, in which `tile(name)` is the tile of a name.
    ///
    /// # Panics
    /// They throw.
    pub async fn run(&self, statements: &str) {
        let done = self.client.execute(&format!("{TILE} {statements}"), vec![]).await;
        done.unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    /// Returns the value of an expression of JavaScript, in which `tile(name)` is the tile of a
    /// name.
    ///
    /// # Panics
    /// It throws.
    pub async fn value(&self, expression: &str) -> Value {
        let found = self.client.execute(&format!("{TILE} return {expression}"), vec![]).await;
        found.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Waits until an expression of JavaScript is true. In it, `tile(name)` is the tile of a name.
    ///
    /// # Panics
    /// It is not true after half a minute.
    pub async fn until(&self, expression: &str) {
        let limit = LIMIT.as_millis();
        // An expression that throws is not true yet: an element is missing, say.
        let script = format!(
            "{TILE}
             const [done] = arguments, end = performance.now() + {limit};
             const holds = () => {{ try {{ return {expression}; }} catch {{ return false; }} }};
             (function look() {{
               if (holds()) done(true);
               else if (performance.now() > end) done(document.body.innerText);
               else setTimeout(look, 20);
             }})()"
        );
        let found = self.client.execute_async(&script, vec![]).await;
        match found.unwrap_or_else(|error| panic!("{expression}: {error}")) {
            Value::Bool(true) => {}
            text => {
                panic!("never true: {expression}\nthe page says:\n{}", text.as_str().unwrap_or(""))
            }
        }
    }

    /// Waits for an element, and clicks on it as a person would.
    ///
    /// # Panics
    /// There is none, or another one is in front of it.
    pub async fn click(&self, selector: &str) {
        self.until(&format!("document.querySelector({})?.checkVisibility()", json!(selector)))
            .await;
        let found = self.client.find(fantoccini::Locator::Css(selector)).await.expect(selector);
        found.click().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Presses keys, one after another, where the focus is.
    ///
    /// # Panics
    /// Nothing has the focus.
    pub async fn press(&self, keys: &str) {
        let focused = self.client.active_element().await.expect("an element has the focus");
        focused.send_keys(keys).await.expect("it takes keys");
    }

    /// Returns what the console has said since the last call, but what is merely information.
    ///
    /// # Panics
    /// The browser is gone.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.client.issue_cmd(Command::Console).await.expect("the console is read");
        let lines = log.as_array().expect("a list of lines").iter();
        let is_complaint =
            |line: &&Value| matches!(line["level"].as_str(), Some("SEVERE" | "WARNING"));
        lines.filter(is_complaint).map(|line| line["message"].to_string()).collect()
    }

    /// Returns a picture of what the window shows, as the bytes of a PNG file.
    ///
    /// # Panics
    /// The browser is gone.
    pub async fn picture(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("a picture")
    }

    /// Opens another tab in front of this one, which is hidden from then on.
    ///
    /// # Panics
    /// The browser is gone.
    pub async fn hide(&self) {
        self.dev_tools("Target.createTarget", json!({"url": "about:blank"})).await;
    }

    /// Brings this tab to the front again.
    ///
    /// # Panics
    /// The browser is gone.
    pub async fn show(&self) {
        self.dev_tools("Page.bringToFront", json!({})).await;
    }

    async fn dev_tools(&self, command: &'static str, parameters: Value) -> Value {
        let answer = self.client.issue_cmd(Command::DevTools(command, parameters)).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}
