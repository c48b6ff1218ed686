//! The names of things in the store: places of records, keys, the channel.

use breaker_core::link::Id;

use crate::store::Place;

/// The most bytes of a namespace or a domain.
pub(crate) const LONGEST_WORD: usize = 200;

/// Names of the keys of one namespace. They have one hash tag, so a cluster keeps them together.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    tag: String,
}

impl Keys {
    /// Names the keys of a namespace that [`is_word`].
    pub(crate) fn new(namespace: &str) -> Self {
        Self { tag: format!("{{bb:v1:{namespace}}}") }
    }

    /// Returns the prefix of the keys of records. The place follows.
    pub(crate) fn records(&self) -> String {
        format!("{}:record:", self.tag)
    }

    /// Returns the prefix of the keys of votes. The place follows.
    pub(crate) fn votes(&self) -> String {
        format!("{}:votes:", self.tag)
    }

    /// Returns the key of the set of places whose record is open.
    pub(crate) fn open(&self) -> String {
        format!("{}:open", self.tag)
    }

    /// Returns the key of the domains that were heard of.
    pub(crate) fn live(&self) -> String {
        format!("{}:live", self.tag)
    }

    /// Returns the channel of the news.
    pub(crate) fn news(&self) -> String {
        format!("{}:news", self.tag)
    }
}

/// Returns the place of a breaker's record.
pub(crate) fn place(id: &Id) -> Place {
    let name = id.name();
    match id.key() {
        None => format!("{}:{name}", name.len()).into(),
        Some(key) => format!("{}:{name}:{key}", name.len()).into(),
    }
}

/// Returns the name and the key of a place.
#[cfg(feature = "tracing")]
pub(crate) fn name_and_key(place: &str) -> Option<(&str, Option<&str>)> {
    let (length, rest) = place.split_once(':')?;
    let (name, key) = rest.split_at_checked(length.parse().ok()?)?;
    Some((name, key.strip_prefix(':')))
}

/// Returns whether a text may be a place: the length of a name in bytes, the name, and the key if
/// there is one.
pub(crate) fn is_place(text: &str) -> bool {
    let Some((length, rest)) = text.split_once(':') else { return false };
    let Ok(bytes) = length.parse::<usize>() else { return false };
    bytes > 0
        && bytes.to_string() == length
        && rest.is_char_boundary(bytes)
        && matches!(rest.as_bytes().get(bytes), None | Some(b':'))
}

/// Returns whether a text may be a namespace or a domain.
pub(crate) fn is_word(text: &str) -> bool {
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '{' | '}');
    (1..=LONGEST_WORD).contains(&text.len()) && !text.contains(is_bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_begins_with_the_length_of_a_name() {
        let place = |name, key| place(&Id::new(name, key).unwrap());
        assert_eq!(&*place("svc", None), "3:svc");
        assert_eq!(&*place("svc/eu", Some("80")), "6:svc/eu:80");
        assert_eq!(&*place("svc", Some("eu:80 \n")), "3:svc:eu:80 \n");
        assert_ne!(place("svc/eu", Some("80")), place("svc", Some("eu/80")));
        assert_ne!(place("svc", Some("")), place("svc", None));
        for text in ["3:svc", "6:svc/eu:80", "3:svc:", "3:svc::", "2:é", "1: :x"] {
            assert!(is_place(text), "{text:?}");
        }
        for text in ["", "3", ":", "0:", "3:sv", "3:svcx", "+3:svc", "03:svc", "1:é", "x:svc"] {
            assert!(!is_place(text), "{text:?}");
        }
    }

    #[test]
    fn word_has_no_white_space_and_no_braces() {
        for text in ["shop", "shop/prod", "eu-1", "ü", &"x".repeat(200)] {
            assert!(is_word(text), "{text:?}");
        }
        for text in ["", "a b", "a\n", "a\u{a0}b", "{", "a}", "\u{7f}", &"x".repeat(201)] {
            assert!(!is_word(text), "{text:?}");
        }
    }
}
