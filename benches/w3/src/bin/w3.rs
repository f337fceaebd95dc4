//! `w3`: plays the reference workload W3, and says how it moves beside real matches, what it takes on the wire, and how
//! true it is shown.

use std::path::PathBuf;
use std::process::ExitCode;

use auspice_cars::bout::Match;
use auspice_motion::foresight::Foresight;
use auspice_motion::report::Report;
use auspice_output::{self as output, complain, say};
use auspice_w3::body::{MatchBody, learn_codes};
use auspice_w3::record::{MINUTE, record};
use clap::Parser;

/// Plays cars and a ball by a physics engine, in memory and on virtual time.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Bodies, the ball among them.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=64))]
    bodies: u8,
    /// Minutes that are played.
    #[arg(long, default_value_t = 5)]
    minutes: usize,
    /// Another seed makes another match.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes the match as a trace, as `benches/motion/TRACES.md` describes it.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Plays a longer match of another seed, and prints the codes that fit it: `benches/w3/src/codes.txt`.
    #[arg(long)]
    codes: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.codes {
        return match learn_codes(usize::from(arguments.bodies)) {
            Ok(codes) => output::conclude({
                say!("{}", codes.trim_end());
                ExitCode::SUCCESS
            }),
            Err(error) => {
                complain!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let mut game = Match::new(usize::from(arguments.bodies), arguments.seed);
    let recorded = record(&mut game, arguments.minutes * MINUTE);
    say!(
        "{} bodies, {} minutes: {} goals, {} cars ended",
        arguments.bodies,
        arguments.minutes,
        game.goals.iter().sum::<u32>(),
        game.ends
    );
    if let Some(path) = arguments.write
        && let Err(error) = recorded.save(&path)
    {
        complain!("error: {}: {error}", path.display());
        return ExitCode::FAILURE;
    }
    match Report::of::<MatchBody>(&recorded, Foresight::Gravity) {
        Ok(report) => report.say(),
        Err(error) => {
            complain!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    output::conclude(ExitCode::SUCCESS)
}
