//! [`Lessons`]: what the news of a kind was like, counted, and the codes that fit it best, as the text that
//! `state/codes.rs` reads.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::codes::{PACES, is_paced};
use super::layout::KindLayout;
use super::novelty::Novelty;
use super::numbers::{bits_behind, letter, word_of};
use super::pace::Pace;
use super::prefix::WORD_BITS_MAX;
use super::row::Row;
use super::symbols::Symbol;

/// Fewest samples from which a code of its own is fitted.
const SAMPLES_MIN: u64 = 100;
/// A set of fields that had news a tick ago has words of its own if it is one in so many.
const AFTER_SHARE: u64 = 64;
/// A set that is rarer than one in so many has no word of its own.
const RARE_SHARE: u64 = 2000;
/// Weight of a sample, against 1 for what was never seen but may be.
const SAMPLE_WEIGHT: u64 = 4;

/// A number of a field: field, axis, pace.
type NumberPlace = (usize, usize, usize);

/// News of one kind, counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lessons {
    /// Sets of fields, by the fields that had news a tick ago.
    sets: BTreeMap<u32, BTreeMap<u32, u64>>,
    /// Sets of fields, however they were said.
    pub(crate) news: BTreeMap<u32, u64>,
    /// Numbers as they travel, by field and axis.
    pub(crate) numbers: BTreeMap<(usize, usize), BTreeMap<i32, u64>>,
    /// Words of numbers, and bits behind them.
    words: BTreeMap<NumberPlace, BTreeMap<u32, u64>>,
    /// Bits of all numbers of a field, but for the words.
    behind: BTreeMap<usize, u64>,
    /// Values of the fields that have one number without a tolerance.
    values: BTreeMap<usize, BTreeMap<i32, u64>>,
}

impl KindLayout {
    /// Counts the news of an entity, which leads to `now`; `label` if that is news too.
    pub(crate) fn learn(&self, lessons: &mut Lessons, news: &Novelty, label: bool, pace: Pace, now: &Row) {
        let is_plain = !label && !news.exact;
        let set = if is_plain { news.fields.bits() } else { Symbol::OTHER };
        self.learn_set(lessons, set, pace);
        *lessons.news.entry(news.fields.bits()).or_default() += 1;
        if news.exact {
            return;
        }
        for (index, field) in self.fields_of(news.fields) {
            if field.count == 1 && field.is_exact() {
                *lessons.values.entry(index).or_default().entry(now[field.first]).or_default() += 1;
            }
            for axis in 0..field.numbers(false) {
                let number = news.values[field.first + axis];
                *lessons.numbers.entry((index, axis)).or_default().entry(number).or_default() += 1;
                if field.whole {
                    continue;
                }
                let words = lessons.words.entry((index, axis, pace.of(field))).or_default();
                *words.entry(word_of(number)).or_default() += 1;
                *lessons.behind.entry(index).or_default() += u64::from(bits_behind(number));
            }
        }
    }

    /// Counts that an entity is gone.
    pub(crate) fn learn_gone(&self, lessons: &mut Lessons, pace: Pace) {
        self.learn_set(lessons, Symbol::GONE, pace);
    }

    fn learn_set(&self, lessons: &mut Lessons, set: u32, pace: Pace) {
        *lessons.sets.entry(self.paced_fields(pace)).or_default().entry(set).or_default() += 1;
    }

    /// The codes that fit, as the section of this kind.
    pub(crate) fn fit(&self, lessons: &Lessons) -> String {
        let mut text = format!("[{}]\n", self.name);
        self.fit_sets(lessons, &mut text);
        for index in 0..self.fields.len() {
            self.fit_field(lessons, index, &mut text);
        }
        text
    }

