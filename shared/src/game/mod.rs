//! The seam: [`Game`] is all that a game writes, and all that the engine knows of it.

mod others;
mod publisher;
mod rewind;

pub(crate) use others::Foreseen;
pub use others::Others;
pub(crate) use publisher::Sink;
pub use publisher::{Publisher, Sight, Viewpoint};
pub(crate) use rewind::Hindsight;
pub use rewind::{Rewind, Seen};

use alloc::vec::Vec;

use glam::{Vec2, Vec3};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::id::{ClientId, EntityId};
use crate::limits::INPUT_EVERY_MAX;
use crate::rng::Rng;
use crate::state::{Layout, Reach, Replicate, Row};
use crate::tick::Tick;

/// A game: its rules, and how its world is published.
///
/// The authority calls [`new`](Self::new), [`join`](Self::join), [`leave`](Self::leave),
/// [`step`](Self::step), [`publish`](Self::publish) and [`sees`](Self::sees) on the one true world.
/// [`place`](Self::place), [`advance`](Self::advance) has no world: both ends call it, and so do clients
/// [`predict`](Self::predict). These must give the same bits everywhere. That means whole numbers, or floats
/// with `+ - * /` and square roots; no platform sine.
pub trait Game: Sized + 'static {
    /// Named in the handshake, so that a client of another game is told so.
    const NAME: &'static str;
    /// Ticks a second unless the operator says otherwise.
    const TICK_HZ: u32 = 30;
    /// Interest radius in the units of [`place`](Self::place), unless the operator says otherwise.
    const INTEREST_RADIUS: f32;
    /// Length of a metre, as a player would call it, in the units of [`place`](Self::place). Corrections are
    /// hidden, and reported, in metres.
    const METRE: f32 = 1.0;
    /// Greatest time, in milliseconds, for which the game may look back at what a client saw
    /// ([`Rewind::seen_by`]). It is also the most that a client gains by pretending to see late.
    const REWIND_MILLIS: u32 = 200;

    /// Constants of the game that both ends need for foresight, such as speeds. The server sends them in the
    /// welcome.
    type Rules: Serialize + DeserializeOwned + Clone + Default + Send;
    /// A player's input for one tick; a struct, that is one kind. `Default` is used before the first input,
    /// after 15 missing ones, and while the player is disconnected. Make it "do nothing" (no velocity), never
    /// a position.
    type Input: Replicate + Copy + Default + PartialEq + Send;
    /// An entity, as published.
    type Entity: Replicate;
    /// A client's request that comes now and then, reliably and in order: chat, a choice. `()` if there is
    /// none.
    type Command: Serialize + DeserializeOwned + Send;
    /// The server's message to clients that comes now and then, reliably and in order: a hit, a result. `()`
    /// if there is none.
    type Event: Serialize + DeserializeOwned + Send;

    /// A world at tick 0.
    fn new(terms: &Terms<Self::Rules>, seed: u64) -> Self;

    /// A player came. `name` is what it calls itself: checked for length and control characters, not for
    /// taste. It is told what is told here, like everybody else.
    fn join(&mut self, client: ClientId, name: &str, context: &mut Context<'_, Self>);

    /// A player is gone, and is told nothing any more.
    fn leave(&mut self, client: ClientId, context: &mut Context<'_, Self>);

    /// Moves the world on by one tick.
    fn step(&mut self, step: &mut Step<'_, Self>);

    /// Hands over every entity, and where each client looks from.
    fn publish(&self, out: &mut Publisher<'_, Self>);

    /// The entity's place, for interest; `None` if everyone sees it wherever they are (the score, the round).
    fn place(entity: &Self::Entity) -> Option<Place>;

    /// Moves an entity on by one tick as far as it can be foreseen, from its published state alone. By
    /// default each field marked `follows` moves by the field it follows, and no entity ends. Control fields
    /// stay as they are, whatever this does to them.
    fn advance(terms: &Terms<Self::Rules>, entity: &mut Self::Entity) -> Fate {
        entity.drift(terms.tick_hz);
        Fate::Goes
    }

    /// Moves a player's own entity on by one tick as far as its client can tell: by the player's input, by
    /// itself, and by what it runs into, of the kinds that are marked `obstacle`. The prediction is exact
    /// where this calls the functions that [`step`](Self::step) calls, in the same order. By default an input
    /// shows when the server says so.
    fn predict(terms: &Terms<Self::Rules>, own: &mut Self::Entity, _input: &Self::Input, _others: &Others<'_, Self>) -> Fate {
        Self::advance(terms, own)
    }

    /// Whether something that nothing passes lies between two places of an entity, the one where it is shown
    /// and the one where it is. A client shows a correction across it at once: hidden as others are, it would
    /// slide through. Nothing lies anywhere by default.
    fn is_parted(_terms: &Terms<Self::Rules>, _one: &Self::Entity, _other: &Self::Entity) -> bool {
        false
    }

    /// The entity that a player's input brings into the world in this tick, such as its shot. `own` is the
    /// player's entity at the end of the tick. The client shows the new entity until the state of that tick
    /// is there, which has the true one, or has none. The prediction is exact if the server asks the same
    /// function. Nothing by default.
    fn spawn(_terms: &Terms<Self::Rules>, _own: &Self::Entity, _input: &Self::Input) -> Option<Self::Entity> {
        None
    }

    /// Narrows or widens what a client sees beyond distance: teams, stealth, a map that was bought. Nothing by default.
    fn sees(&self, _client: ClientId, _sight: &mut Sight<'_>) {}
}

/// Whether both ends foresee an entity's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The entity is there at the next tick.
    Goes,
    /// The entity is gone at the next tick: a shot that has flown its time. Costs nothing on the wire.
    /// Pictures of its last tick show it on its way to where [`Game::advance`] leaves it.
    Ends,
}

/// Terms of a session: the server sends them in its welcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms<R> {
    /// Ticks a second, 1 to 240.
    pub tick_hz: u32,
    /// Ticks from one update to the next, 1 to 16.
    pub send_every: u32,
    /// A client that wants the same as before says so only every so many ticks, 1 to [`INPUT_EVERY_MAX`];
    /// what it wants anew it says at once. More than 1 saves messages on the client's line, and tells the
    /// server less often of what the client holds.
    pub input_every: u32,
    /// A client sees entities that come within this distance, in the units of [`Game::place`].
    pub interest_radius: f32,
    /// The game's own rules.
    pub rules: R,
}

impl<R> Terms<R> {
    /// Terms for `G` with the given rules and everything else as the game would have it.
    pub fn of<G: Game<Rules = R>>(rules: R) -> Self {
        Self { tick_hz: G::TICK_HZ, send_every: 1, input_every: 1, interest_radius: G::INTEREST_RADIUS, rules }
    }

    /// The distance within which an entity that is seen stays seen: a tenth more than the radius in which it comes into
    /// view, so that nothing flickers at the edge.
    #[must_use]
    pub fn keep_radius(&self) -> f32 {
        self.interest_radius * 1.1
    }

    pub(crate) fn reach(&self) -> Reach {
        Reach { interest: self.interest_radius, keep: self.keep_radius() }
    }

    /// Whether every number is in its range.
    #[must_use]
    pub fn are_playable(&self) -> bool {
        (1..=240).contains(&self.tick_hz)
            && (1..=16).contains(&self.send_every)
            && (1..=INPUT_EVERY_MAX).contains(&self.input_every)
            && self.interest_radius > 0.0
            && self.interest_radius < 1e9
    }
}

/// A point for interest, in two or three dimensions. In two, `z` is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place(pub Vec3);

impl From<Vec2> for Place {
    fn from(point: Vec2) -> Self {
        Self(point.extend(0.0))
    }
}

impl From<Vec3> for Place {
    fn from(point: Vec3) -> Self {
        Self(point)
    }
}

/// Arguments of [`Game::join`] and [`Game::leave`], which come first in a tick, before its [`Step`].
pub struct Context<'a, G: Game> {
    /// The tick that is being made.
    pub tick: Tick,
    /// The terms that the session is played by.
    pub terms: &'a Terms<G::Rules>,
    /// The same randomness as in [`Step::rng`].
    pub rng: &'a mut Rng,
    /// Queue of events that the game tells clients.
    pub events: &'a mut Events<G::Event>,
}

/// Arguments of [`Game::step`], and the queue in which it says what happened.
pub struct Step<'a, G: Game> {
    /// The tick that is being made.
    pub tick: Tick,
    /// The terms that the session is played by.
    pub terms: &'a Terms<G::Rules>,
    /// Randomness that depends on the room's seed and on how often it was drawn.
    pub rng: &'a mut Rng,
    /// Inputs, one for each client that has joined, in an order that depends only on how they came and went.
    pub inputs: &'a [(ClientId, G::Input)],
    /// Commands that arrived since the last tick; take them with `drain`.
    pub commands: &'a mut Vec<(ClientId, G::Command)>,
    /// Queue of events that the game tells clients.
    pub events: &'a mut Events<G::Event>,
    /// The world as the clients saw it when they gave these inputs.
    pub rewind: Rewind<'a, G>,
}

