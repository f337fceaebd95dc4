//! [`Chat`]: what was said. It is state, not events, so that whoever comes later reads it.

use std::collections::VecDeque;

use auspice::limits::LABEL_BYTES_MAX;
use auspice::message::is_plain;
use serde::{Deserialize, Serialize};

use crate::entity::{Entity, Line};
use crate::limits::{CHAT_CHARS_MAX, LINES_MAX, PARTS_MAX};
use crate::things::{Key, Things};

/// The last lines, the oldest first, each by its parts.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Chat {
    lines: VecDeque<Vec<Key>>,
    number: u32,
}

/// Something that cannot be said.
#[derive(Debug)]
pub(crate) struct Unfit;

impl Chat {
    pub(crate) fn say(&mut self, things: &mut Things, name: &str, colour: u8, text: &str) -> Result<(), Unfit> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > CHAT_CHARS_MAX || !is_plain(text) {
            return Err(Unfit);
        }
        let parts = [name].into_iter().chain(Parts(text)).take(PARTS_MAX).enumerate();
        let number = self.number;
        let line = parts
            .map(|(part, label)| things.put(Entity::Line(Line { number, part: part as u8, colour }), label.into()));
        self.lines.push_back(line.collect());
        self.number += 1;
        if self.lines.len() > LINES_MAX {
            self.lines.pop_front().into_iter().flatten().for_each(|part| things.take(part));
        }
        Ok(())
    }
}

/// A text in pieces that fit into labels.
struct Parts<'a>(&'a str);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (part, rest) = self.0.split_at(self.0.floor_char_boundary(LABEL_BYTES_MAX));
        self.0 = rest;
        (!part.is_empty()).then_some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_text_of_any_script_has_parts_enough() {
        for letter in ["a", "é", "漢", "𝄞"] {
            let text = letter.repeat(CHAT_CHARS_MAX);
            let parts: Vec<&str> = Parts(&text).collect();
            assert!(parts.len() < PARTS_MAX && parts.concat() == text, "{letter}: {} parts", parts.len());
        }
    }

    #[test]
    fn the_last_lines_are_kept_and_nothing_that_cannot_be_read() {
        let (mut things, mut chat) = (Things::default(), Chat::default());
        for number in 0..LINES_MAX + 5 {
            chat.say(&mut things, "ann", 1, &format!(" line {number} ")).expect("it is a text");
        }
        assert_eq!((chat.lines.len(), things.keys().len()), (LINES_MAX, 2 * LINES_MAX));
        for text in ["", " ", "a\u{202e}b", &"x".repeat(CHAT_CHARS_MAX + 1)] {
            assert!(chat.say(&mut things, "ann", 1, text).is_err(), "{text:?}");
        }
    }
}
