//! The meanings of paths.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All characters but the unreserved ones of RFC 3986, which a path leaves as they are.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The meaning of a path, for any method.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Document,
    Health,
    Metrics,
    Events,
    Breakers,
    /// Below `breakers`: a name.
    Name(String),
    /// A name and a key, or a name and an action.
    NameAnd(String, String),
    /// A name, a key and an action.
    KeyAnd(String, String, String),
}

impl Route {
    /// Reads a path. One slash at its end is ignored, since web frameworks disagree about it.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<_> = path.split('/').collect();
        match *segments {
            [""] => Some(Route::Document),
            ["health"] => Some(Route::Health),
            ["metrics"] => Some(Route::Metrics),
            ["events"] => Some(Route::Events),
            ["breakers"] => Some(Route::Breakers),
            ["breakers", name] => Some(Route::Name(read(name)?)),
            ["breakers", name, other] => Some(Route::NameAnd(read(name)?, read(other)?)),
            ["breakers", name, key, action] => {
                Some(Route::KeyAnd(read(name)?, read(key)?, read(action)?))
            }
            _ => None,
        }
    }
}

/// Reads a segment. A `~` at its beginning protects the rest, and is removed.
fn read(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    Some(text.strip_prefix('~').unwrap_or(&text).to_owned())
}

/// Returns the path of a breaker, below the page's own address.
pub(crate) fn path(name: &str, key: Option<&str>) -> String {
    let mut path = "breakers".to_owned();
    for segment in [Some(name), key].into_iter().flatten() {
        path.push('/');
        // User agents remove segments of dots, and some proxies remove empty ones.
        if matches!(segment, "" | "." | "..") || segment.starts_with('~') {
            path.push('~');
        }
        path.extend(utf8_percent_encode(segment, ESCAPED));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_any_name_and_key_leads_back_to_them() {
        let hostile = [
            "llm",
            "a/b",
            "",
            ".",
            "..",
            "~",
            "~.",
            "%2F",
            "?x=1#y",
            "<script>alert(1)</script>",
            "\"'\\",
            "\u{202e}abc",
            "größe\n",
            "reset",
        ];
        for name in hostile {
            assert_eq!(
                Route::of(&format!("/{}", path(name, None))),
                Some(Route::Name(name.into()))
            );
            for key in hostile {
                let path = path(name, Some(key));
                assert!(path.is_ascii() && !path.contains("/./") && !path.contains("/../"));
                let route = Route::of(&path);
                assert_eq!(route, Some(Route::NameAnd(name.into(), key.into())), "{path}");
                let action = format!("/{path}/reset/");
                let expected = Route::KeyAnd(name.into(), key.into(), "reset".into());
                assert_eq!(Route::of(&action), Some(expected), "{action}");
            }
        }
    }

    #[test]
    fn path_without_a_meaning_is_no_route() {
        for path in ["///", "/x", "/health/x", "/breakers/a/b/c/d", "/breakers/%ff", "/Health"] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
