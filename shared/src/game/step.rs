//! [`Step`], which a game is given in a tick, and [`Context`] where players come and go; [`Events`], in which
//! it says what happened.

use alloc::string::String;
use alloc::vec::{self, Vec};

use serde::{Deserialize, Serialize};

use super::{Game, Ground, Rewind};
use crate::id::{ClientId, EntityId};
use crate::rng::Rng;
use crate::tick::Tick;

/// Arguments of [`Game::join`] and [`Game::leave`], which come first in a tick, before its [`Step`].
pub struct Context<'a, G: Game> {
    /// The tick that is being made.
    pub tick: Tick,
    /// The ground of the session: what it is played by and on.
    pub ground: &'a Ground<G>,
    /// The same randomness as in [`Step::rng`].
    pub rng: &'a mut Rng,
    /// Queue of events that the game tells clients.
    pub events: &'a mut Events<G::Event>,
    /// Whether the name of the player that comes is not its own word: a ticket says it. It is nothing to take
    /// another for.
    pub is_vouched: bool,
}

/// Arguments of [`Game::step`], and the queue in which it says what happened.
pub struct Step<'a, G: Game> {
    /// The tick that is being made.
    pub tick: Tick,
    /// The ground of the session: what it is played by and on.
    pub ground: &'a Ground<G>,
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
    /// Players that are to go to another room of the server, each with that: `any/mode=duel`, `new`, or a room's code.
    /// Whoever cannot go there stays.
    pub moves: &'a mut Vec<(ClientId, String)>,
}

/// The clients that are told of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// Every client.
    All,
    /// This client alone.
    One(ClientId),
    /// Every client that saw this entity in its last update; and this client in any case: whoever did
    /// something from out of sight.
    Near(EntityId, Option<ClientId>),
}

/// Events of one tick, on their way to clients, in the order in which they were sent.
#[derive(Debug, Serialize, Deserialize)]
pub struct Events<E> {
    list: Vec<SentEvent<E>>,
}

/// An event on its way.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SentEvent<E> {
    pub(crate) audience: Audience,
    pub(crate) event: E,
    /// Whether it is no reason for an update.
    pub(crate) may_wait: bool,
}

impl<E> Default for Events<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> Events<E> {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// Sends an event at the end of this tick. A client for which more than
    /// [`EVENTS_PENDING_MAX`](crate::limits::EVENTS_PENDING_MAX) events wait is closed.
    pub fn send(&mut self, audience: Audience, event: E) {
        self.list.push(SentEvent { audience, event, may_wait: false });
    }

    /// Sends an event that may wait for the next update, within the
    /// [longest silence](super::Terms::longest_silence): one that nobody acts on at once, such as a line of chat.
    /// It overtakes nothing, and is not overtaken.
    pub fn send_in_time(&mut self, audience: Audience, event: E) {
        self.list.push(SentEvent { audience, event, may_wait: true });
    }

    /// Sends everything that a game collected in `other`, and leaves that empty.
    pub fn append(&mut self, other: &mut Self) {
        self.list.append(&mut other.list);
    }

    /// Takes out everything so far.
    pub fn drain(&mut self) -> impl Iterator<Item = (Audience, E)> {
        self.list.drain(..).map(|sent| (sent.audience, sent.event))
    }

    pub(crate) fn take_all(&mut self) -> vec::Drain<'_, SentEvent<E>> {
        self.list.drain(..)
    }
}
