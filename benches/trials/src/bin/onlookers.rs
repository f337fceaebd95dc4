//! `onlookers`: reads the inspector of a real server under bots, and says what that costs the server.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use auspice_trials::judged::judged;
use auspice_trials::onlookers::{self, LookPlan};
use clap::Parser;

/// Reads the inspector of a server of the demo in every other window of time; says PASS or FAIL.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Bots.
    #[arg(long, default_value_t = 500)]
    bots: usize,
    /// Readers of the inspector.
    #[arg(long, default_value_t = 3)]
    onlookers: usize,
    /// Pairs of windows, one of them with readers.
    #[arg(long, default_value_t = 10)]
    pairs: usize,
    /// Seconds of a window.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// The server to start [default: auspice-server beside this program].
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// The bots' program [default: bots beside this one].
    #[arg(long, value_name = "FILE")]
    bots_program: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Arguments { bots, onlookers, pairs, seconds, server, bots_program } = Arguments::parse();
    let plan = LookPlan { server, bots_program, bots, onlookers, pairs, window: Duration::from_secs(seconds) };
    judged(onlookers::run(&plan), |report| report.is_pass())
}
