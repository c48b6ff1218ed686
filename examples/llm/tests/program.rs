//! The program, as it is run.

use std::process::Command;

#[test]
fn program_prints_who_answers_in_each_state() {
    let output = Command::new(env!("CARGO_BIN_EXE_llm")).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{complaints}");
    assert_eq!(printed, include_str!("printed.txt"));
}
