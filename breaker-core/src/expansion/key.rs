//! Finds the text of what a call gives to the attribute's `key`, if its type is text.
//!
//! A call finds its breaker by the text of its key. A key of another type is written by its
//! `Display`, which costs some 250 instructions. For text the expansion tells the type by method
//! resolution: [`KeyOf::text`] is an inherent method for text and a trait's method for all other
//! types, and the compiler tries the inherent one first. In a function that is generic over the
//! key's type, the key is written by its `Display`.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// A type whose `Display` writes the text that it holds. The list is sealed: a user's type that
/// derefs to text may be shown in another way.
pub trait TextKey: sealed::Sealed {
    #[doc(hidden)]
    fn text(&self) -> &str;
}

mod sealed {
    /// The supertrait that no other crate can name.
    pub trait Sealed {}
}

impl sealed::Sealed for str {}

impl TextKey for str {
    #[inline]
    fn text(&self) -> &str {
        self
    }
}

macro_rules! text_keys {
    ($($text:ty),*) => {$(
        impl sealed::Sealed for $text {}

        impl TextKey for $text {
            #[inline]
            fn text(&self) -> &str {
                self
            }
        }
    )*};
}

text_keys!(String, Box<str>, Rc<str>, Arc<str>, Cow<'_, str>);

impl<T: TextKey + ?Sized> sealed::Sealed for &T {}

impl<T: TextKey + ?Sized> TextKey for &T {
    #[inline]
    fn text(&self) -> &str {
        (**self).text()
    }
}

/// The value of `key` in an expansion, which asks it for its text.
#[derive(Debug)]
pub struct KeyOf<'a, K: ?Sized>(pub &'a K);

impl<'a, K: TextKey + ?Sized> KeyOf<'a, K> {
    /// Returns the text.
    #[inline]
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        Some(self.0.text())
    }
}

/// A key that is not text.
pub trait OtherKey<'a> {
    /// Returns `None`.
    fn text(self) -> Option<&'a str>;
}

impl<'a, K: ?Sized> OtherKey<'a> for KeyOf<'a, K> {
    #[inline]
    fn text(self) -> Option<&'a str> {
        None
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use core::fmt::Display;

    use super::*;

    macro_rules! text_of {
        ($key:expr) => {
            KeyOf(&$key).text()
        };
    }

    #[test]
    fn text_is_found_behind_each_type_that_holds_it() {
        let owned = String::from("gpt-4");
        assert_eq!(text_of!("gpt-4"), Some("gpt-4"));
        assert_eq!(text_of!(*"gpt-4"), Some("gpt-4"));
        assert_eq!(text_of!(&&"gpt-4"), Some("gpt-4"));
        assert_eq!(text_of!(owned), Some("gpt-4"));
        assert_eq!(text_of!(&owned), Some("gpt-4"));
        assert_eq!(text_of!(Box::<str>::from("gpt-4")), Some("gpt-4"));
        assert_eq!(text_of!(Rc::<str>::from("gpt-4")), Some("gpt-4"));
        assert_eq!(text_of!(Arc::<str>::from("gpt-4")), Some("gpt-4"));
        assert_eq!(text_of!(Cow::Borrowed("gpt-4")), Some("gpt-4"));
    }

    #[test]
    fn other_types_have_no_text() {
        struct Named(String);
        impl core::ops::Deref for Named {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
        fn of_any<K: Display>(key: &K) -> Option<&str> {
            KeyOf(key).text()
        }
        assert_eq!(text_of!(4), None);
        assert_eq!(text_of!(Named("gpt-4".into())), None);
        assert_eq!(text_of!(Box::new(Named("gpt-4".into()))), None);
        assert_eq!(of_any(&"gpt-4"), None, "the function does not know the type");
    }
}
