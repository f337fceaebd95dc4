//! [`Publisher`] and [`Sight`]: what a game is handed to say what its world looks like.

use slotmap::SecondaryMap;

use super::{Game, Ground, Place};
use crate::id::{ClientId, EntityId};
use crate::state::Bitset;

/// Takes what a game publishes in one tick.
pub(crate) trait Sink<G: Game> {
    /// Publishes one entity for this tick.
    fn put(&mut self, ground: &Ground<G>, id: EntityId, entity: &G::Entity, label: &[u8]);
}

/// Receiver of the game's world, in [`Game::publish`].
pub struct Publisher<'a, G: Game> {
    pub(crate) sink: &'a mut dyn Sink<G>,
    pub(crate) ground: &'a Ground<G>,
    pub(crate) viewpoints: &'a mut SecondaryMap<ClientId, Viewpoint>,
}

impl<G: Game> Publisher<'_, G> {
    /// Publishes an entity. Each once a tick, in any order; one that is not published any more is gone.
    pub fn put(&mut self, id: EntityId, entity: &G::Entity) {
        self.sink.put(self.ground, id, entity, &[]);
    }

    /// Publishes an entity with its label (a name, an inventory), which travels on entering and when it changes.
    pub fn put_labelled(&mut self, id: EntityId, entity: &G::Entity, label: &[u8]) {
        self.sink.put(self.ground, id, entity, label);
    }

    /// Says where `client` looks from, and which entity is its own. A client without a viewpoint sees what
    /// everyone sees.
    pub fn viewpoint(&mut self, client: ClientId, viewpoint: Viewpoint) {
        self.viewpoints.insert(client, viewpoint);
    }
}

/// The point from which a client looks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Viewpoint {
    /// The entity that the client steers: it always sees that one, and predicts it.
    pub own: Option<EntityId>,
    /// The centre of what it sees; where its own entity is, if not given.
    pub centre: Option<Place>,
}

impl Viewpoint {
    /// Looks from the client's own entity.
    #[must_use]
    pub const fn of(own: EntityId) -> Self {
        Self { own: Some(own), centre: None }
    }

    /// Looks from a point, without an entity: a spectator, or a player who waits to return.
    #[must_use]
    pub const fn at(centre: Place) -> Self {
        Self { own: None, centre: Some(centre) }
    }
}

/// The entities that a client is about to see, for [`Game::adjust_sight`] to narrow or widen.
pub struct Sight<'a> {
    pub(crate) seen: &'a mut Bitset,
    pub(crate) ids: &'a dyn Fn(u32) -> Option<EntityId>,
}

impl Sight<'_> {
    /// Entities in sight so far, ascending by slot.
    pub fn ids(&self) -> impl Iterator<Item = EntityId> {
        self.seen.slots().filter_map(|slot| (self.ids)(slot))
    }

    /// Takes `entity` out of sight. A client's own entity stays.
    pub fn hide(&mut self, entity: EntityId) {
        if (self.ids)(entity.slot) == Some(entity) {
            self.seen.remove(entity.slot);
        }
    }

    /// Brings `entity` into sight, however far it is. Nothing happens if it is not published.
    pub fn show(&mut self, entity: EntityId) {
        if (self.ids)(entity.slot) == Some(entity) {
            self.seen.insert(entity.slot);
        }
    }
}
