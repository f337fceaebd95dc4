//! [`SlotSet`]: a set of slots that costs what is in it, not how many slots there are.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::bitset::bits;

/// Words of memory that a set keeps whatever is in it: fewer are not worth giving back.
const WORDS_KEPT: usize = 64;

/// Sixty-four slots of which at least one is in a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SlotWord {
    /// The first of the slots by 64.
    pub(crate) index: u32,
    /// Number of slots in the words before it, where the set knows its ranks.
    #[serde(skip)]
    before: u32,
    /// A bit for each slot.
    pub(crate) bits: u64,
}

impl SlotWord {
    const fn new(index: u32, bits: u64) -> Self {
        Self { index, before: 0, bits }
    }
}

/// A set of slots: those words of a bitset that are not zero, ascending.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SlotSet {
    words: Vec<SlotWord>,
    /// Whether each word knows how many slots are before it.
    #[serde(skip)]
    is_ranked: bool,
}

impl SlotSet {
    pub(crate) const fn new() -> Self {
        Self { words: Vec::new(), is_ranked: false }
    }

    pub(crate) fn words(&self) -> &[SlotWord] {
        &self.words
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Number of slots in the set.
    pub(crate) fn count(&self) -> u32 {
        self.words.iter().map(|word| word.bits.count_ones()).sum()
    }

    pub(crate) fn clear(&mut self) {
        self.words.clear();
    }

    /// Removes everything and gives the memory back.
    pub(crate) fn release(&mut self) {
        self.words = Vec::new();
    }

    fn find(&self, index: u32) -> Result<usize, usize> {
        self.words.binary_search_by_key(&index, |word| word.index)
    }

    /// The slots from `index` times 64 that are in the set.
    pub(crate) fn word(&self, index: u32) -> u64 {
        self.find(index).map_or(0, |at| self.words[at].bits)
    }

    pub(crate) fn contains(&self, slot: u32) -> bool {
        self.word(slot / 64) >> (slot % 64) & 1 == 1
    }

    pub(crate) fn insert(&mut self, slot: u32) {
        self.add(slot / 64, 1 << (slot % 64));
    }

    /// Adds the slots of a word, if there are any.
    pub(crate) fn add_some(&mut self, index: u32, bits: u64) {
        if bits != 0 {
            self.add(index, bits);
        }
    }

    /// Adds the slots of a word, of which there is at least one.
    fn add(&mut self, index: u32, bits: u64) {
        self.is_ranked = false;
        match self.words.last_mut() {
            Some(last) if last.index == index => last.bits |= bits,
            Some(last) if last.index > index => match self.find(index) {
                Ok(at) => self.words[at].bits |= bits,
                Err(at) => self.words.insert(at, SlotWord::new(index, bits)),
            },
            _ => self.words.push(SlotWord::new(index, bits)),
        }
    }

    pub(crate) fn remove(&mut self, slot: u32) {
        let Ok(at) = self.find(slot / 64) else { return };
        self.is_ranked = false;
        self.words[at].bits &= !(1 << (slot % 64));
        if self.words[at].bits == 0 {
            self.words.remove(at);
        }
    }

    /// Keeps of each word what `kept` says, which is told its index and its slots.
    pub(crate) fn retain(&mut self, mut kept: impl FnMut(u32, u64) -> u64) {
        let mut removed = 0;
        self.words.retain_mut(|word| {
            let kept = word.bits & kept(word.index, word.bits);
            word.before = word.before.wrapping_sub(removed);
            if kept != word.bits {
                removed += (word.bits & !kept).count_ones();
                word.bits = kept;
            }
            kept != 0
        });
        if self.words.capacity() > WORDS_KEPT.max(4 * self.words.len()) {
            self.words.shrink_to(WORDS_KEPT.max(2 * self.words.len()));
        }
    }

    /// Removes all of `other`.
    pub(crate) fn remove_all(&mut self, other: &Self) {
        let mut other = other.cursor();
        self.retain(|index, bits| bits & !other.word(index));
    }

    /// Adds all of `other`.
    pub(crate) fn add_all(&mut self, other: &Self) {
        let held = self.words.len();
        let (mut new, mut added) = (0, 0);
        for word in &other.words {
            let known = self.find(word.index).map(|at| self.words[at].bits);
            new += usize::from(known.is_err());
            added += (word.bits & !known.unwrap_or(0)).count_ones();
        }
        // Slots of this set before the words that are merged already.
        let mut before = self.words.last().map_or(0, |last| last.before.wrapping_add(last.bits.count_ones()));
        self.words.resize(held + new, SlotWord::new(0, 0));
        // Merged from the end, so that nothing is moved twice.
        let (mut from, mut to) = (held, held + new);
        for &word in other.words.iter().rev() {
            while from > 0 && self.words[from - 1].index > word.index {
                (from, to) = (from - 1, to - 1);
                before = self.words[from].before;
                self.words[to] = SlotWord { before: before.wrapping_add(added), ..self.words[from] };
            }
            let mut bits = 0;
            if from > 0 && self.words[from - 1].index == word.index {
                from -= 1;
                SlotWord { before, bits, .. } = self.words[from];
            }
            to -= 1;
            added -= (word.bits & !bits).count_ones();
            let before = before.wrapping_add(added);
            self.words[to] = SlotWord { index: word.index, before, bits: bits | word.bits };
        }
    }

    /// The slots in it, ascending.
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> {
        self.words.iter().flat_map(|word| bits(word.bits).map(move |bit| word.index * 64 + bit))
    }

    /// A way to ask for words in ascending order, each at no cost of a search.
    pub(crate) fn cursor(&self) -> Cursor<'_> {
        Cursor { words: &self.words, skips: false }
    }

