//! A room that takes all the time of its worker, or panics in each tick, and what other rooms feel of it.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::ValueEnum as _;
use serde_json::json;

use super::figure::{Figure, Goal};
use super::runs::{Running, Served, role};
use super::{Findings, Scale, note};
use crate::tick_log::TickLog;
use crate::yard::{APART, BESIDE, Mood};

/// Rooms of each worker.
const ROOMS: u32 = 12;

/// Time that a bad room has before it is measured: its worker notices within two seconds that it is too late for all.
const NOTICED: u32 = 1;

/// Ticks of rooms by a bad one's, and of rooms of another worker, in a window.
struct Felt {
    beside: TickLog,
    apart: TickLog,
}

/// A window of time, in seconds since 1970.
type FeltSpan = (f64, f64);

/// Times of windows: before, while a room hogs, before, while rooms panic.
struct FeltRound {
    calm: FeltSpan,
    hogged: FeltSpan,
    calm_again: FeltSpan,
    panicked: FeltSpan,
}

/// Rooms of two workers, of which one has a bad one.
pub(super) fn neighbours(scale: &Scale) -> Result<Findings, String> {
    let (window, rooms) = (scale.pick(8, 1), scale.pick(ROOMS, 2));
    let (findings, mut rounds) = (Findings::default(), Vec::new());
    for number in 1..=scale.pairs(5) {
        let (log, round) = play(rooms, window)?;
        let felt = |(from, to): FeltSpan| {
            let of = |players: u32| log.between(from, to).only(|tick| tick.clients == players as usize);
            Felt { beside: of(BESIDE), apart: of(APART) }
        };
        let felt = [round.calm, round.hogged, round.calm_again, round.panicked].map(felt);
        if felt.iter().any(|felt| felt.apart.0.is_empty()) {
            return Err("no ticks were logged of rooms apart".into());
        }
        let ms = felt.each_ref().map(|felt| felt.apart.done_ms(0.99));
        note(&format!(
            "round {number}: tick p99 of rooms of the other worker {:.2} ms, {:.2} beside one that hogs; {:.2}, {:.2} \
             beside panics; of its own worker's {:.1} ms while it hogs",
            ms[0],
            ms[1],
            ms[2],
            ms[3],
            felt[1].beside.done_ms(0.99)
        ));
        rounds.push(felt);
    }
    Ok(findings_of_neighbours(findings, &rounds, 2 * rooms))
}

/// Findings of those rounds in so many `rooms`.
fn findings_of_neighbours(mut findings: Findings, rounds: &[[Felt; 4]], rooms: u32) -> Findings {
    let of = |figure: fn(&[Felt; 4]) -> f64| rounds.iter().map(figure).collect::<Vec<_>>();
    findings.figures = vec![
        Figure::new(
            "a room that hogs: tick p99 of another worker's rooms by before",
            "×",
            &of(|felt| felt[1].apart.done_ms(0.99) / felt[0].apart.done_ms(0.99)),
            "From when a tick is due until its last write, all but one in a hundred. The room takes ten periods for \
             each of its ticks.",
        )
        .to_be(Goal::AtMost(1.15, None)),
        Figure::new(
            "a room that hogs: half of another worker's ticks by before",
            "×",
            &of(|felt| felt[1].apart.done_ms(0.5) / felt[0].apart.done_ms(0.5)),
            "The same for the tick in the middle, which is less at the mercy of the machine.",
        ),
        Figure::new(
            "a room that hogs: tick p99 of its own worker's rooms",
            "ms",
            &of(|felt| felt[1].beside.done_ms(0.99)),
            "The same, until they have gone to the other worker, and after.",
        ),
        Figure::new(
            "rooms that panic: tick p99 of another worker's rooms by before",
            "×",
            &of(|felt| felt[3].apart.done_ms(0.99) / felt[2].apart.done_ms(0.99)),
            "A player makes the game panic in its first tick, again and again: four times end a room, and it has a \
             new one made.",
        )
        .to_be(Goal::AtMost(1.15, None)),
        Figure::new(
            "rooms that panic: half of another worker's ticks by before",
            "×",
            &of(|felt| felt[3].apart.done_ms(0.5) / felt[2].apart.done_ms(0.5)),
            "The same for the tick in the middle.",
        ),
        Figure::new(
            "another worker's rooms, tick p99 before",
            "ms",
            &of(|felt| felt[0].apart.done_ms(0.99)),
            "Nobody is bad.",
        ),
    ];
    findings.data = json!({ "rooms": rooms, "rounds": rounds.len() });
    findings
}

/// A server, its good players, and the bad ones by turns.
fn play(rooms: u32, window: u32) -> Result<(TickLog, FeltRound), String> {
    let of_worker = rooms.to_string();
    let server = Served::listening(|address| role("yard", &["--listen", address, "--rooms", &of_worker]))?;
    let whole = 5 * window + 20;
    let good = [BESIDE, APART].map(|places| {
        let url = format!("ws://{}/play/any/places={places}", server.address);
        loiter(&url, places * rooms, whole, Mood::Good)
    });
    let good = good.into_iter().collect::<Result<Vec<_>, _>>()?;
    thread::sleep(Duration::from_secs(4));
    let calm = pass(window);
    let own = format!("ws://{}/play/new/places=1", server.address);
    let hog = loiter(&own, 1, window + NOTICED, Mood::Hogs)?;
    thread::sleep(Duration::from_secs(NOTICED.into()));
    let hogged = pass(window);
    drop(hog);
    thread::sleep(Duration::from_secs(2));
    let calm_again = pass(window);
    let began = now();
    let until = Instant::now() + Duration::from_secs(window.into());
    while Instant::now() < until {
        // Its figures are nobody's concern: it is thrown out.
        let _ = loiter(&own, 1, 1, Mood::Panics)?.output("a player");
    }
    let panicked = (began, now());
    drop(good);
    Ok((server.stop()?, FeltRound { calm, hogged, calm_again, panicked }))
}

/// Starts so many players of that mood at `url`, who stay for so many seconds.
fn loiter(url: &str, clients: u32, seconds: u32, mood: Mood) -> Result<Running, String> {
    let mood = mood.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let (clients, seconds) = (clients.to_string(), seconds.to_string());
    let args = ["--url", url, "--clients", &clients, "--seconds", &seconds, "--mood", &mood];
    Running::silent(&mut role("loiter", &args)?)
}

/// Waits, and says when that was.
fn pass(seconds: u32) -> FeltSpan {
    let began = now();
    thread::sleep(Duration::from_secs(seconds.into()));
    (began, now())
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
