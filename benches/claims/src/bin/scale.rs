//! `scale`: what a tick costs in worlds of every size, in memory and without sockets.

use std::process::ExitCode;

use auspice_claims::scale::{self, HeldBytes};
use auspice_output::{self as output, say};
use clap::{Parser, Subcommand};

/// Times ticks of small and large worlds by turns, and prints what a body costs and what a client does.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Pairs of runs, of which the median counts.
    #[arg(long, default_value_t = 5)]
    pairs: usize,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Hold a room and tell how much memory this process has: what is asked of another process.
    Hold {
        /// The room.
        room: HeldBytes,
        /// Its clients.
        clients: u32,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Task::Hold { room, clients }) = arguments.task {
        return room.play(clients).map_or(ExitCode::FAILURE, |bytes| {
            say!("{bytes}");
            output::conclude(ExitCode::SUCCESS)
        });
    }
    for figure in scale::measure(arguments.pairs.max(1)) {
        say!("{figure}");
    }
    output::conclude(ExitCode::SUCCESS)
}