/// Events of one tick, on their way to clients.
#[derive(Debug)]
pub struct Events<E> {
    pub(crate) list: Vec<(Audience, E)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    All,
    One(ClientId),
    /// Clients that saw this entity in their last update, and this client in any case.
    Near(EntityId, Option<ClientId>),
}

impl<E> Events<E> {
    pub(crate) const fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// Tells every client.
    pub fn tell_all(&mut self, event: E) {
        self.list.push((Audience::All, event));
    }

    /// Tells one client.
    pub fn tell(&mut self, client: ClientId, event: E) {
        self.list.push((Audience::One(client), event));
    }

    /// Tells those who saw `entity` in their last update.
    pub fn tell_near(&mut self, entity: EntityId, event: E) {
        self.list.push((Audience::Near(entity, None), event));
    }

    /// Tells those who saw `entity` in their last update, and `client` whether it did or not: whoever did
    /// something from out of sight.
    pub fn tell_near_and(&mut self, entity: EntityId, client: ClientId, event: E) {
        self.list.push((Audience::Near(entity, Some(client)), event));
    }
}

/// The row foreseen one tick after `row`: both ends call this and nothing else. Controls are as in `row`.
pub(crate) fn foresee<G: Game>(layout: &Layout, terms: &Terms<G::Rules>, kind: usize, row: &mut Row) -> Fate {
    let mut entity = G::Entity::read_row(kind, row);
    let fate = G::advance(terms, &mut entity);
    if entity.kind() != kind {
        // An entity that turns into another kind is another entity.
        return Fate::Ends;
    }
    let before = *row;
    entity.write_row(row);
    layout.kind(kind).copy_controls(&before, row);
    fate
}
