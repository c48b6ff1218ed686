//! A breaker that other processes share.

mod common;

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Id, Link, Opening, Token, Told};
use breaker_core::{Breaker, Role, Sharing};
use common::Stage;
use serde_json::json;

/// Tells each breaker that it is open elsewhere, and shares those of the name `shared`.
struct Elsewhere;

impl Link for Elsewhere {
    fn attach(&self, _: &Arc<Breaker>, id: &Id) -> Told {
        if self.sharing(id).is_none() {
            return Told::Nothing;
        }
        let began = Token { generation: 1, epoch: 1 };
        Told::Open(Opening { left: Duration::from_secs(20), openings: 2, began, own: false })
    }

    fn sharing(&self, id: &Id) -> Option<Sharing> {
        (id.name() == "shared").then(|| Sharing::new("host", Role::Member))
    }
}

#[test]
fn page_says_by_what_a_breaker_is_shared_and_what_came_from_elsewhere() {
    let stage = Stage::new();
    stage.registry.link(Arc::new(Elsewhere)).unwrap();
    for name in ["alone", "shared"] {
        stage.breaker(name, 1);
    }
    let detail = |name: &str| stage.get(&format!("/breakers/{name}")).json()["breaker"].clone();
    let (alone, shared) = (detail("alone"), detail("shared"));
    assert_eq!((&alone["shared"], &alone["state"]), (&json!(null), &json!("closed")));
    assert_eq!((&shared["shared"], &shared["state"]), (&json!("host"), &json!("open")));
    assert_eq!(
        (&shared["cooldown_ms"], &shared["openings"], &shared["outage"]),
        (&json!(20_000), &json!(2), &json!(null))
    );
    let counts = json!([{"to": "open", "reason": "told by a peer", "count": 1}]);
    assert_eq!(shared["transition_counts"], counts);
    assert_eq!(shared["last"]["reason"], "told by a peer");
}
