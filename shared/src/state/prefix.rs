//! [`WordCode`]: canonical code words for anything whose lengths both ends know.

use alloc::vec::Vec;

use crate::bits::{BitReader, BitWriter, Malformed};

/// The longest code word, in bits.
pub(super) const WORD_BITS_MAX: u32 = 16;

#[derive(Clone, Copy, Debug)]
struct Word<T> {
    meaning: T,
    bits: u32,
    /// The code word, first bit lowest.
    word: u32,
}

/// Code words, shortest first. None at all where nothing has one.
#[derive(Clone, Debug)]
pub(super) struct WordCode<T>(Vec<Word<T>>);

impl<T: Copy + PartialEq> WordCode<T> {
    /// Gives canonical words to lengths, which are 1 to [`WORD_BITS_MAX`] bits: sorted by length, in the given order
    /// among equals.
    pub(super) fn new(lengths: impl Iterator<Item = (T, u32)>) -> Self {
        let mut words: Vec<Word<T>> = lengths.map(|(meaning, bits)| Word { meaning, bits, word: 0 }).collect();
        words.sort_by_key(|word| word.bits);
        let (mut next, mut bits) = (0_u32, 0);
        for word in &mut words {
            next <<= word.bits - bits;
            bits = word.bits;
            word.word = next.reverse_bits() >> (32 - bits);
            next += 1;
        }
        Self(words)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The meanings that have a word.
    pub(super) fn meanings(&self) -> impl Iterator<Item = T> + '_ {
        self.0.iter().map(|word| word.meaning)
    }

    /// Writes the word of `meaning`; false if it has none.
    pub(super) fn write(&self, meaning: T, out: &mut BitWriter) -> bool {
        let Some(word) = self.0.iter().find(|word| word.meaning == meaning) else { return false };
        out.write(word.word, word.bits);
        true
    }

    /// Writes the word of `meaning`, or else the one of `other`; false then.
    pub(super) fn write_or(&self, meaning: T, other: T, out: &mut BitWriter) -> bool {
        let is_said = self.write(meaning, out);
        if !is_said {
            self.write(other, out);
        }
        is_said
    }

    /// Reads a word.
    pub(super) fn read(&self, reader: &mut BitReader<'_>) -> Result<T, Malformed> {
        let (mut read, mut bits) = (0, 0);
        for word in &self.0 {
            while bits < word.bits {
                read |= reader.read(1)? << bits;
                bits += 1;
            }
            if word.word == read {
                return Ok(word.meaning);
            }
        }
        Err(Malformed::OutOfRange("a code word"))
    }
}

/// Whether words of these lengths can be told apart (Kraft's inequality), and are no longer than they may be.
pub(super) fn are_words(mut lengths: impl Iterator<Item = u32>) -> bool {
    let mut room = 1_u32 << WORD_BITS_MAX;
    lengths.all(|bits| {
        let takes = if (1..=WORD_BITS_MAX).contains(&bits) { 1 << (WORD_BITS_MAX - bits) } else { u32::MAX };
        let fits = takes <= room;
        room = room.saturating_sub(takes);
        fits
    })
}
