//! [`Ways`]: the addresses that a session dials in place of its caller's own, as servers told them.
//!
//! A server of many machines says to each player by which addresses it comes back to its room, and sends those on who
//! ask a machine that does not have it. The caller's own address may be that of any machine, which knows nothing of
//! the player's seat: it is dialled at first, and when the others have failed for long.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Moved, SentWord, is_way};
use crate::limits::{SENT_ON_MAX, WAYS_MAX, WAYS_ROUNDS};

/// Addresses beside the caller's own.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// The best first.
    all: Vec<Box<str>>,
    /// The one that is dialled next; behind the last it is the caller's own.
    next: usize,
    /// Times that all of them failed.
    rounds: u32,
    /// The word to show at the next dial.
    word: Option<SentWord>,
    /// Times that the player was sent on since it played.
    sent: u32,
}

impl Ways {
    /// The address to dial next, if it is not the caller's own.
    pub(super) fn next(&self) -> Option<Box<str>> {
        self.all.get(self.next).cloned()
    }

    /// The word to show there, once.
    pub(super) const fn take_word(&mut self) -> Option<SentWord> {
        self.word.take()
    }

    /// The room that the player is in says these.
    pub(super) fn tell(&mut self, ways: Vec<String>) {
        self.all = ways.into_iter().filter(|way| is_way(way)).take(WAYS_MAX).map(String::into_boxed_str).collect();
        self.next = 0;
    }

    /// The room is there, says a server. False where the player was sent on too often to believe it.
    pub(super) fn go(&mut self, moved: Moved) -> bool {
        self.sent += 1;
        if self.sent > SENT_ON_MAX {
            self.sent = 0;
            return false;
        }
        self.all.retain(|way| **way != *moved.address);
        self.all.insert(0, moved.address.into_boxed_str());
        self.all.truncate(WAYS_MAX);
        (self.next, self.word) = (0, moved.word);
        true
    }

    /// A connection came to nothing. Whether another way is tried before one is tried again.
    pub(super) fn fail(&mut self) -> bool {
        self.next += 1;
        let has_more = self.next < self.all.len();
        if self.next == self.all.len() {
            self.rounds += 1;
        }
        // The caller's own address comes seldom behind them.
        if !has_more && (self.next > self.all.len() || !self.rounds.is_multiple_of(WAYS_ROUNDS)) {
            self.next = 0;
        }
        has_more
    }

    /// The player plays.
    pub(super) const fn settle(&mut self) {
        (self.next, self.rounds, self.sent, self.word) = (0, 0, 0, None);
    }

    /// The player has no seat any more: it begins at the caller's own address.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn ways(all: &[&str]) -> Ways {
        let mut ways = Ways::default();
        ways.tell(all.iter().map(ToString::to_string).collect());
        ways
    }

    #[test]
    fn every_way_is_tried_in_turn_and_the_own_address_seldom() {
        let mut ways = ways(&["ws://a", "nonsense", "ws://b"]);
        let mut dialled = Vec::new();
        for _ in 0..2 * WAYS_ROUNDS + 2 {
            dialled.push(ways.next().map(String::from));
            ways.fail();
        }
        let own = dialled.iter().position(Option::is_none);
        assert_eq!(own, Some(2 * WAYS_ROUNDS as usize), "{dialled:?}");
        let turns: Vec<_> = dialled[..6].iter().flatten().map(String::as_str).collect();
        assert_eq!(turns, ["ws://a", "ws://b", "ws://a", "ws://b", "ws://a", "ws://b"]);
        assert_eq!(dialled[own.unwrap_or_default() + 1].as_deref(), Some("ws://a"));
    }

    #[test]
    fn without_ways_it_is_the_own_address_each_time() {
        let mut ways = Ways::default();
        for _ in 0..20 {
            assert_eq!(ways.next(), None);
            assert!(!ways.fail());
        }
    }

    #[test]
    fn whoever_is_sent_in_circles_stops_to_believe_it() {
        let mut ways = ways(&["ws://a", "ws://b"]);
        let moved = |address: &str| Moved { address: address.into(), word: None };
        for _ in 0..SENT_ON_MAX / 2 {
            assert!(ways.go(moved("ws://b")) && ways.go(moved("ws://a")));
        }
        assert!(!ways.go(moved("ws://b")));
        assert_eq!(ways.all.len(), 2);
    }
}
