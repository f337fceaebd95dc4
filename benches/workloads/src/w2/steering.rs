//! Steering of a published disc of [`W2`](crate::w2::W2): as long as it may be, exactly what was foreseen;
//! else a correction that keeps the next ticks foreseen too.
//!
//! A place that drifts is not corrected: the velocity is, by as little as brings the place back while nobody
//! is told anything. Since a tick moves by the velocity of the tick before, that is always in time. A force
//! that lasts is met by a pull that lasts.

use glam::{DVec2, IVec2};

use crate::w2::disc::{Disc, Motion};
use crate::w2::world::{Rules, TrueDisc};

/// Tolerances of a client's view: metres, metres a second, radians, radians a second. Mood is exact.
const POSITION_TOLERANCE: f64 = 0.01;
const VELOCITY_TOLERANCE: f64 = 0.05;
const ANGLE_TOLERANCE: f64 = 0.01;
const SPIN_TOLERANCE: f64 = 0.05;
/// Share of a tolerance that steering uses up: the rest is for rounding.
const USED: f64 = 0.98;

/// Seconds in which a corrected velocity takes a place back to where it should be.
const POSITION_SECONDS: f64 = 1.2;
/// The same for spin and angle.
const ANGLE_SECONDS: f64 = 2.0;
/// Seconds in which a corrected pull takes back a velocity, and a place.
const PULL_VELOCITY_SECONDS: f64 = 0.2;
const PULL_POSITION_SECONDS: f64 = 0.25;
/// Ticks that a pull is looked ahead for: it cannot help a place that is already off.
const PULL_TICKS_AHEAD: f64 = 3.0;
/// A pull that is wrong by more metres by second squared is corrected with the velocity.
const PULL_TOLERANCE: f64 = 1.0;

/// Whether `held` is near enough to `truth`.
#[must_use]
pub fn is_within_tolerance(held: &Disc, truth: &TrueDisc) -> bool {
    let off = Off::of(&held.motion(), truth);
    off.position.length() <= POSITION_TOLERANCE
        && off.velocity.length() <= VELOCITY_TOLERANCE
        && off.angle.abs() <= ANGLE_TOLERANCE
        && off.spin.abs() <= SPIN_TOLERANCE
        && held.mood == truth.mood
}

/// The disc to publish after `before`, now that it is as `truth` says.
#[must_use]
pub fn steer(rules: &Rules, tick_hz: u32, before: &Disc, truth: &TrueDisc) -> Disc {
    let dt = 1.0 / f64::from(tick_hz);
    let mut foreseen = *before;
    foreseen.advance(rules, tick_hz);
    let off = Off::of(&foreseen.motion(), truth);
    let moves_well = off.moves_well(dt) && off.will_move_well(truth.pull, &foreseen, dt);
    let mut disc = if moves_well { foreseen } else { steer_motion(rules, tick_hz, before, &foreseen, &off, truth) };
    steer_turning(&mut disc, &off, truth, dt);
    disc.mood = truth.mood;
    disc
}

/// Error by which the truth is ahead of what is published.
#[derive(Clone, Copy, Debug)]
struct Off {
    position: DVec2,
    velocity: DVec2,
    angle: f64,
    spin: f64,
}

impl Off {
    fn of(published: &Motion, truth: &TrueDisc) -> Self {
        Self {
            position: truth.position - published.position,
            velocity: truth.velocity - published.velocity,
            angle: libm::remainder(truth.angle - published.angle, core::f64::consts::TAU),
            spin: truth.spin - published.spin,
        }
    }

    /// Whether place and velocity are within tolerance, and the place at the next tick as well.
    fn moves_well(&self, dt: f64) -> bool {
        self.position.length() <= POSITION_TOLERANCE * USED
            && self.velocity.length() <= VELOCITY_TOLERANCE * USED
            && (self.position + self.velocity * dt).length() <= POSITION_TOLERANCE * USED
    }

    /// Whether the place of a disc that wells pull will be within tolerance a few ticks on.
    fn will_move_well(&self, true_pull: DVec2, published: &Disc, dt: f64) -> bool {
        let (ahead, pull) = (PULL_TICKS_AHEAD * dt, true_pull - published.pull_metres());
        let position = self.position + self.velocity * ahead + pull * (0.5 * ahead * ahead);
        true_pull == DVec2::ZERO || position.length() <= POSITION_TOLERANCE * USED
    }
}

/// The cheapest correction that will do: of the pull, of the velocity, of both, of the place too.
fn steer_motion(rules: &Rules, tick_hz: u32, before: &Disc, foreseen: &Disc, off: &Off, truth: &TrueDisc) -> Disc {
    let dt = 1.0 / f64::from(tick_hz);
    let will_do = |disc: &Disc| Off::of(&disc.motion(), truth).moves_well(dt);
    let (is_pulled, was_pulled) = (truth.pull != DVec2::ZERO, before.pull != IVec2::ZERO);
    let mut disc = *foreseen;
    if is_pulled || was_pulled {
        let back =
            off.velocity / PULL_VELOCITY_SECONDS + off.position / (PULL_POSITION_SECONDS * PULL_POSITION_SECONDS);
        let mut repulled = *before;
        repulled.set_pull(if is_pulled { truth.pull + back } else { DVec2::ZERO });
        repulled.advance(rules, tick_hz);
        if will_do(&repulled) {
            return repulled;
        }
        if !is_pulled || (truth.pull - before.pull_metres()).length() > PULL_TOLERANCE {
            disc = repulled;
        }
    }
    disc.correct_velocity(truth.velocity - disc.motion().velocity + off.position / POSITION_SECONDS);
    if !will_do(&disc) {
        disc.correct_position(off.position);
        disc.correct_velocity(truth.velocity - disc.motion().velocity);
    }
    disc
}

fn steer_turning(disc: &mut Disc, off: &Off, truth: &TrueDisc, dt: f64) {
    let turns_well = |off: &Off| {
        off.angle.abs() <= ANGLE_TOLERANCE * USED
            && off.spin.abs() <= SPIN_TOLERANCE * USED
            && (off.angle + off.spin * dt).abs() <= ANGLE_TOLERANCE * USED
    };
    if turns_well(off) {
        return;
    }
    disc.set_spin(truth.spin + off.angle / ANGLE_SECONDS);
    if !turns_well(&Off::of(&disc.motion(), truth)) {
        disc.set_angle(truth.angle);
        disc.set_spin(truth.spin);
    }
}
