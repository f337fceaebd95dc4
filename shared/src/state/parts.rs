//! Message parts, by which the bits of updates are counted, and for each kind a part for each of its fields.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::schema::Kind;

/// Parts that do not depend on the game, in the order of their indexes.
const COMMON: [&str; 6] = ["head", "news: who", "leaving", "entering: who", "hash", "events and reports"];

/// Parts of each kind, before its fields.
const OF_KIND: [&str; 3] = ["entering", "news: which fields", "news: gone or label"];

/// A part that bits are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part(pub(crate) u16);

impl Part {
    pub(crate) const HEAD: Self = Self(0);
    pub(crate) const WHO_HAS_NEWS: Self = Self(1);
    pub(crate) const LEAVING: Self = Self(2);
    pub(crate) const WHO_ENTERS: Self = Self(3);
    pub(crate) const HASH: Self = Self(4);
    pub(crate) const BLOCKS: Self = Self(5);
}

/// The parts of one kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KindParts(u16);

impl KindParts {
    pub(crate) const fn entering(self) -> Part {
        Part(self.0)
    }

    pub(crate) const fn which_fields(self) -> Part {
        Part(self.0 + 1)
    }

    pub(crate) const fn gone_or_label(self) -> Part {
        Part(self.0 + 2)
    }

    pub(crate) const fn field(self, field: usize) -> Part {
        Part(self.0 + OF_KIND.len() as u16 + field as u16)
    }
}

/// The first part of each kind.
pub(super) fn kind_parts(kinds: &[Kind]) -> Vec<KindParts> {
    let mut next = COMMON.len();
    kinds
        .iter()
        .map(|kind| {
            let parts = KindParts(next as u16);
            next += OF_KIND.len() + kind.fields.len();
            parts
        })
        .collect()
}

/// The name of each part, by its index.
#[must_use]
pub fn part_names(kinds: &[Kind]) -> Vec<String> {
    let of_kind = |kind: &Kind| -> Vec<String> {
        let parts = OF_KIND.iter().map(|part| format!("{} {part}", kind.name));
        parts.chain(kind.fields.iter().map(|field| format!("{} news: {}", kind.name, field.name))).collect()
    };
    COMMON.iter().map(|part| String::from(*part)).chain(kinds.iter().flat_map(of_kind)).collect()
}

/// Bits by part.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitTally(pub(crate) Vec<u64>);

impl BitTally {
    pub(crate) fn new(kinds: &[Kind]) -> Self {
        Self(alloc::vec![0; part_names(kinds).len()])
    }

    pub(crate) fn add(&mut self, part: Part, bits: usize) {
        self.0[usize::from(part.0)] += bits as u64;
    }
}
