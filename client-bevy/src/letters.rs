//! The letters that can be shown, and what stands for those that cannot.
//!
//! The font has Latin, Greek and Cyrillic (`assets/make_font.py` lists them). Whatever else a player is called or
//! says is not a row of equal boxes: it is named by its script and its code points, so that one sees what is
//! missing, and two names stay two.

use std::borrow::Cow;
use std::fmt::Write;

use bevy::asset::AssetId;
use bevy::prelude::*;
use skrifa::{FontRef, MetadataProvider};

const FONT: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", env!("AUSPICE_ASSETS"), "/fonts/letters.ttf"));

/// Greatest number of code points named of letters in a row: a name's worth. Of a longer row the rest is counted.
const NAMED_MAX: usize = 6;

/// The font of all text that names none: in place of the 95 letters that Bevy brings.
pub(crate) fn set_font(app: &mut App) {
    let mut fonts = app.world_mut().resource_mut::<Assets<Font>>();
    fonts
        .insert(AssetId::default(), Font::from_bytes(FONT.to_vec()))
        .expect("the default font's place should be free to take");
}

/// `text` with each row of letters that the font lacks named in brackets: `[Han 674E 5C0F 9F99]`.
pub(crate) fn legible(text: &str) -> Cow<'_, str> {
    // Nearly every text: it is asked for each text that changes.
    if text.is_ascii() {
        return text.into();
    }
    let font = FontRef::new(FONT).expect("the font compiled in should be one");
    let letters = font.charmap();
    let is_shown = |letter: char| letter.is_control() || letters.map(letter).is_some();
    if text.chars().all(is_shown) {
        return text.into();
    }
    let mut shown = String::with_capacity(2 * text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let script = (!is_shown(first)).then(|| script(first));
        let is_other = |letter: char| script != (!is_shown(letter)).then(|| self::script(letter));
        let (row, after) = rest.split_at(rest.find(is_other).unwrap_or(rest.len()));
        rest = after;
        match script {
            None => shown.push_str(row),
            Some(script) => name(script, row, &mut shown),
        }
    }
    shown.into()
}

/// Names a row of letters of one script.
fn name(script: &str, row: &str, out: &mut String) {
    out.push('[');
    out.push_str(script);
    for letter in row.chars().take(NAMED_MAX) {
        let _ = write!(out, " {:04X}", u32::from(letter));
    }
    let others = row.chars().count().saturating_sub(NAMED_MAX);
    if others > 0 {
        let _ = write!(out, " +{others}");
    }
    out.push(']');
}

/// The script that a letter belongs to, as far as it is one that many write.
const fn script(letter: char) -> &'static str {
    match letter {
        '\u{0180}'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}' => "Latin",
        '\u{0300}'..='\u{036F}' => "accent",
        '\u{0370}'..='\u{03FF}' | '\u{1F00}'..='\u{1FFF}' => "Greek",
        '\u{0400}'..='\u{052F}' => "Cyrillic",
        '\u{0530}'..='\u{058F}' => "Armenian",
        '\u{0590}'..='\u{05FF}' => "Hebrew",
        '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}' => {
            "Arabic"
        }
        '\u{0900}'..='\u{097F}' => "Devanagari",
        '\u{0980}'..='\u{09FF}' => "Bengali",
        '\u{0B80}'..='\u{0BFF}' => "Tamil",
        '\u{0E00}'..='\u{0E7F}' => "Thai",
        '\u{10A0}'..='\u{10FF}' => "Georgian",
        '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7AF}' => "Hangul",
        '\u{3040}'..='\u{30FF}' => "Kana",
        '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' => "Han",
        '\u{2600}'..='\u{27BF}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}' => "picture",
        _ => "sign",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_greek_and_cyrillic_are_shown_as_they_are() {
        for text in [
            "Ada",
            "Александр Сергеевич",
            "Є, ї, ґ, ў, Ђ, џ, Қазақ",
            "Ελληνικά ΐ",
            "Škoda, Łódź, Þór, Ægir, İğdır, ő",
            "Naïve façade – “ça”, ‘là’… 5 €, № 7",
            "a line\nand another",
        ] {
            assert_eq!(legible(text), text);
        }
    }

    #[test]
    fn other_letters_are_named_by_script_and_code_point() {
        assert_eq!(legible("李小龙"), "[Han 674E 5C0F 9F99]");
        assert_eq!(legible("ace 李 🚀"), "ace [Han 674E] [picture 1F680]");
        assert_eq!(legible("ひかり李"), "[Kana 3072 304B 308A][Han 674E]");
        assert_ne!(legible("李"), legible("龙"), "two names stay two");
        assert_eq!(legible("שלום"), "[Hebrew 05E9 05DC 05D5 05DD]");
        assert_eq!(legible(&"中".repeat(20)), "[Han 4E2D 4E2D 4E2D 4E2D 4E2D 4E2D +14]");
    }

    #[test]
    fn every_letter_is_either_in_the_font_or_named() {
        let letters = FontRef::new(FONT).unwrap().charmap();
        for letter in ('\u{20}'..='\u{FFFF}').filter(|letter| !letter.is_control()) {
            let text = letter.to_string();
            let is_named = legible(&text).starts_with('[') && letter != '[';
            assert_eq!(is_named, letters.map(letter).is_none(), "U+{:04X}", u32::from(letter));
        }
    }
}
