//! The documentation as docs.rs makes it, whose pages name the feature that an item needs.

use std::fs;

use crate::cargo::{self, Failure};
use crate::{published, rustdoc};

/// docs.rs sets this `cfg`, under which each package asks for notes on features.
const FLAGS: &str = "--cfg docsrs -D warnings";

/// Pages, and the features that each has to name.
const NOTES: [(&str, &[&str]); 6] = [
    ("breakerbox/index.html", &["config", "fleet", "host", "metrics", "page", "testing", "tower"]),
    ("breaker_core/struct.Watched.html", &["stream", "tokio"]),
    ("breaker_fleet/struct.Redis.html", &["tls"]),
    ("breaker_metrics/struct.Exporter.html", &["metrics", "opentelemetry"]),
    ("breaker_page/fn.serve.html", &["server"]),
    ("breaker_tower/http/index.html", &["http"]),
];

/// Documents the packages, and looks for notes on their pages.
pub(crate) fn has_notes() -> Result<(), Failure> {
    rustdoc::document("docs-rs", FLAGS, &published::packages()?)?;
    let mut faults = Vec::new();
    for (page, features) in NOTES {
        let path = cargo::target().join("doc").join(page);
        let text = fs::read_to_string(&path)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        let missing = features.iter().filter(|feature| !has_note(&text, feature));
        faults.extend(missing.map(|feature| format!("{page} has no note on `{feature}`")));
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::new(faults.join("\n"))) }
}

/// Looks for a note on an item, or for one in a list of items.
fn has_note(page: &str, feature: &str) -> bool {
    page.contains(&format!("Available on <strong>crate feature <code>{feature}</code>"))
        || page.contains(&format!("\"Available on crate feature `{feature}` only\""))
}
