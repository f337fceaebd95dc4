//! A set of slots, as words of bits.

use alloc::vec::Vec;

/// A set of slots. Sets of different lengths mix: what lies beyond the end is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitset {
    words: Vec<u64>,
}

impl Bitset {
    pub(crate) const fn new() -> Self {
        Self { words: Vec::new() }
    }

    /// Makes room for slots below `slots`, and removes nothing.
    pub(crate) fn make_room(&mut self, slots: usize) {
        if self.words.len() < slots.div_ceil(64) {
            self.words.resize(slots.div_ceil(64), 0);
        }
    }

    /// Removes everything and makes room for slots below `slots`.
    pub(crate) fn reset(&mut self, slots: usize) {
        self.words.clear();
        self.words.resize(slots.div_ceil(64), 0);
    }

    pub(crate) fn insert(&mut self, slot: u32) {
        let word = slot as usize / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (slot % 64);
    }

    /// Adds `slot`, for which there must be room, if `chosen`.
    pub(crate) fn insert_if(&mut self, slot: u32, chosen: bool) {
        if let Some(word) = self.words.get_mut(slot as usize / 64) {
            *word |= u64::from(chosen) << (slot % 64);
        }
    }

    pub(crate) fn remove(&mut self, slot: u32) {
        if let Some(word) = self.words.get_mut(slot as usize / 64) {
            *word &= !(1 << (slot % 64));
        }
    }

    /// Whether `slot` is in it.
    #[must_use]
    pub fn contains(&self, slot: u32) -> bool {
        self.word(slot as usize / 64) >> (slot % 64) & 1 == 1
    }

    /// Number of slots in the set.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// The slots in it, ascending.
    pub fn slots(&self) -> impl Iterator<Item = u32> {
        self.words.iter().enumerate().flat_map(|(index, &word)| bits(word).map(move |bit| index as u32 * 64 + bit))
    }

    pub(crate) fn word(&self, index: usize) -> u64 {
        self.words.get(index).copied().unwrap_or(0)
    }

    /// All words there are room for.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Holds what `words` say, and nothing else.
    pub(crate) fn assign(&mut self, words: impl Iterator<Item = u64>) {
        self.words.clear();
        self.words.extend(words);
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Adds all of `other`.
    pub(crate) fn add_all(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Removes all of `other`.
    pub(crate) fn remove_all(&mut self, other: &Self) {
        for (word, less) in self.words.iter_mut().zip(&other.words) {
            *word &= !less;
        }
    }

    /// Removes everything and gives the memory back.
    pub(crate) fn release(&mut self) {
        self.words = Vec::new();
    }

    /// Removes all that are not in `other`.
    pub(crate) fn keep_only(&mut self, other: &Self) {
        let common = self.words.len().min(other.words.len());
        for (word, kept) in self.words.iter_mut().zip(&other.words) {
            *word &= kept;
        }
        self.words[common..].fill(0);
    }

    /// Slots in both sets, ascending.
    pub(crate) fn slots_common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u32> + 'a {
        let words = (0..).zip(self.words.iter().zip(&other.words).map(|(word, other)| word & other));
        words.flat_map(|(index, word): (u32, u64)| bits(word).map(move |bit| index * 64 + bit))
    }

    /// Writes those in both into `ranks`, ascending, each as its rank among the slots of this set and the slot itself.
    pub(crate) fn rank_common(&self, other: &Self, ranks: &mut Vec<(u32, u32)>) {
        ranks.clear();
        let (mut before, mut first) = (0, 0);
        for (&word, &other) in self.words.iter().zip(&other.words) {
            for bit in bits(word & other) {
                ranks.push((before + (word & ((1 << bit) - 1)).count_ones(), first + bit));
            }
            before += word.count_ones();
            first += 64;
        }
    }

    /// Slots in this set and not in `other`, ascending.
    pub(crate) fn slots_without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u32> + 'a {
        let words = (0..).zip(self.words.iter().enumerate().map(|(index, word)| word & !other.word(index)));
        words.flat_map(|(index, word): (u32, u64)| bits(word).map(move |bit| index * 64 + bit))
    }
}

/// The positions of the ones of `word`, ascending.
fn bits(mut word: u64) -> impl Iterator<Item = u32> {
    core::iter::from_fn(move || {
        if word == 0 {
            return None;
        }
        let bit = word.trailing_zeros();
        word &= word - 1;
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn set(slots: &[u32]) -> Bitset {
        let mut set = Bitset::new();
        for &slot in slots {
            set.insert(slot);
        }
        set
    }

    #[test]
    fn sets_of_different_lengths_mix() {
        let (mut short, mut long) = (set(&[1, 5]), set(&[5, 200]));
        assert_eq!(short.slots_common(&long).collect::<Vec<_>>(), vec![5]);
        short.add_all(&long);
        assert_eq!(short.slots().collect::<Vec<_>>(), vec![1, 5, 200]);
        short.remove_all(&set(&[5]));
        assert_eq!(short.slots().collect::<Vec<_>>(), vec![1, 200]);
        assert!(!short.contains(5) && short.contains(200) && !short.contains(9999));
        long.keep_only(&set(&[5, 6]));
        assert_eq!(long.slots().collect::<Vec<_>>(), vec![5]);
        long.remove(5);
        assert!(long.is_empty());
    }

    #[test]
    fn ranks_count_those_before() {
        let all = set(&[3, 64, 65, 130, 190]);
        let some = set(&[64, 130]);
        let mut ranks = vec![(9, 9)];
        all.rank_common(&some, &mut ranks);
        assert_eq!(ranks, [(1, 64), (3, 130)]);
        assert_eq!(all.slots_without(&some).collect::<Vec<_>>(), vec![3, 65, 190]);
    }
}
