//! [`HeardLines`]: lines that wait for a player, and how far it has heard what is said to all. It goes along when its
//! player goes to another room by the same connection: rooms take new lines at ticks of their own, so that one may be
//! ahead of the other.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::limits::LINES_WAITING_MAX;

/// A line that was said, as the message that everybody is sent.
pub(crate) type SentLine = Arc<str>;

/// A player's lines.
#[derive(Debug, Default)]
pub(crate) struct HeardLines {
    waiting: VecDeque<SentLine>,
    /// The number of the last line to all; none before the first.
    heard: Option<u64>,
}

impl HeardLines {
    /// Keeps a line for it. Where too many wait the oldest is lost.
    pub(crate) fn hear(&mut self, line: SentLine) {
        if self.waiting.len() >= LINES_WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(line);
    }

    /// Keeps a line to all, unless it was heard in another room.
    pub(crate) fn hear_numbered(&mut self, number: u64, line: SentLine) {
        if self.heard.is_none_or(|heard| number > heard) {
            self.heard = Some(number);
            self.hear(line);
        }
    }

    /// The player leaves a room whose players have heard all lines up to this number.
    pub(crate) fn leave(&mut self, heard: u64) {
        self.heard = self.heard.max(Some(heard));
    }

    /// The number of the last line to all that was heard in another room, if it comes from one.
    pub(crate) const fn heard(&self) -> Option<u64> {
        self.heard
    }

    /// Takes the lines that wait.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = SentLine> {
        self.waiting.drain(..)
    }

    /// Whether none waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_lines_wait_for_a_player_who_takes_none_and_the_oldest_are_lost() {
        let mut lines = HeardLines::default();
        (0..LINES_WAITING_MAX + 3).for_each(|number| lines.hear(number.to_string().into()));
        let waiting: Vec<String> = lines.take().map(|line| String::from(&*line)).collect();
        let expected: Vec<String> = (3..LINES_WAITING_MAX + 3).map(|number| number.to_string()).collect();
        assert_eq!(waiting, expected);
        assert!(lines.is_empty());
    }
}
