//! `schemes`: what other ways to encode the same minute of W1 take, beside Auspice.

use std::path::PathBuf;
use std::process::ExitCode;

use auspice_bench::reference::compare;
use auspice_bench::reference::trace::Trace;
use clap::Parser;
use serde_json::json;

/// Records W1 in memory and encodes what its clients saw by every scheme.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Bodies in the world.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(50..=1700))]
    entities: u32,
    /// Clients that look on, each from its own body.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=50))]
    clients: u32,
    /// Seconds that count, after five that do not.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Writes the figures as JSON to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

const TICK_HZ: usize = 30;
const WARMUP_TICKS: usize = 5 * TICK_HZ;

fn main() -> ExitCode {
    let args = Arguments::parse();
    let ticks = args.seconds as usize * TICK_HZ + WARMUP_TICKS;
    let trace = Trace::record(args.entities, args.clients as usize, ticks, WARMUP_TICKS);
    let visible = trace.entity_ticks() as f64 / (trace.counted_ticks() * trace.viewers) as f64;
    let figures = compare(&trace);
    println!("W1, {} clients for {} s at {TICK_HZ} Hz, {visible:.1} entities in view", args.clients, args.seconds);
    println!("{:<42}{:>14}{:>16}{:>10}", "scheme", "B/client-tick", "bits/entity", "ratio");
    for figure in &figures {
        println!(
            "{:<42}{:>14.2}{:>16.2}{:>10.1}",
            figure.scheme, figure.bytes_per_client_tick, figure.bits_per_entity_tick, figure.ratio
        );
    }
    if let Some(path) = &args.json {
        let document = json!({ "visible_mean": visible, "clients": args.clients, "seconds": args.seconds, "schemes": figures });
        if let Err(error) = std::fs::write(path, format!("{document:#}\n")) {
            eprintln!("{} cannot be written: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
