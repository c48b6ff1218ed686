//! Lines of unoptimised LLVM IR, which are the work of the compiler's back end.

use std::fs;

use super::cargo;
use super::error::BuildError;
use super::figure::{Figure, float};
use super::functions::{KINDS, OF_EACH_KIND};
use super::package::Packages;

/// The lines that one kind of function adds to one file.
#[derive(Clone, Copy, Default)]
struct Lines {
    /// Lines in the functions, and in their closures and async blocks.
    own: usize,
    /// Lines in drop glue and in generic functions of libraries, instantiated for a function.
    made: usize,
}

pub(super) fn figures(packages: &Packages) -> Result<Vec<Figure>, BuildError> {
    let plain = count(&emitted(packages, "plain")?);
    let annotated = count(&emitted(packages, "annotated")?);
    let mut figures = Vec::new();
    for ((kind, plain), annotated) in KINDS.iter().zip(plain).zip(annotated) {
        let added = |lines: fn(Lines) -> usize| {
            (float(lines(annotated)) - float(lines(plain))) / float(OF_EACH_KIND)
        };
        let (all, own) = (added(|lines| lines.own + lines.made), added(|lines| lines.own));
        let name = format!("LLVM IR lines added, {}", kind.name);
        figures.push(Figure::new(name, all, "").rounded().at_most(kind.most_lines()));
        let name = format!("- of them in the function and its closures, {}", kind.name);
        figures.push(Figure::new(name, own, "").rounded());
    }
    Ok(figures)
}

/// Emits the IR of a package.
fn emitted(packages: &Packages, package: &str) -> Result<String, BuildError> {
    packages.touch(package)?;
    let path = packages.target("lines").join(package).with_extension("ll");
    // Symbols of version 0 name the types that a generic function is instantiated for.
    let flags = "-C symbol-mangling-version=v0 -C debuginfo=0 -C codegen-units=1";
    let call = format!("rustc --quiet -p {package} --lib -- {flags}");
    let emit = format!("--emit=llvm-ir={}", path.display());
    cargo::run(packages.cargo(&call, "lines").arg(emit))?;
    fs::read_to_string(&path).map_err(|error| BuildError::file(&path, error))
}

/// Counts the lines of each kind. The compiler writes a comment above each definition, its title:
/// the function's name, and the types that it is instantiated for.
fn count(ir: &str) -> [Lines; KINDS.len()] {
    let mut kinds = [Lines::default(); KINDS.len()];
    let mut title = "";
    let mut inside = false;
    for line in ir.lines() {
        // Comments inside a definition name the functions that it calls. A comment on
        // attributes stands between the title and the definition.
        if let Some(comment) = line.strip_prefix("; ").filter(|_| !inside) {
            title = if comment.starts_with("Function Attrs") { title } else { comment };
        }
        inside |= line.starts_with("define ");
        if inside {
            add(&mut kinds, title);
        }
        inside &= line != "}";
    }
    kinds
}

fn add(kinds: &mut [Lines; KINDS.len()], title: &str) {
    let Some(kind) = KINDS.iter().position(|kind| title.contains(kind.prefix)) else { return };
    // The `poll_` functions have the prefix too. Both files have them, so they cancel out.
    let own = ["plain::", "annotated::"].iter().any(|krate| title.starts_with(krate));
    let lines = &mut kinds[kind];
    *(if own { &mut lines.own } else { &mut lines.made }) += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    const IR: &str = "\
; annotated::alone_sync_7
; Function Attrs: nonlazybind
define void @a() {
start:
; invoke breaker_core::expansion::call::<annotated::answered_async_7::{closure#0}>
  invoke void @b()
}

; breaker_core::expansion::call::<annotated::alone_async_7::{closure#0}>
define void @b() {
}

; breaker_core::expansion::shared
define void @c() {
}
";

    #[test]
    fn line_of_a_function_goes_to_the_kind_in_its_title() {
        let lines: Vec<_> = count(IR).iter().map(|lines| (lines.own, lines.made)).collect();
        assert_eq!(lines, [(5, 0), (0, 0), (0, 2), (0, 0)]);
    }
}
