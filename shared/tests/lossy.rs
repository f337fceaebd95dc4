//! Paths that lose segments: everything behind one that is lost waits for it, since a connection keeps order.
//!
//! The first tests hold the model of that (`shared/src/sim/tcp.rs`) against what real kernels were measured to
//! do; the others hold what a player has of it. `-- --nocapture lossy` prints the tables.

use auspice::sim::{Arena, Line, Link};
use auspice::{Micros, Terms};

use crate::games::arena_with;
use crate::games::lamps::Lamps;
use crate::games::zoo::Zoo;

/// A path of 80 ms there and back that loses so many segments in 10,000, each way.
fn path(losses_in_10_000: u32, is_window_kept: bool) -> Link {
    Link { losses_in_10_000, is_window_kept, delay: Micros::from_millis(40), ..Link::default() }
}

/// Lateness, in milliseconds, of each message of a stream, and the gaps between arrivals.
fn stream(link: Link, interval: Micros, seconds: u64, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut line = Line::new(link, seed);
    let (mut late, mut gaps, mut last) = (Vec::new(), Vec::new(), None);
    let mut sent = 0;
    for millis in 0..seconds * 1000 {
        let now = Micros::from_millis(millis);
        while Micros(sent * interval.0) <= now {
            line.push(now, &sent.to_le_bytes());
            sent += 1;
        }
        while let Some(message) = line.pop(now) {
            let number = u64::from_le_bytes(message.try_into().expect("a number was sent"));
            assert_eq!(number, late.len() as u64, "order is kept");
            late.push((now.since(Micros(number * interval.0)).since(link.delay)).as_seconds() * 1e3);
            if let Some(last) = last.replace(now) {
                gaps.push(now.since(last).as_seconds() * 1e3);
            }
        }
    }
    late.sort_by(f64::total_cmp);
    (late, gaps)
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() as f64 * share) as usize).min(sorted.len() - 1)]
}

#[test]
fn the_model_stalls_as_often_and_as_long_as_kernels_were_measured_to() {
    // Losses in 10,000, whether the window is kept (BBR), stalls over 60 ms a minute, late p99 and p99.9.
    let measured = [
        (100, false, 27.5, 113.0, 127.0),
        (100, true, 18.0, 110.0, 114.0),
        (200, false, 64.0, 113.0, 190.0),
        (200, true, 35.0, 113.0, 147.0),
        (500, false, 160.0, 203.0, 600.0),
        (500, true, 86.0, 146.0, 230.0),
    ];
    for (losses, is_kept, stalls, p99, p999) in measured {
        let (late, gaps) = stream(path(losses, is_kept), Micros(33_333), 1080, 1);
        let a_minute = gaps.iter().filter(|&&gap| gap > 60.0).count() as f64 / 18.0;
        println!(
            "{:.0} % {}: {a_minute:.1} stalls a minute (measured {stalls}), late p50 {:.0}, p99 {:.0} ({p99}), p99.9 \
             {:.0} ({p999}), max {:.0}",
            f64::from(losses) / 100.0,
            if is_kept { "bbr" } else { "cubic" },
            quantile(&late, 0.5),
            quantile(&late, 0.99),
            quantile(&late, 0.999),
            quantile(&late, 1.0),
        );
        assert!((a_minute / stalls - 1.0).abs() < 0.3, "{losses} {is_kept}: {a_minute} stalls a minute, not {stalls}");
        assert!((quantile(&late, 0.99) / p99 - 1.0).abs() < 0.2 && (quantile(&late, 0.999) / p999 - 1.0).abs() < 0.3);
    }
}

#[test]
fn what_is_lost_is_an_interval_and_a_round_trip_late() {
    for (millis, measured) in [(17, 105.0), (33, 113.0), (66, 146.0), (133, 213.0), (1000, 306.0)] {
        let (late, _) = stream(path(50, true), Micros::from_millis(millis), 3600, 2);
        let late: Vec<_> = late.into_iter().filter(|&late| late > 60.0).collect();
        let late = quantile(&late, 0.75);
        println!("{millis} ms: {late:.0} ms late (measured {measured})");
        assert!((late - measured).abs() < 10.0, "a message each {millis} ms: {late} ms late, not {measured}");
    }
}

/// Seconds of each run below, after those of settling.
const SECONDS: u32 = 40;
const CLIENTS: u32 = 10;

/// What a run came to.
struct Run {
    /// Shares of client-ticks.
    missing: f64,
    held_back: f64,
    /// Messages up, a client and second.
    messages: f64,
    /// Milliseconds, sorted.
    echoes: Vec<f64>,
    /// Jumps of clocks.
    jumps: u64,
    /// Spare connections dialled, for each client.
    spares: f64,
    /// Mean ticks by which inputs are early.
    lead: f64,
}

