//! Many small rooms in a process, beside one large one.

use serde_json::json;

use super::figure::{Figure, Goal};
use super::paired::paired;
use super::runs::{Plan, Run, SmallRooms};
use super::{Findings, Scale};

/// Players in each small room.
const PLAYERS: u32 = 8;

/// Bodies in it, and the side of its square: all of them are in view, as many as in the large one.
const BODIES: u32 = 32;
const SIDE_METRES: f64 = 100.0;

/// 250 rooms of 8 and one of 2000, both on one core, in pairs.
pub(super) fn rooms(scale: &Scale) -> Result<Findings, String> {
    // Rooms but the first have worlds of their own, of which there is no second run: views are compared by their hash.
    let large = Plan { verify_share: 0.01, is_compared: false, ..scale.plan(2000) };
    let small = Plan {
        entities: BODIES,
        side: Some(SIDE_METRES),
        rooms: Some(SmallRooms { count: large.clients.div_ceil(PLAYERS), players: PLAYERS }),
        ..large
    };
    let mut findings = Findings::default();
    // Which of them is first changes, so that a drift of the machine is in neither.
    let run = |number: u32| {
        let first = if number.is_multiple_of(2) { Some(large.run()?) } else { None };
        let small = small.run()?;
        Ok((small, first.map_or_else(|| large.run(), Ok)?))
    };
    let pairs = paired(scale.pairs(5), scale, &mut findings, run, |small, large| {
        let [small, large] = [small, large].map(|run| {
            format!("{:.2} ({:.2} user), {:.1} in view", run.cpu_us(), run.user_us(), run.report.figures.visible_mean)
        });
        format!("us a client-tick: small rooms {small}; a large one {large}")
    })?;
    Ok(findings_of_rooms(findings, &pairs, large.clients))
}

/// Findings of pairs of small rooms and a large one of so many `clients`.
fn findings_of_rooms(mut findings: Findings, pairs: &[(Run, Run)], clients: u32) -> Findings {
    let of =
        |figure: fn(&Run, &Run) -> f64| pairs.iter().map(|(small, large)| figure(small, large)).collect::<Vec<_>>();
    findings.figures = vec![
        Figure::new(
            "many small rooms: processor time by that of a large one",
            "×",
            &of(|small, large| small.cpu_us() / large.cpu_us()),
            format!(
                "Of the server's process, for a client-tick, user and system: {} rooms of {PLAYERS} on one worker, by \
                 one room of {}, with as many bodies in view. Each room has ticks of its own, spread over the period.",
                clients.div_ceil(PLAYERS),
                clients
            ),
        )
        .to_be(Goal::AtMost(1.15, None)),
        Figure::new(
            "small rooms, processor time of a client-tick",
            "us",
            &of(|small, _| small.cpu_us()),
            "User and system.",
        ),
        Figure::new(
            "small rooms, of which in the server's own code",
            "us",
            &of(|small, _| small.user_us()),
            "As above.",
        ),
        Figure::new(
            "a large room, processor time of a client-tick",
            "us",
            &of(|_, large| large.cpu_us()),
            "User and system.",
        ),
        Figure::new(
            "a large room, of which in the server's own code",
            "us",
            &of(|_, large| large.user_us()),
            "As above.",
        ),
        Figure::new(
            "small rooms: ticks begin late by, all but one in a hundred",
            "ms",
            &of(|small, _| small.ticks.late_us(0.99) / 1e3),
            "Rooms of a worker tick one after the other; each may begin a millisecond early, so that the worker \
             sleeps less often.",
        ),
        Figure::new(
            "memory of a client in small rooms",
            "KiB",
            &of(|small, _| small.kib_per_client()),
            "Its share of its room inside, the world among it.",
        ),
    ];
    findings.data = json!(
        pairs.iter().map(|(small, large)| json!({ "small": small.report, "large": large.report })).collect::<Vec<_>>()
    );
    findings
}
