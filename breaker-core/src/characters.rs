//! Characters that a name may not contain: they break a line of a log or a label of a metric, or
//! make two names look alike.

/// Returns true for white space, control characters, and invisible characters: zero-width
/// characters, changes of the writing direction, selectors, fillers and blank signs.
///
/// The invisible ones are Unicode's `Default_Ignorable_Code_Point`, and the format characters
/// (`Cf`) that show nothing of themselves. Arabic number signs are also format characters, but
/// visible. It is a `const fn`, since the compiler checks names in constants by the rule for
/// literals.
pub(crate) const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        // Control characters and white space.
        '\0'..=' ' | '\u{7f}'..='\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}'
            | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
        // Soft hyphen, joiners, marks and overrides of direction, invisible operators.
            | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        // Fillers, inherent vowels, selectors of variants, annotations.
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        // Controls of hieroglyphs, of shorthand and of music.
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
        // Blank signs: the empty Braille cell, a filler of Khitan, the note without a head.
            | '\u{2800}' | '\u{16fe4}' | '\u{1d159}'
        // Tags, and selectors of variants.
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Returns the first character of the text that a name may not contain.
pub(crate) const fn first_unseen(text: &str) -> Option<char> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let (character, length) = decode(bytes, at);
        if is_unseen(character) {
            return Some(character);
        }
        at += length;
    }
    None
}

/// Returns the character that begins at this byte of a `str`, and its length.
const fn decode(bytes: &[u8], at: usize) -> (char, usize) {
    let first = bytes[at] as u32;
    let (mut code, length) = match first {
        0..0x80 => (first, 1),
        0x80..0xe0 => (first & 0x1f, 2),
        0xe0..0xf0 => (first & 0x0f, 3),
        _ => (first & 0x07, 4),
    };
    let mut next = 1;
    while next < length {
        code = code << 6 | (bytes[at + next] & 0x3f) as u32;
        next += 1;
    }
    match char::from_u32(code) {
        Some(character) => (character, length),
        None => (char::REPLACEMENT_CHARACTER, length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_control_characters_are_unseen() {
        for character in '\0'..=char::MAX {
            if character.is_whitespace() || character.is_control() {
                assert!(is_unseen(character), "{character:?}");
            }
        }
    }

    #[test]
    fn blank_characters_that_are_no_white_space_are_unseen() {
        for blank in "\u{2800}\u{3164}\u{ffa0}\u{115f}\u{1160}\u{16fe4}\u{1d159}".chars() {
            assert!(is_unseen(blank) && !blank.is_whitespace(), "{blank:?}");
        }
        assert!(!is_unseen('\u{2801}'), "one dot of Braille");
    }

    #[test]
    fn letters_digits_and_signs_are_seen() {
        let seen =
            "azAZ09-_./:@#<>[](){}'\"\\|größe日本語한국어עבריתعربى٣٠\u{600}🦀ÿ\u{ad61}\u{10ffff}";
        assert_eq!(first_unseen(seen), None);
    }

    #[test]
    fn constant_evaluation_reads_every_character_as_the_standard_library_does() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            assert_eq!(decode(text.as_bytes(), 0), (character, text.len()));
        }
    }

    #[test]
    fn first_of_several_unseen_characters_is_found() {
        assert_eq!(first_unseen("größe\u{202e}b\u{200b}"), Some('\u{202e}'));
        assert_eq!(first_unseen(""), None);
    }
}
