//! [`Disc`]: what is published of a disc of [`W2`](crate::w2::W2), on a grid of its own, and how everybody foresees it.

use auspice::Replicate;
use glam::{DVec2, IVec2};
use serde::{Deserialize, Serialize};

use crate::w2::world::{FINE, FINE_BITS, FRICTION, RADIUS, Rules};

/// Fine steps in a step of [`Disc::position`], as a power of two.
const POSITION_REST_BITS: u32 = 7;
/// Fine steps in a step of [`Disc::velocity`], as a power of two.
const VELOCITY_REST_BITS: u32 = 8;
/// Steps of pull in a metre by second squared.
const PULL_STEPS: i32 = 4;
const ANGLE_BITS: u32 = 18;
/// Steps of spin in a radian a second.
const SPIN_STEPS: i32 = 128;

/// A disc as it is published.
///
/// It moves on a grid much finer than the one on which it is corrected: what is left of place and velocity
/// below a step is a field of its own, which everybody foresees and nobody corrects, so that it travels on
/// entering alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Replicate, Serialize, Deserialize)]
#[replicate(news = "pull:1 velocity:2 velocity+spin:3 mood:4 spin:5 velocity+pull:6 velocity+pull+spin:7 other:7")]
pub struct Disc {
    /// Steps of 1/128 m.
    #[field(vec2(min = 0.0, max = 8191.0, step = 1.0 / 128.0), position, news_bits = 2)]
    pub position: IVec2,
    /// Fine steps above `position`.
    #[field(vec2(min = 0.0, max = 127.0, step = 1.0))]
    pub position_rest: IVec2,
    /// Steps of 1/64 m/s.
    #[field(vec2(min = -64.0, max = 63.0, step = 1.0 / 64.0), news_bits = 6)]
    pub velocity: IVec2,
    /// Fine steps above `velocity`.
    #[field(vec2(min = 0.0, max = 255.0, step = 1.0))]
    pub velocity_rest: IVec2,
    /// Pull that presently accelerates it, in steps of 1/4 m/s². No force of the world's: whatever keeps the
    /// disc on its way longest.
    #[field(vec2(min = -64.0, max = 63.75, step = 0.25), control, news_bits = 2)]
    pub pull: IVec2,
    /// 2^18 to a turn.
    #[field(angle(bits = ANGLE_BITS))]
    pub angle: u32,
    /// Steps of 1/128 rad/s.
    #[field(scalar(min = -32.0, max = 32.0, step = 1.0 / 128.0), news_bits = 6)]
    pub spin: i32,
    /// Mood, one of sixteen.
    #[field(choice(count = 16))]
    pub mood: u8,
}

/// Place and velocity in metres and metres a second, angle and spin in radians and radians a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// Metres from a corner.
    pub position: DVec2,
    /// Metres a second.
    pub velocity: DVec2,
    /// Within a turn.
    pub angle: f64,
    /// Radians a second.
    pub spin: f64,
}

impl Disc {
    /// The disc in metres and radians, which its steps stand for.
    #[must_use]
    pub fn motion(&self) -> Motion {
        Motion {
            position: self.fine_position().as_dvec2() / FINE,
            velocity: self.fine_velocity().as_dvec2() / FINE,
            angle: f64::from(self.angle) * (core::f64::consts::TAU / f64::from(1_u32 << ANGLE_BITS)),
            spin: f64::from(self.spin) / f64::from(SPIN_STEPS),
        }
    }

    /// Moves the place by the whole steps nearest to `metres`.
    pub fn correct_position(&mut self, metres: DVec2) {
        self.position += (metres * (FINE / f64::from(1 << POSITION_REST_BITS))).round().as_ivec2();
    }

    /// Changes the velocity by the whole steps nearest to `metres` a second.
    pub fn correct_velocity(&mut self, metres: DVec2) {
        self.velocity += (metres * (FINE / f64::from(1 << VELOCITY_REST_BITS))).round().as_ivec2();
    }

    /// Sets what accelerates it to the steps nearest to `pull` metres by second squared.
    pub fn set_pull(&mut self, pull: DVec2) {
        self.pull = (pull * f64::from(PULL_STEPS)).round().as_ivec2().clamp(IVec2::splat(-256), IVec2::splat(255));
    }

