//! The seam: [`Game`] is all that a game writes, and all that the engine knows of it.
//!
//! | file | idea |
//! | --- | --- |
//! | `mod.rs` | the trait |
//! | `terms.rs`, `place.rs` | what a session is played by, and on; a point for interest |
//! | `step.rs` | what a game is given in a tick, and the events that it sends |
//! | `publisher.rs`, `sight.rs` | where a game hands over its world; what each client sees of it |
//! | `obstacles.rs`, `rewind.rs` | what a prediction may run into; what a client saw when it acted |
//! | `foresee.rs` | a tick of a published row, by the game |

mod foresee;
mod obstacles;
mod place;
mod publisher;
mod rewind;
mod sight;
mod step;
mod terms;

pub(crate) use foresee::{foresee, foresee_into};
pub(crate) use obstacles::Foreseen;
pub use obstacles::Obstacles;
pub use place::Place;
pub(crate) use publisher::{HandOver, Sink};
pub use publisher::{Publisher, Viewpoint};
pub(crate) use rewind::Hindsight;
pub use rewind::{Rewind, Seen};
pub(crate) use sight::InSight;
pub use sight::Sight;
pub(crate) use step::SentEvent;
pub use step::{Audience, Context, Events, Step};
pub(crate) use terms::Cadence;
pub use terms::{Ground, Terms};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::id::{ClientId, EntityId};
use crate::limits::PATIENCE_MILLIS;
use crate::state::Replicate;

