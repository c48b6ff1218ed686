//! Stand-in for `fleet` in a program built without that feature.

use std::error::Error;

use crate::args::Args;

pub(crate) fn play(_: &Args, size: u16) -> Result<(), Box<dyn Error>> {
    let build = format!("cargo run -p outage --features fleet -- --fleet {size}");
    Err(format!("this program was built without fleets; give `{build}`").into())
}
