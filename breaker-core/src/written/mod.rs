//! Parameters as people write them: in an attribute, in a file, in a variable.
//!
//! The attribute's macro and `breaker-config` both read them by this module, so that one value
//! means one thing in both, and one mistake gets one wording. Not for users: it may change in any
//! release.

pub mod duration;
pub mod foreign;
mod key;
mod literal;
mod parameter;
pub mod spelling;
mod value;

use crate::config::{ConfigBuilder, ConfigError};

pub use key::Key;
pub use literal::Literal;
pub use parameter::{Kind, OF_FUNCTIONS, OF_STREAMS, PARAMETERS, Parameter, Value};
pub use spelling::{Meant, Vocabulary};
pub use value::{LowerBound, WindowSize, flag, length, number, share, window};

/// Checks the rules between parameters of an override, whose base is unknown.
///
/// # Errors
/// A parameter breaks its rule, whatever the base.
pub fn check_together(laid_over: ConfigBuilder) -> Result<(), ConfigError> {
    laid_over.check_each()
}

/// A value that breaks a rule, in the words of an error message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// One fact, with the key and the value found.
    pub wrong: String,
    /// A remedy, with a text to paste if there is one.
    pub help: String,
}
