//! A row, which is an entity's state as quantised integers, and sets of its fields.

use crate::id::EntityId;
use crate::limits::COLUMNS_MAX;

/// The columns of one entity, in the order of its field table; what the kind does not use is zero.
pub type Row = [i32; COLUMNS_MAX];

/// A row before anything is written to it.
pub(crate) const EMPTY: Row = [0; COLUMNS_MAX];

/// A row as it is saved: without the zeros at its end.
pub(crate) mod saved_row {
    use alloc::vec::Vec;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::{EMPTY, Row};

    pub(crate) fn serialize<S: Serializer>(row: &Row, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = row.iter().rposition(|&column| column != 0).map_or(0, |last| last + 1);
        row[..columns].serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Row, D::Error> {
        let columns = Vec::<i32>::deserialize(deserializer)?;
        let mut row = EMPTY;
        let used = row.get_mut(..columns.len()).ok_or_else(|| de::Error::custom("a row that is too long"))?;
        used.copy_from_slice(&columns);
        Ok(row)
    }
}

/// A set of fields of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldSet(pub(super) u32);

impl FieldSet {
    /// Every field.
    pub(super) const ALL: Self = Self(u32::MAX);

    pub(crate) fn insert(&mut self, field: usize) {
        self.0 |= 1 << field;
    }

    /// Whether `field` is in it.
    #[must_use]
    pub(crate) const fn contains(self, field: usize) -> bool {
        self.0 >> field & 1 == 1
    }

    /// The fields as a mask, a bit for each.
    #[must_use]
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// Whether nothing is in it.
    #[must_use]
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Hash of a row with its entity's identity, kind and label. Both ends sum it over a view to see that they
/// hold the same.
///
/// Not cryptographic: it finds mistakes, not enemies.
#[must_use]
pub(crate) fn row_hash(id: EntityId, kind: usize, columns: &[i32], label: &[u8]) -> u32 {
    let mut hash = mix(u64::from(id.slot) | (u64::from(id.generation) << 32) | ((kind as u64) << 40));
    for &column in columns {
        hash = mix(hash ^ u64::from(column as u32));
    }
    for &byte in label {
        hash = mix(hash ^ u64::from(byte));
    }
    (hash ^ (hash >> 32)) as u32
}

/// A round of multiply and fold, as in `wyhash`.
fn mix(value: u64) -> u64 {
    let wide = u128::from(value ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
    (wide as u64) ^ ((wide >> 64) as u64)
}
