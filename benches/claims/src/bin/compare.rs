//! `compare`: measures everything, says what goals are met, and writes a page about it.

use std::path::PathBuf;
use std::process::ExitCode;

use auspice_claims::compare::machine::Machine;
use auspice_claims::compare::{Outcome, Scale, Section, note, page, runs};
use auspice_claims::role::Role;
use auspice_output::{self as output, complain, say};
use clap::Parser;

/// Measures the server beside bare sockets and other encodings, and writes what it finds into a folder: a
/// page, pictures, a JSON file.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// Folder for the page. By default benches/results, where the page of the last full run is kept; for
    /// anything less than that a folder among the system's temporary files.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Only this section; may be given more than once.
    #[arg(long, value_name = "SECTION", value_enum)]
    only: Vec<Section>,
    /// Pairs of runs beside the floor. Other sections have as many at most.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pairs: u32,
    /// Run everything small and short: shows that it works, and fails where something is wrong; no figure
    /// means anything.
    #[arg(long)]
    quick: bool,
    /// The part that this program starts itself as.
    #[command(subcommand)]
    role: Option<Role>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(role) = arguments.role {
        return role.run();
    }
    match compare(&arguments) {
        Ok(faults) if faults.is_empty() => output::conclude(ExitCode::SUCCESS),
        Ok(faults) => {
            faults.iter().for_each(|fault| complain!("{fault}"));
            ExitCode::FAILURE
        }
        Err(sentence) => {
            complain!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the comparison; returns what is wrong, beyond figures that miss their goals.
fn compare(arguments: &Arguments) -> Result<Vec<String>, String> {
    let is_full = arguments.only.is_empty() && !arguments.quick;
    let usual = || if is_full { "benches/results".into() } else { std::env::temp_dir().join("auspice-compare") };
    let out = arguments.out.clone().unwrap_or_else(usual);
    page::prepare(&out)?;
    let (machine, pairs) = (Machine::here(), if arguments.quick { 1 } else { arguments.pairs });
    let scale = Scale { is_quick: arguments.quick, pairs };
    if !runs::has_two_cores() {
        complain!("with a single core, server and clients are in each other's way: no figure means anything");
    }
    let is_wanted = |section: &&Section| arguments.only.is_empty() || arguments.only.contains(section);
    let sections: Vec<_> = Section::ALL.iter().filter(is_wanted).collect();
    let mut outcomes = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        complain!("{} of {}: {}", number + 1, sections.len(), section.title());
        let outcome = Outcome::of(**section, &scale);
        if let Err(sentence) = &outcome.result {
            note(sentence);
        }
        outcomes.push(outcome);
    }
    output::show(&page::table(&outcomes));
    say!("{}", page::summary(&outcomes));
    page::write(&out, &machine, &scale, &outcomes)?;
    say!("{}", out.join("README.md").display());
    Ok(outcomes.iter().flat_map(Outcome::faults).collect())
}
