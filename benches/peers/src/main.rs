//! The reference workloads W1 and W3 by another library, beside Auspice: the same worlds, who sees what by the same
//! distances, in one process, without sockets, both servers on this thread by turns. Prints what a client-tick costs
//! each: bytes of messages, and in W1 the server's work.

mod apps;
mod sight;
mod w1;
mod w3;

use std::sync::Arc;
use std::time::Duration;

use auspice::Terms;
use auspice_cars::bout::Match;
use auspice_motion::cost;
use auspice_motion::foresight::Foresight;
use auspice_output::say;
use auspice_w3::body::MatchBody;
use auspice_w3::record::{MINUTE, record};
use auspice_workloads::hall::Hall;
use auspice_workloads::w1::{Rules, W1};
use clap::Parser;

/// Ticks until joining has no part in it any more.
const WARM_UP: u32 = 150;
/// Clients of W3, all of which see all.
const W3_CLIENTS: usize = 4;

#[derive(Parser)]
#[command(about = "W1 and W3 by bevy_replicon and by Auspice, in one run", version)]
struct Arguments {
    /// Clients of W1, 1 to 1000
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1000))]
    clients: u32,
    /// Pairs of windows, one after the other
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pairs: u32,
    /// Ticks of a window
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    ticks: u32,
    /// Minutes of W3's match
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    minutes: u32,
}

/// Sums over some ticks.
#[derive(Clone, Copy, Default)]
struct Window {
    took: Duration,
    bytes: usize,
}

fn main() {
    let arguments = Arguments::parse();
    w1(&arguments);
    w3(arguments.minutes as usize);
}

fn w1(&Arguments { clients, pairs, ticks, .. }: &Arguments) {
    let terms = Terms::of::<W1>(Rules::default()).strict();
    let mut hall = Hall::<W1>::new(terms.clone(), clients as usize);
    let mut replicon = w1::W1Apps::new(&terms, clients as usize);
    (0..WARM_UP).for_each(|_| hall.tick());
    for _ in 0..WARM_UP {
        replicon.tick();
    }
    let by_client_tick = f64::from(clients * ticks);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..pairs {
        ours.push((0..ticks).fold(Window::default(), |window, _| {
            let took = window.took + hall.time_server();
            let bytes = (0..clients as usize).map(|index| hall.update(index).len()).sum::<usize>();
            Window { took, bytes: window.bytes + bytes }
        }));
        theirs.push((0..ticks).fold(Window::default(), |window, _| {
            let tick = replicon.tick();
            Window { took: window.took + tick.took, bytes: window.bytes + tick.bytes }
        }));
    }
    let (held, off) = replicon.held();
    assert_eq!(off, 0, "what the other library's clients hold should be what its server has");
    assert!(replicon.inputs() >= u64::from(clients * (ticks * pairs + WARM_UP / 2)), "inputs should arrive");
    say!(
        "W1, {clients} clients, {held:.1} entities in view, {pairs} pairs of {ticks} ticks, medians; messages without \
         headers\n"
    );
    say!("{:<24} {:>14} {:>18}", "", "B/client-tick", "us/client-tick");
    for (name, windows) in [("auspice", &ours), ("bevy_replicon 0.44", &theirs)] {
        let bytes = median(windows.iter().map(|window| window.bytes as f64 / by_client_tick));
        let took = median(windows.iter().map(|window| window.took.as_secs_f64() * 1e6 / by_client_tick));
        say!("{name:<24} {bytes:>14.1} {took:>18.2}");
    }
    let ratio = |of: fn(&Window) -> f64| median(ours.iter().zip(&theirs).map(|(ours, theirs)| of(theirs) / of(ours)));
    say!(
        "\nbevy_replicon takes {:.0} times the bytes and {:.0} times the server's work",
        ratio(|w| w.bytes as f64),
        ratio(|w| w.took.as_secs_f64())
    );
}

/// The live ticks of a match of five bodies, within the tolerance at either side.
fn w3(minutes: usize) {
    let trace = Arc::new(record(&mut Match::new(5, 1), minutes * MINUTE).live());
    let ours = cost::measure::<MatchBody>(&trace, Foresight::Gravity).expect("the field tables are right");
    assert!(ours.tolerance_missed == 0.0 && ours.faults.is_empty(), "{:?}", ours.faults);
    let mut replicon = w3::W3Apps::new(&trace, W3_CLIENTS);
    let bytes: Vec<usize> = trace.ticks.iter().map(|_| replicon.tick().bytes).collect();
    let (held, off) = replicon.held();
    assert!(held > 0 && off == 0, "{off} of {held} bodies are not as the server has them");
    let counted = &bytes[cost::JOIN_TICKS as usize..];
    let theirs = counted.iter().sum::<usize>() as f64 / (counted.len() * W3_CLIENTS) as f64;
    say!(
        "\nW3, {:.2} bodies, {} live ticks, everyone sees all; messages without headers\n",
        ours.entities,
        counted.len()
    );
    say!("{:<24} {:>14}", "", "B/client-tick");
    say!("{:<24} {:>14.1}\n{:<24} {theirs:>14.1}", "auspice", ours.bytes, "bevy_replicon 0.44");
    say!("\nbevy_replicon takes {:.1} times the bytes", theirs / ours.bytes);
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
