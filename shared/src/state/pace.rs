//! [`Pace`]: how much news an entity's fields had a tick ago, by which trained codes choose their words.
//!
//! What changed much is likely to change much again. The pace follows from the news, so that all who read it have it;
//! who enters is told.

use serde::{Deserialize, Serialize};

use super::codes::PACE_BITS;
use super::layout::{FieldLayout, KindLayout};
use super::novelty::Novelty;
use crate::bits::{BitReader, BitWriter, Malformed};

/// Sums of sizes from which a pace is much, and very much.
const MUCH: u32 = 6;
const VERY_MUCH: u32 = 18;

/// The paces of an entity's fields: two bits each. Nothing of a kind without trained codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pace(u32);

impl Pace {
    /// No news.
    pub(crate) const NONE: Self = Self(0);

    /// Pace of one field: 0 if it had no news, 3 if it had very much.
    pub(super) fn of(self, field: &FieldLayout) -> usize {
        field.paced.map_or(0, |index| (self.0 >> (PACE_BITS * index) & ((1 << PACE_BITS) - 1)) as usize)
    }
}

impl KindLayout {
    /// The pace after a tick with this news.
    pub(crate) fn pace_after(&self, news: &Novelty) -> Pace {
        let mut pace = 0;
        if self.keeps_pace {
            for (_, field) in self.fields_of(news.fields) {
                let Some(index) = field.paced else { continue };
                pace |= pace_of(field, news) << (PACE_BITS * index);
            }
        }
        Pace(pace)
    }

    /// The fields that had news a tick ago, of those whose pace is kept.
    pub(super) fn paced_fields(&self, pace: Pace) -> u32 {
        let had = self.fields.iter().enumerate().filter(|(_, field)| pace.of(field) > 0);
        had.fold(0, |mask, (index, _)| mask | 1 << index)
    }

    /// Bits of all paces; none where nothing is coded by them.
    fn pace_bits(&self) -> u32 {
        if self.codes.is_some() { PACE_BITS * self.paces } else { 0 }
    }

    pub(crate) fn write_pace(&self, pace: Pace, out: &mut BitWriter) {
        out.write(pace.0, self.pace_bits());
    }

    pub(crate) fn read_pace(&self, reader: &mut BitReader<'_>) -> Result<Pace, Malformed> {
        reader.read(self.pace_bits()).map(Pace)
    }
}

/// The pace of a field that has news.
pub(super) fn pace_of(field: &FieldLayout, news: &Novelty) -> u32 {
    if news.exact {
        return 1;
    }
    let sum = field.columns().fold(0_u32, |sum, at| sum.saturating_add(news.values[at].unsigned_abs()));
    1 + u32::from(sum >= MUCH) + u32::from(sum >= VERY_MUCH)
}
