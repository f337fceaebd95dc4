//! `scale`: what a tick costs in worlds of every size, in memory and without sockets.

use std::process::ExitCode;

use auspice_claims::scale;
use auspice_output::{self as output, say};
use clap::Parser;

/// Times ticks of small and large worlds by turns, and prints what a body costs and what a client does.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Pairs of runs, of which the median counts.
    #[arg(long, default_value_t = 5)]
    pairs: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    for figure in scale::measure(arguments.pairs.max(1)) {
        say!("{figure}");
    }
    output::conclude(ExitCode::SUCCESS)
}
