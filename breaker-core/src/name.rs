//! Names of breakers.

use core::fmt;
use std::sync::Arc;

use crate::characters::{first_unseen, is_unseen};

/// A breaker's name. Cloning does not allocate; a `&'static str` is not even counted.
///
/// The name of a breaker by key is shown as `name/key`. White space, control characters, invisible
/// format characters and backslashes of the key are escaped: `llm/a\u{20}b`. The name `api/billing`
/// and the key `billing` of the name `api` look alike and are not equal. A comparison with text
/// compares the shown text.
#[derive(Clone)]
pub struct Name(Text);

#[derive(Clone)]
enum Text {
    Static(&'static str),
    /// One pointer, so that a name takes two words: a breaker has little room.
    Shared(Arc<SharedText>),
}

struct SharedText {
    shown: Box<str>,
    /// `Some` only for a breaker by key.
    parts: Option<Parts>,
    /// The seat of a breaker by key.
    seat: Option<u32>,
}

struct Parts {
    family: Name,
    key: Arc<str>,
}

impl Name {
    /// The longest name allowed, in bytes.
    pub const MAX_LEN: usize = 128;

    /// Makes a name that lives as long as the program. It is not checked, see [`Name::check`].
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        Name(Text::Static(name))
    }

    /// Returns the text of a name that has no reference count.
    #[inline]
    pub(crate) const fn as_static(&self) -> Option<&'static str> {
        match &self.0 {
            Text::Static(name) => Some(name),
            Text::Shared(_) => None,
        }
    }

    /// Makes the name of the breaker by `key` under `family`.
    pub(crate) fn keyed(family: Name, key: Arc<str>) -> Self {
        let shown = shown(family.as_str(), &key).into();
        let parts = Some(Parts { family, key });
        Name(Text::Shared(Arc::new(SharedText { shown, parts, seat: None })))
    }

    /// Makes the name of a breaker by key whose state is in the seat of that number.
    pub(crate) fn in_seat(self, number: u32) -> Self {
        let Text::Shared(shared) = &self.0 else { return self };
        let Some(Parts { family, key }) = &shared.parts else { return self };
        let parts = Some(Parts { family: family.clone(), key: Arc::clone(key) });
        let (shown, seat) = (shared.shown.clone(), Some(number));
        Name(Text::Shared(Arc::new(SharedText { shown, parts, seat })))
    }

    /// Makes the placeholder for the breaker in a seat, whose name changes with the seat's key.
    pub(crate) fn of_seat(number: u32) -> Self {
        let (shown, seat) = (Box::default(), Some(number));
        Name(Text::Shared(Arc::new(SharedText { shown, parts: None, seat })))
    }

    /// Returns the number of the seat with the breaker's state.
    pub(crate) fn seat(&self) -> Option<u32> {
        match &self.0 {
            Text::Static(_) => None,
            Text::Shared(shared) => shared.seat,
        }
    }

    /// Returns whether this is a placeholder.
    pub(crate) fn is_of_seat(&self) -> bool {
        self.seat().is_some() && self.parts().is_none()
    }

    /// Returns the name without the key.
    #[must_use]
    pub fn family(&self) -> &Name {
        self.parts().map_or(self, |parts| &parts.family)
    }

    /// Returns the key as its `Display` wrote it, if this is the name of a breaker by key.
    #[must_use]
    pub fn key(&self) -> Option<&Arc<str>> {
        self.parts().map(|parts| &parts.key)
    }

    /// Returns whether both are clones of one name: text, family and key are equal.
    pub(crate) fn is_same(&self, other: &Name) -> bool {
        match (&self.0, &other.0) {
            (Text::Static(one), Text::Static(other)) => core::ptr::eq(*one, *other),
            (Text::Shared(one), Text::Shared(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    fn parts(&self) -> Option<&Parts> {
        match &self.0 {
            Text::Static(_) => None,
            Text::Shared(shared) => shared.parts.as_ref(),
        }
    }

    /// Checks the rules: not empty, at most 128 bytes, no white space, control or invisible
    /// characters (zero-width, of direction, selectors of variants). So labels of metrics and lines
    /// of logs stay whole, and no two names look alike.
    ///
    /// # Errors
    /// [`NameError`] says which rule is broken.
    pub fn check(name: &str) -> Result<(), NameError> {
        match Self::fault(name) {
            Some(fault) => Err(NameError(fault)),
            None => Ok(()),
        }
    }

    const fn fault(name: &str) -> Option<Broken> {
        if name.is_empty() {
            Some(Broken::Empty)
        } else if name.len() > Self::MAX_LEN {
            Some(Broken::Long(name.len()))
        } else if let Some(bad) = first_unseen(name) {
            Some(Broken::Char(bad))
        } else {
            None
        }
    }

    /// Returns true if [`Name::check`] finds no fault, for use in constants.
    #[must_use]
    pub const fn is_valid_const(name: &str) -> bool {
        Self::fault(name).is_none()
    }

    /// Returns the form of a name in the name of an environment variable: ASCII letters and digits
    /// in capitals, and one `_` for each run of other characters.
    ///
    /// ```
    /// # use breaker_core::Name;
    /// assert_eq!(Name::variable_form("openai::Client::complete"), "OPENAI_CLIENT_COMPLETE");
    /// ```
    #[must_use]
    pub fn variable_form(name: &str) -> String {
        let mut form = String::with_capacity(name.len());
        for character in name.chars() {
            if character.is_ascii_alphanumeric() {
                form.push(character.to_ascii_uppercase());
            } else if !form.ends_with('_') {
                form.push('_');
            }
        }
        form
    }

    /// Returns the name as text.
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
        let (shown, parts, seat) = (name.into(), None, None);
        Ok(Name(Text::Shared(Arc::new(SharedText { shown, parts, seat }))))
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

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    /// Two names that look alike differ in where the key begins, or only one has a key.
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        let family_len = |name: &Self| name.family().as_str().len();
        let by_text = self.as_str().cmp(other.as_str());
        by_text.then_with(|| family_len(self).cmp(&family_len(other)))
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

/// Writes a key: `serde` writes an `Arc` only with another feature.
#[cfg(feature = "serde")]
#[allow(clippy::ref_option, reason = "serde asks for it")]
pub(crate) fn serialize_key<S: serde::Serializer>(
    key: &Option<Arc<str>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&key.as_deref(), serializer)
}

#[cfg(feature = "serde")]
impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Returns `family/key` with the key escaped, so that a line of a log or a label shows it whole,
/// and no two keys look alike.
fn shown(family: &str, key: &str) -> String {
    let mut shown = String::with_capacity(family.len() + 1 + key.len());
    shown.push_str(family);
    shown.push('/');
    for character in key.chars() {
        if is_unseen(character) || character == '\\' {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
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
                let code = u32::from(bad);
                write!(
                    f,
                    "`name` must not contain white space, control or invisible characters, "
                )?;
                // Some of the others have no escape sequence in `Debug`.
                if bad.is_ascii() {
                    write!(f, "found `{}` (U+{code:04X})", bad.escape_debug())
                } else {
                    write!(f, "found `{}` (U+{code:04X})", bad.escape_unicode())
                }
            }
        }
    }
}

impl std::error::Error for NameError {}

#[cfg(test)]
mod tests;
