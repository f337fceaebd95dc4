//! Trained codes for single numbers: a word says the sign and about how large, and the rest follows in plain bits.
//!
//! | class | numbers | bits behind the word |
//! | --- | --- | --- |
//! | 0 to 3 | that number | 0 |
//! | 4, 5 | 4 and 5; 6 and 7 | 1 |
//! | 6, 7 | 8 to 11; 12 to 15 | 2 |
//! | two more for each doubling | half of it each | one more |
//!
//! Word 0 is the number 0; word `2c - 1` means class `c`, and word `2c` class `c` below 0. What has no word of its own
//! is said in full behind the one for all other numbers.

use alloc::vec::Vec;

use super::prefix::{WordCode, are_words};
use crate::bits::{BitReader, BitWriter, Malformed};

/// The letter of a word that there is not; the others are `a` for 1 bit, `b` for 2 and so on.
const NO_WORD: char = '.';
/// Largest class: the highest half of the last doubling of 32 bits.
const CLASS_MAX: u32 = 63;

/// Class of a size, the bits behind its word, and what they say.
const fn class(size: u32) -> (u32, u32, u32) {
    if size < 4 {
        return (size, 0, 0);
    }
    let bits = size.ilog2() - 1;
    (4 + 2 * (bits - 1) + (size >> bits & 1), bits, size & ((1 << bits) - 1))
}

/// Smallest size of a class, and the bits behind its word.
const fn smallest(class: u32) -> (u32, u32) {
    if class < 4 {
        return (class, 0);
    }
    let bits = (class - 4) / 2 + 1;
    ((2 + (class & 1)) << bits, bits)
}

/// The word of a number: 0, or twice its class less one, or twice its class.
pub(super) fn word_of(number: i32) -> u32 {
    let (class, ..) = class(number.unsigned_abs());
    (2 * class).saturating_sub(u32::from(number > 0))
}

/// Bits behind that word.
pub(super) fn bits_behind(number: i32) -> u32 {
    class(number.unsigned_abs()).1
}

/// The code of one number in one situation.
#[derive(Clone, Debug)]
pub(super) struct NumberCode(WordCode<Option<u32>>);

impl NumberCode {
    /// Reads a letter for each word from 0 on, and a last one for all other numbers.
    pub(super) fn parse(letters: &str) -> Result<Self, &'static str> {
        let lengths: Vec<u32> =
            letters.chars().map(length).collect::<Option<_>>().ok_or("a length is `.` or a letter from `a` to `p`")?;
        let Some((&other, own)) = lengths.split_last() else { return Err("a number's code has no letters") };
        if own.len() as u32 > 2 * CLASS_MAX + 1 {
            return Err("a number's code has more words than there are numbers");
        }
        let own = own.iter().zip(0..).filter(|(bits, _)| **bits > 0).map(|(bits, word)| (Some(word), *bits));
        let words = own.chain([(None, other)]);
        if !are_words(words.clone().map(|(_, bits)| bits)) {
            return Err("its words of a number are too short to be told apart, or there is none for all others");
        }
        Ok(Self(WordCode::new(words)))
    }

    /// Writes a number. False where it has no word, and is to follow in full.
    pub(super) fn write(&self, number: i32, out: &mut BitWriter) -> bool {
        if !self.0.write_or(Some(word_of(number)), None, out) {
            return false;
        }
        let (_, bits, low) = class(number.unsigned_abs());
        out.write(low, bits);
        true
    }

    /// Reads what [`write`](Self::write) wrote; `None` where a number follows in full.
    pub(super) fn read(&self, reader: &mut BitReader<'_>) -> Result<Option<i32>, Malformed> {
        let Some(word) = self.0.read(reader)? else { return Ok(None) };
        let (least, bits) = smallest(word.div_ceil(2));
        let size = least.wrapping_add(reader.read(bits)?) as i32;
        Ok(Some(if word % 2 == 0 { size.wrapping_neg() } else { size }))
    }
}

/// Bits of a letter; 0 of the one that says that there is no word.
fn length(letter: char) -> Option<u32> {
    match letter {
        NO_WORD => Some(0),
        'a'..='p' => Some(letter as u32 - 'a' as u32 + 1),
        _ => None,
    }
}

/// The letter for so many bits, 0 for no word.
pub(super) fn letter(bits: u32) -> char {
    if bits == 0 { NO_WORD } else { (b'a' + bits as u8 - 1) as char }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_class_and_comes_back_from_its_word() {
        let sizes = (0..70)
            .chain((2..32).flat_map(|bit| [(1_u32 << bit) - 1, 1 << bit, 3 << (bit - 1)]))
            .chain([u32::MAX >> 1]);
        for size in sizes {
            let (at, bits, low) = class(size);
            assert_eq!(smallest(at), (size - low, bits), "{size}");
            for number in [size as i32, (size as i32).wrapping_neg()] {
                let word = word_of(number);
                assert_eq!(word.div_ceil(2), class(number.unsigned_abs()).0);
                assert_eq!(word % 2 == 1, number > 0, "{number}");
            }
        }
        assert_eq!([word_of(0), word_of(1), word_of(-1), word_of(4), word_of(-5), word_of(6)], [0, 1, 2, 7, 8, 9]);
    }

    #[test]
    fn numbers_with_a_word_come_back_and_others_are_said_to_follow() {
        let code = NumberCode::parse("abc.eed").expect("the lengths are right");
        let mut out = BitWriter::new();
        let written: Vec<bool> = [0, 1, -1, 2, -2, 3, -3].iter().map(|&number| code.write(number, &mut out)).collect();
        assert_eq!(written, [true, true, true, false, true, true, false]);
        let bytes = out.finish().to_vec();
        let mut reader = BitReader::new(&bytes);
        let read: Vec<_> = (0..7).map(|_| code.read(&mut reader)).collect();
        assert_eq!(read, [Some(0), Some(1), Some(-1), None, Some(-2), Some(3), None].map(Ok));
        for wrong in ["", "aaa", "ab", "a.", "z", "ab."] {
            assert_eq!(NumberCode::parse(wrong).is_ok(), wrong == "ab", "{wrong}");
        }
    }
}
