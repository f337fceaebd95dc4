//! Bots for the game of cars: `cargo run --release -p auspice-bots --example cars_bots -- --clients 4`, beside
//! `cargo run --release -p auspice-server --example cars`. They drive as its computers do, by what they see.

use std::process::ExitCode;

use auspice::replica::Replica;
use auspice::{EntityId, Micros};
use auspice_bots::capacity::{self, CapacityArgs};
use auspice_bots::driver::Driver;
use auspice_bots::plan::{Plan, SwarmArgs};
use auspice_cars::chauffeur::{Chauffeur, FieldView};
use auspice_cars::hands::Hands;
use auspice_cars::{Cars, Entity, STEPS_HZ};
use clap::Parser;

/// Bots that drive cars after a ball, and a verdict on how the server served them.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    swarm: SwarmArgs,
    #[command(flatten, next_help_heading = "How much a machine holds")]
    capacity: CapacityArgs,
}

/// Somebody with a driver's habits.
struct Racer {
    chauffeur: Chauffeur,
    hands: Hands,
}

impl Racer {
    /// What it sees of the newest state: its own car, and the field.
    fn look(replica: &Replica<Cars>, own: EntityId) -> Option<(auspice_cars::Car, FieldView)> {
        let Entity::Car(car) = replica.entity(own)?.entity else { return None };
        let ball = replica.entities().find_map(|held| match held.entity {
            Entity::Ball(ball) => Some(ball.motion()),
            _ => None,
        })?;
        Some((car, FieldView::of(&replica.terms()?.rules, car.is_second, ball)))
    }
}

impl Driver<Cars> for Racer {
    fn steer(&mut self, replica: &mut Replica<Cars>, _now: Micros) -> Hands {
        let Some((car, view)) = replica.own().and_then(|own| Self::look(replica, own)) else { return self.hands };
        let steps = replica.terms().map_or(1, |terms| STEPS_HZ / terms.tick_hz).max(1);
        (0..steps).for_each(|_| self.hands = self.chauffeur.drive(&car.motion(), &view));
        self.hands
    }

    fn steer_blind(&mut self) -> Hands {
        self.hands
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let plan = Plan { args: arguments.swarm, warmup_seconds: 2, floor_hz: None };
    let racer = |index: usize| Racer { chauffeur: Chauffeur::new(index as u64), hands: Hands::default() };
    capacity::conclude::<Cars, _>(&plan, &arguments.capacity, racer)
}
