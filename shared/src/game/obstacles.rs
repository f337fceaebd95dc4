//! [`Obstacles`]: the entities that a player's own may run into, as its client foresees them.

use core::marker::PhantomData;

use super::Game;
use crate::id::EntityId;
use crate::state::{Replicate, Row};

/// An entity at some tick.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Foreseen {
    pub(crate) id: EntityId,
    pub(crate) kind: usize,
    pub(crate) row: Row,
}

/// The entities of the kinds that are marked `obstacle`, at the end of the tick that [`Game::predict_own`] makes,
/// as the client foresees them. What the client does not see is not there, and neither is its own.
pub struct Obstacles<'a, G> {
    own: Option<EntityId>,
    foreseen: &'a [Foreseen],
    game: PhantomData<fn() -> G>,
}

impl<G: Game> Obstacles<'_, G> {
    /// No others at all.
    pub const NONE: Self = Self { own: None, foreseen: &[], game: PhantomData };

    /// The others and their states, ascending by slot: a server that goes by another order gets another
    /// result where several are met at once.
    pub fn iter(&self) -> impl Iterator<Item = (EntityId, G::Entity)> {
        let others = self.foreseen.iter().filter(|other| Some(other.id) != self.own);
        others.map(|other| (other.id, G::Entity::read_row(other.kind, &other.row)))
    }
}

impl<'a, G> Obstacles<'a, G> {
    pub(crate) const fn of(own: EntityId, foreseen: &'a [Foreseen]) -> Self {
        Self { own: Some(own), foreseen, game: PhantomData }
    }
}
