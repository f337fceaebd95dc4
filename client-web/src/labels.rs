//! [`Labels`]: the texts that entities have, a number for each, so that a page makes a text of it once.

use std::collections::BTreeMap;

/// Texts that are kept at once: a crowd's many times over. All are numbered anew where there would be more.
const LABELS_MAX: usize = 4096;

/// Texts by number, from 1.
#[derive(Default)]
pub(crate) struct Labels {
    numbers: BTreeMap<Box<[u8]>, u32>,
    texts: BTreeMap<u32, Box<[u8]>>,
    last: u32,
    age: u32,
}

impl Labels {
    /// The number of a text: the same for as long as it is kept, and never another's. 0 is no text.
    pub(crate) fn number(&mut self, text: &[u8]) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        if self.numbers.len() >= LABELS_MAX {
            self.numbers.clear();
            self.texts.clear();
            self.age = self.age.wrapping_add(1);
        }
        self.last = self.last.wrapping_add(1).max(1);
        self.numbers.insert(text.into(), self.last);
        self.texts.insert(self.last, text.into());
        self.last
    }

    /// Number of times that all were numbered anew.
    pub(crate) const fn age(&self) -> u32 {
        self.age
    }

    /// The text of a number; empty where it is kept no more.
    pub(crate) fn text(&self, number: u32) -> &[u8] {
        self.texts.get(&number).map_or(&[], |text| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_and_there_are_never_too_many() {
        let mut labels = Labels::default();
        let ann = labels.number(b"ann");
        assert_eq!((labels.number(b""), labels.number(b"ann"), labels.text(ann)), (0, ann, &b"ann"[..]));
        for number in 0..LABELS_MAX {
            labels.number(number.to_string().as_bytes());
        }
        assert!(labels.texts.len() <= LABELS_MAX);
        assert_ne!(labels.number(b"ann"), ann, "a number that was another's would show an old text");
    }
}
