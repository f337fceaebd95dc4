//! Entropy: the bits that an ideal code would take which knows nothing but how often each value comes (order 0). It is
//! taken of the whole sample: no running code with that prediction on that grid is given the frequencies for nothing.
//! One that predicts more may still take less.
//!
//! [`SchemeEntropy`] is that of usual schemes on the coarsest grid that keeps the tolerance by rounding alone: a flag
//! for each field whether it is as predicted, and each of its numbers where it is not. It has no ids, head or tick.
//! What a real code takes for the same numbers is told beside: for each column of a tick the one of [`PrefixCode`]'s
//! that is shortest on the sample.
//!
//! [`news_bits`] is that of our own news: the same prediction with all that lasts and goes at once, the same numbers in
//! the same steps, and a flag for each field whether it has news.

use std::collections::HashMap;

use auspice::authority::Room;
use auspice::bits::BitWriter;
use auspice::{EntityId, Game, Replicate};
use glam::{Quat, Vec3};

use crate::body::{BodyMotion, Driven};
use crate::codes::PrefixCode;
use crate::fidelity::{Distances, TOLERANCE};
use crate::foresight::Foresight;

/// Steps of the coarsest grid whose rounding keeps the tolerance: a cube of so many has its corners that far from its
/// middle. Centimetres, radians, seconds.
fn coarsest_steps() -> [f32; 4] {
    let Distances { position, velocity, rotation, spin } = TOLERANCE;
    [position, velocity, rotation.to_radians(), spin].map(|tolerance| 2.0 * tolerance / 3.0_f32.sqrt())
}

/// Frequencies of values: how often each came.
#[derive(Clone, Debug, Default)]
struct Frequencies<V> {
    counts: HashMap<V, u64>,
}

impl<V: std::hash::Hash + Eq> Frequencies<V> {
    fn add(&mut self, value: V) {
        self.add_often(value, 1);
    }

    fn add_often(&mut self, value: V, times: u64) {
        *self.counts.entry(value).or_default() += times;
    }

    /// Bits of all values together.
    fn bits(&self) -> f64 {
        let all = self.counts.values().sum::<u64>() as f64;
        let bits = |count: &u64| if *count > 0 { *count as f64 * (all / *count as f64).log2() } else { 0.0 };
        self.counts.values().map(bits).sum()
    }
}

/// The prediction of a usual scheme: it knows neither what lasts of a change nor what goes with a velocity's news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// The state that was sent last.
    LastSent,
    /// Going on as between the two that were sent last.
    Linear,
    /// Foresight from what was sent last.
    Foresight(Foresight),
}

/// Exact residuals of one kind.
#[derive(Debug, Default)]
struct Residuals {
    /// Whether each field has one.
    flags: Vec<Frequencies<bool>>,
    columns: Vec<Frequencies<i32>>,
    /// Numbers of each tick by column, those that are 0 too.
    ticks: Vec<Vec<Vec<i32>>>,
}

/// Exact residuals of a usual scheme.
#[derive(Debug)]
pub struct SchemeEntropy {
    prediction: Expectation,
    tick_hz: u32,
    steps: [f32; 4],
    last: HashMap<EntityId, Driven>,
    /// The states before those.
    earlier: HashMap<EntityId, Driven>,
    kinds: [Residuals; 2],
    /// Ticks that were added.
    count: u64,
}

impl SchemeEntropy {
    /// None yet.
    #[must_use]
    pub fn new(prediction: Expectation, tick_hz: u32) -> Self {
        Self {
            prediction,
            tick_hz,
            steps: coarsest_steps(),
            last: HashMap::new(),
            earlier: HashMap::new(),
            kinds: Default::default(),
            count: 0,
        }
    }

    /// Takes a tick: every body that is there.
    pub fn add(&mut self, bodies: &[(EntityId, Driven)]) {
        let mut held = HashMap::with_capacity(bodies.len());
        self.kinds.iter_mut().for_each(|kind| kind.ticks.iter_mut().for_each(|column| column.push(Vec::new())));
        self.count += 1;
        for (id, truth) in bodies {
            let kept = match self.last.get(id).copied() {
                Some(before) => self.encode(*id, &before, truth),
                None => on_grid(truth, self.steps),
            };
            held.insert(*id, kept);
        }
        self.earlier = std::mem::replace(&mut self.last, held);
    }

    /// The body as it is sent, on the grid.
    fn encode(&mut self, id: EntityId, before: &Driven, truth: &Driven) -> Driven {
        let mut predicted = *before;
        if let (Driven::Car(predicted), Driven::Car(truth)) = (&mut predicted, truth) {
            (predicted.throttle, predicted.steer, predicted.flags) = (truth.throttle, truth.steer, truth.flags);
        }
        match (self.prediction, self.earlier.get(&id)) {
            (Expectation::Foresight(foresight), _) => foresight.advance(&mut predicted, self.tick_hz),
            (Expectation::Linear, Some(earlier)) => {
                predicted = with_motion(&predicted, going_on(&earlier.motion(), &before.motion()));
            }
            _ => {}
        }
        let (residual, sent) = residual(&predicted.motion(), &truth.motion(), self.steps);
        let Residuals { flags, columns, ticks } = &mut self.kinds[truth.kind()];
        let mut fields: Vec<Vec<i32>> = residual.map(|field| field.to_vec()).to_vec();
        if let (Driven::Car(before), Driven::Car(now)) = (before, truth) {
            let controls = [(before.throttle, now.throttle), (before.steer, now.steer), (before.flags, now.flags)];
            fields.extend(controls.map(|(before, now)| vec![i32::from(now) - i32::from(before)]));
        }
        flags.resize_with(fields.len(), Frequencies::default);
        columns.resize_with(fields.iter().map(Vec::len).sum(), Frequencies::default);
        ticks.resize_with(columns.len(), || vec![Vec::new()]);
        for (column, number) in ticks.iter_mut().zip(fields.iter().flatten()) {
            column.last_mut().expect("each tick has one").push(*number);
        }
        let mut at = 0;
        for (flag, field) in flags.iter_mut().zip(&fields) {
            let changed = field.iter().any(|number| *number != 0);
            flag.add(changed);
            if changed {
                field.iter().enumerate().for_each(|(nth, number)| columns[at + nth].add(*number));
            }
            at += field.len();
        }
        with_motion(truth, sent)
    }

