//! The rules of Auspice's demo game: ships, asteroids, shots and pickups in a square world larger than a screen.
//!
//! This file is all that the engine sees of it: the [`Game`] that [`Demo`] is. The rest:
//!
//! | file | idea |
//! | --- | --- |
//! | `rules.rs`, `help.rs` | every number that the game is played by; what a player is told of it |
//! | `grid.rs`, `input.rs` | how fine and how far everything is counted; what a player holds |
//! | `entity.rs`, `ship.rs` | what is published of each kind of entity |
//! | `level.rs`, `walls.rs` | what follows from the rules, worked out once; what is in the way |
//! | `motion.rs` | the one motion of each kind, for `step`, `advance` and prediction alike |
//! | `world.rs` | the world, and the stages of a tick |
//! | `player.rs` | how players come and go, talk and watch |
//! | `spawn.rs` | how things come into the world, and where |
//! | `combat.rs`, `laser.rs`, `missile.rs` | weapons, hits, death and return |
//! | `impact.rs` | what asteroids do to ships, for `step` and prediction alike |
//! | `pickups.rs`, `round.rs` | prizes; rounds, results and the scoreboard |
//! | `pilot.rs`, `outlook.rs` | what flies a ship without a player: computer-driven ships, and bots |
//! | `director.rs` | how many computers there are, and that nobody is alone |
//! | `heading.rs`, `near.rs` | whole-number directions; who is near a point |
//!
//! All state lives on the published grid in whole numbers, so what is foreseen is exactly what happens: only controls,
//! hits, births and collisions travel.
#![no_std]

extern crate alloc;

mod combat;
mod director;
mod entity;
mod grid;
mod heading;
pub mod help;
mod impact;
mod input;
mod laser;
mod level;
mod missile;
mod motion;
mod near;
mod outlook;
mod pickups;
mod pilot;
mod player;
mod round;
mod rules;
mod ship;
mod spawn;
mod walls;
mod world;

use alloc::string::String;
use alloc::vec::Vec;

use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Obstacles, Publisher, Step};
use serde::{Deserialize, Serialize};

pub use combat::Cause;
pub use entity::{Asteroid, Entity, Missile, Pickup, Round, Shot, Standing};
pub use grid::{ENERGY_STEPS_PER_UNIT, STEPS_PER_UNIT, UNITS_MAX, VELOCITY_STEPS_PER_UNIT};
pub use heading::{HEADING_BITS, TURN, heading_of, unit};
pub use input::Input;
pub use laser::{Hindsight, LaserReport, Seen, Verdict, laser_ray};
pub use level::Level;
pub use motion::advance;
pub use pilot::Pilot;
pub use player::{Refusal, Watch};
pub use round::{LINES_MAX, RANKS_MAX, Rank};
pub use rules::{Rules, RulesError};
pub use ship::{Power, Prize, Ship, Weapon};
pub use walls::{Wall, Walls};
pub use world::World;

/// The demo game: a [`World`] behind the engine's seam.
#[derive(Debug, Serialize, Deserialize)]
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
    const UNITS_PER_METRE: f32 = 10.0;

    type Rules = Rules;
    type Level = Level;
    type Input = Input;
    type Entity = Entity;
    type Command = Command;
    type Event = Event;

    fn new(ground: &Ground<Self>, seed: u64) -> Self {
        Self { world: World::new(ground, seed) }
    }

    fn join(&mut self, client: ClientId, name: &str, context: &mut Context<'_, Self>) {
        self.world.join(client, name);
        if context.is_vouched {
            self.world.hold_name(client);
        }
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.world.leave(client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.world.step(step.inputs, step.commands, &step.rewind);
        step.events.append(&mut self.world.events);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (id, entity, label) in self.world.entities() {
            out.put_labelled(id, entity, label);
        }
        for (client, viewpoint) in self.world.players() {
            out.viewpoint(client, viewpoint);
        }
    }

    fn advance(ground: &Ground<Self>, entity: &mut Entity) -> Fate {
        advance(&ground.level, entity)
    }

    fn watched_event(watched: EntityId) -> Option<Event> {
        Some(Event::Watching { ship: Some(watched) })
    }

    fn is_walled_off(ground: &Ground<Self>, one: &Entity, other: &Entity) -> bool {
        let places = one.position().zip(other.position());
        places.is_some_and(|(one, other)| ground.level.walls.are_between(one, other))
    }

    fn predict_spawn(ground: &Ground<Self>, own: &Entity, _input: &Input) -> Option<Entity> {
        let ship = own.as_ship()?;
        ship.launched(&ground.terms.rules, ship.just_fired(ground.terms.tick_hz, &ground.terms.rules)?)
    }

    fn predict_own(ground: &Ground<Self>, own: &mut Entity, input: &Input, others: &Obstacles<'_, Self>) -> Fate {
        if let Some(ship) = own.as_ship_mut() {
            ship.obey(input);
        }
        let fate = Self::advance(ground, own);
        if let Some(ship) = own.as_ship_mut() {
            let asteroids = others.iter().filter_map(|(_, other)| other.as_asteroid().copied());
            let harm = impact::collide(&ground.terms.rules, ship, asteroids);
            // That it is destroyed is for the server to say: a death that is taken back would be worse than a late one.
            if harm > 0 && !ship.is_shielded() {
                ship.health = ship.health_after(harm).max(1);
            }
        }
        fate
    }
}