    fn fit_sets(&self, lessons: &Lessons, text: &mut String) {
        let total: u64 = lessons.sets.values().flat_map(BTreeMap::values).sum();
        let mut rest: BTreeMap<u32, u64> = BTreeMap::new();
        for (after, sets) in &lessons.sets {
            let count: u64 = sets.values().sum();
            if count * AFTER_SHARE >= total && count >= SAMPLES_MIN {
                *text += &self.sets_line(&if *after == 0 { "-".into() } else { self.names(*after) }, sets);
            } else {
                sets.iter().for_each(|(set, count)| *rest.entry(*set).or_default() += count);
            }
        }
        if !rest.is_empty() {
            *text += &self.sets_line("*", &rest);
        }
    }

    fn sets_line(&self, after: &str, sets: &BTreeMap<u32, u64>) -> String {
        let total: u64 = sets.values().sum();
        let (frequent, rare): (Vec<_>, Vec<_>) =
            sets.iter().partition(|(set, count)| **set != Symbol::OTHER && **count * RARE_SHARE >= total);
        let mut counts: Vec<(u32, u64)> = frequent.into_iter().map(|(set, count)| (*set, *count)).collect();
        // However rare, everything must be sayable.
        counts.push((Symbol::OTHER, rare.iter().map(|(_, count)| **count).sum::<u64>().max(1)));
        let lengths = word_lengths(&counts.iter().map(|(_, count)| *count).collect::<Vec<_>>());
        let mut items: Vec<_> = counts.iter().zip(lengths).map(|((set, _), bits)| (bits, self.topic(*set))).collect();
        items.sort();
        let items: Vec<String> = items.into_iter().map(|(bits, topic)| format!("{topic}:{bits}")).collect();
        format!("sets {after} {}\n", items.join(" "))
    }

    fn fit_field(&self, lessons: &Lessons, index: usize, text: &mut String) {
        let numbers = self.fit_numbers(lessons, index);
        let values = lessons.values.get(&index).and_then(|values| self.fit_values(values, index));
        match (numbers, values) {
            (Some((bits, _)), Some((fewer, line))) if fewer < bits => *text += &line,
            (Some((_, lines)), _) => *text += &lines,
            (None, Some((_, line))) => *text += &line,
            (None, None) => {}
        }
    }

    /// Lines for the numbers of a field, and the bits that those take.
    fn fit_numbers(&self, lessons: &Lessons, index: usize) -> Option<(u64, String)> {
        let (name, mut bits, mut text) = (self.table[index].name, lessons.behind.get(&index).copied()?, String::new());
        for axis in 0..self.fields[index].count {
            let at = |pace| lessons.words.get(&(index, axis, pace));
            let mut all: BTreeMap<u32, u64> = BTreeMap::new();
            for (word, count) in (0..PACES).filter_map(at).flatten() {
                *all.entry(*word).or_default() += count;
            }
            if all.values().sum::<u64>() < SAMPLES_MIN {
                continue;
            }
            let usual = number_lengths(&all);
            text += &number_line(name, "*", axis, &usual);
            for pace in 0..PACES {
                let Some(words) = at(pace) else { continue };
                let own = (words.values().sum::<u64>() >= SAMPLES_MIN && is_paced(&self.table[index]))
                    .then(|| number_lengths(words));
                if let Some(own) = &own {
                    text += &number_line(name, &format!("{pace}"), axis, own);
                }
                let lengths = own.as_ref().unwrap_or(&usual);
                bits += words.iter().map(|(word, count)| count * u64::from(lengths[*word as usize])).sum::<u64>();
            }
        }
        Some((bits, text))
    }

