//! The macro by which an expansion lists its call site.
//!
//! Only this crate knows whether the feature `inventory` is on: an expansion always names the
//! macro, which is empty without the feature. So a program alone asks for the feature, and its
//! libraries' functions are listed too.

/// Lists a call site: `declare! { SITE, HAS_KEY }`. Not for users.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! __breakerbox_declare {
    ($site:ident, $has_key:literal) => {
        $crate::expansion::inventory::submit! {
            $crate::expansion::Submitted::new(&$site, $has_key)
        }
    };
}

/// Lists nothing: the feature `inventory` is off. Not for users.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __breakerbox_declare {
    ($($nothing:tt)*) => {};
}

#[cfg(all(test, not(feature = "inventory")))]
mod tests {
    /// Tokens that are no call site would not compile if the macro used them.
    #[test]
    fn without_the_feature_nothing_is_listed() {
        crate::__breakerbox_declare! { there is no such site }
    }
}
