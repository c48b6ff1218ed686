//! The tool of Prometheus accepts the text and the rules.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::process::{Service, tool};
use crate::prometheus::RULES;

/// Runs it, and returns whether it succeeded, and all that it has printed.
fn run(command: &mut Command, input: &str) -> (bool, String) {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("promtool starts: `cargo xtask metrics` has it");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
#[ignore = "needs Prometheus: cargo xtask metrics"]
async fn promtool_has_no_word_against_the_text() {
    let service = Service::start();
    service.call("a", false, 5).await;
    service.call("\"\\\n\u{202e}", true, 5).await;
    for path in ["/metrics", "/metrics/keys"] {
        let text = service.text(path).await;
        assert!(text.contains("\nbreakerbox_rejections_total{"), "{text}");
        let said = run(tool("promtool").args(["check", "metrics"]), &text);
        assert_eq!(said, (true, String::new()), "{path}");
    }
}

#[test]
#[ignore = "needs Prometheus: cargo xtask metrics"]
fn promtool_takes_the_rules() {
    let (taken, said) = run(tool("promtool").args(["check", "rules", RULES]), "");
    assert!(taken && said.contains("SUCCESS: 7 rules found"), "{said}");
}

#[test]
#[ignore = "needs Prometheus: cargo xtask metrics"]
fn each_alert_fires_and_stays_quiet() {
    let tests = RULES.replace(".yml", ".test.yml");
    let (passed, said) = run(tool("promtool").args(["test", "rules", &tests]), "");
    assert!(passed && said.contains("SUCCESS"), "{said}");
}
