//! A key, and the help for those who gave it a wrong value.

/// The name of a parameter, with an example to paste.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The name as it is written.
    pub name: &'static str,
    /// The key with a value: `threshold = 5`.
    pub example: &'static str,
}

impl Key {
    /// Returns a help text with the example.
    #[must_use]
    pub fn help(self) -> String {
        format!("write `{}`", self.example)
    }

    /// Returns a help text for a value of zero.
    #[must_use]
    pub fn zero_help(self) -> String {
        match self.name {
            "threshold" => {
                "a breaker that trips on no failure never lets a call through; use `threshold = 1`"
                    .into()
            }
            "probes" => "without a probe an open breaker never closes; use `probes = 1`".into(),
            "success_threshold" => {
                "it takes a success to know that the service is back; use `success_threshold = 1`"
                    .into()
            }
            "cooldown" => {
                "without a cooldown a breaker is never open; use `cooldown = \"30s\"`".into()
            }
            name => format!("write `{}`, or leave `{name}` out", self.example),
        }
    }
}
