//! `feel`: what a player of the demo feels over good and bad networks, as tables in Markdown.

use std::borrow::Borrow;
use std::process::ExitCode;

use auspice::authority::UpdateCause;
use auspice::limits::PATIENCE_MILLIS;
use auspice::replica::PictureSettings;
use auspice_claims::feel::{
    BANDS, Cause, Cell, Feel, MessageSplit, PLAYERS, Spread, measure, measure_demo, measure_w1, split_demo, split_w1,
};
use auspice_output::{self as output, say};
use clap::Parser;

/// Plays the demo on virtual time over sixteen networks, with and without what nobody can foresee, and over
/// long stalls, and prints what it felt like.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Seconds that count, of each network.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(5..=3600))]
    seconds: u32,
    /// Ticks a second.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(10..=120))]
    tick_hz: u32,
    /// Only what patience gives up, at 30 ticks a second.
    #[arg(long)]
    patience: bool,
    /// Only what messages are sent for, at 30 ticks a second.
    #[arg(long)]
    messages: bool,
}

fn main() -> ExitCode {
    let Arguments { seconds, tick_hz, patience, messages } = Arguments::parse();
    if messages {
        all_messages(seconds);
        return output::conclude(ExitCode::SUCCESS);
    }
    if patience {
        all_bands(seconds);
        return output::conclude(ExitCode::SUCCESS);
    }
    say!("{seconds} s of 8 players with 60 pictures a second at {tick_hz} ticks a second.");
    let feel = |cell: Cell| measure(Cell { tick_hz, ..cell }, seconds, PictureSettings::default());
    for interference in [false, true] {
        say!("\n{}:\n", name_of(interference));
        head(&[
            "RTT ms",
            "jitter ms",
            "stalls",
            "echo - RTT, ticks",
            "own mispredicted",
            "starved",
            "others off by, m",
            "corrections of others, m",
            "of own ship, m",
            "jumps/min",
        ]);
        for (rtt_ms, jitter_ms, stall_ms) in networks() {
            let cell = Cell { rtt_ms, jitter_ms, stall_ms, interference, tick_hz };
            network_row(&cell, &feel(cell));
        }
    }
    for interference in [false, true] {
        say!("\nStalls, once in 5 s. {}:\n", name_of(interference));
        head(&[
            "RTT ms",
            "stall ms",
            "own mispredicted",
            "own ship moved by, m",
            "others moved by, m",
            "teleports/min",
            "jumps/min",
        ]);
        for stall_ms in [100, 200, 500, 1000] {
            for rtt_ms in [0, 100, 200] {
                let cell = Cell { rtt_ms, jitter_ms: 0, stall_ms, interference, tick_hz };
                stall_row(&cell, &feel(cell));
            }
        }
    }
    say!("\nWhat corrects the own ship, metres, and how often for a player and minute.\n{}:\n", name_of(true));
    let causes = Cause::ALL.map(|cause| format!("{cause:?}").to_lowercase());
    head(&[["RTT ms", "stalls"].map(String::from).as_slice(), &causes].concat());
    for (rtt_ms, stall_ms) in [(50, 0), (100, 0), (200, 0), (200, 200)] {
        let cell = Cell { rtt_ms, jitter_ms: 0, stall_ms, interference: true, tick_hz };
        causes_row(&cell, &feel(cell), f64::from(seconds) * PLAYERS as f64 / 60.0);
    }
    all_bands(seconds);
    all_messages(seconds);
    output::conclude(ExitCode::SUCCESS)
}

/// Prints what patience gives up.
fn all_bands(seconds: u32) {
    let worlds: [(&str, Banded); 2] = [("W1", measure_w1), ("the demo", measure_demo)];
    for (name, banded) in worlds {
        bands(name, banded, seconds);
    }
}

/// Errors by band, over a round trip of so many milliseconds and with a patience of so many, of so many seconds; and
/// updates a second.
type Banded = fn(u64, u32, u32) -> ([Spread; BANDS], f64);

/// A table of what is shown with and without patience, by how far away it is.
fn bands(name: &str, banded: Banded, seconds: u32) {
    say!("\nPatience. Bodies of {name} were shown off by, m, by their distance in quarters of the interest radius:\n");
    head(&["RTT ms", "patience ms", "updates/s", "0 to 1/4", "1/4 to 1/2", "1/2 to 3/4", "3/4 to 1"]);
    for rtt_ms in [0, 50, 100] {
        for patience in [0, PATIENCE_MILLIS] {
            let (spreads, updates) = banded(rtt_ms, patience, seconds);
            say!("| {rtt_ms} | {patience} | {updates:.1} | {} |", spreads.map(pair).join(" | "));
        }
    }
}

