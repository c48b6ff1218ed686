//! A value as it is written, before its key is known.

/// A literal of Rust, a value of a TOML file, or the text of a variable.
///
/// `written` is the text for messages: with quotes, grouped digits, and so on.
#[derive(Clone, Copy, Debug)]
pub enum Literal<'a> {
    /// A whole number.
    Integer {
        /// Its text. In Rust, with a suffix if it has one.
        written: &'a str,
        /// Its value, or the nearest `i128`.
        value: i128,
    },
    /// A number that may have a fraction or an exponent.
    Float {
        /// Its text.
        written: &'a str,
        /// Its value.
        value: f64,
    },
    /// A string.
    Text {
        /// Its text, with any quotes.
        written: &'a str,
        /// The contents of the string.
        value: &'a str,
    },
    /// `true` or `false`.
    Flag {
        /// Its text.
        written: &'a str,
        /// Its value.
        value: bool,
    },
    /// Anything else.
    Other {
        /// A noun for it.
        kind: &'static str,
        /// Its text.
        written: &'a str,
    },
}

impl Literal<'_> {
    /// Describes a value of the wrong kind.
    #[must_use]
    pub fn describe(&self) -> String {
        let (kind, written) = match self {
            Literal::Integer { written, .. } => ("integer", written),
            Literal::Float { written, .. } => ("float", written),
            Literal::Text { written, .. } => ("string", written),
            Literal::Flag { written, .. } => ("boolean", written),
            Literal::Other { kind, written } => (*kind, written),
        };
        format!("the {kind} `{written}`")
    }
}
