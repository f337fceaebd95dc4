//! A game on a physics engine: cars, a ball and two goals. It is the third game of the examples, and W3 of the benches
//! plays it by computers alone.
//!
//! This file is all that the engine sees of it: the [`Game`] that [`Cars`] is. The rest:
//!
//! | file | idea |
//! | --- | --- |
//! | `rules.rs` | numbers that both ends have |
//! | `hands.rs` | what a driver's hands do: a player's input |
//! | `chauffeur.rs` | when a computer's hands do it, with people's habits |
//! | `chassis.rs` | what a car makes of it |
//! | `pitch.rs` | the field and its physics |
//! | `bout.rs` | a match: kick-offs, goals, ends and returns |
//! | `entity.rs` | what everyone sees, field by field |
//! | `coast.rs` | how it goes on by itself, for whoever is told nothing |
//! | `foretell.rs` | how a player's own car goes on by its hands, in a small world of its own |
//! | `saved.rs` | the game as bytes, so that it outlasts its server |

pub mod bout;
pub mod chassis;
pub mod chauffeur;
mod coast;
mod entity;
mod foretell;
pub mod hands;
pub mod pitch;
mod rules;
mod saved;

use auspice::{
    Audience, ClientId, Context, EntityId, Fate, Game, Ground, Obstacles, Place, Publisher, Step, Terms, Viewpoint,
};
use glam::Vec3;
use serde::{Deserialize, Serialize};

use bout::{CarState, Match};
pub use entity::{Ball, Car, Entity, Score};
use hands::Hands;
pub use rules::{Prediction, Rules, SEATS_MAX, STEP_SECONDS, STEPS_HZ};

/// The score, the ball, and from there on the cars by their seats.
const SCORE_SLOT: u32 = 0;
const BALL_SLOT: u32 = 1;
const CARS_SLOT: u32 = 2;

/// News for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The first team scored, or the second.
    Goal(u8),
}

/// A player with a seat.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sitter {
    client: ClientId,
    name: String,
}

/// The game.
pub struct Cars {
    /// The match that is played.
    pub game: Match,
    seats: Vec<Option<Sitter>>,
    /// Players for whom there was no seat.
    onlookers: Vec<ClientId>,
}

impl Cars {
    /// The seat of a player, if it has one.
    #[must_use]
    pub fn seat(&self, client: ClientId) -> Option<usize> {
        self.seats.iter().position(|sitter| sitter.as_ref().is_some_and(|sitter| sitter.client == client))
    }

    fn entity(&self, at: usize, CarState { motion, hands, chassis, .. }: &CarState) -> Entity {
        let mut car = Car {
            throttle: 0,
            steer: 0,
            buttons: 0,
            position: motion.position,
            velocity: motion.velocity,
            rotation: motion.rotation,
            spin: motion.spin,
            is_second: Match::is_second(at),
            is_computers: self.seats[at].is_none(),
            second_left: 0,
            dodge_left: 0,
            dodge_axis: glam::Vec2::ZERO,
        };
        car.take(hands);
        car.remember(chassis);
        Entity::Car(car)
    }

    fn score(&self) -> Score {
        let [first, second] = self.game.goals.map(|goals| goals.min(255) as u8);
        Score { first, second, countdown: self.game.countdown.min(255) as u8 }
    }
}

/// The entity of the body that has a number: another one under the next number.
const fn entity_id(slot: u32, number: u32) -> EntityId {
    EntityId::new(slot, number as u8)
}

impl Game for Cars {
    const NAME: &'static str = "cars";
    /// The whole field: everyone sees it.
    const INTEREST_RADIUS: f32 = 400.0;
    type Rules = Rules;
    type Level = ();
    type Input = Hands;
    type Entity = Entity;
    type Command = ();
    type Event = Event;

    fn new(ground: &Ground<Self>, seed: u64) -> Self {
        let game = Match::new(ground.terms.rules.bodies(), seed);
        Self { seats: vec![None; game.seats()], game, onlookers: Vec::new() }
    }

    fn join(&mut self, client: ClientId, name: &str, _: &mut Context<'_, Self>) {
        // To the team that has fewer players.
        let count = |second| {
            (0..self.seats.len()).filter(|at| Match::is_second(*at) == second && self.seats[*at].is_some()).count()
        };
        let prefers_second = count(true) < count(false);
        let free = (0..self.seats.len()).filter(|at| self.seats[*at].is_none());
        match free.min_by_key(|at| Match::is_second(*at) != prefers_second) {
            Some(at) => {
                self.seats[at] = Some(Sitter { client, name: name.into() });
                self.game.hold(at, Some(Hands::default()));
            }
            None => self.onlookers.push(client),
        }
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.onlookers.retain(|other| *other != client);
        if let Some(at) = self.seat(client) {
            self.seats[at] = None;
            self.game.hold(at, None);
        }
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for (client, hands) in step.inputs {
            if let Some(at) = self.seat(*client) {
                self.game.hold(at, Some(*hands));
            }
        }
        let before = self.game.goals;
        (0..coast::steps(step.ground.terms.tick_hz)).for_each(|_| self.game.step());
        for team in [0, 1] {
            if self.game.goals[team] > before[team] {
                step.events.send(Audience::All, Event::Goal(team as u8));
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(entity_id(SCORE_SLOT, 0), &Entity::Score(self.score()));
        let (number, ball) = self.game.ball();
        out.put(entity_id(BALL_SLOT, number), &Entity::Ball(ball.into()));
        for (at, sitter) in self.seats.iter().enumerate() {
            let car = self.game.car(at).map(|car| (entity_id(CARS_SLOT + at as u32, car.id), car));
            if let Some((id, car)) = &car {
                let name = sitter.as_ref().map_or("", |sitter| &sitter.name);
                out.put_labelled(*id, &self.entity(at, car), name.as_bytes());
            }
            if let Some(sitter) = sitter {
                let looks = car.map_or_else(|| Viewpoint::at(Place(ball.position)), |(id, _)| Viewpoint::of(id));
                out.viewpoint(sitter.client, looks);
            }
        }
        self.onlookers.iter().for_each(|client| out.viewpoint(*client, Viewpoint::at(Place(Vec3::ZERO))));
    }

    fn advance(ground: &Ground<Self>, entity: &mut Entity) -> Fate {
        let steps = coast::steps(ground.terms.tick_hz);
        match entity {
            Entity::Car(car) => coast::coast(car, steps),
            Entity::Ball(ball) => coast::fly(ball, pitch::Pitch::half_of(ground.terms.rules.bodies()), steps),
            Entity::Score(score) => score.countdown = score.countdown.saturating_sub(steps.min(255) as u8),
        }
        Fate::Continues
    }

    fn predict_own(ground: &Ground<Self>, own: &mut Entity, hands: &Hands, others: &Obstacles<'_, Self>) -> Fate {
        let Entity::Car(car) = own else { return Self::advance(ground, own) };
        foretell::foretell(
            &ground.terms.rules,
            car,
            hands,
            others.iter().map(|(_, other)| other),
            coast::steps(ground.terms.tick_hz),
        );
        Fate::Continues
    }
}

/// The terms of a match with so many seats, in which players' own cars are predicted like this.
#[must_use]
pub fn terms(seats: u8, prediction: Prediction) -> Terms<Rules> {
    Terms::of::<Cars>(Rules { seats, prediction })
}
