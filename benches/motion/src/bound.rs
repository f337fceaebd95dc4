//! The bound: how far off a body is after the time that a client looks ahead, by usual ways to go on from its true
//! state, and by the best of them in hindsight. What is beyond the last is not to be had by choosing among these. And
//! how far off each is as shown by pictures that hide all corrections just so much that nothing ever jumps: no
//! smoothing of that way comes nearer.

use std::collections::HashMap;

use auspice::EntityId;
use glam::{Quat, Vec3};
use serde::Serialize;

use crate::body::{BodyMotion, CENTIMETRES, Driven};
use crate::fidelity::{angle, turned};
use crate::foresight::Foresight;
use crate::jumps::JUMP_METRES;
use crate::middle::Middle;
use crate::trace::{BodyState, TICK_HZ};

const SECONDS: f32 = 1.0 / TICK_HZ as f32;

/// Ways to go on from the newest state, which is known exactly, with the state a tick before it.
const WAYS: [(&str, GoingOn); 6] = [
    ("gravity", GoingOn::Foresight(Foresight::Gravity)),
    ("a car model, controls as they were", GoingOn::Foresight(Foresight::Driving)),
    ("acceleration and spin's change as in the last tick", GoingOn::Accelerating(1.0)),
    ("the same, fading", GoingOn::Accelerating(0.8)),
    ("acceleration turns with the body", GoingOn::Turning { most: f32::MAX, left: 1.0 }),
    ("the same, fading, and a hit is over", GoingOn::Turning { most: HIT, left: 0.9 }),
];
/// A change of velocity in a tick beyond this is a hit for the last of them: centimetres a second. Of 50 to 600 it has
/// the least 95th percentile on a match of 2026, within half a centimetre from 100 to 150.
const HIT: f32 = 130.0;

#[derive(Clone, Copy)]
enum GoingOn {
    Foresight(Foresight),
    /// The change of the last tick comes again in each tick, times a share each time.
    Accelerating(f32),
    /// The change of velocity, up to some, comes again, turned as the body turns, and a share of it is left.
    Turning {
        most: f32,
        left: f32,
    },
}

/// A way to go on, and how far off it was.
#[derive(Clone, Debug, Serialize)]
pub struct BoundRow {
    /// The way.
    pub way: &'static str,
    /// Cars, centimetres.
    pub cars: Middle,
    /// The same in pictures in which nothing jumps.
    pub cars_smoothed: Middle,
    /// All bodies, centimetres.
    pub bodies: Middle,
    /// The same in pictures in which nothing jumps.
    pub bodies_smoothed: Middle,
    /// Cars, degrees.
    pub rotation: Middle,
}

/// Distance of a body from where a way has it.
#[derive(Clone, Copy, Debug, Default)]
struct OffTruth {
    centimetres: f32,
    /// The same in pictures in which nothing jumps.
    smoothed: f32,
    degrees: f32,
}

/// Distances by each way.
type OffByWay = [OffTruth; WAYS.len()];

/// Figure of a look by one way or several, where the second argument tells a way's.
type OneOfWays<'a> = &'a dyn Fn(&OffByWay, fn(&OffTruth) -> f32) -> f32;

/// A body at a tick that a client held, with its state a tick before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldBody {
    /// The room's tick.
    pub(crate) tick: u32,
    pub(crate) before: Option<BodyState>,
    pub(crate) body: BodyState,
}

/// Bodies in the picture before: by what each was foreseen, and what was left to hide by each way.
type Pictured = HashMap<(usize, EntityId), (HeldBody, [Vec3; WAYS.len()])>;

/// Bodies at the moments of some pictures, by each way.
#[derive(Clone, Debug, Default)]
pub(crate) struct WaysOn {
    /// Whether it is of a car, for each look, and how far off by each way.
    looks: Vec<(bool, OffByWay)>,
    pictured: Pictured,
}

