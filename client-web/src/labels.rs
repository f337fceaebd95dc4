//! [`Labels`]: the texts that entities have, a number for each, so that a page makes a text of it once.

use std::collections::BTreeMap;

/// Texts that are kept at once: a crowd's many times over. All are numbered anew where there would be more.
const LABELS_MAX: usize = 4096;

/// Texts by number, from 1.
pub(crate) struct Labels {
    numbers: BTreeMap<Box<[u8]>, u32>,
    texts: Vec<Box<[u8]>>,
    /// Number of the first of the texts.
    first: u32,
    age: u32,
}

impl Default for Labels {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), texts: Vec::new(), first: 1, age: 0 }
    }
}

impl Labels {
    /// The number of a text: the same for as long as it is kept, and never another's. 0 is no text. Most often it is
    /// `usual`.
    pub(crate) fn number(&mut self, text: &[u8], usual: u32) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if text == self.text(usual) {
            return usual;
        }
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        if self.numbers.len() >= LABELS_MAX {
            self.numbers.clear();
            self.first = self.first.wrapping_add(self.texts.len() as u32).max(1);
            self.texts.clear();
            self.age = self.age.wrapping_add(1);
        }
        let number = self.first.wrapping_add(self.texts.len() as u32);
        self.numbers.insert(text.into(), number);
        self.texts.push(text.into());
        number
    }

    /// Number of times that all were numbered anew.
    pub(crate) const fn age(&self) -> u32 {
        self.age
    }

    /// The text of a number; empty where it is kept no more.
    pub(crate) fn text(&self, number: u32) -> &[u8] {
        let text = number.checked_sub(self.first).and_then(|at| self.texts.get(at as usize));
        text.map_or(&[], |text| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_and_there_are_never_too_many() {
        let mut labels = Labels::default();
        let ann = labels.number(b"ann", 0);
        assert_eq!((labels.number(b"", ann), labels.number(b"ann", ann), labels.text(ann)), (0, ann, &b"ann"[..]));
        let bob = labels.number(b"bob", ann);
        assert_eq!((labels.number(b"ann", bob), labels.number(b"bob", 0)), (ann, bob));
        for number in 0..LABELS_MAX {
            labels.number(number.to_string().as_bytes(), ann);
        }
        assert!(labels.texts.len() <= LABELS_MAX);
        assert_ne!(labels.number(b"ann", ann), ann, "a number that was another's would show an old text");
        assert_eq!(labels.text(ann), b"");
    }
}
