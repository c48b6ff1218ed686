//! Actions in the log. This test has a process of its own: if a thread without a subscriber reaches
//! a log record first, `tracing` skips that record for all threads.

mod common;

use support::Trace;
use tracing::Level;

use crate::common::{Stage, action, send};

#[test]
fn each_action_is_a_record_with_the_note_in_one_line() {
    let stage = Stage::allowing();
    stage.breaker("llm", 1);
    let trace = Trace::default();
    trace.watch(|| {
        stage.act("/breakers/llm/force-open?note=OPS-1%0Afake+record");
        let refusing = stage.page.clone().allow(|_, _| false);
        send(&refusing, action("/breakers/llm/reset"));
    });
    let records = trace.records();
    let of_page =
        |word: &str| records.iter().find(|(_, text)| text.contains(word)).unwrap().clone();
    let (level, done) = of_page("steered from the page");
    assert_eq!(level, Level::INFO, "{done}");
    for field in [
        r#"breaker: "llm""#,
        r#"action: "force-open""#,
        "breakers: 1",
        r#"note: "OPS-1\\nfake record""#,
    ] {
        assert!(done.contains(field), "{done}");
    }
    let (level, refused) = of_page("refused by the page");
    assert_eq!(level, Level::WARN, "{refused}");
    assert!(refused.contains(r#"action: "reset""#), "{refused}");
}
