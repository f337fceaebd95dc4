//! Foresight: how a body is moved on by a tick from what is published of it. Plain float operations only, so that both
//! ends get the same row.

use auspice::Replicate;
use clap::ValueEnum;
use glam::{Quat, Vec3};
use serde::{Deserialize, Serialize};

use crate::body::{BodyMotion, Driven};
use crate::bounce::{CAR_FLIES_ABOVE, GRAVITY, bear, bounce};
use crate::driving::drive;

/// A ball whose middle is lower lies on the floor; gravity does not move it.
const BALL_FLIES_ABOVE: f32 = 100.0;

/// The knowledge of motion that both ends have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Foresight {
    /// Straight on, turning.
    None,
    /// The same, and a body in the air falls.
    #[default]
    Gravity,
    /// The same, and a car goes where its wheels and its booster push it, floor and walls throw the ball back and bear
    /// cars: a model of the recorded matches.
    Driving,
}

impl Foresight {
    /// Moves a body on by a tick.
    pub fn advance(self, body: &mut Driven, tick_hz: u32) {
        body.drift(tick_hz);
        let seconds = 1.0 / tick_hz as f32;
        match (self, body) {
            (Self::None, _) => {}
            (Self::Gravity, Driven::Car(car)) => fall(&mut car.motion, CAR_FLIES_ABOVE, seconds),
            (Self::Driving, Driven::Car(car)) => {
                let before = car.motion.spin;
                drive(car, seconds);
                bear(&mut car.motion, seconds);
                // It was turned by the spin that it had, and had the mean of both.
                let half = (car.motion.spin - before) * (seconds / 4.0);
                let turn = Quat::from_xyzw(half.x, half.y, half.z, 1.0);
                car.motion.rotation = (turn * car.motion.rotation).normalize();
            }
            (_, Driven::Ball(ball)) => {
                let mut motion = Driven::Ball(*ball).motion();
                fall(&mut motion, BALL_FLIES_ABOVE, seconds);
                if self == Self::Driving {
                    bounce(&mut motion, seconds);
                }
                *ball = motion.into();
            }
        }
    }
}

/// Falls for a tick, beyond what its velocity did.
fn fall(motion: &mut BodyMotion, flies_above: f32, seconds: f32) {
    if motion.position.z > flies_above {
        motion.position -= Vec3::Z * (GRAVITY * seconds * seconds / 2.0);
        motion.velocity -= Vec3::Z * (GRAVITY * seconds);
    }
}
