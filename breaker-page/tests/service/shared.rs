//! A breaker that is shared with other processes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breaker_core::link::{Id, Link, Opening, Token, Told};
use breaker_core::{Breaker, Role, Sharing};
use serde_json::json;

use crate::common::Stage;
use crate::common::events::Reader;

/// Tells each breaker that it is open elsewhere, and shares those of the name `shared`.
struct Elsewhere(Mutex<Sharing>);

impl Elsewhere {
    fn of(stage: &Stage) -> Arc<Self> {
        let elsewhere = Arc::new(Elsewhere(Mutex::new(Sharing::new("host", Role::Member))));
        stage.registry.link(Arc::clone(&elsewhere) as _).unwrap();
        elsewhere
    }
}

impl Link for Elsewhere {
    fn attach(&self, _: &Arc<Breaker>, id: &Id) -> Told {
        if self.sharing(id).is_none() {
            return Told::Nothing;
        }
        let began = Token { generation: 1, epoch: 1 };
        Told::Open(Opening { left: Duration::from_secs(20), openings: 2, began, own: false })
    }

    fn sharing(&self, id: &Id) -> Option<Sharing> {
        (id.name() == "shared").then(|| self.0.lock().unwrap().clone())
    }
}

#[test]
fn page_says_how_a_breaker_is_shared_and_what_came_from_elsewhere() {
    let stage = Stage::new();
    Elsewhere::of(&stage);
    for name in ["alone", "shared"] {
        stage.breaker(name, 1);
    }
    let detail = |name: &str| stage.get(&format!("/breakers/{name}")).json()["breaker"].clone();
    let (alone, shared) = (detail("alone"), detail("shared"));
    assert_eq!((&alone["shared"], &alone["state"]), (&json!(null), &json!("closed")));
    let host =
        json!({"scope": "host", "role": "member", "votes": 0, "quorum": null, "holder": null});
    assert_eq!((&shared["shared"], &shared["state"]), (&host, &json!("open")));
    assert_eq!(
        (&shared["cooldown_ms"], &shared["openings"], &shared["outage"]),
        (&json!(20_000), &json!(2), &json!(null))
    );
    let counts = json!([{"to": "open", "reason": "told by a peer", "count": 1}]);
    assert_eq!(shared["transition_counts"], counts);
    assert_eq!(shared["last"]["reason"], "told by a peer");
}

#[tokio::test]
async fn readers_hear_of_a_vote_though_the_breaker_has_not_moved() {
    let stage = Stage::new();
    let elsewhere = Elsewhere::of(&stage);
    stage.breaker("shared", 1);
    let mut reader = Reader::open(&stage.page);
    reader.list().await;
    let mut sharing = Sharing::new("fleet", Role::Voter);
    (sharing.votes, sharing.quorum, sharing.holder) = (2, Some(3), Some("web-7".into()));
    *elsewhere.0.lock().unwrap() = sharing;
    let told =
        json!({"scope": "fleet", "role": "voter", "votes": 2, "quorum": 3, "holder": "web-7"});
    while reader.get("shared").unwrap()["shared"] != told {
        reader.next().await.unwrap();
    }
}
