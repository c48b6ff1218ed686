//! The attribute's messages about mistakes: one file per rule, with the compiler's output beside
//! it.
//!
//! After a change of words, run `TRYBUILD=overwrite cargo test -p ui` and read the difference as a
//! user would.
//!
//! A package of its own, since `trybuild` compiles anew all that its package depends on.

#[test]
fn every_mistake_is_reported_where_it_stands() {
    trybuild::TestCases::new().compile_fail("*.rs");
}
