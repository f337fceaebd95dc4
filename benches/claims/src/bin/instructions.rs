//! `instructions`: counts what the server's part of a tick takes, and fails where that is not what it was.

use std::path::Path;
use std::process::ExitCode;

use auspice_claims::instructions::{self, Counts, TOLERANCE, Verdict};
use auspice_claims::parts::World;
use auspice_output::{self as output, complain, say};
use clap::{Parser, Subcommand};

/// Counts the instructions of a tick with callgrind, and compares them with those in benches/claims/instructions.json.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Keeps the counts of now.
    #[arg(long)]
    update: bool,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Play W1 in memory: this is what is counted.
    Play {
        /// Clients in the room.
        clients: u32,
        /// Lets news wait.
        #[arg(long)]
        waits: bool,
    },
    /// Play a world whose parts are counted.
    PlayPart {
        /// The world.
        world: World,
    },
}

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.task {
        None => {}
        Some(Task::Play { clients, waits }) => {
            instructions::play(clients, waits);
            return ExitCode::SUCCESS;
        }
        Some(Task::PlayPart { world }) => {
            world.play();
            return ExitCode::SUCCESS;
        }
    }
    match check(arguments.update) {
        Ok(sentence) => {
            say!("{sentence}");
            output::conclude(ExitCode::SUCCESS)
        }
        Err(sentence) => {
            complain!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn check(update: bool) -> Result<String, String> {
    let Some(now) = instructions::count()? else {
        return Ok("valgrind is not installed: no instructions were counted".to_string());
    };
    if update {
        let text = serde_json::to_string_pretty(&now).map_err(|error| error.to_string())? + "\n";
        std::fs::write(KEPT, &text).map_err(|error| format!("{KEPT} cannot be written: {error}"))?;
        return Ok(text);
    }
    let text = std::fs::read_to_string(Path::new(KEPT)).map_err(|error| format!("{KEPT} cannot be read: {error}"))?;
    let kept: Counts = serde_json::from_str(&text).map_err(|error| format!("{KEPT} cannot be read: {error}"))?;
    const TO_KEEP: &str = "keep them: cargo run --release -p auspice-claims --bin instructions -- --update";
    let (lines, verdict) = instructions::compare(&now, &kept);
    match verdict {
        Verdict::Apart => Ok(format!(
            "the counts kept are of {} on {}, these of {} on {}: not compared",
            kept.compiler, kept.architecture, now.compiler, now.architecture
        )),
        Verdict::Holds { fewer: false } => Ok(format!("instructions, as they were:\n{}", lines.trim_end())),
        Verdict::Holds { fewer: true } => {
            Ok(format!("instructions, some fewer than they were:\n{lines}To hold on to that, {TO_KEEP}"))
        }
        Verdict::More => Err(format!(
            "instructions, some more by above {} % than they were:\n{lines}If that is meant, {TO_KEEP}",
            TOLERANCE * 100.0
        )),
    }
}
