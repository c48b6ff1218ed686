//! The page shows a breaker that others share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breaker_core::link::{Id, Link, Opening, Token, Told};
use breakerbox::{Role, Sharing};
use browser::{Look, Program, scene};
use serde_json::json;

/// A link that shares breakers as the test says.
#[derive(Default)]
struct Script(Mutex<Option<Sharing>>);

impl Script {
    fn says(&self, change: impl FnOnce(&mut Sharing)) {
        let mut sharing = Sharing::new("fleet", Role::Member);
        change(&mut sharing);
        *self.0.lock().unwrap() = Some(sharing);
    }
}

impl Link for Script {
    fn sharing(&self, _: &Id) -> Option<Sharing> {
        self.0.lock().unwrap().clone()
    }
}

const PANEL: &str = "document.querySelector('#shared').textContent";

#[tokio::test]
async fn panel_says_in_words_who_shares_a_breaker_and_what_they_know() {
    let program = Program::start();
    let script = Arc::<Script>::default();
    program.registry().link(Arc::clone(&script) as _).unwrap();
    let llm = program.touchy("llm");
    scene(Look::DESKTOP, async |tab| {
        tab.load(&format!("{}#breakers/llm", program.page())).await;
        let says = async |words: &str| tab.until(&format!("{PANEL} === {}", json!(words))).await;
        tab.until("document.querySelector('#detail').open").await;
        tab.until("document.querySelector('#config').innerText.includes('threshold')").await;
        says("").await;

        script.says(|sharing| sharing.scope = "host");
        says("Shared with other processes of this host.").await;
        script.says(|sharing| sharing.quorum = Some(5));
        says("Shared with the fleet.").await;
        script.says(|sharing| (sharing.votes, sharing.quorum) = (3, Some(5)));
        says("Shared with the fleet: 3 of the 5 domains that open it for all have tripped.").await;
        for (role, words) in [
            (Role::Suspicious, "another one has tripped, so its next failure opens it"),
            (Role::Voter, "open by its own calls alone"),
            (Role::Prober, "it probes for all"),
            (Role::Alone, "it does not hear the others"),
        ] {
            script.says(|sharing| sharing.role = role);
            says(&format!("Shared with the fleet: {words}.")).await;
        }
        script.says(|sharing| {
            sharing.role = Role::Voter;
            (sharing.votes, sharing.quorum) = (1, Some(3));
        });
        let words = "1 of the 3 domains that open it for all has tripped";
        says(&format!("Shared with the fleet: open by its own calls alone; {words}.")).await;

        // Others open it, and one of them probes, whose name is text and nothing else.
        let began = Token { generation: 1, epoch: 1 };
        let left = Duration::from_secs(20);
        llm.told(Told::Open(Opening { left, openings: 1, began, own: false }));
        script.says(|sharing| sharing.holder = Some("<b>web-7</b>".into()));
        says("Shared with the fleet: <b>web-7</b> probes.").await;
        let why = "document.querySelector('#large .why').textContent";
        tab.until(&format!("{why} === 'Others have tripped'")).await;
        tab.until("tile('llm').innerText.includes('Others have tripped')").await;
        llm.told(Told::Closed);
        tab.until(&format!("{why} === 'Others have closed it'")).await;
        assert_eq!(tab.complaints().await, [""; 0]);
    })
    .await;
}
