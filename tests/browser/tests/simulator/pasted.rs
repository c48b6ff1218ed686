//! The attributes that the simulator shows can be pasted.

use browser::{Look, scene};
use serde_json::json;

use crate::site::{open, serve_book};

/// Compiles an attribute, as it is pasted, and keeps its text and the settings that make it.
macro_rules! pasted {
    ($($module:ident $settings:literal: #[circuit_breaker($($keys:tt)*)];)*) => {
        $(mod $module {
            #[breakerbox::circuit_breaker($($keys)*)]
            pub(super) async fn call() -> Result<(), breakerbox::BreakerError> {
                Ok(())
            }
        })*

        const TEXTS: &[(&str, &str)] = &[$(($settings, stringify!($($keys)*))),*];

        async fn call_all() {
            $({
                let _scope = breakerbox::testing::Scope::enter();
                $module::call().await.expect("a closed breaker");
            })*
        }
    };
}

pasted! {
    llm "preset=llm":
        #[circuit_breaker(name = "llm", threshold = 5, slow_call = "10s", cooldown = "20s", timeout = "30s")];
    db "preset=db":
        #[circuit_breaker(name = "db", failure_rate = 0.5, window = "10s", min_calls = 20, cooldown = "5s", backoff = 2.0, cooldown_max = "30s", probes = 3, success_threshold = 3, timeout = "500ms")];
    tool "preset=tool":
        #[circuit_breaker(name = "tool", threshold = 3, cooldown = "10s", timeout = "5s")];
    // The count and `min_calls` may not exceed the window, nor the cooldown its bound.
    bounded "preset=llm&failure_count=50&window_of=calls&window_calls=20&min_calls=100&backoff=1.5&cooldown_max=1000&timeout=off":
        #[circuit_breaker(name = "llm", threshold = 5, failure_count = 20, window = 20, min_calls = 20, slow_call = "10s", cooldown = "20s", backoff = 1.5, cooldown_max = "20s")];
    // Without a rule there is the default one, and keys without an effect are left out.
    plain "preset=db&failure_rate=off&backoff=1&probes=1&success_threshold=1&cooldown=1500&timeout=120000":
        #[circuit_breaker(name = "db", cooldown = "1.5s", timeout = "2m")];
    always "preset=db&failure_rate=1&failure_count=5&timeout=off&window_time=90000":
        #[circuit_breaker(name = "db", failure_rate = 1.0, failure_count = 5, window = "90s", min_calls = 20, cooldown = "5s", backoff = 2.0, cooldown_max = "30s", probes = 3, success_threshold = 3)];
}

#[tokio::test]
async fn attributes_on_the_page_compile_as_they_stand() {
    call_all().await;
    let book = serve_book();
    scene(Look::DESKTOP, async |tab| {
        for (settings, keys) in TEXTS {
            open(tab, &book, settings).await;
            // The compiler may break the text into lines.
            let keys: Vec<_> = keys.split_whitespace().collect();
            let found = tab.value("document.querySelector('.sim-line code').textContent").await;
            assert_eq!(found, json!(format!("#[circuit_breaker({})]", keys.join(" "))));
        }
    })
    .await;
}
