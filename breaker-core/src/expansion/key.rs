//! Finds the text of the value that a call gives to the attribute's `key`, if its type is text or
//! an integer.
//!
//! A call finds its breaker by the text of its key. `Display` writes a key of another type, which
//! costs some 250 instructions. For text and integers the expansion finds the type by method
//! resolution: [`KeyOf::text`] is an inherent method for them and a trait's method for all other
//! types, and the compiler tries the inherent one first. If a function is generic over the key's
//! type, `Display` writes the key.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// An expansion's knowledge of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyText<'a> {
    Text(&'a str),
    Number(Number),
    /// The key has another type.
    Unknown,
}

/// A type whose `Display` writes the text that it holds, or an integer. The list is sealed: a
/// user's type that derefs to text may have another `Display`.
pub trait TextKey: sealed::Sealed {
    #[doc(hidden)]
    fn text(&self) -> KeyText<'_>;
}

mod sealed {
    /// The supertrait that no other crate can name.
    pub trait Sealed {}
}

impl sealed::Sealed for str {}

impl TextKey for str {
    #[inline]
    fn text(&self) -> KeyText<'_> {
        KeyText::Text(self)
    }
}

macro_rules! text_keys {
    ($($text:ty),*) => {$(
        impl sealed::Sealed for $text {}

        impl TextKey for $text {
            #[inline]
            fn text(&self) -> KeyText<'_> {
                KeyText::Text(self)
            }
        }
    )*};
}

text_keys!(String, Box<str>, Rc<str>, Arc<str>, Cow<'_, str>);

impl<T: TextKey + ?Sized> sealed::Sealed for &T {}

impl<T: TextKey + ?Sized> TextKey for &T {
    #[inline]
    fn text(&self) -> KeyText<'_> {
        (**self).text()
    }
}

macro_rules! number_keys {
    ($($number:ty),*) => {$(
        impl sealed::Sealed for $number {}

        impl TextKey for $number {
            #[inline]
            #[allow(clippy::cast_lossless, reason = "`usize` and `isize` are cast too")]
            #[allow(clippy::cast_possible_truncation, reason = "none is wider than 64 bits")]
            fn text(&self) -> KeyText<'_> {
                let number = *self as i128;
                let (is_negative, magnitude) = (number < 0, number.unsigned_abs() as u64);
                KeyText::Number(Number { is_negative, magnitude })
            }
        }
    )*};
}

number_keys!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

/// An integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    is_negative: bool,
    magnitude: u64,
}

/// The length of the longest numbers: of `u64`, and the least of `i64` with its sign.
const LONGEST: usize = 20;

impl Number {
    /// Calls `then` with the text that the number's `Display` writes.
    #[inline]
    pub(super) fn with_text<T>(self, then: impl FnOnce(&[u8]) -> T) -> T {
        let mut text = [0; LONGEST];
        let (mut rest, mut at) = (self.magnitude, LONGEST);
        for place in text.iter_mut().rev() {
            at -= 1;
            *place = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if self.is_negative && at > 0 {
            at -= 1;
            text[at] = b'-';
        }
        then(&text[at..])
    }
}

/// The value of `key` in an expansion, which asks for its text.
#[derive(Debug)]
pub struct KeyOf<'a, K: ?Sized>(pub &'a K);

impl<'a, K: TextKey + ?Sized> KeyOf<'a, K> {
    /// Returns the text, or the number.
    #[inline]
    #[must_use]
    pub fn text(self) -> KeyText<'a> {
        self.0.text()
    }
}

/// A key that is neither text nor an integer.
pub trait OtherKey<'a> {
    /// Returns [`KeyText::Unknown`].
    fn text(self) -> KeyText<'a>;
}

impl<'a, K: ?Sized> OtherKey<'a> for KeyOf<'a, K> {
    #[inline]
    fn text(self) -> KeyText<'a> {
        KeyText::Unknown
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
        assert_eq!(text_of!("gpt-4"), KeyText::Text("gpt-4"));
        assert_eq!(text_of!(*"gpt-4"), KeyText::Text("gpt-4"));
        assert_eq!(text_of!(&&"gpt-4"), KeyText::Text("gpt-4"));
        assert_eq!(text_of!(owned), KeyText::Text("gpt-4"));
        assert_eq!(text_of!(&owned), KeyText::Text("gpt-4"));
        assert_eq!(text_of!(Box::<str>::from("gpt-4")), KeyText::Text("gpt-4"));
        assert_eq!(text_of!(Rc::<str>::from("gpt-4")), KeyText::Text("gpt-4"));
        assert_eq!(text_of!(Arc::<str>::from("gpt-4")), KeyText::Text("gpt-4"));
        assert_eq!(text_of!(Cow::Borrowed("gpt-4")), KeyText::Text("gpt-4"));
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
        fn of_any<K: Display>(key: &K) -> KeyText<'_> {
            KeyOf(key).text()
        }
        assert_eq!(text_of!(4.0), KeyText::Unknown);
        assert_eq!(text_of!(4_u128), KeyText::Unknown);
        assert_eq!(text_of!(Named("gpt-4".into())), KeyText::Unknown);
        assert_eq!(text_of!(Box::new(Named("gpt-4".into()))), KeyText::Unknown);
        assert_eq!(of_any(&"gpt-4"), KeyText::Unknown, "the function does not know the type");
    }

    macro_rules! assert_written {
        ($($number:ty),*) => {$(
            for number in [<$number>::MIN, 0, 1, 9, 10, 42, 100, <$number>::MAX - 1, <$number>::MAX] {
                let KeyText::Number(found) = text_of!(&number) else { panic!("{number}") };
                found.with_text(|text| assert_eq!(text, number.to_string().as_bytes()));
            }
        )*};
    }

    #[test]
    fn number_is_written_as_its_display_writes_it() {
        assert_written!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);
        for number in [-1_i64, -9, -10, -100, i64::MIN + 1] {
            let KeyText::Number(found) = text_of!(number) else { panic!("{number}") };
            found.with_text(|text| assert_eq!(text, number.to_string().as_bytes()));
        }
    }
}
