//! What a service can be made to go through.

/// The position of a service's switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It answers.
    Healthy,
    /// It answers much later than anybody waits.
    Slow,
    /// It turns every request away, and says when to come again.
    Busy {
        /// 429 or 503.
        status: u16,
        /// In seconds of life, as the header has it.
        retry_after: u64,
    },
    /// Some requests are turned away with 429, some with 503, the rest is slow.
    Overloaded {
        /// In seconds of life, as the header has it.
        retry_after: u64,
    },
    /// It takes requests, and never answers.
    Hung,
    /// Nobody listens: connections are refused.
    Refusing,
}
