//! `soak`: a real server, bots that come and go, and a verdict: memory and files stay as they are, every
//! count adds up, nobody's view differs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use auspice_bots::process::allow_many_files;
use auspice_trials::judged::judged;
use auspice_trials::soak::{self, Plan, Report};
use clap::Parser;

/// Bots that come and go on a server of their own, for half an hour or for so many joins; says PASS or FAIL.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Length of the run.
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// Bots at once.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=1500))]
    bots: u32,
    /// Time that each stays, on average.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    life: f64,
    /// Instead of by time, ends when so many have joined, who stay for a tenth of a second each.
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["minutes", "life"])]
    joins: Option<u64>,
    /// The server to start [default: auspice-server beside this program].
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Writes the figures as JSON to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    judged(run(&arguments), |report| report.is_pass())
}

fn run(arguments: &Arguments) -> Result<Report, String> {
    let seconds = |what: &str, seconds: f64| {
        Duration::try_from_secs_f64(seconds).map_err(|_| format!("{what} is {seconds} s, which is no length of time"))
    };
    let plan = Plan {
        server: arguments.server.clone(),
        bots: arguments.bots,
        length: seconds("--minutes", arguments.minutes * 60.0)?,
        life: seconds("--life", arguments.life)?,
        joins: arguments.joins,
    };
    if let Some(path) = &arguments.json {
        // Better known now than after half an hour.
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        file.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    allow_many_files();
    let report = soak::run(&plan)?;
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
        std::fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    Ok(report)
}
