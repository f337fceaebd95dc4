//! `motion`: plays a recorded world as a game, and says what it takes on the wire, whether the tolerance is kept, and
//! how true it is shown over a network.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use auspice_motion::body::Driven;
use auspice_motion::foresight::Foresight;
use auspice_motion::recoded::{Modelled, learn_codes};
use auspice_motion::report::Report;
use auspice_motion::trace::Recording;
use auspice_output::{self as output, complain, say};
use clap::Parser;

/// Plays a recorded world as a game, in memory and on virtual time.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A recorded world, as `benches/motion/TRACES.md` describes it, compressed by gzip or not.
    #[arg(long, value_name = "FILE")]
    trace: PathBuf,
    /// The knowledge of motion that both ends have.
    #[arg(long, value_enum, default_value_t)]
    foresight: Foresight,
    /// Plays no more than so many of its ticks.
    #[arg(long, value_name = "TICKS")]
    ticks: Option<usize>,
    /// Leaves so many of its ticks out first.
    #[arg(long, value_name = "TICKS", default_value_t = 0)]
    skip: usize,
    /// Prints the codes that fit its news: `benches/motion/src/codes.txt`, or `driving_codes.txt` beside it.
    #[arg(long)]
    codes: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.codes {
        return match codes(&arguments) {
            Ok(codes) => output::conclude({
                say!("{}", codes.trim_end());
                ExitCode::SUCCESS
            }),
            Err(why) => {
                complain!("error: {why}");
                ExitCode::FAILURE
            }
        };
    }
    match report(&arguments) {
        Ok(report) if arguments.json => match serde_json::to_string_pretty(&report) {
            Ok(text) => say!("{text}"),
            Err(error) => complain!("error: {error}"),
        },
        Ok(report) => report.say(),
        Err(why) => {
            complain!("error: {why}");
            return ExitCode::FAILURE;
        }
    }
    output::conclude(ExitCode::SUCCESS)
}

fn trace(arguments: &Arguments) -> Result<Recording, String> {
    let path = arguments.trace.display();
    let mut trace = Recording::open(&arguments.trace).map_err(|error| format!("{path} is no trace: {error}"))?;
    trace.ticks.drain(..arguments.skip.min(trace.ticks.len()));
    trace.ticks.truncate(arguments.ticks.unwrap_or(usize::MAX));
    Ok(trace)
}

fn report(arguments: &Arguments) -> Result<Report, String> {
    let report = match arguments.foresight {
        Foresight::Driving => Report::of::<Modelled>,
        Foresight::None | Foresight::Gravity => Report::of::<Driven>,
    };
    report(&trace(arguments)?, arguments.foresight).map_err(|error| error.to_string())
}

fn codes(arguments: &Arguments) -> Result<String, String> {
    let live = Arc::new(trace(arguments)?.live());
    let learn = match arguments.foresight {
        Foresight::Driving => learn_codes::<Modelled>,
        Foresight::None | Foresight::Gravity => learn_codes::<Driven>,
    };
    learn(&live, arguments.foresight).map_err(|error| error.to_string())
}
