//! `motion`: plays a recorded world as a game, and says what it takes on the wire, whether the tolerance is kept, and
//! how true it is shown over a network.

use std::path::PathBuf;
use std::process::ExitCode;

use auspice_motion::body::Driven;
use auspice_motion::foresight::Foresight;
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
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
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

fn report(arguments: &Arguments) -> Result<Report, String> {
    let path = arguments.trace.display();
    let mut trace = Recording::open(&arguments.trace).map_err(|error| format!("{path} is no trace: {error}"))?;
    trace.ticks.truncate(arguments.ticks.unwrap_or(usize::MAX));
    Report::of::<Driven>(&trace, arguments.foresight).map_err(|error| error.to_string())
}
