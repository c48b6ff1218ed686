#![doc = include_str!("../../../README.md")]
//!
//! This package runs the README's snippets as they stand, with the features and crates that they
//! use.