/// Plays over this path.
fn play(tick_hz: u32, link: Link, has_spares: bool, seed: u64) -> Run {
    let mut arena = arena_with::<Zoo>(Terms { tick_hz, ..Terms::of::<Zoo>(()).strict() }, seed);
    (arena.has_exact_timers, arena.has_spares, arena.is_resumable) = (true, has_spares, true);
    for _ in 0..CLIENTS {
        arena.connect(link, link).expect("the name fits");
    }
    // A stall of the first seconds counts, since a player has it too.
    arena.steps(tick_hz);
    let missing = |arena: &Arena<Zoo>| -> u64 {
        let seats = arena.clients.iter().filter_map(|client| client.seat);
        seats.filter_map(|seat| arena.room.input_report(seat)).map(|counts| counts.missing).sum()
    };
    let messages = |arena: &Arena<Zoo>| arena.clients.iter().map(|client| client.messages_sent).sum::<u64>();
    let before = (missing(&arena), arena.room.stats().held_back, messages(&arena));
    let mut echoes = Vec::new();
    let mut known = vec![0; arena.clients.len()];
    for _ in 0..SECONDS * tick_hz {
        arena.step();
        for (client, known) in arena.clients.iter().zip(&mut known) {
            let report = client.replica().report();
            if std::mem::replace(known, report.echoes) != report.echoes {
                echoes.push(report.echo.as_seconds() * 1e3);
            }
        }
    }
    echoes.sort_by(f64::total_cmp);
    assert!(arena.faults.is_empty(), "seed {seed}: {:#?}", arena.faults);
    assert!(arena.clients.iter().all(|client| client.closed.is_none()), "seed {seed}: somebody was closed");
    let ticks = f64::from(CLIENTS * SECONDS * tick_hz);
    Run {
        missing: (missing(&arena) - before.0) as f64 / ticks,
        held_back: (arena.room.stats().held_back - before.1) as f64 / ticks,
        messages: (messages(&arena) - before.2) as f64 / f64::from(CLIENTS * SECONDS),
        echoes,
        jumps: arena.clients.iter().filter_map(|client| client.replica().clock()).map(|clock| clock.jumps()).sum(),
        lead: arena.clients.iter().filter_map(|client| client.replica().clock()).map(|clock| clock.lead()).sum::<f64>()
            / f64::from(CLIENTS),
        spares: arena.clients.iter().map(|client| client.spares().0).sum::<u64>() as f64 / f64::from(CLIENTS),
    }
}

#[test]
fn hardly_an_update_is_held_back_for_a_loss_at_any_rate() {
    for (tick_hz, round_trip) in [(20, 150), (30, 80), (30, 200), (60, 80), (60, 150), (120, 150), (240, 150)] {
        let link = Link { delay: Micros::from_millis(round_trip / 2), ..path(100, false) };
        let run = play(tick_hz, link, false, 1);
        println!(
            "{tick_hz} Hz, {round_trip} ms, 1 %: held back {:.2} %, missing {:.2} %, {:.1} messages, echo p50 {:.0}",
            run.held_back * 100.0,
            run.missing * 100.0,
            run.messages,
            quantile(&run.echoes, 0.5)
        );
        assert!(run.held_back <= 0.0075, "{tick_hz} Hz, {round_trip} ms: {:.2} % held back", run.held_back * 100.0);
        assert!(run.jumps == 0, "{tick_hz} Hz, {round_trip} ms: a clock jumped for a loss");
    }
}

#[test]
fn with_a_spare_connection_hardly_an_input_is_missing() {
    println!("30 Hz, 80 ms, jitter 20 ms, cubic; inputs missing in %, echo p50 and p99 in ms:");
    let mut echo_of_today = 0.0;
    for (losses, goal) in [(0, 0.5), (100, 0.5), (200, 1.0), (500, 3.0)] {
        let link = Link { jitter: Micros::from_millis(20), ..path(losses, false) };
        for has_spares in [false, true] {
            let run = play(30, link, has_spares, 1);
            let missing = run.missing * 100.0;
            let echo = quantile(&run.echoes, 0.5);
            println!(
                "{} %, {}: missing {missing:.2} (goal {goal}), echo {echo:.0} and {:.0}, {:.1} messages a second, \
                 held back {:.2} %, lead {:.1}, {:.1} spares",
                losses / 100,
                if has_spares { "spare" } else { "one  " },
                quantile(&run.echoes, 0.99),
                run.messages,
                run.held_back * 100.0,
                run.lead,
                run.spares,
            );
            if !has_spares {
                echo_of_today = echo;
                continue;
            }
            if losses == 0 {
                assert!(run.spares == 0.0, "a spare connection over a clean path");
            }
            assert!(missing <= goal, "{losses} in 10,000 lost: {missing} % missing");
            let more = if losses == 0 { 1.0 } else { 33.4 };
            assert!(losses > 200 || echo <= echo_of_today + more, "{losses} in 10,000 lost: an echo of {echo} ms");
        }
    }
}

