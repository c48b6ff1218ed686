//! The program, as it is run, with `--fleet`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn picture() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fleet.svg")
}

fn outage(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outage"));
    command.args(arguments).arg("--out").arg(picture());
    command
}

fn refusal(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn fleet_of_a_wrong_size_is_told_with_the_range() {
    for given in ["1", "51", "-3", "two"] {
        let said = refusal(&outage(&["--fleet", given]).output().unwrap());
        assert!(said.contains("--fleet") && said.contains(given), "{said}");
        assert!(given == "two" || said.contains("2..=50"), "{said}");
    }
}

#[test]
fn fleet_has_no_page() {
    let said = refusal(&outage(&["--fleet=2", "--page=127.0.0.1:0"]).output().unwrap());
    assert!(said.contains("--fleet") && said.contains("--page"), "{said}");
}

#[cfg(not(feature = "fleet"))]
#[test]
fn program_built_without_fleets_says_how_to_build_it() {
    let said = refusal(&outage(&["--fleet=7"]).output().unwrap());
    assert!(said.contains("`cargo run -p outage --features fleet -- --fleet 7`"), "{said}");
}

#[cfg(feature = "fleet")]
#[test]
fn missing_redis_is_told_with_what_to_install_and_nothing_is_played() {
    let output = outage(&["--fleet=2"]).env("PATH", "").output().unwrap();
    let said = refusal(&output);
    for part in ["redis-server", "apt install redis-server", "brew install redis"] {
        assert!(said.contains(part), "{said}");
    }
    assert!(output.stdout.is_empty(), "{output:?}");
}

/// Needs `redis-server` in PATH.
#[cfg(feature = "fleet")]
#[test]
fn fleet_sends_fewer_calls_to_the_sick_service_than_its_processes_alone() {
    use std::fs;

    let output = outage(&["--fleet=5", "--seconds=8", "--rate=50"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaint}");
    let row = |label: &str| {
        let row = said.lines().find_map(|line| line.strip_prefix(label)).expect(label);
        row.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let calls = row("calls that reached the sick service");
    let [local, fleet] = [0, 1].map(|column| calls[column].parse::<u32>().unwrap());
    assert!(fleet < local, "{said}");
    assert_eq!(row("processes"), ["5", "5"], "{said}");

    let svg = fs::read_to_string(picture()).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    for text in ["with a breaker of its own", "share one state by Redis", "calls"] {
        assert!(svg.contains(text), "{text}");
    }
    assert_is_gone(said.lines().next().unwrap());
}

/// Needs `redis-server` in PATH.
#[cfg(all(feature = "fleet", unix))]
#[test]
fn program_that_is_asked_to_end_takes_its_server_along() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let mut command = outage(&["--fleet=3", "--seconds=60"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut server = String::new();
    said.read_line(&mut server).unwrap();
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert!(!child.wait().unwrap().success());
    // The processes share its standard error, which ends when all have ended.
    let mut complaint = String::new();
    child.stderr.unwrap().read_to_string(&mut complaint).unwrap();
    assert_eq!(complaint, "error: interrupted\n");
    assert_is_gone(&server);
}

/// Takes the line with the server's address.
#[cfg(feature = "fleet")]
fn assert_is_gone(line: &str) {
    let address = line.trim_end().strip_prefix("redis: redis://").expect(line);
    let connected = std::net::TcpStream::connect(address);
    assert!(connected.is_err(), "the server at {address} still runs");
}
