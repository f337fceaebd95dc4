//! Bots for another game than the demo, the board:
//! `cargo run --release -p auspice-bots --example board_bots -- --clients 20`

#[path = "../../../shared/examples/board/game.rs"]
mod game;

use std::process::ExitCode;

use auspice::replica::Replica;
use auspice::{Micros, Rng};
use auspice_bots::driver::Driver;
use auspice_bots::plan::{Plan, SwarmArgs};
use auspice_bots::{report, swarm};
use clap::Parser;
use game::{Board, Hand, SPEED_MAX};
use glam::Vec2;

/// Bots that wander over the board, and a verdict on how the server served them.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    swarm: SwarmArgs,
}

/// Changes its mind once a second or so.
struct Wanderer {
    rng: Rng,
    hand: Hand,
}

impl Driver<Board> for Wanderer {
    fn steer(&mut self, _: &mut Replica<Board>, _now: Micros) -> Hand {
        self.steer_blind()
    }

    fn steer_blind(&mut self) -> Hand {
        if self.rng.one_in(30) {
            let speed = SPEED_MAX as i32;
            let mut any = || self.rng.between(-speed, speed) as f32;
            self.hand.velocity = Vec2::new(any(), any());
        }
        self.hand
    }
}

fn main() -> ExitCode {
    let plan = Plan { args: Arguments::parse().swarm, warmup_seconds: 2, floor_hz: None };
    let wanderer = |index: usize| Wanderer { rng: Rng::new(index as u64), hand: Hand::default() };
    report::conclude(swarm::run::<Board, _>(&plan, wanderer), plan.args.json.as_deref())
}
