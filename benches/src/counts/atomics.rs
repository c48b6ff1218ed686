//! Counts the instructions that read, modify and write a word of memory atomically.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use super::profile::Profile;

/// The addresses of these instructions in each object file that was asked for.
#[derive(Default)]
pub(super) struct Atomics(BTreeMap<String, BTreeSet<u64>>);

impl Atomics {
    /// The reason why they cannot be counted here; `None` if they can.
    pub(super) fn obstacle() -> Option<String> {
        if !cfg!(target_arch = "x86_64") {
            return Some("their instructions are known for x86-64 only".to_owned());
        }
        match Command::new("objdump").arg("--version").output() {
            Ok(_) => None,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Some("there is no objdump here".to_owned())
            }
            Err(error) => Some(format!("objdump does not start: {error}")),
        }
    }

    /// The number of a profile's executed instructions that are atomic.
    pub(super) fn count(&mut self, profile: &Profile) -> Result<u64, Box<dyn Error>> {
        let mut sum = 0;
        for (object, address, count) in profile.iter() {
            if !self.0.contains_key(object) {
                self.0.insert(object.to_owned(), addresses(object)?);
            }
            if self.0[object].contains(&address) {
                sum += count;
            }
        }
        Ok(sum)
    }
}

fn addresses(object: &str) -> Result<BTreeSet<u64>, Box<dyn Error>> {
    if !Path::new(object).is_file() {
        // The kernel put this code there, and it has no such instructions.
        return Ok(BTreeSet::new());
    }
    let output = Command::new("objdump").args(["-d", "--no-show-raw-insn", object]).output()?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`objdump -d {object}`: {}\n{complaint}", output.status).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(atomic).collect())
}

/// The address of an atomic instruction: one with `lock`, or an exchange with memory, which locks
/// by itself.
fn atomic(line: &str) -> Option<u64> {
    let (address, instruction) = line.trim_start().split_once(":\t")?;
    let is_atomic = instruction.starts_with("lock ")
        || (instruction.starts_with("xchg") && instruction.contains('('));
    is_atomic.then(|| u64::from_str_radix(address, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::atomic;

    #[test]
    fn locked_instructions_and_exchanges_are_atomic() {
        assert_eq!(atomic("   6533e:\tlock cmpxchg %ecx,(%rdi)"), Some(0x6533e));
        assert_eq!(atomic("   6533f:\tlock incq 0x10(%rax)"), Some(0x6533f));
        assert_eq!(atomic("   65340:\txchg   %eax,0x8(%rdi)"), Some(0x65340));
    }

    #[test]
    fn others_are_not() {
        for line in ["   65341:\txchg   %ax,%ax", "   65342:\tmov    %eax,(%rdi)", "<lock>:", ""] {
            assert_eq!(atomic(line), None, "{line}");
        }
    }
}
