//! The overlay's pages: what each says, and what it draws.

use std::time::Duration;

use auspice::Micros;
use bevy::prelude::*;

use super::canvas::{Canvas, HEIGHT, WIDTH};
use crate::meter::Meter;
use crate::style::{BAD, FAINT_INK, GOOD, INK, WARNING};

/// A line of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// A name and a figure.
    pub text: String,
    /// Colour, by how well it is.
    pub colour: Color,
}

/// A page.
pub struct Page {
    /// Title of the page.
    pub title: &'static str,
    /// Its lines, from the figures and the connection's state in words.
    pub lines: fn(&Meter, &str) -> Vec<Line>,
    pub(super) draw: fn(&Meter, &mut Canvas<'_>),
}

/// All pages, in order.
pub const PAGES: [Page; 3] = [
    Page { title: "CONNECTION", lines: connection, draw: lagometer },
    Page { title: "BYTES", lines: bytes, draw: stack },
    Page { title: "FRAMES AND SERVER", lines: frames, draw: frame_times },
];

/// Characters of a line.
const NAME: usize = 17;
const FIGURE: usize = 21;

fn line(name: &str, figure: impl AsRef<str>, colour: Color) -> Line {
    Line { text: format!("{name:<NAME$}{:>FIGURE$}", figure.as_ref()), colour }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The colour of a figure that is to stay small.
fn low(value: f32, watch: f32, bad: f32) -> Color {
    if value >= bad {
        BAD
    } else if value >= watch {
        WARNING
    } else {
        INK
    }
}

fn micros(time: Micros) -> f64 {
    time.0 as f64 / 1e3
}

fn connection(meter: &Meter, state: &str) -> Vec<Line> {
    let net = &meter.net;
    let (jitter, age) = (micros(net.jitter), micros(net.snapshot_age));
    let (own, inputs) = (net.own_corrections, meter.inputs);
    let wrong = 100.0 * net.ticks_mispredicted as f64 / net.ticks_predicted.max(1) as f64;
    vec![
        line("state", state, if state == "playing" { GOOD } else { WARNING }),
        line("ping, jitter", format!("{:.0} ms, {jitter:.1} ms", micros(net.ping)), low(jitter as f32, 20.0, 60.0)),
        line("tick", format!("{} + {:.1}", net.tick, net.present - f64::from(net.tick.0)), INK),
        line("snapshot age", format!("{age:.0} ms"), low(age as f32, 150.0, 500.0)),
        line(
            "input lead",
            format!("{:+.2}, least {:+} ticks", net.lead, net.slack),
            if net.slack < 0 { WARNING } else { INK },
        ),
        line("inputs late", format!("{} of {}", inputs.late, inputs.received), INK),
        line("ticks starved", format!("{} of {}", net.inputs_starved, net.tick), INK),
        line("predicted wrong", format!("{} ticks, {wrong:.2} %", net.ticks_mispredicted), low(wrong as f32, 1.0, 5.0)),
        line(
            "corrections",
            format!("{:.1}/s, last {:.2} m", meter.corrections_a_second, own.last),
            low(meter.corrections_a_second, 1.0, 5.0),
        ),
        line("of others", format!("{}, last {:.2} m", net.other_corrections.count, net.other_corrections.last), INK),
        line("others are behind", format!("{} ticks", net.interpolation_ticks), INK),
        line("down", format!("{:.2} kB/s, {:.0}/s", meter.down / 1e3, meter.updates), INK),
        line("up", format!("{:.2} kB/s", meter.up / 1e3), INK),
    ]
}

/// Colours of the parts of a stack; the last is for the rest.
const PARTS: [Color; 9] = [
    Color::srgb(0.36, 0.92, 1.0),
    Color::srgb(1.0, 0.62, 0.25),
    Color::srgb(0.55, 0.95, 0.5),
    Color::srgb(0.95, 0.4, 0.65),
    Color::srgb(0.65, 0.55, 1.0),
    Color::srgb(1.0, 0.88, 0.4),
    Color::srgb(0.4, 0.65, 1.0),
    Color::srgb(0.9, 0.5, 0.35),
    Color::srgb(0.5, 0.55, 0.65),
];

/// The largest parts and the sum of the rest, in bits a second.
fn parts(meter: &Meter) -> Vec<(String, f32)> {
    let most = PARTS.len() - 1;
    let mut parts: Vec<(String, f32)> = meter.parts.iter().take(most).cloned().collect();
    let rest: f32 = meter.parts.iter().skip(most).map(|(_, rate)| rate).sum();
    if rest > 0.0 {
        parts.push(("all else".into(), rest));
    }
    parts
}

fn bytes(meter: &Meter, _: &str) -> Vec<Line> {
    let parts = parts(meter);
    let total: f32 = parts.iter().map(|(_, rate)| rate).sum();
    let clients = meter.server.clients.max(1) as f32;
    let mut lines = vec![
        line("down, this client", format!("{:.2} kB/s", meter.down / 1e3), INK),
        line("all clients", format!("{:.2} kB/s, {:.0} of them", total / 8e3, clients), INK),
    ];
    lines.extend(parts.into_iter().zip(PARTS).map(|((name, rate), colour)| {
        let share = rate / total.max(1.0) * 100.0;
        let name: String = name.chars().take(27).collect();
        Line { text: format!("{name:<28}{share:>9.1} %"), colour }
    }));
    lines
}

fn frames(meter: &Meter, _: &str) -> Vec<Line> {
    let server = &meter.server;
    let seen = meter.on_screen.map_or_else(|| "-".into(), |count| count.to_string());
    let netcode = ms(meter.netcode_mean);
    vec![
        line("frame", format!("{:.1} ms, max {:.0}", ms(meter.frame_mean), ms(meter.frame_max)), INK),
        line("frames a second", format!("{:.0}", 1e3 / ms(meter.frame_mean).max(1e-3)), INK),
        line(
            "netcode a frame",
            format!("{netcode:.3} ms, max {:.2}", ms(meter.netcode_max)),
            low(netcode as f32, 1.0, 3.0),
        ),
        line("seen/held/all", format!("{seen} / {} / {}", meter.known, server.entities), INK),
        line("server tick p50", format!("{:.2} ms", f64::from(server.tick_p50_us) / 1e3), INK),
        line("server tick p99", format!("{:.2} ms", f64::from(server.tick_p99_us) / 1e3), INK),
        line("server tick max", format!("{:.2} ms", f64::from(server.tick_max_us) / 1e3), INK),
        line(
            "overruns",
            format!("{} of {}", server.overruns, server.ticks),
            if server.overruns > 0 { WARNING } else { INK },
        ),
        line("clients", format!("{}", server.clients), INK),
    ]
}

/// Below the middle: how much of each frame is foreseen. Above: what came, and how early inputs were. After Quake 3's.
///
/// Top half, for each arrival of updates: green for inputs that were early, red for late ones, in ticks;
/// yellow on top for each update that came together with another. Bottom half, for each frame: blue for the
/// ticks that the picture is ahead of the newest state, yellow beyond eight, red in a stall; white dots for
/// corrections.
fn lagometer(meter: &Meter, canvas: &mut Canvas<'_>) {
    let middle = HEIGHT / 2;
    canvas.fill(0, middle, WIDTH, 1, Color::srgba(0.5, 0.6, 0.8, 0.5));
    let from = WIDTH.saturating_sub(meter.arrivals.len());
    for (index, arrival) in meter.arrivals.iter().enumerate() {
        let base = middle - 6;
        canvas.bar(from + index, base, arrival.slack * 8.0, base, if arrival.slack < 0.0 { BAD } else { GOOD });
        if arrival.slack < 0.0 {
            canvas.bar(from + index, middle, -arrival.slack * 8.0, 6, BAD);
        }
        canvas.bar(from + index, middle, (arrival.count as f32 - 1.0) * 3.0, 20, WARNING);
    }
    let from = WIDTH.saturating_sub(meter.frames.len());
    for (index, frame) in meter.frames.iter().enumerate() {
        let colour = if frame.is_stalled {
            BAD
        } else if frame.ahead > 8.0 {
            WARNING
        } else {
            Color::srgb(0.25, 0.5, 0.95)
        };
        canvas.bar(from + index, middle + 1, -frame.ahead * 2.5, middle, colour);
        if frame.is_corrected {
            canvas.fill(from + index, HEIGHT - 6, 2, 5, Color::WHITE);
        }
    }
}

/// Draws a bar, and shows the share of each part.
fn stack(meter: &Meter, canvas: &mut Canvas<'_>) {
    let parts = parts(meter);
    let total: f32 = parts.iter().map(|(_, rate)| rate).sum();
    let (mut at, mut sum) = (0, 0.0);
    for ((_, rate), colour) in parts.iter().zip(PARTS) {
        sum += rate;
        let end = (sum / total.max(1.0) * WIDTH as f32).round() as usize;
        canvas.fill(at, 8, end.saturating_sub(at), HEIGHT - 16, colour);
        at = end;
    }
}

/// Draws the length of frames: a pixel is half a millisecond. The line is at 60 frames a second.
fn frame_times(meter: &Meter, canvas: &mut Canvas<'_>) {
    let from = WIDTH.saturating_sub(meter.frames.len());
    for (index, frame) in meter.frames.iter().enumerate() {
        let took = ms(frame.took) as f32;
        canvas.bar(from + index, HEIGHT, took * 2.0, HEIGHT, if took > 34.0 { WARNING } else { GOOD });
    }
    canvas.fill(0, HEIGHT - 33, WIDTH, 1, FAINT_INK);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_fits_its_pane() {
        let parts: Vec<_> = (0..40).map(|part| (format!("an exceedingly long name of part {part}"), 100.0)).collect();
        let mut meter = Meter::default();
        meter.parts = parts;
        for page in &PAGES {
            let lines = (page.lines)(&meter, "playing");
            assert!((5..=super::super::LINES_MAX).contains(&lines.len()), "{}: {} lines", page.title, lines.len());
            assert!(
                lines.iter().all(|line| line.text.chars().count() <= NAME + FIGURE + 2),
                "{}: {lines:#?}",
                page.title
            );
            let mut pixels = vec![0; WIDTH * HEIGHT * 4];
            (page.draw)(&meter, &mut Canvas::clear(&mut pixels));
        }
    }

    #[test]
    fn parts_beyond_the_colours_are_one() {
        let mut meter = Meter::default();
        meter.parts = (0..20).map(|part| (part.to_string(), 10.0)).collect();
        let parts = parts(&meter);
        assert_eq!(parts.len(), PARTS.len());
        assert_eq!(parts.last().unwrap(), &("all else".to_owned(), 120.0));
    }
}
