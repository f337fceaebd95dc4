//! Bots for another game than the demo, the board:
//! `cargo run --release -p auspice-bots --example board_bots -- --clients 20`

use std::process::ExitCode;

use auspice::replica::Replica;
use auspice::{Micros, Rng};
use auspice_board::{Board, COLOURS, Command, Hand};
use auspice_bots::capacity::{self, CapacityArgs};
use auspice_bots::driver::Driver;
use auspice_bots::plan::{Plan, SwarmArgs};
use clap::Parser;
use glam::Vec2;

/// Bots that scribble on the board, and a verdict on how the server served them.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    swarm: SwarmArgs,
    #[command(flatten, next_help_heading = "How much a machine holds")]
    capacity: CapacityArgs,
}

/// Moves its hand another way once a second or so, draws now and then, and takes its newest stroke back as often.
struct Scribbler {
    rng: Rng,
    hand: Hand,
}

impl Driver<Board> for Scribbler {
    fn steer(&mut self, replica: &mut Replica<Board>, _now: Micros) -> Hand {
        let mut any = |most: i32| self.rng.between(-most, most);
        let command = match any(40) {
            0 => Command::Begin(any(3000) as i16, any(1900) as i16),
            1 => Command::Go((0..8).map(|_| (any(30) as i8, any(30) as i8)).collect()),
            2 => Command::Take(any(i32::from(COLOURS) - 1).unsigned_abs() as u8, 1),
            3 => Command::Undo,
            _ => return self.steer_blind(),
        };
        // What is not taken now is not drawn: another will be.
        let _ = replica.command(&command);
        self.steer_blind()
    }

    fn steer_blind(&mut self) -> Hand {
        if self.rng.one_in(30) {
            let mut any = || self.rng.between(-400, 400) as f32;
            self.hand.velocity = Vec2::new(any(), any());
        }
        self.hand
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let plan = Plan { args: arguments.swarm, warmup_seconds: 2, floor_hz: None };
    let scribbler = |index: usize| Scribbler { rng: Rng::new(index as u64), hand: Hand::default() };
    capacity::conclude::<Board, _>(&plan, &arguments.capacity, scribbler)
}
