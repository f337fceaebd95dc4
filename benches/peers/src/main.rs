//! The reference workload W1 by another library, beside Auspice: the same world, who sees what by the same
//! distances, in one process, without sockets, both servers on this thread by turns. Prints what a
//! client-tick costs each: bytes of messages, and the server's work.

mod replicon;
mod sight;

use std::time::Duration;

use auspice::Terms;
use auspice_workloads::hall::Hall;
use auspice_workloads::w1::{Rules, W1};
use clap::Parser;

use crate::replicon::Replicon;

/// Ticks until joining has no part in it any more.
const WARM_UP: u32 = 150;

#[derive(Parser)]
#[command(about = "W1 by bevy_replicon and by Auspice, in one run", version)]
struct Arguments {
    /// Clients, 1 to 1000
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1000))]
    clients: u32,
    /// Pairs of windows, one after the other
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pairs: u32,
    /// Ticks of a window
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    ticks: u32,
}

/// Sums over some ticks.
#[derive(Clone, Copy, Default)]
struct Window {
    took: Duration,
    bytes: usize,
}

fn main() {
    let Arguments { clients, pairs, ticks } = Arguments::parse();
    let terms = Terms::of::<W1>(Rules::default());
    let mut hall = Hall::<W1>::new(terms.clone(), clients as usize);
    let mut replicon = Replicon::new(&terms, clients as usize);
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
    auspice_output::say!(
        "W1, {clients} clients, {:.1} entities in view, {pairs} pairs of {ticks} ticks, medians; messages without any headers\n",
        held
    );
    auspice_output::say!("{:<24} {:>14} {:>18}", "", "B/client-tick", "us/client-tick");
    for (name, windows) in [("auspice", &ours), ("bevy_replicon 0.44", &theirs)] {
        let bytes = median(windows.iter().map(|window| window.bytes as f64 / by_client_tick));
        let took = median(windows.iter().map(|window| window.took.as_secs_f64() * 1e6 / by_client_tick));
        auspice_output::say!("{name:<24} {bytes:>14.1} {took:>18.2}");
    }
    let ratio = |of: fn(&Window) -> f64| median(ours.iter().zip(&theirs).map(|(ours, theirs)| of(theirs) / of(ours)));
    auspice_output::say!(
        "\nbevy_replicon takes {:.0} times the bytes and {:.0} times the server's work",
        ratio(|w| w.bytes as f64),
        ratio(|w| w.took.as_secs_f64())
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
