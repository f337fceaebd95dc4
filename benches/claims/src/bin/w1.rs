//! `w1`: the reference workloads by hand: their server, its clients, the bare-socket floor beside it.
//! `cargo compare` runs them all.

use std::process::ExitCode;

use auspice_claims::role::Role;
use clap::Parser;

/// The reference workloads: W1, free flight, where everything can be foreseen but the dice; W2, contacts and
/// hidden forces.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    role: Role,
}

fn main() -> ExitCode {
    Arguments::parse().role.run()
}
