//! [`Publisher`]: what a game is handed to say what its world looks like.

use serde::{Deserialize, Serialize};
use slotmap::SecondaryMap;

use super::{Game, Ground, Place};
use crate::id::{ClientId, EntityId};

/// Takes what a game publishes in one tick.
pub(crate) trait Sink<G: Game> {
    /// Publishes one entity for this tick.
    fn put(&mut self, ground: &Ground<G>, id: EntityId, entity: &G::Entity, label: &[u8], how: HandOver);

    /// Takes on as foreseen what is not put in this tick.
    fn carry_on_others(&mut self);

    /// Removes an entity: it is gone.
    fn remove(&mut self, ground: &Ground<G>, id: EntityId);
}

/// Closeness to the truth with which an entity is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandOver {
    /// The foreseen, where that is within each field's tolerance.
    Usual,
    /// To the last step.
    Exact,
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
        self.put_labelled(id, entity, &[]);
    }

    /// Publishes an entity with its label (a name, an inventory), which travels on entering and when it changes.
    pub fn put_labelled(&mut self, id: EntityId, entity: &G::Entity, label: &[u8]) {
        self.sink.put(self.ground, id, entity, label, HandOver::Usual);
    }

    /// Publishes an entity to the last step, whatever its fields' tolerances are: one that is handed over for the
    /// last time before it rests. What is within a tolerance now (a body that is published as creeping, and lies
    /// still) would not stay within it by itself.
    pub fn put_exactly(&mut self, id: EntityId, entity: &G::Entity, label: &[u8]) {
        self.sink.put(self.ground, id, entity, label, HandOver::Exact);
    }

    /// Says that whatever is not put in this tick goes on as foreseen, until it is put again or
    /// [removed](Self::remove). For [`Game::publish_changes`].
    pub fn carry_on_others(&mut self) {
        self.sink.carry_on_others();
    }

    /// Says that an entity is gone, before another may have its slot. Nothing happens if it is not published. One
    /// that ends as [`Game::advance`] says need not be removed.
    pub fn remove(&mut self, id: EntityId) {
        self.sink.remove(self.ground, id);
    }

    /// Says where `client` looks from, and which entity is its own. A client without a viewpoint sees what
    /// everyone sees.
    pub fn viewpoint(&mut self, client: ClientId, viewpoint: Viewpoint) {
        self.viewpoints.insert(client, viewpoint);
    }
}

/// The point from which a client looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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
