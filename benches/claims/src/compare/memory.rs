//! Sections of the core alone, in memory: no sockets, no other process, bytes the same at every run.

use auspice::{Game, Terms};
use auspice_workloads::hall::Hall;
use auspice_workloads::w1::space::{Rules as SpaceRules, W1Space};
use auspice_workloads::w1::{self, W1};
use serde_json::json;

use super::figure::{Figure, Goal};
use super::fit::{exponent, median};
use super::plot::{Bar, Bars, Plot};
use super::{Findings, Scale};
use crate::reference;
use crate::reference::trace::Trace;

/// Memory that a room took.
struct Played {
    /// Entities in view.
    visible: f64,
    /// Bytes of an update.
    bytes: f64,
    /// Time of the room's part of a tick, for one client, in microseconds: the median.
    own_us: f64,
}

/// Plays a game in memory and times the server's part of each tick.
fn play<G: Game>(terms: Terms<G::Rules>, clients: u32, scale: &Scale) -> Played {
    let (warm_up, ticks) = (scale.pick(150, 60), scale.pick(300, 30));
    let mut hall = Hall::<G>::new(terms, clients as usize);
    (0..warm_up).for_each(|_| hall.tick());
    let before = *hall.room().stats();
    let times: Vec<f64> = (0..ticks).map(|_| hall.time_server().as_secs_f64() * 1e6 / f64::from(clients)).collect();
    let stats = hall.room().stats();
    let updates = (stats.updates - before.updates) as f64;
    Played {
        visible: (stats.visible_sum - before.visible_sum) as f64 / updates,
        bytes: (stats.payload_bytes - before.payload_bytes) as f64 / updates,
        own_us: median(times),
    }
}

/// W1 at a quarter of its density, at its density, and at four times that.
pub(super) fn density(scale: &Scale) -> Result<Findings, String> {
    let clients = scale.pick(1000, 100);
    let side = 1000.0 * f64::from(clients).sqrt() / 1000_f64.sqrt();
    let mut findings = Findings::default();
    let densities = [0.25, 1.0, 4.0_f64];
    let played = densities.map(|density| {
        play::<W1>(Terms::of::<W1>(w1::Rules::within(clients, side / density.sqrt())).strict(), clients, scale)
    });
    let fit = |figure: fn(&Played) -> f64| {
        let points: Vec<_> =
            densities.into_iter().zip(&played).map(|(density, played)| (density, figure(played))).collect();
        exponent(&points).unwrap_or(f64::NAN)
    };
    let list = |figure: fn(&Played) -> f64| {
        played.iter().map(|played| super::figure::digits(figure(played))).collect::<Vec<_>>().join(", ")
    };
    findings.figures = vec![
        Figure::new(
            "exponent of payload in density",
            "",
            &[fit(|played| played.bytes)],
            format!(
                "W1 at a quarter, once and four times its density, with {} entities in view: {} B an update.",
                list(|played| played.visible),
                list(|played| played.bytes)
            ),
        )
        .to_be(Goal::AtMost(0.85, None)),
        Figure::new(
            "exponent of the core's time in density",
            "",
            &[fit(|played| played.own_us)],
            format!("The server's tick without sockets: {} us a client.", list(|played| played.own_us)),
        )
        .to_be(Goal::AtMost(1.0, None)),
    ];
    findings.data = json!(played.iter().map(data).collect::<Vec<_>>());
    Ok(findings)
}

/// W1 with a third axis, beside W1.
pub(super) fn space(scale: &Scale) -> Result<Findings, String> {
    let clients = scale.pick(1000, 100);
    let flat = play::<W1>(Terms::of::<W1>(w1::Rules::of(clients)).strict(), clients, scale);
    let space = play::<W1Space>(Terms::of::<W1Space>(SpaceRules::of(clients)).strict(), clients, scale);
    let each = |figure: fn(&Played) -> f64| figure(&space) / space.visible / (figure(&flat) / flat.visible);
    let mut findings = Findings::default();
    findings.figures.extend([
        Figure::new(
            "a third axis: the core's time by visible entity",
            "×",
            &[each(|played| played.own_us)],
            format!(
                "The server's tick without sockets, by entities in view, in three dimensions ({:.3} us a client, \
                 {:.1} in view) by two ({:.3} us, {:.1}).",
                space.own_us, space.visible, flat.own_us, flat.visible
            ),
        )
        .to_be(Goal::AtMost(1.25, None)),
        Figure::new(
            "a third axis: payload by visible entity",
            "×",
            &[each(|played| played.bytes)],
            format!(
                "The same for the payload: {:.2} B an update by {:.2} B. Without a goal: a row has three numbers \
                 where it had two, and more bodies come through the face of a sphere than over the edge of a circle.",
                space.bytes, flat.bytes
            ),
        ),
    ]);
    findings.remarks.push(
        "That interest costs about the same with a third axis is the aim; the figure of 1.25 is our reading of it."
            .to_string(),
    );
    findings.data = json!({ "flat": data(&flat), "space": data(&space) });
    Ok(findings)
}

fn data(played: &Played) -> serde_json::Value {
    json!({ "visible": played.visible, "bytes_per_update": played.bytes, "own_us_per_client_tick": played.own_us })
}

/// The same minute of W1 by other schemes.
pub(super) fn schemes(scale: &Scale) -> Result<Findings, String> {
    const WARM_UP: usize = 150;
    let (entities, viewers, ticks) = (scale.pick(1000, 100), scale.pick(50, 5), scale.pick(1800, 60));
    let trace = Trace::record(entities, viewers as usize, ticks as usize + WARM_UP, WARM_UP);
    let visible = trace.entity_ticks() as f64 / (trace.counted_ticks() * trace.viewers) as f64;
    let schemes = reference::compare(&trace);
    let by = |name: &str| {
        schemes.iter().find(|scheme| scheme.scheme.starts_with(name)).map_or(f64::NAN, |scheme| scheme.ratio)
    };
    let mut findings = Findings::default();
    findings.figures.extend([
        Figure::new(
            "three baselines, acknowledged: payload by Auspice's",
            "×",
            &[by("three baselines")],
            "Unity's scheme, acknowledged 100 ms ago, with codes fitted to the very trace, sequence numbers and \
             acknowledgements free.",
        )
        .to_be(Goal::AtLeast(10.0, Some(15.0))),
        Figure::new(
            "linear, last sent: payload by Auspice's",
            "×",
            &[by("linear")],
            "The same advantages, and against what was sent last.",
        )
        .to_be(Goal::AtLeast(5.0, Some(8.0))),
    ]);
    findings.remarks.push(format!(
        "A recorded run of W1, {viewers} clients, {visible:.1} entities in view; every scheme is decoded in the \
         tests. The 54 B of headers of each message are in none."
    ));
    findings.plots.push(Plot::Bars(Bars {
        file: "bytes-by-scheme.svg",
        title: format!("Payload of a client-tick, W1, {visible:.0} entities in view"),
        x: "bytes, headers of WebSocket, TCP and IP left out",
        bars: schemes
            .iter()
            .map(|scheme| Bar { name: scheme.scheme.to_string(), value: scheme.bytes_per_client_tick })
            .collect(),
    }));
    findings.data = json!({ "visible_mean": visible, "clients": viewers, "ticks": ticks, "schemes": schemes });
    Ok(findings)
}
