//! The rules of newgame: flyers that obey their players, and balls that bounce by themselves.
//!
//! Server, clients, bots and tests all have this crate.

use std::collections::BTreeMap;

use auspice::{
    ClientId, Context, EntityId, Fate, Game, Ground, Obstacles, Publisher, Replicate, Rng, Slots, Step, Viewpoint,
};
use glam::Vec2;
use serde::{Deserialize, Serialize};
use slotmap::DefaultKey;

/// From the middle of the world to its edges, in units.
pub const EDGE: f32 = 200.0;
/// Speed of a flyer on either axis, in units a second.
pub const SPEED: f32 = 80.0;
/// Number of balls.
pub const BALLS: usize = 8;

/// What everyone sees of a player. Its label is the player's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate, Serialize, Deserialize)]
#[replicate(label)]
pub struct Flyer {
    #[field(vec2(min = -EDGE, max = EDGE, step = 0.125), position, moved_by = velocity)]
    pub position: Vec2,
    #[field(vec2(min = -SPEED, max = SPEED, step = 0.5), control)]
    pub velocity: Vec2,
}

/// A ball. Nobody need be told where it goes: server and clients foresee it alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate, Serialize, Deserialize)]
pub struct Ball {
    #[field(vec2(min = -EDGE, max = EDGE, step = 0.125), position, moved_by = velocity)]
    pub position: Vec2,
    #[field(vec2(min = -SPEED, max = SPEED, step = 0.5))]
    pub velocity: Vec2,
}

/// Everything in the world: each variant is a kind with fields of its own.
#[derive(Clone, Copy, Debug, PartialEq, Replicate, Serialize, Deserialize)]
pub enum Thing {
    Flyer(Flyer),
    Ball(Ball),
}

/// What a player wants in a tick. By default nothing: to stand still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
pub struct Wish {
    /// Where to fly: each axis between -1 and 1.
    #[field(vec2(min = -1, max = 1, step = 0.125))]
    pub way: Vec2,
}

/// A player: its name, and its flyer among the things.
#[derive(Debug, Serialize, Deserialize)]
struct Player {
    name: String,
    flyer: DefaultKey,
}

/// The one true world, which the server has.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct World {
    players: BTreeMap<ClientId, Player>,
    things: Slots<DefaultKey, Thing>,
}

impl Game for World {
    const NAME: &'static str = "newgame";
    const INTEREST_RADIUS: f32 = 4.0 * EDGE;
    const UNITS_PER_METRE: f32 = 10.0;
    type Rules = ();
    type Level = ();
    type Input = Wish;
    type Entity = Thing;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, seed: u64) -> Self {
        let mut world = Self::default();
        let mut chance = Rng::new(seed);
        for _ in 0..BALLS {
            world.things.insert(Thing::Ball(any_ball(&mut chance)));
        }
        world
    }

    fn join(&mut self, client: ClientId, name: &str, _: &mut Context<'_, Self>) {
        let flyer = self.things.insert(Thing::Flyer(Flyer::default()));
        self.players.insert(client, Player { name: name.into(), flyer });
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        if let Some(player) = self.players.remove(&client) {
            self.things.remove(player.flyer);
        }
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for (client, wish) in step.inputs {
            let Some(player) = self.players.get(client) else { continue };
            Self::predict_own(step.ground, &mut self.things[player.flyer], wish, &Obstacles::NONE);
        }
        for thing in self.things.values_mut() {
            if !matches!(thing, Thing::Flyer(_)) {
                Self::advance(step.ground, thing);
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (client, player) in &self.players {
            let id = EntityId::from_key(player.flyer);
            out.put_labelled(id, &self.things[player.flyer], player.name.as_bytes());
            out.viewpoint(*client, Viewpoint::of(id));
        }
        for (key, thing) in self.things.iter() {
            if !matches!(thing, Thing::Flyer(_)) {
                out.put(EntityId::from_key(key), thing);
            }
        }
    }

    /// What is foreseen of anything: the server asks for it, and every client.
    fn advance(ground: &Ground<Self>, thing: &mut Thing) -> Fate {
        thing.drift(ground.terms.tick_hz);
        if let Thing::Ball(ball) = thing {
            bounce(ball);
        }
        Fate::Continues
    }

    /// What a player's wish does to its own flyer: the server asks for it, and that player's client, which shows it
    /// at once.
    fn predict_own(ground: &Ground<Self>, own: &mut Thing, wish: &Wish, _: &Obstacles<'_, Self>) -> Fate {
        if let Thing::Flyer(flyer) = own {
            flyer.velocity = wish.way * SPEED;
        }
        Self::advance(ground, own)
    }
}

/// A ball somewhere, on its way somewhere.
fn any_ball(chance: &mut Rng) -> Ball {
    let mut any = |most: f32| chance.between(-(most as i32), most as i32) as f32;
    Ball { position: Vec2::new(any(EDGE), any(EDGE)), velocity: Vec2::new(any(SPEED), any(SPEED)) }
}

/// Turns a ball around that is at an edge and flies outwards.
fn bounce(ball: &mut Ball) {
    for axis in 0..2 {
        if ball.position[axis].abs() >= EDGE && ball.position[axis] * ball.velocity[axis] > 0.0 {
            ball.velocity[axis] = -ball.velocity[axis];
        }
    }
}
