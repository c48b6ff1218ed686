//! Runs the Rust snippets of the book's chapters as they stand, with the features and crates that
//! they use. `tests/pages.rs` holds all other snippets.

/// Compiles and runs the snippets of chapters in `book/src`.
macro_rules! chapters {
    ($($name:ident $file:literal)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../../book/src/", $file))]
            mod $name {}
        )*
    };
}

// Each chapter that has Rust snippets, unless `tests/clients` compiles it.
chapters! {
    introduction "README.md"
    choosing "choosing.md"
    failures "failures.md"
    fallbacks "fallbacks.md"
    streams "streams.md"
    commands "commands.md"
    limits "limits.md"
    order "order.md"
    testing "testing.md"
    watching "watching.md"
    configuration "configuration.md"
    host "host.md"
    fleet "fleet.md"
    costs "costs.md"
    troubleshooting "troubleshooting.md"
    compile_errors "compile-errors.md"
    messages "messages.md"
    coming_from "coming-from.md"
    how_it_works "how-it-works.md"
}