    /// A line for the usual values of a field, and the bits that they take; `None` where it has none.
    fn fit_values(&self, values: &BTreeMap<i32, u64>, index: usize) -> Option<(u64, String)> {
        let total: u64 = values.values().sum();
        let (usual, rare): (Vec<_>, Vec<_>) = values.iter().partition(|(_, count)| **count * 100 >= total);
        if usual.is_empty() || total < SAMPLES_MIN {
            return None;
        }
        let others: u64 = rare.iter().map(|(_, count)| **count).sum();
        let counts: Vec<u64> = usual.iter().map(|(_, count)| **count).chain([others.max(1)]).collect();
        let lengths = word_lengths(&counts);
        let column = self.columns[self.fields[index].first];
        let words: u64 = counts.iter().zip(&lengths).map(|(count, bits)| count * u64::from(*bits)).sum();
        let bits =
            words + rare.iter().map(|(value, count)| **count * u64::from(column.whole_bits(**value))).sum::<u64>();
        let items = usual.iter().zip(&lengths).map(|((value, _), bits)| format!("{value}:{bits}"));
        let items: Vec<String> = items.chain(lengths.last().map(|bits| format!("other:{bits}"))).collect();
        Some((bits, format!("values {} {}\n", self.table[index].name, items.join(" "))))
    }

    fn topic(&self, set: u32) -> String {
        match set {
            Symbol::GONE => "gone".into(),
            Symbol::OTHER => "other".into(),
            set => self.names(set),
        }
    }

    /// The fields of a set as they stand in the text.
    fn names(&self, set: u32) -> String {
        let names = self.table.iter().enumerate().filter(|(index, _)| set >> index & 1 == 1);
        names.map(|(_, field)| field.name).collect::<Vec<_>>().join("+")
    }
}

fn number_line(field: &str, pace: &str, axis: usize, lengths: &[u32]) -> String {
    let letters: String = lengths.iter().map(|bits| letter(*bits)).collect();
    format!("numbers {field} {pace} {axis} {letters}\n")
}

/// Lengths of the words from 0 to a little more than was seen, and of the one for all other numbers.
fn number_lengths(words: &BTreeMap<u32, u64>) -> Vec<u32> {
    let last = words.keys().last().copied().unwrap_or(0) + 2;
    let count = |word| words.get(&word).copied().unwrap_or(0) * SAMPLE_WEIGHT + 1;
    word_lengths(&(0..=last).map(count).chain([1]).collect::<Vec<_>>())
}

/// Lengths of code words for counts: the two rarest are joined until one is left (Huffman 1952). Where that makes words
/// that are too long, what is rare counts for more.
fn word_lengths(counts: &[u64]) -> Vec<u32> {
    let mut counts = counts.to_vec();
    loop {
        let lengths = huffman(&counts);
        if lengths.iter().all(|bits| *bits <= WORD_BITS_MAX) {
            return lengths;
        }
        counts.iter_mut().for_each(|count| *count = *count / 2 + 1);
    }
}

fn huffman(counts: &[u64]) -> Vec<u32> {
    let mut lengths = alloc::vec![0; counts.len()];
    let mut trees: Vec<(u64, Vec<usize>)> =
        counts.iter().enumerate().map(|(index, count)| (*count, alloc::vec![index])).collect();
    while trees.len() > 1 {
        trees.sort_by_key(|(count, _)| core::cmp::Reverse(*count));
        let (Some(rarest), Some(next)) = (trees.pop(), trees.pop()) else { break };
        let members: Vec<usize> = rarest.1.into_iter().chain(next.1).collect();
        members.iter().for_each(|&member| lengths[member] += 1);
        trees.push((rarest.0 + next.0, members));
    }
    // A single word has a bit too.
    lengths.into_iter().map(|bits: u32| bits.max(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_words_are_short_and_all_can_be_told_apart() {
        assert_eq!(word_lengths(&[60, 20, 10, 9, 1]), [1, 2, 3, 4, 4]);
        assert_eq!(word_lengths(&[7]), [1]);
        // Fibonacci's numbers make the longest words that there are.
        let mut counts = alloc::vec![1, 1];
        (2..40).for_each(|at| counts.push(counts[at - 1] + counts[at - 2]));
        let lengths = word_lengths(&counts);
        assert!(lengths.iter().all(|bits| *bits <= WORD_BITS_MAX), "{lengths:?}");
        assert!(lengths.iter().map(|bits| 1_u64 << (WORD_BITS_MAX - bits)).sum::<u64>() <= 1 << WORD_BITS_MAX);
        assert_eq!(lengths.last(), lengths.iter().min());
    }
}
