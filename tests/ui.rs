//! What the attribute says about mistakes: one file per rule in `tests/ui`, with
//! the compiler's output beside it. After a change of words, run
//! `TRYBUILD=overwrite cargo test --test ui` and read the difference as a user would.

#[test]
fn every_mistake_is_reported_where_it_stands() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
