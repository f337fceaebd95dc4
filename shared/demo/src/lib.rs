//! The rules of Auspice's demo game: ships, asteroids, shots and pickups in a square world larger than a screen.
//!
//! This file is all that the engine sees of it: the [`Game`] that [`Demo`] is. The rest:
//!
//! | file | idea |
//! | --- | --- |
//! | `rules.rs` | every number that the game is played by |
//! | `entity.rs` | what is published of each kind of entity |
//! | `motion.rs` | the one motion of each kind, for `step`, `advance` and prediction alike |
//! | `world.rs` | the world, and the stages of a tick |
//! | `spawn.rs` | how things come into the world, and where |
//! | `combat.rs` | shots, hits, collisions, death and return |
//! | `round.rs` | pickups, score and rounds |
//! | `pilot.rs` | what flies a ship without a player: computer-driven ships, and bots |
//! | `heading.rs`, `near.rs` | whole-number directions; who is near a point |
//!
//! All state lives on the published grid in whole numbers, so what is foreseen is exactly what happens: only controls,
//! hits, births and collisions travel.
#![no_std]

extern crate alloc;

mod combat;
mod entity;
mod heading;
mod motion;
mod near;
mod pilot;
mod round;
mod rules;
mod spawn;
mod world;

use alloc::string::String;

use auspice::{ClientId, Context, EntityId, Fate, Game, Place, Publisher, Replicate, Step, Terms, Viewpoint};
use serde::{Deserialize, Serialize};

pub use entity::{
    Asteroid, DRONE, Entity, Pickup, Prize, RAPID, Round, SHIELD, STEPS_PER_UNIT, Ship, Shot, UNITS_MAX,
    VELOCITY_STEPS_PER_UNIT,
};
pub use heading::{HEADING_BITS, TURN, heading_of, unit};
pub use motion::advance;
pub use pilot::Pilot;
pub use rules::{Rules, RulesError};
pub use world::{Told, World};

/// The demo game: a [`World`] behind the engine's seam.
#[derive(Debug)]
pub struct Demo {
    world: World,
}

impl Demo {
    /// The world as it is now.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }
}

impl Game for Demo {
    const NAME: &'static str = "auspice-demo";
    const INTEREST_RADIUS: f32 = 600.0;
    /// A ship is as large as a car.
    const METRE: f32 = 10.0;

    type Rules = Rules;
    type Input = Input;
    type Entity = Entity;
    type Command = Command;
    type Event = Event;

    fn new(terms: &Terms<Rules>, seed: u64) -> Self {
        Self { world: World::new(terms, seed) }
    }

    fn join(&mut self, client: ClientId, name: &str, _: &mut Context<'_, Self>) {
        self.world.join(client, name);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.world.leave(client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.world.step(step.inputs, step.commands);
        for told in self.world.drain_told() {
            match told {
                Told::All(event) => step.events.tell_all(event),
                Told::Near(entity, event) => step.events.tell_near(entity, event),
                Told::One(client, event) => step.events.tell(client, event),
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (id, entity, label) in self.world.entities() {
            out.put_labelled(id, entity, label);
        }
        for (client, ship) in self.world.players() {
            out.view(client, Viewpoint::of(ship));
        }
    }

    fn place(entity: &Entity) -> Option<Place> {
        entity.point().map(Place::from)
    }

    fn advance(terms: &Terms<Rules>, entity: &mut Entity) -> Fate {
        advance(terms.tick_hz, &terms.rules, entity)
    }

    fn control(_terms: &Terms<Rules>, entity: &mut Entity, input: &Input) {
        if let Entity::Ship(ship) = entity {
            ship.obey(input);
        }
    }
}

/// What a player holds for one tick.
#[derive(Replicate, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// 1 turns to the left (counter-clockwise), -1 to the right.
    #[field(scalar(min = -1.0, max = 1.0, step = 1.0))]
    pub turn: i8,
    /// Whether the engine burns.
    #[field(flags(bits = 1))]
    pub thrust: bool,
    /// Whether the gun fires whenever it is loaded.
    #[field(flags(bits = 1))]
    pub fire: bool,
}

/// What a player asks for now and then. Each client may ask once a second; what comes sooner is dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Says something to everyone. Cut after [`CHAT_BYTES_MAX`] bytes.
    Say(String),
    /// Takes another name. Cut after [`NAME_BYTES_MAX`] bytes.
    Rename(String),
}

/// What players are told. A ship's name is its entity's label. Hits and shots need no event: health and births say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A player came. To everyone, as far as [`BROADCASTS_PER_SECOND`] allows.
    Joined {
        /// What it calls itself.
        name: String,
    },
    /// A player is gone. To everyone, as far as [`BROADCASTS_PER_SECOND`] allows.
    Left {
        /// What it called itself.
        name: String,
    },
    /// A player says something. To everyone, as far as [`BROADCASTS_PER_SECOND`] allows.
    Said {
        /// Who.
        name: String,
        /// What.
        text: String,
    },
    /// A ship was destroyed. To those who saw it.
    Destroyed {
        /// The wreck.
        ship: EntityId,
        /// The ship that did it; `None` for an asteroid.
        by: Option<EntityId>,
    },
    /// This client's ship took a pickup.
    Took {
        /// What it was.
        prize: Prize,
    },
    /// A round is over and the next begins with every score at 0. To everyone.
    RoundOver {
        /// Counted from 1.
        number: u32,
        /// The name of the ship that had most.
        winner: String,
        /// How much it had.
        score: u16,
    },
}

/// Bytes of a ship's name: what fits above a ship. It travels with each ship that comes into view.
pub const NAME_BYTES_MAX: usize = 16;

/// Bytes of something said: a line on a screen.
pub const CHAT_BYTES_MAX: usize = 120;

/// Messages to everyone in a second. The engine closes a client for which 256 events wait; at 8 a second one may stall
/// for half a minute, even while hundreds come, go and talk.
pub const BROADCASTS_PER_SECOND: u32 = 8;
