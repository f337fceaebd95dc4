//! [`OneTimeWord`]: what a player shows who was sent from one node to another; and [`Arrivals`], who is expected here.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{FleetCode, NodeId};
use crate::limits::WORDS_MAX;

/// A word of 128 drawn bits. One node takes it, once, for one room, for some seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct OneTimeWord(u128);

impl OneTimeWord {
    /// A word of two draws.
    pub(crate) fn new(high: u64, low: u64) -> Self {
        Self(u128::from(high) << 64 | u128::from(low))
    }

    /// The word as a player's client shows it: 32 digits.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:032x}", self.0)
    }

    /// The word that a client showed. None where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_word.then(|| u128::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

/// Logs do not have it.
impl fmt::Debug for OneTimeWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeWord")
    }
}

impl From<OneTimeWord> for String {
    fn from(word: OneTimeWord) -> Self {
        word.text()
    }
}

impl TryFrom<String> for OneTimeWord {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("this is no word")
    }
}

/// A player who is sent to another node, until that node says that it knows.
#[derive(Clone, Debug)]
pub(crate) struct Sending {
    pub(crate) to: NodeId,
    pub(crate) room: FleetCode,
    pub(crate) word: OneTimeWord,
    pub(crate) who: String,
    pub(crate) times: u32,
    pub(crate) sent: u64,
}

/// Players who are on their way here.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// The room and the player of each word, or none of a word that is spent. A spent word is known until its end, so
    /// that it is not good again if it comes again.
    rooms: BTreeMap<OneTimeWord, Option<(FleetCode, String)>>,
    /// In the order of their ends.
    ends: VecDeque<(u64, OneTimeWord)>,
}

impl Arrivals {
    /// Expects a player in a room until `end`. The same word again changes nothing.
    pub(crate) fn expect(&mut self, word: OneTimeWord, (room, who): (FleetCode, String), end: u64) {
        if self.rooms.contains_key(&word) {
            return;
        }
        while self.ends.len() >= WORDS_MAX {
            self.forget_first();
        }
        self.rooms.insert(word, Some((room, who)));
        self.ends.push_back((end, word));
    }

    /// The player whom this word lets into this room: once. A word for another room is spent as well.
    pub(crate) fn admit(&mut self, word: OneTimeWord, room: &FleetCode) -> Option<String> {
        self.rooms.get_mut(&word)?.take().filter(|(expected, _)| expected == room).map(|(_, who)| who)
    }

    /// Forgets those that did not come.
    pub(crate) fn pass_time(&mut self, now: u64) {
        while self.ends.front().is_some_and(|(end, _)| *end <= now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, word)) = self.ends.pop_front() {
            self.rooms.remove(&word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_lets_one_player_into_one_room_for_a_while() {
        let (room, other) = (FleetCode::draw(1), FleetCode::draw(2));
        let word = |low| OneTimeWord::new(7, low);
        let mut arrivals = Arrivals::default();
        (0..4).for_each(|low| arrivals.expect(word(low), (room.clone(), "Ann".into()), 100 + low));
        assert_eq!(arrivals.admit(word(0), &room).as_deref(), Some("Ann"));
        assert_eq!(arrivals.admit(word(0), &room), None, "once");
        arrivals.expect(word(0), (room.clone(), "Ann".into()), 103);
        assert_eq!(arrivals.admit(word(0), &room), None, "and not again, where the other node says it again");
        assert_eq!(arrivals.admit(word(1), &other), None, "into its room");
        assert_eq!(arrivals.admit(word(1), &room), None, "and it is spent");
        arrivals.pass_time(102);
        assert_eq!(arrivals.admit(word(2), &room), None, "for a while");
        assert!(arrivals.admit(word(3), &room).is_some());
    }

    #[test]
    fn words_are_bounded_and_are_not_in_logs() {
        let room = FleetCode::draw(1);
        let mut arrivals = Arrivals::default();
        (0..=WORDS_MAX as u64)
            .for_each(|low| arrivals.expect(OneTimeWord::new(0, low), (room.clone(), String::new()), low));
        assert_eq!(arrivals.admit(OneTimeWord::new(0, 0), &room), None, "the oldest went");
        assert!(arrivals.admit(OneTimeWord::new(0, 1), &room).is_some());
        let word = OneTimeWord::new(0xfeed, 1);
        assert_eq!(format!("{word:?}"), "OneTimeWord");
        assert_eq!(OneTimeWord::parse(&word.text()), Some(word));
        assert_eq!(OneTimeWord::parse("+0000000000000000000000000000001"), None);
    }
}