impl WaysOn {
    /// Takes a body in a picture of a client: its states at the newest tick held and before it, if it was there, and
    /// where it was `present`, in ticks of the room.
    pub(crate) fn add(&mut self, seen: (usize, EntityId), held: HeldBody, present: f32, truth: &BodyMotion) {
        let foreseen = |held: &HeldBody, way: GoingOn| {
            way.go_on(held.before.as_ref(), &held.body, (present - held.tick as f32).max(0.0))
        };
        let was = self.pictured.remove(&seen).filter(|(was, _)| was.body.id == held.body.id);
        let mut hidden = was.map_or([Vec3::ZERO; WAYS.len()], |(_, hidden)| hidden);
        let mut off = OffByWay::default();
        for ((off, hidden), (_, way)) in off.iter_mut().zip(&mut hidden).zip(WAYS) {
            let there = foreseen(&held, way);
            if let Some((was, _)) = was.filter(|(was, _)| was.tick != held.tick) {
                *hidden += foreseen(&was, way).position - there.position;
            }
            let length = hidden.length();
            *hidden *= 1.0 - (JUMP_METRES * CENTIMETRES / length.max(1e-3)).min(1.0);
            *off = OffTruth {
                centimetres: there.position.distance(truth.position),
                smoothed: (there.position + *hidden).distance(truth.position),
                degrees: angle(there.rotation, truth.rotation).to_degrees(),
            };
        }
        self.pictured.insert(seen, (held, hidden));
        self.looks.push((matches!(Driven::from(&held.body), Driven::Car(_)), off));
    }

    pub(crate) fn rows(&self) -> Vec<BoundRow> {
        let row = |way, of: OneOfWays<'_>| {
            let middle = |cars_only: bool, what: fn(&OffTruth) -> f32| {
                let looks = self.looks.iter().filter(|look| look.0 || !cars_only);
                Middle::of(looks.map(|look| of(&look.1, what)).collect())
            };
            BoundRow {
                way,
                cars: middle(true, |off| off.centimetres),
                cars_smoothed: middle(true, |off| off.smoothed),
                bodies: middle(false, |off| off.centimetres),
                bodies_smoothed: middle(false, |off| off.smoothed),
                rotation: middle(true, |off| off.degrees),
            }
        };
        let mut rows: Vec<BoundRow> =
            (0..WAYS.len()).map(|way| row(WAYS[way].0, &|off, what| what(&off[way]))).collect();
        rows.push(row("the best of these, in hindsight", &|off, what| off.iter().map(what).fold(f32::MAX, f32::min)));
        rows
    }
}

impl GoingOn {
    fn go_on(self, before: Option<&BodyState>, held: &BodyState, ticks: f32) -> BodyMotion {
        let was = before.unwrap_or(held);
        let most = if let Self::Turning { most, .. } = self { most } else { f32::MAX };
        let push = (held.velocity - was.velocity).clamp_length_max(most);
        let twist = held.spin - was.spin;
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
                Self::Turning { left, .. } => {
                    push = turn * push * left;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::BodyKind;

    #[test]
    fn what_a_state_corrects_is_let_go_by_no_more_than_a_jump_in_each_picture() {
        let held = |tick, x| {
            let body = BodyState {
                id: 1,
                kind: BodyKind::Car,
                position: Vec3::new(x, 0.0, 17.0),
                velocity: Vec3::ZERO,
                rotation: Quat::IDENTITY,
                spin: Vec3::ZERO,
                throttle: 128,
                steer: 128,
                flags: 0,
                is_asleep: false,
            };
            HeldBody { tick, before: None, body }
        };
        let mut ways = WaysOn::default();
        let seen = (0, EntityId::new(0, 1));
        ways.add(seen, held(1, 0.0), 1.0, &BodyMotion::from(&held(1, 0.0).body));
        for picture in 0_u8..4 {
            let present = 2.0 + f32::from(picture) * 0.4;
            ways.add(seen, held(2, 100.0), present, &BodyMotion::from(&held(2, 100.0).body));
        }
        for (way, (name, _)) in WAYS.iter().enumerate() {
            let smoothed: Vec<f32> = ways.looks.iter().map(|look| look.1[way].smoothed.round()).collect();
            assert_eq!(smoothed, [0.0, 75.0, 50.0, 25.0, 0.0], "{name}");
            assert!(ways.looks.iter().all(|look| look.1[way].centimetres < 0.5));
        }
    }
}
