//! The page in a real Chromium. `cargo xtask browser` installs what is missing and runs this.

mod acts;
mod looks;
mod lost;
mod models;
mod shared;
mod shows;