    /// Bits of all of it.
    #[must_use]
    pub fn bits(&self) -> f64 {
        let of = |Residuals { flags, columns, .. }: &Residuals| {
            flags.iter().map(Frequencies::bits).sum::<f64>() + columns.iter().map(Frequencies::bits).sum::<f64>()
        };
        self.kinds.iter().map(of).sum()
    }

    /// Bits of the same numbers in codes that are chosen for this very sample, and of who leaves and who enters, with
    /// nobody who does.
    #[must_use]
    pub fn fitted_bits(&self) -> f64 {
        let mut out = BitWriter::new();
        for column in self.kinds.iter().flat_map(|kind| &kind.ticks) {
            let code = PrefixCode::best(column);
            column.iter().for_each(|numbers| code.write(numbers, &mut out));
        }
        out.bits() as f64 + 2.0 * self.count as f64
    }
}

/// Bits of the news that `room` counted since [`Room::learn_codes`], where so many entities and ticks of each kind
/// were.
#[must_use]
pub fn news_bits<G: Game>(room: &Room<G>, entity_ticks: &[u64]) -> f64 {
    let mut flags: HashMap<(usize, usize), u64> = HashMap::new();
    for (kind, fields, times) in room.news_counts() {
        let told = (0..G::Entity::KINDS[kind].fields.len()).filter(|field| fields >> field & 1 == 1);
        told.for_each(|field| *flags.entry((kind, field)).or_default() += times);
    }
    let flag_bits = |(&(kind, _), &told): (&(usize, usize), &u64)| {
        let mut flag = Frequencies::default();
        flag.add_often(true, told);
        flag.add_often(false, entity_ticks.get(kind).copied().unwrap_or(0).saturating_sub(told));
        flag.bits()
    };
    let mut numbers: HashMap<(usize, usize, usize), Frequencies<i32>> = HashMap::new();
    for counted in room.number_counts() {
        let of = numbers.entry((counted.kind, counted.field, counted.axis)).or_default();
        of.add_often(counted.number, counted.count);
    }
    flags.iter().map(flag_bits).sum::<f64>() + numbers.values().map(Frequencies::bits).sum::<f64>()
}

/// The motion that follows two in a row, if everything goes on as between them.
fn going_on(earlier: &BodyMotion, last: &BodyMotion) -> BodyMotion {
    BodyMotion {
        position: 2.0 * last.position - earlier.position,
        velocity: 2.0 * last.velocity - earlier.velocity,
        rotation: (last.rotation * earlier.rotation.conjugate() * last.rotation).normalize(),
        spin: 2.0 * last.spin - earlier.spin,
    }
}

fn with_motion(body: &Driven, motion: BodyMotion) -> Driven {
    let mut body = *body;
    match &mut body {
        Driven::Car(car) => car.motion = motion,
        Driven::Ball(ball) => *ball = motion.into(),
    }
    body
}

fn on_grid(body: &Driven, steps: [f32; 4]) -> Driven {
    let motion = body.motion();
    let round = |value: Vec3, step: f32| (value / step).round() * step;
    let on_grid = BodyMotion {
        position: round(motion.position, steps[0]),
        velocity: round(motion.velocity, steps[1]),
        rotation: motion.rotation,
        spin: round(motion.spin, steps[3]),
    };
    with_motion(body, on_grid)
}

/// Steps from a predicted motion to the true one, and the motion that they lead to.
fn residual(predicted: &BodyMotion, truth: &BodyMotion, grid: [f32; 4]) -> ([[i32; 3]; 4], BodyMotion) {
    let steps = |truth: Vec3, predicted: Vec3, step: f32| {
        let base = (predicted / step).round();
        let to = (truth / step).round();
        ((to - base).to_array().map(|steps| steps as i32), to * step)
    };
    let (position, at) = steps(truth.position, predicted.position, grid[0]);
    let (velocity, speed) = steps(truth.velocity, predicted.velocity, grid[1]);
    let (spin, turning) = steps(truth.spin, predicted.spin, grid[3]);
    let from = predicted.rotation.normalize();
    let way = from.conjugate() * truth.rotation.normalize();
    let way = if way.w < 0.0 { -way } else { way };
    let turn = (way.to_scaled_axis() / grid[2]).round();
    let rotation = (from * Quat::from_scaled_axis(turn * grid[2])).normalize();
    let turned = turn.to_array().map(|steps| steps as i32);
    ([position, velocity, turned, spin], BodyMotion { position: at, velocity: speed, rotation, spin: turning })
}
