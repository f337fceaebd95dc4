//! Expected views, worked out the slow way: tests hold a client's view against them.

use alloc::vec::Vec;

use super::room::Room;
use crate::game::{Game, Sight};
use crate::id::{ClientId, EntityId};
use crate::state::{Bitset, Row};

/// An entity's identity, its kind, its row, its label.
pub type ExpectedRow = (EntityId, usize, Row, Vec<u8>);

impl<G: Game> Room<G> {
    /// The rows that `client` must hold once it has applied this tick, worked out from nothing: everything
    /// published that it may see by distance alone, and of the entities between the two radii those that its
    /// view has.
    pub fn expected_view(&self, client: ClientId) -> Option<Vec<ExpectedRow>> {
        let seat = self.seats.get(client)?;
        let viewpoint = self.viewpoints.get(client).copied().unwrap_or_default();
        let own = viewpoint.own.and_then(|own| self.published.find(own));
        let centre = viewpoint.centre.or_else(|| own.and_then(|own| own.place));
        let mut seen = Bitset::default();
        for slot in self.published.alive().slots() {
            let Some(entry) = self.published.entry(slot) else { continue };
            let visible = match (entry.place, centre) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(place), Some(centre)) => {
                    // Squared, as everywhere: at the very edge a root is rounded to the other side.
                    let within = |radius: f32| place.0.distance_squared(centre.0) <= radius * radius;
                    let held = within(self.ground.terms.keep_radius()) && seat.view.sees(slot);
                    within(self.service_level.entering_radius(&self.ground.terms)) || held
                }
            };
            if visible {
                seen.insert(slot);
            }
        }
        let ids = |slot| Some(self.published.entry(slot)?.id);
        self.game.adjust_sight(client, &mut Sight { seen: &mut seen, ids: &ids });
        if let Some(own) = own {
            seen.insert(own.id.slot);
        }
        let rows = seen.slots().filter_map(|slot| self.published.entry(slot));
        Some(rows.map(|entry| (entry.id, entry.kind, entry.row, entry.label.clone())).collect())
    }
}
