//! The simulator of the book in a real Chromium. `cargo xtask browser` installs what is missing,
//! builds the book and runs this.

mod agrees;
mod looks;
mod pasted;
mod random;
mod script;
mod settings;
mod site;