/// Prints what messages are sent for, with the usual patience.
fn all_messages(seconds: u32) {
    let worlds: [(&str, Split); 2] = [("W1", split_w1), ("the demo", split_demo)];
    let over = |name: &'static str, split: Split| {
        [0, 50].map(|rtt_ms| (format!("{name}, {rtt_ms} ms"), split(rtt_ms, PATIENCE_MILLIS, seconds)))
    };
    let (names, splits): (Vec<_>, Vec<_>) = worlds.into_iter().flat_map(|(name, split)| over(name, split)).unzip();
    say!("\nMessages of a client in a second, and why, over a round trip:\n");
    head(&[["way", "sent for"].map(String::from).as_slice(), &names].concat());
    let row = |way: &str, what: &str, figure: &dyn Fn(&MessageSplit) -> f64| {
        let figures: Vec<_> = splits.iter().map(|split| format!("{:.2}", figure(split))).collect();
        say!("| {way} | {what} | {} |", figures.join(" | "));
    };
    for cause in UpdateCause::ALL.into_iter().filter(|cause| splits.iter().any(|split| split.updates_for(*cause) > 0.0))
    {
        row("down", &format!("{cause:?}"), &|split| split.updates_for(cause));
    }
    for (place, cause) in ["an input that changed", "an answer", "a silence"].into_iter().enumerate() {
        row("up", cause, &|split| split.inputs[place]);
    }
    row("down", "all of these", &MessageSplit::all_updates);
    row("up", "all of these", &MessageSplit::all_inputs);
    row("down", "acknowledgements that rode on none", &|split| split.alone[0]);
    row("up", "acknowledgements that rode on none", &|split| split.alone[1]);
    row("down", "bytes of IP", &|split| split.bytes[0].round());
    row("up", "bytes of IP", &|split| split.bytes[1].round());
    row("up", "ticks without an input", &|split| split.missing);
}

/// Messages by cause, over a round trip of so many milliseconds and with a patience of so many, of so many seconds.
type Split = fn(u64, u32, u32) -> MessageSplit;

fn name_of(interference: bool) -> &'static str {
    if interference { "With asteroids, computer-driven ships and shots" } else { "Players only, who do not shoot" }
}

fn head(columns: &[impl Borrow<str>]) {
    say!("| {} |", columns.join(" | "));
    say!("|{}", " --- |".repeat(columns.len()));
}

fn network_row(cell: &Cell, feel: &Feel) {
    say!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.2} |",
        cell.rtt_ms,
        cell.jitter_ms,
        stalls(cell),
        pair(feel.echo),
        percent(feel.mispredicted),
        percent(feel.starved),
        pair(feel.remote_error),
        pair(feel.corrections),
        if feel.own_corrections.count == 0 { "none".into() } else { pair(feel.own_corrections) },
        feel.jumps_a_minute
    );
}

fn stall_row(cell: &Cell, feel: &Feel) {
    say!(
        "| {} | {} | {} | {} | {} | {:.2} | {:.2} |",
        cell.rtt_ms,
        cell.stall_ms,
        percent(feel.mispredicted),
        pair(feel.own_after_stall),
        pair(feel.others_after_stall),
        feel.teleports_a_minute,
        feel.jumps_a_minute
    );
}

fn causes_row(cell: &Cell, feel: &Feel, player_minutes: f64) {
    let often = |spread: &Spread| format!("{}, {:.1}/min", pair(*spread), spread.count as f64 / player_minutes);
    let causes: Vec<String> =
        feel.own_causes.iter().map(|spread| if spread.count == 0 { "none".into() } else { often(spread) }).collect();
    say!("| {} | {} | {} |", cell.rtt_ms, stalls(cell), causes.join(" | "));
}

fn stalls(cell: &Cell) -> &'static str {
    if cell.stall_ms > 0 { "200 ms in 5 s" } else { "none" }
}

/// Round trip, jitter and stall, in milliseconds.
fn networks() -> impl Iterator<Item = (u64, u64, u64)> {
    [0, 200].into_iter().flat_map(|stall| {
        [0, 20].into_iter().flat_map(move |jitter| [0, 50, 100, 200].into_iter().map(move |rtt| (rtt, jitter, stall)))
    })
}

fn pair(spread: Spread) -> String {
    format!("{:.2} / {:.2}", spread.p50, spread.p99)
}

fn percent(share: f64) -> String {
    format!("{:.3} %", share * 100.0)
}
