//! Checks the machine code of a release build. The orderings without which a trip could be missed
//! must be instructions there, and a call through a closed breaker must write nothing to its call
//! site.
//!
//! A thread that records a failure then adds up the records of all threads. On x86-64 only a locked
//! instruction between the two keeps the loads of the sum behind the store of the record, so this
//! file looks for that instruction. Every other ordering is a plain load or store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cargo::{self, Failure};

/// A package, and the rule for each of its functions.
type Rules = (&'static str, &'static [(&'static str, Rule)]);

#[derive(Clone, Copy, Debug)]
enum Rule {
    /// The function has at least this many locked instructions.
    Locks(usize),
    /// The function calls the function of this name.
    Calls(&'static str),
    /// The function has no locked instruction, and stores nothing in its call site.
    WritesNothing,
}

const RULES: [Rules; 2] = [
    (
        "breaker-core",
        &[
            // The locked instruction flips a bit of the word, or counts a failure in the word or in
            // the window.
            ("sync_recorders", Rule::Locks(1)),
            ("settle_passed", Rule::Locks(1)),
            ("settle_recorded_success", Rule::Locks(1)),
            ("settle_recorded_failure", Rule::Locks(1)),
            ("record_failure_in_calls", Rule::Locks(1)),
            ("record_failure_in_calls", Rule::Calls("sync_recorders")),
            ("record_failure_in_time_window", Rule::Locks(1)),
            ("look", Rule::Locks(1)),
            ("record", Rule::Calls("sync_recorders")),
            ("add_failure", Rule::Calls("sync_recorders")),
            // First a slot of a window of calls changes, and then the count of such slots.
            ("fill", Rule::Locks(2)),
        ],
    ),
    ("machine", &[("closed_call", Rule::WritesNothing)]),
];

/// The folder of the build, below the target folder.
const FOLDER: &str = "machine-code";

pub(crate) fn holds_the_orderings() -> Result<(), Failure> {
    if !cfg!(target_arch = "x86_64") {
        println!("machine-code: left out, as it knows the instructions of x86-64 alone");
        return Ok(());
    }
    for (package, rules) in RULES {
        let code = Code::read(&assemble(package)?)?;
        for (function, rule) in rules {
            let found = code.functions(function);
            if !found.iter().any(|body| rule.holds(body)) {
                return Err(Failure::new(rule.complaint(package, function, &found)));
            }
            println!("machine-code: {package}: `{function}` {}", rule.text());
        }
    }
    Ok(())
}

/// Builds the package's library for release, and returns the file of its machine code.
fn assemble(package: &str) -> Result<PathBuf, Failure> {
    let folder = cargo::target().join(FOLDER);
    let deps = folder.join("release/deps");
    let prefix = format!("{}-", package.replace('-', "_"));
    let arguments = format!("rustc --release -p {package} --lib -- --emit asm -C codegen-units=1");
    // `clean` removes the file of an earlier build. Cargo writes none while that build is fresh.
    let clean = format!("clean --release -p {package}");
    for arguments in [clean, arguments] {
        cargo::run(cargo::cargo(&arguments).env("CARGO_TARGET_DIR", &folder))?;
    }
    let missing = || Failure::new(format!("no machine code of `{package}` in {}", deps.display()));
    code_in(&deps, &prefix).ok_or_else(missing)
}

/// Returns the file of machine code in `folder` whose name begins with `prefix`.
fn code_in(folder: &Path, prefix: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_code = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(prefix) && path.extension().is_some_and(|end| end == "s")
    };
    entries.map(|entry| entry.path()).find(is_code)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

/// The lines of each function, by its mangled name.
struct Code(BTreeMap<String, Vec<String>>);

impl Code {
    fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut functions = BTreeMap::<_, Vec<_>>::new();
        let mut name = None;
        for line in text.lines() {
            let label = line.strip_suffix(':').filter(|label| label.starts_with('_'));
            if let Some(label) = label {
                name = Some(label.to_owned());
            } else if line.trim() == ".cfi_endproc" {
                name = None;
            } else if let Some(name) = &name {
                functions.entry(name.clone()).or_default().push(line.trim().to_owned());
            }
        }
        Code(functions)
    }

    /// Returns the bodies of the functions with this name, in all modules.
    fn functions(&self, name: &str) -> Vec<&[String]> {
        // A mangled name has the length of each part before it. The last part is the function's;
        // the older of the two schemes adds a hash.
        let mangled = format!("{}{name}", name.len());
        let is_named = |symbol: &str| {
            let rest = symbol.rsplit_once(&mangled).map(|(_, rest)| rest);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("17h"))
        };
        let named = self.0.iter().filter(|(symbol, _)| is_named(symbol));
        named.map(|(_, body)| body.as_slice()).collect()
    }
}

impl Rule {
    fn holds(self, body: &[String]) -> bool {
        let locks = body.iter().filter(|line| is_locked(line)).count();
        match self {
            Rule::Locks(least) => locks >= least,
            Rule::Calls(name) => {
                body.iter().any(|line| line.starts_with("call") && line.contains(name))
            }
            Rule::WritesNothing => locks == 0 && !body.iter().any(|line| stores_in_site(line)),
        }
    }

    fn text(self) -> String {
        match self {
            Rule::Locks(least) => format!("has {least} locked instructions or more"),
            Rule::Calls(name) => format!("calls `{name}`"),
            Rule::WritesNothing => {
                "has no locked instruction, and stores nothing in its call site".to_owned()
            }
        }
    }

    fn complaint(self, package: &str, function: &str, found: &[&[String]]) -> String {
        if found.is_empty() {
            return format!("machine-code: {package} has no function `{function}` of its own");
        }
        let listed = found.concat().join("\n");
        let rule = self.text();
        format!("machine-code: {package}: `{function}` must be a function that {rule}:\n{listed}")
    }
}

/// Returns true if the instruction changes memory atomically.
fn is_locked(line: &str) -> bool {
    line.starts_with("lock") || line.starts_with("xchg") && line.contains('(')
}

/// Returns true if the instruction's destination, its last operand, is in a call site.
fn stores_in_site(line: &str) -> bool {
    let is_store = !["lea", "cmp", "test", "call"].iter().any(|word| line.starts_with(word));
    is_store && line.rsplit(", ").next().is_some_and(|operand| operand.contains("__SITE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
_ZN4core14sync_recorders17h0123456789abcdefE:
\t.cfi_startproc
\tlock\t\txorq\t$32, (%rax)
\tretq
\t.cfi_endproc
_ZN4core10settlement3get17h0123456789abcdefE:
\tmovq\t__SITE+8(%rip), %rax
\tcallq\t_ZN4core14sync_recorders17h0123456789abcdefE
\txchgq\t%rax, %rbx
\t.cfi_endproc
_RNvNtCs1_4core6shared3set:
\tmovq\t%rax, __SITE+8(%rip)
\txchgq\t%rax, (%rbx)
\t.cfi_endproc
";

    #[test]
    fn rule_holds_for_the_instructions_that_it_names() {
        let code = Code::parse(TEXT);
        let holds = |name, rule: Rule| code.functions(name).iter().any(|body| rule.holds(body));
        assert!(holds("sync_recorders", Rule::Locks(1)));
        assert!(!holds("sync_recorders", Rule::Locks(2)));
        assert!(holds("get", Rule::Calls("sync_recorders")));
        assert!(holds("get", Rule::WritesNothing), "two registers are exchanged");
        assert!(holds("set", Rule::Locks(1)));
        assert!(!holds("set", Rule::Calls("sync_recorders")));
        assert!(!holds("set", Rule::WritesNothing));
        assert!(code.functions("recorders").is_empty());
    }

    #[test]
    fn store_in_a_call_site_is_a_write() {
        assert!(stores_in_site("movq\t%rax, _ZN1m6__SITE17hE+288(%rip)"));
        assert!(stores_in_site("incq\t_ZN1m6__SITE17hE(%rip)"));
        assert!(!stores_in_site("leaq\t_ZN1m6__SITE17hE(%rip), %rdi"));
        assert!(!stores_in_site("cmpq\t%r14, _ZN1m6__SITE17hE+288(%rip)"));
    }
}
