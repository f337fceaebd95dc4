//! Slots of the published world: whoever comes, moves, rests and goes, and what follows each slot with it.

use alloc::vec::Vec;

use super::deadlines::Whereabouts;
use super::published::Published;
use super::tenant::{SLOTS_KEPT, Tenant};
use crate::game::{Game, Place};
use crate::id::EntityId;
use crate::state::{Pace, Replicate, shape_of};

impl<G: Game> Published<G> {
    /// An entity that was not there a tick ago, with the true row.
    pub(super) fn move_in(&mut self, id: EntityId, kind: usize, label: &[u8]) {
        if G::Entity::KINDS[kind].rewinds {
            self.former.note_nobody(id.slot);
        }
        let row = self.kinds[kind].add(id.slot, &self.truth.row, label);
        self.tenants[id.slot as usize] = Tenant {
            row,
            stamp: self.tick,
            told: self.tick,
            pace: Pace::NONE,
            kind: kind as u8,
            generation: id.generation,
            is_there: true,
            is_everywhere: false,
            rests: true,
        };
        self.count += 1;
        self.arrived.push(id.slot);
        self.end = self.end.max(id.slot as usize + 1);
        self.moved((id.slot, kind));
    }

    /// Notes the row of an entity, of this slot and kind, before it changes, if it may be asked for.
    #[inline]
    pub(super) fn note_former(&mut self, (slot, kind): (u32, usize)) {
        if G::Entity::KINDS[kind].rewinds {
            let tenant = self.tenants[slot as usize];
            let columns = shape_of::<G::Entity>(self.layout.kind(kind)).columns_of(self.kinds[kind].get(tenant.row));
            self.former.note_row(EntityId::new(slot, tenant.generation), kind, columns);
        }
    }

    /// Lets the entity rest: it is what it is until the game says otherwise.
    pub(super) fn rest(&mut self, slot: u32) {
        if !core::mem::replace(&mut self.tenants[slot as usize].rests, true) {
            self.moving.remove(slot);
            self.hash.mark(slot);
        }
    }

    /// The row of the entity is another: its place may be too, which its viewers work out in the same way.
    pub(super) fn moved(&mut self, (slot, kind): (u32, usize)) {
        let row = self.kinds[kind].get(self.tenants[slot as usize].row);
        self.moved_to(slot, G::place(&G::Entity::read_row(kind, row)));
    }

    /// The same, of an entity that is at `place` by its row.
    #[inline(always)]
    pub(super) fn moved_to(&mut self, slot: u32, place: Option<Place>) {
        let tenant = &self.tenants[slot as usize];
        match place {
            Some(place) if !tenant.rests && !tenant.is_everywhere => self.grid.set(slot, place),
            _ => self.moved_or_woke(slot, place),
        }
    }

    #[inline(never)]
    fn moved_or_woke(&mut self, slot: u32, place: Option<Place>) {
        let tenant = &mut self.tenants[slot as usize];
        if core::mem::replace(&mut tenant.rests, false) {
            self.moving.insert(slot);
        }
        match place {
            Some(place) => {
                if core::mem::replace(&mut tenant.is_everywhere, false) {
                    self.everywhere.remove(slot);
                }
                self.grid.set(slot, place);
            }
            None if !tenant.is_everywhere => {
                tenant.is_everywhere = true;
                self.everywhere.insert(slot);
                self.grid.remove(slot);
            }
            None => {}
        }
    }

    /// Notes that an entity with news, which was at `from`, is far from there.
    pub(super) fn note_leap(&mut self, slot: u32, from: Option<Place>) {
        let to = self.grid.place(slot);
        let is_far = |(from, to): (Place, Place)| from.0.distance_squared(to.0) > self.leap * self.leap;
        if from.is_some() != to.is_some() || from.zip(to).is_some_and(is_far) {
            self.arrived.push(slot);
        }
    }

    /// Lists who came in this tick, or leapt.
    pub(super) fn list_arrivals(&self, arrivals: &mut Vec<Whereabouts>) {
        arrivals.clear();
        arrivals.extend(self.arrived.iter().filter_map(|&slot| self.whereabouts(slot)));
    }

    /// Clears the slot: its entity is gone.
    pub(super) fn clear(&mut self, slot: u32) {
        self.note_former((slot, usize::from(self.tenants[slot as usize].kind)));
        let tenant = core::mem::replace(&mut self.tenants[slot as usize], Tenant::NOBODY);
        if let Some(moved) = self.kinds[usize::from(tenant.kind)].remove(tenant.row) {
            self.tenants[moved as usize].row = tenant.row;
        }
        if tenant.is_everywhere {
            self.everywhere.remove(slot);
        }
        self.grid.remove(slot);
        self.moving.remove(slot);
        self.hash.mark(slot);
        self.count -= 1;
    }

    /// Gives back the memory of slots that nobody has had since a crowd left, and the bits that their numbers take.
    pub(super) fn give_back(&mut self) {
        let slots = self.tenants.len();
        if slots <= SLOTS_KEPT || 4 * self.count > slots {
            return;
        }
        while self.end > 0 && !self.tenants[self.end - 1].is_there {
            self.end -= 1;
        }
        let kept = (2 * self.end).max(SLOTS_KEPT);
        if 2 * kept > slots {
            return;
        }
        self.tenants.truncate(kept);
        self.tenants.shrink_to_fit();
        self.moving.forget_slots(kept);
        self.grid.forget_slots(kept);
    }
}
