//! [`Bitset`]: a set of slots, as words of bits: as large as the world, and asked in no time.

use alloc::vec::Vec;

/// A set of slots. What lies beyond the end is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bitset {
    words: Vec<u64>,
}

impl Bitset {
    pub(crate) const fn new() -> Self {
        Self { words: Vec::new() }
    }

    #[inline]
    pub(crate) fn insert(&mut self, slot: u32) {
        let word = slot as usize / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (slot % 64);
    }

    pub(crate) fn remove(&mut self, slot: u32) {
        if let Some(word) = self.words.get_mut(slot as usize / 64) {
            *word &= !(1 << (slot % 64));
        }
    }

    /// The slots from `index` times 64.
    #[inline]
    pub(crate) fn word(&self, index: usize) -> u64 {
        self.words.get(index).copied().unwrap_or(0)
    }

    /// Removes the slots from `index` times 64. Which they were.
    pub(crate) fn take_word(&mut self, index: usize) -> u64 {
        self.words.get_mut(index).map_or(0, core::mem::take)
    }

    /// All words there are room for.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Forgets that there were slots from `slots` on, and gives their memory back.
    pub(crate) fn forget_slots(&mut self, slots: usize) {
        self.words.truncate(slots.div_ceil(64));
        self.words.shrink_to_fit();
    }
}

/// The positions of the ones of `word`, ascending.
#[inline]
pub(crate) fn bits(mut word: u64) -> impl Iterator<Item = u32> {
    core::iter::from_fn(move || {
        if word == 0 {
            return None;
        }
        let bit = word.trailing_zeros();
        word &= word - 1;
        Some(bit)
    })
}
