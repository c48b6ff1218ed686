//! The machine on which the figures were measured.

use std::fs;
use std::num::NonZeroUsize;
use std::process::Command;
use std::thread::available_parallelism;

use super::versions;

/// A line for each fact.
pub(super) fn describe() -> String {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    let version = versions::of("breakerbox").unwrap_or("of this repository");
    [
        format!("- processor: {}, {cores} cores for this process", processor()),
        format!("- system: {} on {}", std::env::consts::OS, std::env::consts::ARCH),
        format!("- compiler: {}", compiler()),
        format!("- breakerbox {version}, release build, one codegen unit, no other flags; one table shows Cargo's default"),
    ]
    .join("\n")
}

/// Returns true for AMD processors, whose locked instructions are cheaper.
pub(super) fn is_amd() -> bool {
    processor().contains("AMD")
}

fn processor() -> String {
    let read = |text: String| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let linux = || fs::read_to_string("/proc/cpuinfo").ok().and_then(read);
    let mac = || told("sysctl", &["-n", "machdep.cpu.brand_string"]);
    linux().or_else(mac).unwrap_or_else(|| "the system does not say which".to_owned())
}

fn compiler() -> String {
    told("rustc", &["--version"]).unwrap_or_else(|| "rustc does not say which".to_owned())
}

/// The output of a program; `None` if it is missing or prints nothing.
fn told(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