/// A player's request that comes now and then. What cannot be done is answered with [`Event::Refused`], once
/// a second at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Says something to everyone: at most [`CHAT_CHARS_MAX`] characters, three at once and then one every two seconds.
    Say(String),
    /// Takes another name: at most [`NAME_CHARS_MAX`] characters. Counts as something said. Who came with a ticket
    /// keeps the name in it.
    Rename(String),
    /// Gives up the ship and looks at something, or at something else.
    Spectate(Watch),
    /// Takes a ship again.
    Play,
}

/// Messages to players. A ship's name is its entity's label. Hits and shots need no event: health, reload and
/// births say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A player came. To everyone, as far as [`BROADCASTS_PER_SECOND`] allows.
    Joined {
        /// The player's name.
        name: String,
    },
    /// A player is gone. To everyone, as far as [`BROADCASTS_PER_SECOND`] allows.
    Left {
        /// The name it had.
        name: String,
    },
    /// A player says something. To everyone, as far as [`BROADCASTS_PER_SECOND`] allows.
    Said {
        /// The sender's name.
        name: String,
        /// The text.
        text: String,
    },
    /// This client's command was not done.
    Refused(Refusal),
    /// A ship was destroyed. To those who saw it, and to whoever did it.
    Destroyed {
        /// The wreck.
        ship: EntityId,
        /// The ship that did it; `None` for an asteroid.
        by: Option<EntityId>,
        /// The wreck's name.
        victim: String,
        /// The name of the ship that did it; empty for an asteroid.
        killer: String,
        /// Cause of the destruction.
        cause: Cause,
    },
    /// A laser was fired by this client's ship, or at it: how it was judged.
    Laser(LaserReport),
    /// This client's ship took a prize.
    Took {
        /// The prize.
        prize: Prize,
    },
    /// This client watches now.
    Watching {
        /// The ship that it follows; `None` for a point.
        ship: Option<EntityId>,
    },
    /// A round is over, and the intermission begins. To everyone.
    RoundOver {
        /// Counted from 1.
        number: u16,
        /// The best [`RANKS_MAX`], the winner first.
        ranking: Vec<Rank>,
    },
    /// This client's own place in the round that is over.
    Placed {
        /// Counted from 1.
        place: u32,
        /// Number of places.
        of: u32,
        /// Ships that it destroyed.
        score: u16,
        /// Number of times that it was destroyed.
        deaths: u16,
    },
    /// A round begins with every score at 0. To everyone.
    RoundBegins {
        /// Counted from 1.
        number: u16,
    },
}

/// Characters of a ship's name: what fits above a ship. It travels with each ship that comes into view, as its
/// label, and has room there whatever the script.
pub const NAME_CHARS_MAX: usize = 16;

/// Characters of something said: a line on a screen.
pub const CHAT_CHARS_MAX: usize = 120;

/// Messages to everyone in a second. The engine closes a client for which 256 events wait; at 8 a second one may stall
/// for half a minute, even while hundreds come, go and talk.
pub const BROADCASTS_PER_SECOND: u32 = 8;
