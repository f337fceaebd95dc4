//! [`HeldRows`]: the rows that a client holds. A rank is found at once, a slot by halving, and whoever comes or goes
//! moves no row.

use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

use slotmap::SlotMap;

use crate::game::Place;
use crate::id::EntityId;
use crate::message::Entering;
use crate::state::{Pace, Row};

slotmap::new_key_type! {
    /// A row that is held. Never means another.
    pub(super) struct HeldKey;
}

/// A row of the mirror.
#[derive(Clone, Debug)]
pub(super) struct HeldRow {
    pub(super) id: EntityId,
    pub(super) kind: usize,
    pub(super) row: Row,
    pub(super) label: Vec<u8>,
    /// The pace of its news, by which the next is read.
    pub(super) pace: Pace,
    /// Set where it is gone with the tick that is being read.
    pub(super) gone: bool,
    /// Foreseen is that it stays as it is.
    pub(super) rests: bool,
    /// Its share of the view's hash while it rests.
    pub(super) share: u32,
    /// Its place, for interest.
    pub(super) place: Option<Place>,
    /// Kept although it is too far away.
    pub(super) pinned: bool,
    /// Way of the centre after which its distance is to be looked at again, if it rests.
    pub(super) looked_at: u64,
    /// Had news in the tick that was read last, or is new.
    pub(super) changed: bool,
    /// Leapt with that news.
    pub(super) leapt: bool,
}

impl HeldRow {
    pub(super) fn new(entering: Entering, place: Option<Place>) -> Self {
        let Entering { id, kind, row, pace, label } = entering;
        let (gone, rests, pinned, changed, leapt) = (false, false, false, true, false);
        Self { id, kind, row, label, pace, gone, rests, share: 0, place, pinned, looked_at: u64::MAX, changed, leapt }
    }
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct HeldRows {
    rows: SlotMap<HeldKey, HeldRow>,
    /// Slots and rows, ascending by slot: each at its rank.
    order: Vec<(u32, HeldKey)>,
    /// The same of those that are being read, and have no rank yet.
    entering: Vec<(u32, HeldKey)>,
}

impl HeldRows {
    /// Number of rows that have a rank.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The rows, ascending by slot.
    pub(super) fn iter(&self) -> impl Iterator<Item = (HeldKey, &HeldRow)> + Clone {
        self.order.iter().map(|&(_, key)| (key, &self.rows[key]))
    }

    /// The row of a rank, which is below [`len`](Self::len).
    pub(super) fn at_rank(&self, rank: u32) -> HeldKey {
        self.order[rank as usize].1
    }

    pub(super) fn get_mut(&mut self, key: HeldKey) -> Option<&mut HeldRow> {
        self.rows.get_mut(key)
    }

    pub(super) fn get(&self, key: HeldKey) -> Option<&HeldRow> {
        self.rows.get(key)
    }

    /// The row of the entity in `slot`.
    pub(super) fn find(&self, slot: u32) -> Option<HeldKey> {
        let find =
            |list: &[(u32, HeldKey)]| list.binary_search_by_key(&slot, |(slot, _)| *slot).map(|at| list[at].1).ok();
        find(&self.order).or_else(|| find(&self.entering))
    }

    /// Adds a row, which has a rank from [`rank_entering`](Self::rank_entering) on. Slots ascend from call to call.
    /// `None` if the slot is taken.
    pub(super) fn add(&mut self, row: HeldRow) -> Option<HeldKey> {
        let slot = row.id.slot;
        if self.find(slot).is_some() {
            return None;
        }
        let key = self.rows.insert(row);
        self.entering.push((slot, key));
        Some(key)
    }

    /// Gives ranks to those that were added.
    pub(super) fn rank_entering(&mut self) {
        let (held, new) = (self.order.len(), self.entering.len());
        self.order.extend_from_slice(&self.entering);
        // Merged from the end, so that nothing is moved twice.
        let (mut from, mut to) = (held, held + new);
        while let Some(entering) = self.entering.pop() {
            while from > 0 && self.order[from - 1].0 > entering.0 {
                (from, to) = (from - 1, to - 1);
                self.order[to] = self.order[from];
            }
            to -= 1;
            self.order[to] = entering;
        }
    }

    /// Removes rows that have ranks, and hands them to `removed`, ascending by slot.
    pub(super) fn remove(&mut self, keys: &mut Vec<HeldKey>, mut removed: impl FnMut(HeldKey, HeldRow)) {
        keys.sort_unstable_by_key(|key| self.rows[*key].id.slot);
        keys.dedup();
        let mut next = 0;
        self.order.retain(|&(_, key)| {
            let is_removed = keys.get(next) == Some(&key);
            next += usize::from(is_removed);
            !is_removed
        });
        for &key in &*keys {
            if let Some(row) = self.rows.remove(key) {
                removed(key, row);
            }
        }
    }

    /// Removes all rows and hands them out, ascending by slot.
    pub(super) fn take_all(&mut self) -> Vec<(HeldKey, HeldRow)> {
        self.entering.clear();
        let mut all: Vec<_> = self.order.drain(..).filter_map(|(_, key)| Some((key, self.rows.remove(key)?))).collect();
        // None are left over but where a server broke off in the middle of an update.
        all.extend(self.rows.drain());
        all
    }
}

impl Index<HeldKey> for HeldRows {
    type Output = HeldRow;
    fn index(&self, key: HeldKey) -> &HeldRow {
        &self.rows[key]
    }
}

impl IndexMut<HeldKey> for HeldRows {
    fn index_mut(&mut self, key: HeldKey) -> &mut HeldRow {
        &mut self.rows[key]
    }
}
