//! [`Room::learn_codes`]: the codes that fit a game's news, learnt as it is played.

use alloc::string::String;
use alloc::vec::Vec;

use super::room::Room;
use crate::error::Misuse;
use crate::game::Game;

/// Frequency of a number of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberCount {
    /// Index of the kind.
    pub kind: usize,
    /// Index of the field in its table.
    pub field: usize,
    /// The number's place in the field.
    pub axis: usize,
    /// A whole value, a difference in steps, or a correction in steps that are as coarse as the tolerance allows.
    pub number: i32,
    /// Number of times that it came.
    pub count: u64,
}

impl<G: Game> Room<G> {
    /// Counts the news of all entities from now on, so that [`learnt_codes`](Self::learnt_codes) can say which codes
    /// fit. Takes time and memory: for training.
    pub fn learn_codes(&mut self) {
        self.published.learn();
    }

    /// Frequencies of news since [`learn_codes`](Self::learn_codes): an entity's kind, a bit for each field that had
    /// news together, how often.
    pub fn news_counts(&self) -> Vec<(usize, u32, u64)> {
        let kinds = self.published.lessons().unwrap_or_default().iter().enumerate();
        kinds
            .flat_map(|(kind, lessons)| lessons.news.iter().map(move |(fields, count)| (kind, *fields, *count)))
            .collect()
    }

    /// Frequencies of the numbers that news was made of since [`learn_codes`](Self::learn_codes): what a code could be
    /// held against.
    pub fn number_counts(&self) -> Vec<NumberCount> {
        let mut counts = Vec::new();
        for (kind, lessons) in self.published.lessons().unwrap_or_default().iter().enumerate() {
            for (&(field, axis), numbers) in &lessons.numbers {
                counts.extend(numbers.iter().map(|(&number, &count)| NumberCount { kind, field, axis, number, count }));
            }
        }
        counts
    }

    /// Plays so many ticks as it is, and says which codes fit their news: for a game whose computers play by
    /// themselves, or that plays back a recorded world.
    ///
    /// # Errors
    /// [`Misuse`] as of [`tick`](Self::tick).
    pub fn learn_codes_for(&mut self, ticks: u32) -> Result<String, Misuse> {
        self.learn_codes();
        (0..ticks).try_for_each(|_| self.tick())?;
        Ok(self.learnt_codes().unwrap_or_default())
    }

    /// The codes that fit the news since [`learn_codes`](Self::learn_codes): the text that a game keeps in a file and
    /// hands to each of its kinds, `#[replicate(codes = include_str!("codes.txt"))]`. Both ends must be built with the
    /// same. `None` where nothing is counted.
    ///
    /// Learn from a world as it is played, with people or bots in it, and for some thousands of ticks.
    pub fn learnt_codes(&self) -> Option<String> {
        let (lessons, layout) = (self.published.lessons()?, self.published.layout());
        Some(lessons.iter().enumerate().map(|(kind, lessons)| layout.kind(kind).fit(lessons) + "\n").collect())
    }
}
