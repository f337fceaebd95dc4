//! Bots for newgame, which play and judge the server: `cargo bots --clients 20 --seconds 10`, while it runs.

mod pilot;

use std::process::ExitCode;

use auspice_bots::capacity::{self, CapacityArgs};
use auspice_bots::plan::{Plan, SwarmArgs};
use clap::Parser;
use newgame_rules::World;

use pilot::Pilot;

/// Bots that fly about, and a verdict on how the server served them.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    swarm: SwarmArgs,
    #[command(flatten, next_help_heading = "How much a machine holds")]
    capacity: CapacityArgs,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let plan = Plan { args: arguments.swarm, warmup_seconds: 2, floor_hz: None };
    capacity::conclude::<World, _>(&plan, &arguments.capacity, Pilot::new)
}