/// A game: its rules, and how its world is published.
///
/// The server calls [`new`](Self::new), [`join`](Self::join), [`leave`](Self::leave), [`step`](Self::step),
/// [`publish`](Self::publish) and [`adjust_sight`](Self::adjust_sight) on the one true world.
///
/// [`place`](Self::place) and [`advance`](Self::advance) get one entity and no world; server and clients both
/// call them. Clients alone call [`predict_own`](Self::predict_own), [`predict_spawn`](Self::predict_spawn) and
/// [`is_walled_off`](Self::is_walled_off).
///
/// # The same bits on every machine
///
/// All of these must give the same bits on every machine. Whole numbers do, and floats with `+ - * /` and square
/// roots; the platform's sine does not. Of `glam`, `Vec2` and `Vec3` do, and so do a rotation or a matrix that is
/// multiplied by a vector. **Other bits on machines without vector instructions, such as browsers, have**: a product
/// of two `Quat`, and `normalize`, `length`, `dot`, `inverse` and `determinant` of `Quat`, `Vec3A`, `Vec4` and
/// matrices. Write those out by components, as the engine's own `drift` does.
///
/// `sim::foresight_digest` (feature `sim`) makes one number of all that a game foresees. Pin it in a test, and run
/// the test natively, in a browser, and with `--features auspice/scalar-math`.
pub trait Game: Sized + Send + 'static {
    /// Named in the handshake, so that a client of another game is told so.
    const NAME: &'static str;
    /// Ticks a second unless the operator says otherwise.
    const TICK_HZ: u32 = 30;
    /// Interest radius in the units of [`place`](Self::place), unless the operator says otherwise.
    const INTEREST_RADIUS: f32;
    /// Milliseconds for which news at the edge of interest may wait, and the longest silence, unless the operator says
    /// otherwise: [`Terms::patience_millis`]. With 0 there is an update in every tick.
    const PATIENCE_MILLIS: u32 = PATIENCE_MILLIS;
    /// Length of a metre, as a player would call it, in the units of [`place`](Self::place). Corrections are
    /// hidden, and reported, in metres.
    const UNITS_PER_METRE: f32 = 1.0;
    /// Milliseconds back to which the game may ask for what a client saw
    /// ([`Rewind::seen_by`](Rewind::seen_by)), and as long again as news may wait ([`Terms::patience`]): who was told
    /// nothing meanwhile holds what is older. It is also the most that a client gains by pretending to see late.
    const REWIND_MILLIS: u32 = 200;
    /// Whether time goes on in a room that nobody plays in, nor keeps a seat in, where a server has many rooms. The
    /// room of a server that has one is never left alone.
    const GOES_ON_ALONE: bool = false;

    /// Numbers that both ends need to foresee. They travel in the welcome, which has at most
    /// [`CONTROL_BYTES_MAX`](crate::limits::CONTROL_BYTES_MAX).
    type Rules: Serialize + DeserializeOwned + Clone + Default + Send + Sync;
    /// Walls, colliders, rates: whatever follows from the terms and is worked out once at either end, not for
    /// each entity and tick. `()` if nothing. A client makes it of what its server says, so it must be there
    /// for any rules, and never be large. [`Ground`] says how a map becomes one.
    type Level: for<'a> From<&'a Terms<Self::Rules>> + Send + Sync;
    /// A player's wish for one tick: of one kind (an enum of several does not compile), or `()` for a game
    /// without input. Its default is used before a player's first input, when none has come for half a second, and
    /// while its connection is lost. So it is to mean "do nothing": a velocity of zero, no button; never a
    /// place.
    type Input: Replicate + Copy + Default + PartialEq + Send;
    /// An entity, as published.
    type Entity: Replicate;
    /// A request of a client, now and then: chat, a choice. `()` if nothing. Each arrives once, and in order, also
    /// where the connection is lost with it on its way and the player comes back by the same
    /// [`Session`](crate::session::Session) to its seat. What was given up for good is counted at the client
    /// (`Report::lost`): that with a seat, and all but the last sixty that were on their way.
    type Command: Serialize + DeserializeOwned + Send;
    /// A message to clients, now and then: a hit, a result. `()` if nothing. Each arrives once, and in order, also
    /// at a player who was away for a moment: it is told when it comes back, of the newest 256
    /// ([`EVENTS_PENDING_MAX`](crate::limits::EVENTS_PENDING_MAX)), and its client counts what is missing
    /// (`Report::lost`). Whoever is away is near nothing. What a player must know belongs into the state.
    type Event: Serialize + DeserializeOwned + Send;

    /// A world at tick 0, made of the terms and the seed. One that comes from data besides (a map, a trace, a
    /// database) is made by [`Room::with_world`](crate::authority::Room::with_world) instead.
    fn new(ground: &Ground<Self>, seed: u64) -> Self;

    /// A player came. `name` is what it calls itself, or what somebody else says that it is called
    /// ([`Context::is_vouched`]): checked for length and for characters that nobody sees
    /// ([`is_fit_name`](crate::message::is_fit_name)), not for taste. It is told what is told here, like
    /// everybody else.
    fn join(&mut self, client: ClientId, name: &str, context: &mut Context<'_, Self>);

    /// A player is gone, and is told nothing any more.
    fn leave(&mut self, client: ClientId, context: &mut Context<'_, Self>);

    /// Moves the world on by one tick.
    fn step(&mut self, step: &mut Step<'_, Self>);

    /// Hands over every entity, and where each client looks from.
    fn publish(&self, out: &mut Publisher<'_, Self>);

    /// Hands over what changed since the last tick, where a game knows that: it first calls
    /// [`Publisher::carry_on_others`], and then what it neither puts nor removes goes on as
    /// [`advance`](Self::advance) says, and costs nothing while that leaves it as it is. Called in place of
    /// [`publish`](Self::publish) in every tick but a room's first. By default everything.
    ///
    /// What the game forgets to hand over, clients see where it is not. `sim::Arena` compares what is published
    /// with what `publish` would say, now and then, and says what was forgotten; so does
    /// [`Room::compare_hand_over`](crate::authority::Room::compare_hand_over).
    fn publish_changes(&self, out: &mut Publisher<'_, Self>) {
        self.publish(out);
    }

    /// The entity's place, for interest; `None` if everyone sees it wherever they are (the score, the round).
    /// By default where its field marked `position` says, and everywhere for a kind that has none.
    fn place(entity: &Self::Entity) -> Option<Place> {
        entity.position().map(Place)
    }

    /// Moves an entity on by one tick as far as it can be foreseen, from its published state alone. By
    /// default each field marked `moved_by = v` moves by `v`, and no entity ends. Control fields stay as they
    /// are, whatever this does to them.
    fn advance(ground: &Ground<Self>, entity: &mut Self::Entity) -> Fate {
        entity.drift(ground.terms.tick_hz);
        Fate::Continues
    }

    /// Moves a player's own entity on by one tick as far as its client can tell: by the player's input, by
    /// itself, and by what it runs into, of the kinds that are marked `obstacle`. The prediction is exact
    /// where this calls the functions that [`step`](Self::step) calls, in the same order. By default an input
    /// shows when the server says so.
    fn predict_own(
        ground: &Ground<Self>,
        own: &mut Self::Entity,
        _input: &Self::Input,
        _others: &Obstacles<'_, Self>,
    ) -> Fate {
        Self::advance(ground, own)
    }

    /// Whether a wall separates where an entity is drawn (`one`) from where it is (`other`). If so the client
    /// shows it there at once; a correction that is smoothed would slide through the wall. No walls by
    /// default.
    fn is_walled_off(_ground: &Ground<Self>, _one: &Self::Entity, _other: &Self::Entity) -> bool {
        false
    }

    /// An entity that a player's own entity, as it is at the end of a tick, brings into the world in that
    /// tick by the player's input: its shot. The client shows it until the state of that tick is there, which
    /// has the true one, or has none. A game whose server asks the same function has it predicted exactly.
    /// Nothing by default.
    fn predict_spawn(_ground: &Ground<Self>, _own: &Self::Entity, _input: &Self::Input) -> Option<Self::Entity> {
        None
    }

    /// The event by which a client that has no entity is told whose it looks at, if the game has such an event: where a
    /// server shows a log, whoever looks on is told it of the player that it follows. None by default.
    fn watched_event(_watched: EntityId) -> Option<Self::Event> {
        None
    }

    /// Narrows or widens what a client sees by distance: teams, stealth, a map that was bought. Changes nothing
    /// by default.
    fn adjust_sight(&self, _client: ClientId, _sight: &mut Sight<'_>) {}
}

/// Whether both ends foresee an entity's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The entity is there at the next tick.
    Continues,
    /// The entity is gone at the next tick: a shot that has flown its time. Costs nothing on the wire.
    /// Pictures of its last tick show it on its way to where [`Game::advance`] leaves it.
    Ends,
}
