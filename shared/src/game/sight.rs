//! [`Sight`]: what a client is about to see, for a game to narrow or widen.

use alloc::vec::Vec;

use crate::id::EntityId;
use crate::state::SlotSet;

/// The entities that a client sees by distance alone.
pub(crate) trait InSight {
    /// The entity in `slot`, if there is one.
    fn id(&self, slot: u32) -> Option<EntityId>;

    /// Whether it is seen.
    fn sees(&self, slot: u32) -> bool;

    /// Appends all slots that are seen, in any order.
    fn list(&self, slots: &mut Vec<u32>);
}

/// The entities that a client is about to see, for [`Game::adjust_sight`](super::Game::adjust_sight) to narrow or
/// widen.
pub struct Sight<'a> {
    pub(crate) by_distance: &'a dyn InSight,
    /// Seen by distance, and hidden.
    pub(crate) hidden: &'a mut SlotSet,
    /// Not seen by distance, and shown.
    pub(crate) shown: &'a mut SlotSet,
    /// Memory for a list of slots.
    pub(crate) slots: &'a mut Vec<u32>,
}

impl Sight<'_> {
    /// Entities in sight so far, ascending by slot.
    pub fn ids(&mut self) -> impl Iterator<Item = EntityId> {
        self.slots.clear();
        self.by_distance.list(self.slots);
        self.slots.retain(|slot| !self.hidden.contains(*slot));
        self.slots.extend(self.shown.slots());
        self.slots.sort_unstable();
        self.slots.iter().filter_map(|slot| self.by_distance.id(*slot))
    }

    /// Takes `entity` out of sight. A client's own entity stays.
    pub fn hide(&mut self, entity: EntityId) {
        if self.by_distance.id(entity.slot) != Some(entity) {
            return;
        }
        self.shown.remove(entity.slot);
        if self.by_distance.sees(entity.slot) {
            self.hidden.insert(entity.slot);
        }
    }

    /// Brings `entity` into sight, however far it is. Nothing happens if it is not published.
    pub fn show(&mut self, entity: EntityId) {
        if self.by_distance.id(entity.slot) != Some(entity) {
            return;
        }
        self.hidden.remove(entity.slot);
        if !self.by_distance.sees(entity.slot) {
            self.shown.insert(entity.slot);
        }
    }
}
