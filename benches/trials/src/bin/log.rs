//! `log`: kills a real server at random moments under bots, and says what its log did not have and what it costs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

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
    /// Seconds of play before the first kill, in which the log's bytes are counted and which are played again.
    #[arg(long, default_value_t = 45)]
    seconds: u64,
    /// Computer-driven ships of the world [default: the server's].
    #[arg(long, value_name = "COUNT")]
    npcs: Option<u32>,
    /// Asteroids in it [default: the server's].
    #[arg(long, value_name = "COUNT")]
    asteroids: Option<u32>,
    /// Edge of the world in units [default: the server's].
    #[arg(long, value_name = "UNITS")]
    size: Option<u32>,
    /// Tell times, bytes and speed without judging them, on a machine that is too slow; what is lost is judged.
    #[arg(long)]
    told: bool,
    /// The server to start [default: auspice-server beside this program].
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Arguments { bots, kills, seed, seconds, npcs, asteroids, size, told, server } = Arguments::parse();
    allow_many_files();
    let flags = [("--npcs", npcs), ("--asteroids", asteroids), ("--size", size)];
    let world =
        flags.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?.to_string()])).flatten().collect();
    let counted = Duration::from_secs(seconds);
    let plan = KillPlan { server, bots, kills, seed, counted, world, is_told: told };
    judged(kills::run(&plan), |report| report.is_pass())
}