    /// Whether `others` has any of them too.
    pub(crate) fn has_common(&self, mut others: impl FnMut(u32) -> u64) -> bool {
        self.words.iter().any(|word| word.bits & others(word.index) != 0)
    }

    /// Writes those that `others` has too into `ranks`, ascending, each as its rank in this set and the slot itself.
    pub(crate) fn rank_common(&mut self, mut others: impl FnMut(u32) -> u64, ranks: &mut Vec<(u32, u32)>) {
        ranks.clear();
        if !self.is_ranked {
            self.rank();
        }
        for word in &self.words {
            let mut common = word.bits & others(word.index);
            // In most words there is none.
            while common != 0 {
                let bit = common.trailing_zeros();
                common &= common - 1;
                ranks.push((word.before + (word.bits & ((1 << bit) - 1)).count_ones(), word.index * 64 + bit));
            }
        }
    }

    /// Counts what is before each word: most sets stay for a while what they are.
    fn rank(&mut self) {
        let mut before = 0;
        for word in &mut self.words {
            word.before = before;
            before += word.bits.count_ones();
        }
        self.is_ranked = true;
    }
}

/// Asks a set for words, ascending.
pub(crate) struct Cursor<'a> {
    words: &'a [SlotWord],
    skips: bool,
}

impl Cursor<'_> {
    /// The slots from `index` times 64 that are in the set; `index` is above that of any call before.
    #[inline]
    pub(crate) fn word(&mut self, index: u32) -> u64 {
        while let [first, rest @ ..] = self.words {
            if first.index > index {
                return 0;
            }
            self.words = rest;
            if first.index == index {
                return first.bits;
            }
            self.skips = true;
        }
        0
    }

    /// Whether the set has words that were not asked for.
    pub(crate) fn has_skipped(&self) -> bool {
        self.skips || !self.words.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::{BTreeMap, BTreeSet};
    use alloc::vec;

    use super::*;
    use crate::rng::Rng;

    fn set(slots: &[u32]) -> SlotSet {
        let mut set = SlotSet::new();
        slots.iter().for_each(|&slot| set.insert(slot));
        set
    }

    #[test]
    fn a_set_does_what_a_tree_does() {
        let mut rng = Rng::new(7);
        let (mut sets, mut trees) = ([SlotSet::new(), SlotSet::new()], [BTreeSet::new(), BTreeSet::new()]);
        let mut ranks = Vec::new();
        for _ in 0..4000 {
            let (which, slot) = (rng.below(2) as usize, rng.below(700) * (1 + rng.below(2) * 1000));
            match rng.below(40) {
                0 => {
                    let other = sets[1 - which].clone();
                    sets[which].add_all(&other);
                    let other = trees[1 - which].clone();
                    trees[which].extend(other);
                }
                1 => {
                    let other = sets[1 - which].clone();
                    sets[which].remove_all(&other);
                    let other = trees[1 - which].clone();
                    trees[which].retain(|slot| !other.contains(slot));
                }
                2..15 => {
                    sets[which].remove(slot);
                    trees[which].remove(&slot);
                }
                _ => {
                    sets[which].insert(slot);
                    trees[which].insert(slot);
                }
            }
            assert_eq!(sets[which].contains(slot), trees[which].contains(&slot));
            assert!(sets[which].slots().eq(trees[which].iter().copied()));
            assert_eq!(sets[which].count() as usize, trees[which].len());
            // A set that knows its ranks keeps them through what comes and goes.
            if rng.one_in(3) {
                let bits: BTreeMap<_, _> = sets[which].words().iter().map(|word| (word.index, word.bits)).collect();
                sets[which].rank_common(|index| bits.get(&index).copied().unwrap_or(0), &mut ranks);
                assert!(ranks.iter().copied().eq((0..).zip(trees[which].iter().copied())));
            }
        }
    }

    #[test]
    fn ranks_count_those_before() {
        let mut all = set(&[3, 64, 65, 130, 190]);
        let some = set(&[64, 130, 5000]);
        let mut ranks = vec![(9, 9)];
        let mut cursor = some.cursor();
        all.rank_common(|index| cursor.word(index), &mut ranks);
        assert_eq!(ranks, [(1, 64), (3, 130)]);
        all.remove(3);
        all.rank_common(|index| some.word(index), &mut ranks);
        assert_eq!(ranks, [(0, 64), (2, 130)], "ranks of before are forgotten");
    }

    #[test]
    fn a_crowds_memory_is_given_back_when_it_has_gone() {
        let mut crowd = SlotSet::new();
        (0..10_000).for_each(|index| crowd.insert(index * 64));
        crowd.retain(|index, bits| if index < 10 { bits } else { 0 });
        assert!(crowd.words.capacity() <= WORDS_KEPT);
    }
}
