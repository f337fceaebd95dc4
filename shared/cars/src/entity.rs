//! The entities that everyone sees: cars, the ball and the score.

use auspice::Replicate;
use glam::{Quat, Vec2, Vec3};

use crate::chassis::{Chassis, MetricMotion};
use crate::hands::Hands;
use crate::rules::STEPS_HZ;

/// Most steps of a countdown, and of what a car remembers of its jumps.
const STEPS_KEPT: i32 = 255;

/// Anything on the field.
#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub enum Entity {
    /// Somebody's, or a computer's.
    Car(Car),
    /// The ball, of which there is one.
    Ball(Ball),
    /// The score, of which there is one, too.
    Score(Score),
}

/// A car. Metres, seconds, radians. The label is its driver's name.
#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(label, obstacle, codes = include_str!("codes.txt"))]
pub struct Car {
    /// 0 is full reverse, 128 none, 255 full ahead.
    #[field(scalar(min = 0, max = 255, step = 1), control)]
    pub throttle: u8,
    /// 0 is full left, 128 straight on, 255 full right.
    #[field(scalar(min = 0, max = 255, step = 1), control)]
    pub steer: u8,
    /// 1 boost, 2 handbrake, 4 jump.
    #[field(flags(bits = 3), control)]
    pub buttons: u8,
    /// Place of its middle.
    #[field(
        vec3(min = -80, max = 80, step = 1.0 / 1600.0),
        tolerance = 0.01, position, moved_by = velocity, at_once = 0.5
    )]
    pub position: Vec3,
    /// A second.
    #[field(vec3(min = -60, max = 60, step = 1.0 / 400.0), tolerance = 0.05, lasts = 0.9)]
    pub velocity: Vec3,
    /// Rotation from its axes to the world's: x is ahead, z is up.
    #[field(rotation(bits = 16), tolerance = 0.5_f64.to_radians(), moved_by = spin, at_once = 0.5)]
    pub rotation: Quat,
    /// About the world's axes, a second.
    #[field(vec3(min = -8, max = 8, step = 1.0 / 400.0), tolerance = 0.05, lasts = 0.7)]
    pub spin: Vec3,
    /// Whether it plays for the second team, which defends the goal at the far end of the second axis.
    #[field(flags(bits = 1))]
    pub is_second: bool,
    /// Whether a computer drives it.
    #[field(flags(bits = 1))]
    pub is_computers: bool,
    /// Steps in which a second jump is left.
    #[field(scalar(min = 0, max = STEPS_KEPT, step = 1))]
    pub second_left: u8,
    /// Steps that a dodge goes on for.
    #[field(scalar(min = 0, max = STEPS_KEPT, step = 1))]
    pub dodge_left: u8,
    /// The axis about which a dodge turns it.
    #[field(vec2(min = -1, max = 1, step = 1.0 / 128.0))]
    pub dodge_axis: Vec2,
}

/// The ball: what changes its motion is over at once. Metres, seconds, radians.
#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(obstacle, codes = include_str!("codes.txt"))]
pub struct Ball {
    /// Place of its middle.
    #[field(
        vec3(min = -80, max = 80, step = 1.0 / 1600.0),
        tolerance = 0.01, position, moved_by = velocity, at_once = 0.5
    )]
    pub position: Vec3,
    /// A second.
    #[field(vec3(min = -60, max = 60, step = 1.0 / 400.0), tolerance = 0.05)]
    pub velocity: Vec3,
    /// Rotation from its axes to the world's.
    #[field(rotation(bits = 16), tolerance = 0.5_f64.to_radians(), moved_by = spin, at_once = 0.5)]
    pub rotation: Quat,
    /// About the world's axes, a second.
    #[field(vec3(min = -8, max = 8, step = 1.0 / 400.0), tolerance = 0.05)]
    pub spin: Vec3,
}

/// The score, which everyone sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
#[replicate(obstacle)]
pub struct Score {
    /// Goals of the first team.
    #[field(counter(max = 255))]
    pub first: u8,
    /// Goals of the second team.
    #[field(counter(max = 255))]
    pub second: u8,
    /// Steps of a countdown that are left, in which nobody can drive.
    #[field(scalar(min = 0, max = STEPS_KEPT, step = 1))]
    pub countdown: u8,
}

/// Bits of a car's buttons.
const BUTTONS: [u8; 3] = [1, 2, 4];

impl Car {
    /// The hands that drive it, as far as others know them.
    #[must_use]
    pub fn hands(&self) -> Hands {
        let [boost, handbrake, jump] = BUTTONS.map(|bit| self.buttons & bit != 0);
        let stick = |value: u8| (f32::from(value) - 128.0) / if value < 128 { 128.0 } else { 127.0 };
        Hands {
            throttle: stick(self.throttle),
            steer: stick(self.steer),
            pitch: 0.0,
            roll: 0.0,
            boost,
            handbrake,
            jump,
        }
    }

    /// Notes what its driver's hands do.
    pub fn take(&mut self, hands: &Hands) {
        (self.throttle, self.steer) = (Hands::recorded(hands.throttle), Hands::recorded(hands.steer));
        let pressed = [hands.boost, hands.handbrake, hands.jump];
        self.buttons = BUTTONS.iter().zip(pressed).map(|(bit, is)| if is { *bit } else { 0 }).sum();
    }

    /// Its motion.
    #[must_use]
    pub const fn motion(&self) -> MetricMotion {
        MetricMotion { position: self.position, velocity: self.velocity, rotation: self.rotation, spin: self.spin }
    }

    /// Gives it another motion.
    pub const fn move_to(&mut self, motion: &MetricMotion) {
        MetricMotion { position: self.position, velocity: self.velocity, rotation: self.rotation, spin: self.spin } =
            *motion;
    }

    /// Its memory of its jumps.
    #[must_use]
    pub fn chassis(&self) -> Chassis {
        let seconds = |steps: u8| f32::from(steps) / STEPS_HZ as f32;
        Chassis {
            was_pressed: self.buttons & BUTTONS[2] != 0,
            second_left: seconds(self.second_left),
            dodge_left: seconds(self.dodge_left),
            dodge_axis: self.dodge_axis.extend(0.0),
            ..Chassis::default()
        }
    }

    /// Notes its memory of its jumps.
    pub fn remember(&mut self, chassis: &Chassis) {
        let steps = |seconds: f32| libm::roundf(seconds * STEPS_HZ as f32) as u8;
        (self.second_left, self.dodge_left) = (steps(chassis.second_left), steps(chassis.dodge_left));
        self.dodge_axis = chassis.dodge_axis.truncate();
    }
}

impl Ball {
    /// Its motion.
    #[must_use]
    pub const fn motion(&self) -> MetricMotion {
        MetricMotion { position: self.position, velocity: self.velocity, rotation: self.rotation, spin: self.spin }
    }
}

impl From<MetricMotion> for Ball {
    fn from(MetricMotion { position, velocity, rotation, spin }: MetricMotion) -> Self {
        Self { position, velocity, rotation, spin }
    }
}
