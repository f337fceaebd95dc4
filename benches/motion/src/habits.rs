//! Habits: how much a recorded world moves, and how often its drivers do something, so that a made one can be held
//! against a real one.

use serde::Serialize;

use crate::body::Driven;
use crate::foresight::Foresight;
use crate::trace::{BodyKind, BodyState, Recording, TICK_HZ};

/// A change of velocity in a tick beyond this is a hit: centimetres a second.
const HIT: f32 = 200.0;
/// A car whose velocity changes by more than this is under acceleration: centimetres a second squared.
const ACCELERATES: f32 = 100.0;
/// Ticks that a client 40 ms away looks ahead.
const AHEAD: usize = 5;
/// Share of ticks in which a car's middle is above the floor by more than its wheels allow: centimetres.
const IN_AIR: f32 = 40.0;

/// A figure of a world: its name, unit and value.
pub type HabitRow = (&'static str, f64);

/// See the module.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Habits {
    /// Figures by name.
    pub rows: Vec<HabitRow>,
}

/// A flag of a car by its bit, and how often a second it is set anew.
const FLAGS: [(u8, &str); 5] = [
    (1, "boosts begun, a second"),
    (2, "slides begun, a second"),
    (4, "jumps, a second"),
    (8, "dodges, a second"),
    (16, "double jumps, a second"),
];

/// Figures of two real matches, by row: of 2026 with five bodies, dense, and of 2016 with three, sparse and coarse.
pub(crate) const REAL: [[f64; 2]; 19] = [
    [42.72, 70.15],
    [0.79, 2.70],
    [17.89, 26.61],
    [0.92, 1.51],
    [1186.66, 1206.68],
    [91.40, 93.71],
    [1522.71, 1287.35],
    [43.02, 43.29],
    [1.19, 0.70],
    [6.12, 3.18],
    [59.06, 79.77],
    [10.91, 5.52],
    [55.91, 78.42],
    [0.42, 0.23],
    [0.26, 0.08],
    [0.23, 0.12],
    [0.20, 0.10],
    [0.03, 0.01],
    [6.76, 3.71],
];

impl Habits {
    /// The habits of the live ticks of a world.
    #[must_use]
    pub fn of(live: &Recording) -> Self {
        let pairs = pairs(live, 1);
        let cars: Vec<_> = pairs.iter().filter(|(before, _)| before.kind == BodyKind::Car).collect();
        let count = cars.len().max(1) as f64;
        let seconds = count / f64::from(TICK_HZ);
        let share = |is: &dyn Fn(&BodyState, &BodyState) -> bool| {
            cars.iter().filter(|(before, now)| is(before, now)).count() as f64 / count
        };
        let rate = |is: &dyn Fn(&BodyState, &BodyState) -> bool| share(is) * count / seconds;
        let misses = |kind, ticks| misses(live, kind, ticks);
        let push = |before: &BodyState, now: &BodyState| before.velocity.distance(now.velocity) * TICK_HZ as f32;
        let minutes = live.ticks.len() as f64 / f64::from(TICK_HZ) / 60.0;
        let mut rows = vec![
            ("cars more than 1 cm off after a tick, %", 100.0 * above(&misses(BodyKind::Car, 1), 1.0)),
            ("cars off after a tick, cm, median", median(misses(BodyKind::Car, 1))),
            ("cars off after 5 ticks, cm, median", median(misses(BodyKind::Car, AHEAD))),
            ("balls off after 5 ticks, cm, median", median(misses(BodyKind::Ball, AHEAD))),
            ("cars' acceleration, cm/s2, median", median(cars.iter().map(|(before, now)| push(before, now)).collect())),
            ("cars under acceleration, % of ticks", 100.0 * share(&|before, now| push(before, now) > ACCELERATES)),
            ("cars' speed, cm/s, median", median(cars.iter().map(|(before, _)| before.velocity.length()).collect())),
            ("cars in the air, % of ticks", 100.0 * share(&|before, _| before.position.z > IN_AIR)),
            ("hits of cars, a second", rate(&|before, now| before.velocity.distance(now.velocity) > HIT)),
            ("throttle changes, a second", rate(&|before, now| before.throttle != now.throttle)),
            (
                "throttle at its end or none, % of ticks",
                100.0 * share(&|before, _| [0, 128, 255].contains(&before.throttle)),
            ),
            ("steer changes, a second", rate(&|before, now| before.steer != now.steer)),
            (
                "steer at its end or none, % of ticks",
                100.0 * share(&|before, _| [0, 1, 128, 255].contains(&before.steer)),
            ),
        ];
        rows.extend(
            FLAGS.map(|(bit, name)| (name, rate(&|before, now| before.flags & bit == 0 && now.flags & bit != 0))),
        );
        rows.push(("bodies that end, a minute", ends(live) as f64 / minutes.max(f64::MIN_POSITIVE)));
        Self { rows }
    }
}

/// Bodies at a tick, and `ticks` later.
fn pairs(live: &Recording, ticks: usize) -> Vec<(&BodyState, &BodyState)> {
    let mut pairs = Vec::new();
    for (tick, bodies) in live.ticks.iter().enumerate() {
        pairs.extend(bodies.iter().filter_map(|body| Some((body, live.body(tick + ticks, body.id)?))));
    }
    pairs
}

/// Centimetres between where a body was `ticks` later, and where its velocity and gravity would have had it.
fn misses(live: &Recording, kind: BodyKind, ticks: usize) -> Vec<f32> {
    let miss = |(before, now): (&BodyState, &BodyState)| {
        let mut foreseen = Driven::from(before);
        (0..ticks).for_each(|_| Foresight::Gravity.advance(&mut foreseen, TICK_HZ));
        foreseen.motion().position.distance(now.position)
    };
    pairs(live, ticks).into_iter().filter(|(before, _)| before.kind == kind).map(miss).collect()
}

fn ends(live: &Recording) -> usize {
    let gone = |ticks: &[Vec<BodyState>]| {
        ticks[0].iter().filter(|body| ticks[1].iter().all(|other| other.id != body.id)).count()
    };
    live.ticks.windows(2).map(gone).sum()
}

fn above(values: &[f32], than: f32) -> f64 {
    values.iter().filter(|value| **value > than).count() as f64 / values.len().max(1) as f64
}

fn median(mut values: Vec<f32>) -> f64 {
    values.sort_by(f32::total_cmp);
    f64::from(values.get(values.len() / 2).copied().unwrap_or(0.0))
}