    /// The pull that accelerates it, in metres by second squared.
    #[must_use]
    pub fn pull_metres(&self) -> DVec2 {
        self.pull.as_dvec2() / f64::from(PULL_STEPS)
    }

    /// Turns to the step nearest to `radians`.
    pub fn set_angle(&mut self, radians: f64) {
        let steps = libm::round(radians / core::f64::consts::TAU * f64::from(1_u32 << ANGLE_BITS)) as i64;
        self.angle = (steps & ((1 << ANGLE_BITS) - 1)) as u32;
    }

    /// Sets the spin to the step nearest to `radians` a second.
    pub fn set_spin(&mut self, radians: f64) {
        self.spin = libm::round(radians * f64::from(SPIN_STEPS)) as i32;
    }

    /// Sets place and velocity to the fine step.
    #[must_use]
    pub fn start(position: DVec2, velocity: DVec2) -> Self {
        let still = IVec2::ZERO;
        let mut disc = Self {
            position: still,
            position_rest: still,
            velocity: still,
            velocity_rest: still,
            pull: still,
            angle: 0,
            spin: 0,
            mood: 0,
        };
        disc.set_fine((position * FINE).round().as_ivec2(), (velocity * FINE).round().as_ivec2());
        disc
    }

    pub(crate) fn fine_position(&self) -> IVec2 {
        (self.position << POSITION_REST_BITS) + self.position_rest
    }

    fn fine_velocity(&self) -> IVec2 {
        (self.velocity << VELOCITY_REST_BITS) + self.velocity_rest
    }

    fn set_fine(&mut self, position: IVec2, velocity: IVec2) {
        self.position = position >> POSITION_REST_BITS;
        self.position_rest = position & ((1 << POSITION_REST_BITS) - 1);
        self.velocity = velocity >> VELOCITY_REST_BITS;
        self.velocity_rest = velocity & ((1 << VELOCITY_REST_BITS) - 1);
    }

    /// Moves the disc by a tick as far as it can be foreseen: motion, walls, turning, friction, and the pull
    /// that was told last.
    pub fn advance(&mut self, rules: &Rules, tick_hz: u32) {
        let (mut position, mut velocity) = (self.fine_position(), self.fine_velocity());
        let (low, high) = ((RADIUS * FINE) as i32, rules.side - (RADIUS * FINE) as i32);
        for axis in 0..2 {
            let moved = position[axis] + nearest(i64::from(velocity[axis]), i64::from(tick_hz));
            position[axis] = moved.clamp(low, high);
            if position[axis] != moved {
                velocity[axis] = -velocity[axis];
            }
            let lost = nearest(i64::from(velocity[axis]), (f64::from(tick_hz) / FRICTION) as i64);
            let gained = nearest(i64::from(self.pull[axis]) << FINE_BITS, i64::from(tick_hz) * i64::from(PULL_STEPS));
            velocity[axis] = (velocity[axis] - lost + gained).clamp(-SPEED_MAX, SPEED_MAX);
        }
        self.set_fine(position, velocity);
        let turned = nearest(i64::from(self.spin) * TURN, i64::from(tick_hz) << 24);
        self.angle = self.angle.wrapping_add_signed(turned) & ((1 << ANGLE_BITS) - 1);
    }
}

/// Fastest on each axis, in fine steps.
const SPEED_MAX: i32 = (63.0 * FINE) as i32;
/// Steps of angle in a second for each step of spin, with 24 fraction bits.
const TURN: i64 = ((1_u64 << (ANGLE_BITS + 24)) as f64 / core::f64::consts::TAU / SPIN_STEPS as f64 + 0.5) as i64;

/// `value / by`, to the nearest whole number.
const fn nearest(value: i64, by: i64) -> i32 {
    (2 * value + by).div_euclid(2 * by) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_its_fine_grid_a_disc_left_alone_stays_within_a_millimetre_of_real_numbers() {
        let rules = Rules::of(1000);
        let (mut position, mut velocity) = (DVec2::new(200.0, 300.0), DVec2::new(4.0, -3.0));
        let mut disc = Disc::start(position, velocity);
        for _ in 0..90 {
            disc.advance(&rules, 30);
            position += velocity / 30.0;
            velocity *= 1.0 - FRICTION / 30.0;
        }
        assert!(disc.motion().position.distance(position) < 0.001, "{:?} {position}", disc.motion());
    }
}
