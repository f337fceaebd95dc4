//! Lag compensation: the world as a client saw it when it acted ([`Rewind`]).
//!
//! A client says what it holds with each input, and how it shows the others whenever that changes; so the
//! server knows, to the tick, where each entity was on the client's screen. What it does not know is the
//! smoothing of corrections, a matter of some frames.

use super::Game;
use crate::id::{ClientId, EntityId};
use crate::state::Display;
use crate::tick::Tick;

/// An entity as it was on a client's screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen<E> {
    /// The state that the client saw.
    pub entity: E,
    /// The tick of the world that it saw: the one being made for what is advanced to the player's present, an
    /// earlier one for what is shown in the past.
    pub tick: Tick,
    /// The newest true state that it was drawn from.
    pub held_at: Tick,
    /// Age of that knowledge, in ticks: what the client is given by compensation. 1 for a client without any
    /// delay.
    pub rewound: u32,
    /// The client saw even older a state, but this is as far as it is believed.
    pub is_clamped: bool,
    /// The way in which the client shows it.
    pub display: Display,
}

/// Knows where clients saw entities.
pub(crate) trait Hindsight<G: Game> {
    /// Answers [`Rewind::seen_by`].
    fn seen_by(&self, client: ClientId, entity: EntityId) -> Option<Seen<G::Entity>>;

    /// Answers [`Rewind::bound`].
    fn bound(&self) -> u32;
}

/// Answers where a client saw an entity. Copy it out of [`Step`](super::Step) to use it beside the rest.
pub struct Rewind<'a, G: Game> {
    pub(crate) hindsight: &'a dyn Hindsight<G>,
}

impl<G: Game> Clone for Rewind<'_, G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G: Game> Copy for Rewind<'_, G> {}

impl<G: Game> Rewind<'_, G> {
    /// `entity` as `client` saw it when it gave its input for this tick. `None` if the client could not see
    /// it: it is too new, gone since long, or of a kind that is not marked `rewinds`. Whether it was in the
    /// client's view is for the game to know.
    #[must_use]
    pub fn seen_by(&self, client: ClientId, entity: EntityId) -> Option<Seen<G::Entity>> {
        self.hindsight.seen_by(client, entity)
    }

    /// Greatest age at which a client is believed, in ticks.
    #[must_use]
    pub fn bound(&self) -> u32 {
        self.hindsight.bound()
    }
}
