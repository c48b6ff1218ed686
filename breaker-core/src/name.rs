//! Names of breakers.

use core::fmt;
use std::sync::Arc;

/// A breaker's name. Cloning does not allocate; a `&'static str` is not even counted.
///
/// The name of a breaker by key is shown as `name/key`. Names are compared as they are shown.
#[derive(Clone)]
pub struct Name(Text);

#[derive(Clone)]
enum Text {
    Static(&'static str),
    /// Behind one pointer, so that a name is two words: a breaker has little room.
    Shared(Arc<SharedText>),
}

struct SharedText {
    shown: Box<str>,
    /// Only a breaker by key has them.
    parts: Option<Parts>,
}

struct Parts {
    family: Name,
    key: Arc<str>,
}

impl Name {
    /// The longest name allowed, in bytes.
    pub const MAX_LEN: usize = 128;

    /// A name that lives as long as the program. Not checked, see [`Name::check`].
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        Name(Text::Static(name))
    }

    /// The name of the breaker by `key` under `family`, which is shown as `shown`.
    pub(crate) fn keyed(family: Name, key: &str, shown: &str) -> Self {
        let parts = Some(Parts { family, key: key.into() });
        Name(Text::Shared(Arc::new(SharedText { shown: shown.into(), parts })))
    }

    /// Returns the name without the key.
    pub(crate) fn family(&self) -> &Name {
        self.parts().map_or(self, |parts| &parts.family)
    }

    /// Returns the key, unescaped.
    pub(crate) fn key(&self) -> Option<&Arc<str>> {
        self.parts().map(|parts| &parts.key)
    }

    fn parts(&self) -> Option<&Parts> {
        match &self.0 {
            Text::Static(_) => None,
            Text::Shared(shared) => shared.parts.as_ref(),
        }
    }

    /// Checks the rules: not empty, at most 128 bytes, no white space or
    /// control characters. Labels of metrics and lines of logs stay whole.
    ///
    /// # Errors
    /// [`NameError`] says which rule is broken.
    pub fn check(name: &str) -> Result<(), NameError> {
        let kind = if name.is_empty() {
            Broken::Empty
        } else if name.len() > Self::MAX_LEN {
            Broken::Long(name.len())
        } else if let Some(bad) = name.chars().find(|c| c.is_whitespace() || c.is_control()) {
            Broken::Char(bad)
        } else {
            return Ok(());
        };
        Err(NameError(kind))
    }

    /// Returns true if [`Name::check`] finds no fault, for use in constants. Characters beyond
    /// ASCII are not looked at.
    #[must_use]
    pub const fn is_valid_const(name: &str) -> bool {
        let bytes = name.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] <= b' ' || bytes[at] == 0x7f {
                return false;
            }
            at += 1;
        }
        !bytes.is_empty() && bytes.len() <= Self::MAX_LEN
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Static(name) => name,
            Text::Shared(shared) => &shared.shown,
        }
    }
}

impl TryFrom<&str> for Name {
    type Error = NameError;

    fn try_from(name: &str) -> Result<Self, NameError> {
        Self::check(name)?;
        Ok(Name(Text::Shared(Arc::new(SharedText { shown: name.into(), parts: None }))))
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl core::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl core::hash::Hash for Name {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A name that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError(Broken);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    Empty,
    Long(usize),
    Char(char),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Broken::Empty => write!(f, "`name` must not be empty"),
            Broken::Long(len) => {
                let max = Name::MAX_LEN;
                write!(f, "`name` must be at most {max} bytes long, found {len}")
            }
            Broken::Char(bad) => {
                let (shown, code) = (bad.escape_debug(), u32::from(bad));
                write!(f, "`name` must not contain white space or control characters, ")?;
                write!(f, "found `{shown}` (U+{code:04X})")
            }
        }
    }
}

impl std::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_rules_are_told_apart() {
        let said = |name: &str| Name::check(name).map_err(|e| e.to_string());
        assert_eq!(said("llm/gpt-4"), Ok(()));
        assert_eq!(said("größe"), Ok(()));
        assert_eq!(said(""), Err("`name` must not be empty".into()));
        assert!(said("a b").unwrap_err().ends_with("found ` ` (U+0020)"));
        assert!(said("a\u{a0}b").unwrap_err().contains("(U+00A0)"));
        assert!(said("a\0").unwrap_err().contains("`\\0` (U+0000)"));
        assert_eq!(said(&"x".repeat(128)), Ok(()));
        assert!(said(&"x".repeat(129)).unwrap_err().ends_with("found 129"));
    }

    #[test]
    fn name_compares_with_text() {
        let (fixed, made) = (Name::from_static("llm"), Name::try_from("llm").unwrap());
        assert_eq!((&fixed, fixed.as_ref()), (&made, "llm"));
        assert!(made == "llm" && made == *"llm" && fixed != "other");
    }

    #[test]
    fn const_check_agrees_on_ascii() {
        for byte in 0..=0x7f_u8 {
            let name = format!("a{}b", byte as char);
            assert_eq!(Name::is_valid_const(&name), Name::check(&name).is_ok(), "{byte:#x}");
        }
        assert!(!Name::is_valid_const(""));
        assert!(!Name::is_valid_const(&"x".repeat(129)));
    }
}
