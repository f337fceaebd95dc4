//! Expected views, worked out the slow way: tests hold a client's view against them.

use alloc::vec::Vec;

use super::published::{Published, PublishedEntity};
use super::room::Room;
use crate::game::{Game, InSight, Sight};
use crate::id::{ClientId, EntityId};
use crate::state::{EMPTY, Replicate, Row, SlotSet};

/// An entity's identity, its kind, its row, its label.
pub type ExpectedRow = (EntityId, usize, Row, Vec<u8>);

impl<G: Game> Room<G> {
    /// The rows that `client` must hold once it has applied this tick, worked out from nothing: everything
    /// published that it may see by distance alone, and of the entities between the two radii those that its
    /// view has.
    pub fn expected_view(&self, client: ClientId) -> Option<Vec<ExpectedRow>> {
        let seat = self.seats.get(client)?;
        let viewpoint = self.viewpoints.get(client).copied().unwrap_or_default();
        let published = &self.published;
        let own = viewpoint.own.filter(|own| published.find(*own).is_some());
        let place = |slot| G::place(&read::<G>(&published.entity(slot)?));
        let centre = viewpoint.centre.or_else(|| own.and_then(|own| place(own.slot)));
        let is_visible = |slot| match (place(slot), centre) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(place), Some(centre)) => {
                // Squared, as everywhere: at the very edge a root is rounded to the other side.
                let within = |radius: f32| place.0.distance_squared(centre.0) <= radius * radius;
                let held = within(self.ground.terms.keep_radius()) && seat.view.sees(slot);
                within(self.service_level.entering_radius(&self.ground.terms)) || held
            }
        };
        let all = (0..published.slots() as u32).filter(|&slot| published.entity(slot).is_some());
        let by_distance = SeenSlots { published, seen: all.filter(|&slot| is_visible(slot)).collect() };
        let (mut hidden, mut shown) = (SlotSet::new(), SlotSet::new());
        let slots = &mut Vec::new();
        let mut sight = Sight { by_distance: &by_distance, hidden: &mut hidden, shown: &mut shown, slots };
        self.game.adjust_sight(client, &mut sight);
        let mut seen: Vec<_> = sight.ids().chain(own).collect();
        seen.sort_unstable();
        seen.dedup();
        let rows = seen.into_iter().filter_map(|id| published.find(id));
        Some(rows.map(|entity| (entity.id, entity.kind, self.copy(&entity), entity.label.into())).collect())
    }

    fn copy(&self, entity: &PublishedEntity<'_>) -> Row {
        let columns = self.published.layout().kind(entity.kind).columns().len();
        let mut row = EMPTY;
        row[..columns].copy_from_slice(&entity.row[..columns]);
        row
    }
}

fn read<G: Game>(entity: &PublishedEntity<'_>) -> G::Entity {
    G::Entity::read_row(entity.kind, entity.row)
}

/// Slots seen by distance, ascending.
struct SeenSlots<'a, G: Game> {
    published: &'a Published<G>,
    seen: Vec<u32>,
}

impl<G: Game> InSight for SeenSlots<'_, G> {
    fn id(&self, slot: u32) -> Option<EntityId> {
        Some(self.published.entity(slot)?.id)
    }

    fn sees(&self, slot: u32) -> bool {
        self.seen.binary_search(&slot).is_ok()
    }

    fn list(&self, slots: &mut Vec<u32>) {
        slots.extend(&self.seen);
    }
}
