//! `bots`: real WebSocket clients that play the demo, and a verdict on how the server served them.

use std::process::ExitCode;

use auspice_bots::capacity::{self, CapacityArgs};
use auspice_bots::demo_driver::DemoDriver;
use auspice_bots::plan::{Plan, SwarmArgs};
use auspice_demo::Demo;
use clap::Parser;

/// Bots that play the demo through real WebSockets, measure what they get, and say PASS or FAIL.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    swarm: SwarmArgs,
    /// Seconds to let everything settle before measuring.
    #[arg(long, default_value_t = 2)]
    warmup: u32,
    #[command(flatten, next_help_heading = "How much a machine holds")]
    capacity: CapacityArgs,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let plan = Plan { args: arguments.swarm, warmup_seconds: arguments.warmup, floor_hz: None };
    capacity::conclude::<Demo, _>(&plan, &arguments.capacity, DemoDriver::new)
}
