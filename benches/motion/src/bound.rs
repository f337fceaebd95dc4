//! The bound: how far off a body is after the time that a client looks ahead, by usual ways to go on from its true
//! state, and by the best of them in hindsight. What is beyond the last is not to be had by choosing among these.

use glam::{Quat, Vec3};
use serde::Serialize;

use crate::body::{BodyMotion, Driven};
use crate::fidelity::{angle, turned};
use crate::foresight::Foresight;
use crate::middle::Middle;
use crate::trace::{BodyState, TICK_HZ};

const SECONDS: f32 = 1.0 / TICK_HZ as f32;

/// Ways to go on from the newest state, which is known exactly, with the state a tick before it.
const WAYS: [(&str, GoingOn); 5] = [
    ("gravity", GoingOn::Foresight(Foresight::Gravity)),
    ("a car model, controls as they were", GoingOn::Foresight(Foresight::Driving)),
    ("acceleration and spin's change as in the last tick", GoingOn::Accelerating(1.0)),
    ("the same, fading", GoingOn::Accelerating(0.8)),
    ("acceleration turns with the body", GoingOn::Turning),
];

#[derive(Clone, Copy)]
enum GoingOn {
    Foresight(Foresight),
    /// The change of the last tick comes again in each tick, times a share each time.
    Accelerating(f32),
    /// The change of velocity comes again, turned as the body turns.
    Turning,
}

/// A way to go on, and how far off it was.
#[derive(Clone, Debug, Serialize)]
pub struct BoundRow {
    /// The way.
    pub way: &'static str,
    /// Cars, centimetres.
    pub cars: Middle,
    /// All bodies, centimetres.
    pub bodies: Middle,
    /// Cars, degrees.
    pub rotation: Middle,
}

/// Centimetres and degrees off, by each way.
type OffByWay = [(f32, f32); WAYS.len()];

/// Bodies at the moments of some pictures, by each way.
#[derive(Clone, Debug, Default)]
pub(crate) struct WaysOn {
    /// Whether it is of a car, for each look, and how far off by each way.
    looks: Vec<(bool, OffByWay)>,
}

impl WaysOn {
    /// Takes a body with its states at the newest tick held and before it, if it was there, and where it was so many
    /// ticks after the newest.
    pub(crate) fn add(&mut self, before: Option<&BodyState>, held: &BodyState, ticks: f32, truth: &BodyMotion) {
        let off = WAYS.map(|(_, way)| {
            let there = way.go_on(before, held, ticks);
            (there.position.distance(truth.position), angle(there.rotation, truth.rotation).to_degrees())
        });
        self.looks.push((matches!(Driven::from(held), Driven::Car(_)), off));
    }

    pub(crate) fn rows(&self) -> Vec<BoundRow> {
        let row = |way, of: &dyn Fn(&OffByWay) -> (f32, f32)| {
            let cars = || self.looks.iter().filter(|look| look.0).map(|look| of(&look.1));
            BoundRow {
                way,
                cars: Middle::of(cars().map(|off| off.0).collect()),
                bodies: Middle::of(self.looks.iter().map(|look| of(&look.1).0).collect()),
                rotation: Middle::of(cars().map(|off| off.1).collect()),
            }
        };
        let mut rows: Vec<BoundRow> = (0..WAYS.len()).map(|way| row(WAYS[way].0, &|off| off[way])).collect();
        let least = |off: &OffByWay, of: fn(&(f32, f32)) -> f32| off.iter().map(of).fold(f32::MAX, f32::min);
        rows.push(row("the best of these, in hindsight", &|off| (least(off, |off| off.0), least(off, |off| off.1))));
        rows
    }
}

impl GoingOn {
    fn go_on(self, before: Option<&BodyState>, held: &BodyState, ticks: f32) -> BodyMotion {
        let was = before.unwrap_or(held);
        let (push, twist) = (held.velocity - was.velocity, held.spin - was.spin);
        let turn = turn_by(held.spin);
        let mut now = Driven::from(held);
        let (mut push, mut twist) = (push, twist);
        let mut next = |now: &Driven| {
            let mut next = *now;
            match self {
                Self::Foresight(foresight) => foresight.advance(&mut next, TICK_HZ),
                Self::Accelerating(share) => {
                    (push, twist) = (push * share, twist * share);
                    accelerate(&mut next, push, twist);
                }
                Self::Turning => {
                    push = turn * push;
                    accelerate(&mut next, push, twist);
                }
            }
            next
        };
        for _ in 0..ticks as usize {
            now = next(&now);
        }
        let (from, to) = (now.motion(), next(&now).motion());
        let blend = ticks.fract();
        BodyMotion {
            position: from.position.lerp(to.position, blend),
            rotation: turned(from.rotation, to.rotation, blend),
            ..from
        }
    }
}

fn accelerate(body: &mut Driven, push: Vec3, twist: Vec3) {
    Foresight::None.advance(body, TICK_HZ);
    let mut motion = body.motion();
    motion.position += push * (SECONDS / 2.0);
    motion.velocity += push;
    motion.rotation = (turn_by(twist * 0.5) * motion.rotation).normalize();
    motion.spin += twist;
    *body = match *body {
        Driven::Car(car) => Driven::Car(crate::body::Car { motion, ..car }),
        Driven::Ball(_) => Driven::Ball(motion.into()),
    };
}

/// The turn of a tick by a spin.
fn turn_by(spin: Vec3) -> Quat {
    Quat::from_scaled_axis(spin * SECONDS)
}
