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

    /// How many slots are in it.
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

    /// Becomes equal to `other`.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.words.clear();
        self.words.extend_from_slice(&other.words);
    }

    /// Removes everything.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
    }

    /// Adds those of `other` that are not here, and removes those that are.
    pub(crate) fn toggle_all(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, toggled) in self.words.iter_mut().zip(&other.words) {
            *word ^= toggled;
        }
    }

    /// Removes all that are not in `other`.
    pub(crate) fn keep_only(&mut self, other: &Self) {
        for (index, word) in self.words.iter_mut().enumerate() {
            *word &= other.word(index);
        }
    }

    /// How many are in both.
    pub(crate) fn count_common(&self, other: &Self) -> u32 {
        self.words.iter().zip(&other.words).map(|(a, b)| (a & b).count_ones()).sum()
    }

    /// How many are here and not in `other`.
    pub(crate) fn count_without(&self, other: &Self) -> u32 {
        self.words.iter().enumerate().map(|(index, word)| (word & !other.word(index)).count_ones()).sum()
    }

    /// Those in both, ascending, each as its rank among the slots of this set and the slot itself.
    pub(crate) fn ranks_common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (u32, u32)> + 'a {
        self.ranks(move |index| other.word(index))
    }

    /// Those here and not in `other`, ascending, each as its rank among the slots of this set and the slot itself.
    pub(crate) fn ranks_without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (u32, u32)> + 'a {
        self.ranks(move |index| !other.word(index))
    }

    fn ranks<'a>(&'a self, chosen: impl Fn(usize) -> u64 + 'a) -> impl Iterator<Item = (u32, u32)> + 'a {
        let mut before = 0;
        self.words.iter().enumerate().flat_map(move |(index, &word)| {
            let base = before;
            before += word.count_ones();
            bits(word & chosen(index)).map(move |bit| {
                let rank = base + (word & ((1 << bit) - 1)).count_ones();
                (rank, index as u32 * 64 + bit)
            })
        })
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
        let (mut short, long) = (set(&[1, 5]), set(&[5, 200]));
        assert_eq!(short.count_common(&long), 1);
        assert_eq!(long.count_without(&short), 1);
        short.add_all(&long);
        assert_eq!(short.slots().collect::<Vec<_>>(), vec![1, 5, 200]);
        short.remove_all(&set(&[5]));
        assert_eq!(short.slots().collect::<Vec<_>>(), vec![1, 200]);
        assert!(!short.contains(5) && short.contains(200) && !short.contains(9999));
    }

    #[test]
    fn ranks_count_those_before() {
        let all = set(&[3, 64, 65, 130, 190]);
        let some = set(&[64, 130]);
        assert_eq!(all.ranks_common(&some).collect::<Vec<_>>(), vec![(1, 64), (3, 130)]);
        assert_eq!(all.ranks_without(&some).collect::<Vec<_>>(), vec![(0, 3), (2, 65), (4, 190)]);
    }
}
