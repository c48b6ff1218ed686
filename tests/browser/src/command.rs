//! Commands that `chromedriver` knows beside those of the `WebDriver` standard.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

#[derive(Debug)]
pub(crate) enum Command {
    /// One of the protocol that Chromium's developer tools speak.
    DevTools(&'static str, Value),
    /// The lines that the console has got since the last call.
    Console,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let path = match self {
            Command::DevTools(..) => "goog/cdp/execute",
            Command::Console => "se/log",
        };
        base.join(&format!("session/{}/{path}", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match self {
            Command::DevTools(command, parameters) => json!({"cmd": command, "params": parameters}),
            Command::Console => json!({"type": "browser"}),
        };
        (Method::POST, Some(body.to_string()))
    }
}
