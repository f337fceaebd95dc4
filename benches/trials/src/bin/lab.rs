//! `lab`: a real server and players over a long, lossy link between two network namespaces, with bare TCP
//! streams beside them. Prints each figure beside its goal, and says whether all are reached.
//!
//! Ends with status 77 where this system or this user can make no namespaces and no TUN devices.

use std::process::ExitCode;

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    auspice_output::complain!("skipped: network namespaces are Linux'");
    ExitCode::from(77)
}

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    lab::main()
}

#[cfg(target_os = "linux")]
mod lab {
    use std::path::PathBuf;
    use std::process::ExitCode;
    use std::time::Duration;

    use auspice_output::{self as output, complain, say};
    use auspice_trials::chosen::chosen;
    use auspice_trials::lab::list::trials;
    use auspice_trials::lab::scenario::Trial;
    use auspice_trials::lab::stage::{Setting, try_out};
    use auspice_trials::lab::way::KeptOrder;
    use clap::Parser;

    /// Status of a program that lacks what it needs.
    const SKIPPED: u8 = 77;

    /// Plays over a long, lossy link, and judges how that went. Takes root.
    #[derive(Parser)]
    #[command(version)]
    struct Arguments {
        /// A minute in all, and judgement of what a busy machine can: who is still there.
        #[arg(long)]
        short: bool,
        /// Scenarios whose name contains this; several times. One that no name contains is an error.
        #[arg(long, value_name = "WORD")]
        only: Vec<String>,
        /// The server to start [default: auspice-server beside this program].
        #[arg(long, value_name = "FILE")]
        server: Option<PathBuf>,
        /// Players, and bare streams beside them.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
        players: u32,
        /// Round trip without jitter, in milliseconds, where the scenario does not say.
        #[arg(long, value_name = "MS", default_value_t = 80)]
        round_trip: u32,
        /// Most that each direction adds at random, in milliseconds.
        #[arg(long, value_name = "MS", default_value_t = 20)]
        jitter: u32,
        /// Length of those that last, in seconds.
        #[arg(long)]
        seconds: Option<u32>,
        /// Seed of the link's chance.
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        seed: u64,
    }

    pub(crate) fn main() -> ExitCode {
        let arguments = Arguments::parse();
        let base = Setting {
            tick_hz: 30,
            round_trip: Duration::from_millis(arguments.round_trip.into()),
            jitter: Duration::from_millis(arguments.jitter.into()),
            order: KeptOrder::Connection,
            loss: 0.0,
            rate: None,
            players: arguments.players as usize,
            seed: arguments.seed,
        };
        let length = arguments.seconds.map(|seconds| Duration::from_secs(seconds.into()));
        let wanted = match chosen(trials(arguments.short, base, length), &arguments.only, |scenario| &scenario.name) {
            Ok(wanted) => wanted,
            Err(sentence) => {
                complain!("error: {sentence}");
                return ExitCode::FAILURE;
            }
        };
        if let Err(error) = try_out() {
            complain!("skipped: {error}");
            return ExitCode::from(SKIPPED);
        }
        let mut misses = Vec::new();
        for scenario in &wanted {
            match play(scenario, &arguments) {
                Ok(missed) => misses.extend(missed),
                Err(error) => misses.push(format!("{}: {error}", scenario.name)),
            }
        }
        say!();
        misses.iter().for_each(|missed| say!("  {missed}"));
        say!("{}", if misses.is_empty() { "PASS" } else { "FAIL" });
        output::conclude(if misses.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Plays a scenario and shows its figures; those that miss their goals.
    fn play(scenario: &Trial, arguments: &Arguments) -> Result<Vec<String>, String> {
        let setting = &scenario.setting;
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        say!(
            "\n{}: {} players at {} Hz, {setting}; load of the machine {}",
            scenario.name,
            setting.players,
            setting.tick_hz,
            load.split(' ').next().unwrap_or_default()
        );
        let figures = scenario.play(arguments.server.as_deref())?;
        figures.iter().for_each(|figure| say!("{figure}"));
        let missed = figures.iter().filter(|figure| !figure.holds());
        Ok(missed.map(|figure| format!("{}: {}", scenario.name, figure.to_string().trim())).collect())
    }
}
