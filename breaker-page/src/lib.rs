//! A live page of circuit breakers, with their health and figures for programs.
#![doc = include_str!("../PROTOCOL.md")]
