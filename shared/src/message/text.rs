//! Text that players show to each other: names, and what they say.

use crate::limits::{NAME_BYTES_MAX, NAME_CHARS_MAX};

/// Whether anybody sees something of `text`: it has more than blanks.
pub(super) fn is_seen(text: &str) -> bool {
    text.chars().any(|character| !character.is_whitespace() && character != BRAILLE_BLANK)
}

/// Whether a player may be called `name`: 1 to 32 characters (and 96 bytes) that [can be seen](is_plain), not
/// only blanks.
#[must_use]
pub fn is_fit_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX && name.chars().count() <= NAME_CHARS_MAX && is_seen(name) && is_plain(name)
}

/// Whether `text` shows all that is in it: no control characters, none that nobody sees, by which one name
/// looks like another, and none that turn the direction of what stands beside them. Scripts from right to left
/// need none of those.
///
/// Joiners and variants stand where a script or a picture needs them: behind a character from Arabic on, the
/// joiners before another.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    let mut before = None;
    for character in text.chars() {
        let fits = match character {
            JOINER | NON_JOINER => before.is_some_and(may_be_joined),
            // A letter of Latin joins nothing.
            _ if matches!(before, Some(JOINER | NON_JOINER)) => may_be_joined(character),
            TEXT_VARIANT | PICTURE_VARIANT => before.is_some_and(may_be_joined),
            _ => !is_hidden(character),
        };
        if !fits {
            return false;
        }
        before = Some(character);
    }
    !matches!(before, Some(JOINER | NON_JOINER))
}

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
const TEXT_VARIANT: char = '\u{fe0e}';
const PICTURE_VARIANT: char = '\u{fe0f}';
const BRAILLE_BLANK: char = '\u{2800}';

/// The first character of the first script that joins its letters.
const ARABIC: char = '\u{600}';

/// Behind a variant too, as in pictures of several people.
fn may_be_joined(character: char) -> bool {
    character >= ARABIC && (character == PICTURE_VARIANT || !is_hidden(character))
}

/// Unicode's control, format and private characters, those that are to be ignored by default, separators of lines,
/// and what is no character.
const fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{10ffff}'
    ) || character as u32 & 0xfffe == 0xfffe
}