#[test]
fn an_update_that_is_lost_is_not_taken_for_an_input_that_is_stuck() {
    let mut arena = arena_with::<Lamps>(Terms::of::<Lamps>(()), 3);
    (arena.has_exact_timers, arena.has_spares, arena.is_resumable) = (true, true, true);
    let (up, down) = (path(0, false), path(200, false));
    (0..CLIENTS).for_each(|_| arena.connect(up, down).map(|_| ()).expect("the name fits"));
    arena.steps(120 * 30);
    assert!(arena.faults.is_empty(), "{:#?}", arena.faults);
    let spares: u64 = arena.clients.iter().map(|client| client.spares().0).sum();
    assert_eq!(spares, 0, "spare connections where nothing is lost on the way up");
}

/// A way of sending inputs: which are in the message of a tick, for each connection.
struct Design {
    name: &'static str,
    /// The inputs of the tick's message, counted back from it, on the first and on the second connection; 0 for
    /// no message.
    inputs: fn(u64) -> [u64; 2],
}

const DESIGNS: [Design; 6] = [
    Design { name: "one connection", inputs: |_| [1, 0] },
    Design { name: "both, each tick", inputs: |_| [1, 1] },
    Design { name: "in turns, with the last two", inputs: |tick| if tick % 2 == 0 { [2, 0] } else { [0, 2] } },
    Design { name: "in turns, with the last four", inputs: |tick| if tick % 2 == 0 { [4, 0] } else { [0, 4] } },
    Design { name: "second each other tick", inputs: |tick| [1, if tick % 2 == 0 { 2 } else { 0 }] },
    Design { name: "second each third tick", inputs: |tick| [1, if tick % 3 == 0 { 3 } else { 0 }] },
];

/// Share of inputs that are not there for their tick, where each is given so much before it beyond what an even
/// path takes.
fn missing_of(design: &Design, link: Link, ahead: Micros, seed: u64) -> f64 {
    const PERIOD: u64 = 33_333;
    let mut lines = [Line::new(link, seed), Line::new(link, seed + 1000)];
    let ticks = 9000;
    let mut has = vec![false; ticks as usize];
    let mut missing = 0;
    let lead = link.delay + ahead;
    // Given at the tick's moment, read so much later.
    for tick in 0..ticks {
        let given = Micros(tick * PERIOD);
        for (line, count) in lines.iter_mut().zip((design.inputs)(tick)) {
            if count > 0 {
                line.push(given, &[(tick + 1).saturating_sub(count), tick].map(u64::to_le_bytes).concat());
            }
        }
        let next = Micros((tick + 1) * PERIOD);
        for read in (tick.saturating_sub(lead.0 / PERIOD + 1)..ticks).take(3) {
            let at = Micros(read * PERIOD) + lead;
            if at < given {
                continue;
            }
            if at >= next {
                break;
            }
            for line in &mut lines {
                while let Some(message) = line.pop(at) {
                    let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("two numbers were sent"));
                    (number(&message[..8])..=number(&message[8..])).for_each(|tick| has[tick as usize] = true);
                }
            }
            missing += u64::from(!has[read as usize]);
        }
    }
    missing as f64 / ticks as f64
}

#[test]
fn a_second_connection_each_other_tick_does_what_one_each_tick_does_nearly() {
    println!("inputs missing in %, cubic; given ahead by an even path, 18 ms of jitter and so many periods:");
    println!("{:30} {:>7} {:>6} {:>6} {:>6} {:>6} {:>6}", "", "loss", "0", "0.5", "1", "1.5", "3");
    for design in &DESIGNS {
        for losses in [0, 100, 200, 500] {
            let link = Link { jitter: Micros::from_millis(20), ..path(losses, false) };
            let cells = [0, 16_667, 33_333, 50_000, 100_000].map(|more| {
                let missing = missing_of(design, link, Micros(18_000 + more), 7);
                format!("{:6.2}", missing * 100.0)
            });
            println!("{:30} {:5} % {}", design.name, losses / 100, cells.join(" "));
        }
    }
    // A period ahead, at 2 % loss.
    let link = Link { jitter: Micros::from_millis(20), ..path(200, false) };
    let missing = |name: &str| {
        let design = DESIGNS.iter().find(|design| design.name == name).expect("it is one of them");
        missing_of(design, link, Micros(18_000 + 33_333), 7)
    };
    let (alone, chosen, both) =
        (missing("one connection"), missing("second each other tick"), missing("both, each tick"));
    assert!(chosen * 5.0 < alone && chosen < both + 0.01, "{alone}, {chosen}, {both}");
}
