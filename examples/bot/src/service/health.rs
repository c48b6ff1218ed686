//! The conditions of a service.

/// The position of a service's switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Answers.
    Healthy,
    /// Answers much later than anybody waits.
    Slow,
    /// Turns every request away, and says when to come again.
    Busy {
        /// 429 or 503.
        status: u16,
        /// The header's value, in seconds of life.
        retry_after: u64,
    },
    /// Turns some requests away with 429, some with 503; answers the rest late.
    Overloaded {
        /// The header's value, in seconds of life.
        retry_after: u64,
    },
    /// Takes requests, and never answers.
    Hung,
    /// Refuses connections: nobody listens.
    Refusing,
}
