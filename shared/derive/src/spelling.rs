//! Words of the attributes, and what is said to somebody who writes another.

use syn::{Ident, Path};

/// Words of a field's quantity.
const QUANTITIES: [&str; 8] = ["scalar", "vec2", "vec3", "angle", "rotation", "flags", "choice", "counter"];
/// Words of a field beside its quantity; those with a value have it behind them.
const OPTIONS: [&str; 9] = [
    "position",
    "moved_by = FIELD",
    "control",
    "tolerance = ..",
    "jumps",
    "at_once = ..",
    "lasts = ..",
    "news_bits = ..",
    "flatten",
];
/// Words of a struct.
const STRUCTS: [&str; 8] =
    ["label", "interpolate", "rewinds", "obstacle", "priority = ..", "patience = MS", "codes = TEXT", "news = \"..\""];

/// Edits by which a word may be off and still be meant.
const EDITS_MAX: usize = 3;

/// Whether a word says what a field measures.
pub(crate) fn is_quantity(word: &Ident) -> bool {
    QUANTITIES.iter().any(|quantity| word == quantity)
}

/// The sentence for a word in `#[field(...)]` that is none.
pub(crate) fn not_of_a_field(path: &Path) -> String {
    let word = text(path);
    if let Some(option) = STRUCTS.iter().find(|option| bare(option) == word) {
        return format!("`{word}` is said of the whole kind: #[replicate({option})], on the struct");
    }
    let known = QUANTITIES.iter().chain(&OPTIONS);
    let quantities = QUANTITIES.map(|quantity| format!("{quantity}(..)")).join(", ");
    format!(
        "`{word}` is no word for a field.{} Quantities: {quantities}. Options: {}. Each is explained at \
         auspice::Replicate (shared/derive/ATTRIBUTES.md)",
        guess(&word, known.copied()),
        OPTIONS.join(", "),
    )
}

/// The sentence for a word in `#[replicate(...)]` that is none.
pub(crate) fn not_of_a_struct(path: &Path) -> String {
    let word = text(path);
    if let Some(option) = OPTIONS.iter().find(|option| bare(option) == word) {
        return format!("`{word}` is said of one field: #[field(.., {option})], on a field");
    }
    format!("`{word}` is no word for a struct.{} There are: {}", guess(&word, STRUCTS.into_iter()), STRUCTS.join(", "))
}

fn text(path: &Path) -> String {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::")
}

/// An option without its value.
fn bare(option: &str) -> &str {
    option.split(' ').next().unwrap_or(option)
}

/// Asks whether the nearest of the known words was meant, where one is near.
fn guess(word: &str, known: impl Iterator<Item = &'static str>) -> String {
    let nearest = known.map(bare).min_by_key(|other| edits(word, other));
    let nearest = nearest.filter(|other| edits(word, other) <= EDITS_MAX.min(word.len() / 2));
    nearest.map_or_else(String::new, |other| format!(" Did you mean `{other}`?"))
}

/// Letters to be put in, taken out or changed that lead from one word to another.
fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.bytes().enumerate() {
        let mut before = row[0];
        row[0] = index + 1;
        for (column, wanted) in other.bytes().enumerate() {
            let changed = before + usize::from(letter != wanted);
            before = row[column + 1];
            row[column + 1] = changed.min(before + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (one, other, wanted) in
            [("", "", 0), ("pos", "position", 5), ("move_by", "moved_by", 1), ("vec", "vec2", 1)]
        {
            assert_eq!((edits(one, other), edits(other, one)), (wanted, wanted), "{one} {other}");
        }
    }

    #[test]
    fn words_that_this_file_knows_are_those_that_are_read() {
        let read = include_str!("attributes.rs");
        for word in QUANTITIES.iter().chain(&OPTIONS).chain(&STRUCTS) {
            assert!(read.contains(&format!("\"{}\"", bare(word))), "{word}");
        }
    }

    #[test]
    fn every_word_has_an_example_that_runs() {
        // Every second part lies between two fences; the core runs them.
        let examples: String = include_str!("../ATTRIBUTES.md").split("```").skip(1).step_by(2).collect();
        let attributes = examples.lines().filter(|line| line.contains("#[field(") || line.contains("#[replicate("));
        let shown: Vec<&str> =
            attributes.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')).collect();
        for word in QUANTITIES.iter().chain(&OPTIONS).chain(&STRUCTS) {
            assert!(shown.contains(&bare(word)), "{word} has no example");
        }
    }
}
