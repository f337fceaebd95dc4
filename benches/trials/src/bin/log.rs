//! `log`: kills a real server at random moments under bots, and says what its log did not have.

use std::path::PathBuf;
use std::process::ExitCode;

use auspice_bots::process::allow_many_files;
use auspice_trials::judged::judged;
use auspice_trials::kills::{self, KillPlan};
use clap::Parser;

/// Kills a server of the demo again and again while bots play, starts it anew on its log; says PASS or FAIL.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Bots.
    #[arg(long, default_value_t = 200)]
    bots: usize,
    /// Times that it is killed.
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// Seed of the moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The server to start [default: auspice-server beside this program].
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Arguments { bots, kills, seed, server } = Arguments::parse();
    allow_many_files();
    judged(kills::run(&KillPlan { server, bots, kills, seed }), |report| report.is_pass())
}
