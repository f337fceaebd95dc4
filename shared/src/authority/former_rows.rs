//! [`FormerRows`]: rows as they were before a tick, of what that tick changed.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::EntityId;
use crate::limits::COLUMNS_MAX;

/// Rows of one tick, packed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct FormerRows {
    entries: Vec<FormerRow>,
    columns: Vec<i32>,
}

/// An entity before a tick: its kind and where its columns lie. Nobody where the slot was empty, or its tenant of a
/// kind that is not kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct FormerRow {
    slot: u32,
    /// Number of entries before it: the first one of a slot is what was there before the tick.
    nth: u32,
    tenant: Option<(u8, u8)>,
    from: u32,
    columns: u8,
}

impl FormerRows {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.columns.clear();
    }

    /// The slot was empty.
    pub(super) fn note_nobody(&mut self, slot: u32) {
        self.note(slot, None, &[]);
    }

    /// The slot had this entity, of this kind.
    pub(super) fn note_row(&mut self, id: EntityId, kind: usize, columns: &[i32]) {
        self.note(id.slot, Some((id.generation, kind as u8)), columns);
    }

    fn note(&mut self, slot: u32, tenant: Option<(u8, u8)>, columns: &[i32]) {
        let (nth, from) = (self.entries.len() as u32, self.columns.len() as u32);
        self.columns.extend_from_slice(columns);
        self.entries.push(FormerRow { slot, nth, tenant, from, columns: columns.len() as u8 });
    }

    /// Makes rows findable by their slots; nothing is noted after it.
    pub(super) fn end(&mut self) {
        // Games mostly publish in the order of slots, and then there is nothing to sort.
        self.entries.sort_unstable_by_key(|entry| (entry.slot, entry.nth));
    }

    /// Whether all rows lie within their memory and are of one of so many kinds: what was loaded may be anything.
    pub(super) fn is_sound(&self, kinds: usize) -> bool {
        self.entries.iter().all(|entry| {
            let (from, columns) = (entry.from as usize, usize::from(entry.columns));
            let is_kind = entry.tenant.is_none_or(|(_, kind)| usize::from(kind) < kinds);
            is_kind && columns <= COLUMNS_MAX && from.checked_add(columns).is_some_and(|end| end <= self.columns.len())
        })
    }

    /// The entity that was in `slot`, its kind and its columns, or nobody; `None` if the tick changed nothing there.
    pub(super) fn find(&self, slot: u32) -> Option<Option<(EntityId, usize, &[i32])>> {
        let first = self.entries.partition_point(|entry| entry.slot < slot);
        let entry = self.entries.get(first).filter(|entry| entry.slot == slot)?;
        let columns = &self.columns[entry.from as usize..][..usize::from(entry.columns)];
        Some(entry.tenant.map(|(generation, kind)| (EntityId::new(slot, generation), usize::from(kind), columns)))
    }
}
