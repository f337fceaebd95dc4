//! [`Owners`]: which client looks from which entity, in games whose entities are there whoever plays.

use auspice::game::Viewpoint;
use auspice::{ClientId, EntityId, Game, Publisher};
use serde::{Deserialize, Serialize};

/// A place for each entity. Clients take them in order of joining; entities have their index for a slot.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Owners {
    /// Places that were ever taken.
    taken: Vec<Option<ClientId>>,
    entities: usize,
}

impl Owners {
    /// Makes as many places as `entities`, all free.
    #[must_use]
    pub fn new(entities: usize) -> Self {
        Self { taken: Vec::new(), entities }
    }

    /// `client` takes the first free place. Whoever comes when there is none sees nothing: give the server no
    /// more seats than entities.
    pub fn join(&mut self, client: ClientId) {
        if let Some(free) = self.taken.iter_mut().find(|owner| owner.is_none()) {
            *free = Some(client);
        } else if self.taken.len() < self.entities {
            self.taken.push(Some(client));
        }
    }

    /// `client` gives its place back.
    pub fn leave(&mut self, client: ClientId) {
        for owner in self.taken.iter_mut().filter(|owner| **owner == Some(client)) {
            *owner = None;
        }
    }

    /// Says where each client looks from.
    pub fn view<G: Game>(&self, out: &mut Publisher<'_, G>) {
        for (slot, owner) in self.taken.iter().enumerate() {
            if let Some(client) = *owner {
                out.viewpoint(client, Viewpoint::of(EntityId::new(slot as u32, 0)));
            }
        }
    }
}
