//! [`Game`]: the one trait that a game implements.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Context, Others, Place, Publisher, Sight, Step, Terms};
use crate::id::ClientId;
use crate::state::Replicate;

/// A game: its rules, and how its world is published.
///
/// The authority calls [`new`](Self::new), [`join`](Self::join), [`leave`](Self::leave), [`step`](Self::step),
/// [`publish`](Self::publish) and [`sees`](Self::sees) on the one true world. [`place`](Self::place),
/// [`advance`](Self::advance) has no world: both ends call it, and so do clients [`predict`](Self::predict). These must give the
/// same bits everywhere. That means whole numbers, or floats with `+ - * /` and square roots; no platform sine.
pub trait Game: Sized + 'static {
    /// Named in the handshake, so that a client of another game is told so.
    const NAME: &'static str;
    /// Ticks a second unless the operator says otherwise.
    const TICK_HZ: u32 = 30;
    /// Interest radius in the units of [`place`](Self::place), unless the operator says otherwise.
    const INTEREST_RADIUS: f32;
    /// What a player would call a metre, in the units of [`place`](Self::place): corrections are hidden, and reported, by it.
    const METRE: f32 = 1.0;
    /// How far back the game may ask for what a client saw ([`Rewind::seen_by`](super::Rewind::seen_by)), in milliseconds. It is also the most that a client gains
    /// by pretending to see late.
    const REWIND_MILLIS: u32 = 200;

    /// What both ends need to know to foresee; sent in the welcome.
    type Rules: Serialize + DeserializeOwned + Clone + Default + Send;
    /// What a player wants, for one tick: one kind (an enum of several does not compile), or `()` for a game without input. Its default
    /// is used before a player's first input, when none has come for 15 ticks, and while its connection is lost. So it is to mean "do nothing":
    /// a velocity of zero, no button; never a place.
    type Input: Replicate + Copy + Default + PartialEq + Send;
    /// An entity, as published.
    type Entity: Replicate;
    /// What a client asks for now and then, reliably and in order: chat, a choice. `()` if nothing.
    type Command: Serialize + DeserializeOwned + Send;
    /// What clients are told now and then, reliably and in order: a hit, a result. `()` if nothing.
    type Event: Serialize + DeserializeOwned + Send;

    /// A world at tick 0.
    fn new(terms: &Terms<Self::Rules>, seed: u64) -> Self;

    /// A player came. `name` is what it calls itself: checked for length and control characters, not for taste. It is told what is
    /// told here, like everybody else.
    fn join(&mut self, client: ClientId, name: &str, context: &mut Context<'_, Self>);

    /// A player is gone, and is told nothing any more.
    fn leave(&mut self, client: ClientId, context: &mut Context<'_, Self>);

    /// One tick of the world.
    fn step(&mut self, step: &mut Step<'_, Self>);

    /// Hands over every entity, and where each client looks from.
    fn publish(&self, out: &mut Publisher<'_, Self>);

    /// Where an entity is, for interest; `None` if everyone sees it wherever they are (the score, the round). By default where its field
    /// marked `position` says, and everywhere for a kind that has none.
    fn place(entity: &Self::Entity) -> Option<Place> {
        entity.position().map(Place)
    }

    /// One tick of what can be foreseen of an entity, from its published state alone. By default what follows is moved by
    /// what it follows, and nothing ends. Control fields stay as they are, whatever this does to them.
    fn advance(terms: &Terms<Self::Rules>, entity: &mut Self::Entity) -> Fate {
        entity.drift(terms.tick_hz);
        Fate::Goes
    }

    /// One tick of a player's own entity as far as its client can tell: by the player's input, by itself, and by what it runs into, of the
    /// kinds that are marked `obstacle`. Where it calls what [`step`](Self::step) calls, in the same order, it is exact. By default an
    /// input shows when the server says so.
    fn predict(terms: &Terms<Self::Rules>, own: &mut Self::Entity, _input: &Self::Input, _others: &Others<'_, Self>) -> Fate {
        Self::advance(terms, own)
    }

    /// Whether something that nothing passes lies between two places of an entity, the one where it is shown and the one where it is. A
    /// client shows a correction across it at once: hidden as others are, it would slide through. Nothing lies anywhere by default.
    fn is_parted(_terms: &Terms<Self::Rules>, _one: &Self::Entity, _other: &Self::Entity) -> bool {
        false
    }

    /// What a player's own entity, as it is at the end of a tick, brings into the world in that tick by the player's input: its shot. The
    /// client shows it until the state of that tick is there, which has the true one, or has none. A game whose server asks the same
    /// function has it predicted exactly. Nothing by default.
    fn spawn(_terms: &Terms<Self::Rules>, _own: &Self::Entity, _input: &Self::Input) -> Option<Self::Entity> {
        None
    }

    /// Narrows or widens what a client sees beyond distance: teams, stealth, a map that was bought. Nothing by default.
    fn sees(&self, _client: ClientId, _sight: &mut Sight<'_>) {}
}

/// Whether both ends foresee an entity's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is there at the next tick.
    Goes,
    /// It is not: a shot that has flown its time. Costs nothing on the wire. Pictures of its last tick show it on its way to where
    /// [`Game::advance`] leaves it.
    Ends,
}
