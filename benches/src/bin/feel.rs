//! `feel`: what a player of the demo feels over good and bad networks, as a table in Markdown.

use std::process::ExitCode;

use auspice_bench::feel::{Cell, Spread, measure};
use clap::Parser;

/// Plays the demo on virtual time over sixteen networks, with and without what nobody can foresee, and prints what it felt like.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Seconds that count, of each network.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(5..=3600))]
    seconds: u32,
    /// Ticks a second.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(10..=120))]
    tick_hz: u32,
}

fn main() -> ExitCode {
    let Arguments { seconds, tick_hz } = Arguments::parse();
    println!("{seconds} s of 8 players with 60 pictures a second at {tick_hz} ticks a second.");
    for interference in [false, true] {
        println!(
            "\n{}\n",
            if interference { "With asteroids, computer-driven ships and shots:" } else { "Players only, who do not shoot:" }
        );
        println!(
            "| RTT ms | jitter ms | stalls | echo - RTT, ticks | own mispredicted | starved | others off by, m | corrections of others, m | of own ship, m | jumps/min |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for (rtt_ms, jitter_ms, stalls) in networks() {
            let feel = measure(Cell { rtt_ms, jitter_ms, stalls, interference, tick_hz }, seconds);
            println!(
                "| {rtt_ms} | {jitter_ms} | {} | {} | {} | {} | {} | {} | {} | {:.2} |",
                if stalls { "200 ms in 5 s" } else { "none" },
                pair(feel.echo),
                percent(feel.mispredicted),
                percent(feel.starved),
                pair(feel.remote_error),
                pair(feel.corrections),
                if feel.own_corrections.count == 0 { "none".into() } else { pair(feel.own_corrections) },
                feel.jumps_a_minute
            );
        }
    }
    ExitCode::SUCCESS
}

fn networks() -> impl Iterator<Item = (u64, u64, bool)> {
    let stalls = [false, true].into_iter();
    stalls.flat_map(|stalls| {
        [0, 20].into_iter().flat_map(move |jitter| [0, 50, 100, 200].into_iter().map(move |rtt| (rtt, jitter, stalls)))
    })
}

fn pair(spread: Spread) -> String {
    format!("{:.2} / {:.2}", spread.p50, spread.p99)
}

fn percent(share: f64) -> String {
    format!("{:.3} %", share * 100.0)
}
