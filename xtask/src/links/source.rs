//! The documentation inside of a Rust file.

/// Returns the text of each run of `///` or `//!` lines.
pub(crate) fn documentation(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block = String::new();
    for line in text.lines().chain([""]) {
        let line = line.trim_start();
        match line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) {
            Some(words) => {
                block.push_str(words.strip_prefix(' ').unwrap_or(words));
                block.push('\n');
            }
            None if block.is_empty() => {}
            None => blocks.push(std::mem::take(&mut block)),
        }
    }
    blocks
}

#[test]
fn each_run_of_documentation_is_a_block() {
    let text = "//! A [b](c).\n//!\n//! D.\n\n    /// E\n    fn f() {} // g\n";
    assert_eq!(documentation(text), ["A [b](c).\n\nD.\n", "E\n"]);
}
