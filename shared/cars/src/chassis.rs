//! [`Chassis`]: what a car makes of its driver's controls. Metres, seconds, radians; x is ahead, z is up.
//!
//! There are no wheels: near the floor and upright it is pushed, held to its line and turned as a car would be, and all
//! else (falls, walls, the ball, other cars) is the physics engine's.

use glam::{Quat, Vec3};
use serde::{Deserialize, Serialize};

use crate::hands::Hands;
use crate::rules::STEP_SECONDS;

/// Half of its length, width and height.
pub const HALF: Vec3 = Vec3::new(0.59, 0.42, 0.18);
/// Its middle is lower than this where it stands on the floor.
const STANDS_BELOW: f32 = 0.3;
/// Cosine of the lean at which its wheels touch the floor.
const UPRIGHT: f32 = 0.8;
const SPEED_MAX: f32 = 23.0;
/// Radians a second.
pub const SPIN_MAX: f32 = 5.5;
/// The engine alone makes it no faster.
const ENGINE_SPEED_MAX: f32 = 14.1;
const ENGINE: f32 = 16.0;
const BRAKE: f32 = 35.0;
const COAST: f32 = 5.25;
pub(crate) const BOOST: f32 = 9.9;
/// Share of sideways motion that is lost in a second, as a rate: on its wheels, and sliding.
const GRIP: f32 = 12.0;
const SLIDE: f32 = 1.5;
/// Rate at which it comes to turn as its wheels want.
const TURN_RATE: f32 = 18.0;
/// Radians a second squared in the air, about its three axes, and the rates at which turning fades.
const AIR_TORQUE: Vec3 = Vec3::new(38.0, 12.5, 9.1);
const AIR_DRAG: Vec3 = Vec3::new(4.5, 2.8, 1.9);
const JUMP: f32 = 2.92;
const DODGE: f32 = 5.0;
/// Seconds after a jump in which there is a second one, and seconds that a dodge turns the car.
const SECOND_JUMP_SECONDS: f32 = 1.25;
const DODGE_SECONDS: f32 = 0.65;
/// Curvature of its tightest way, one by metres, at speeds in metres a second.
const CURVATURES: [(f32, f32); 6] =
    [(0.0, 0.69), (5.0, 0.398), (10.0, 0.235), (15.0, 0.1375), (17.5, 0.11), (23.0, 0.088)];

/// The motion of a body, as the physics engine has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricMotion {
    /// Place of its middle.
    pub position: Vec3,
    /// A second.
    pub velocity: Vec3,
    /// Rotation from its axes to the world's.
    pub rotation: Quat,
    /// About the world's axes, a second.
    pub spin: Vec3,
}

/// Things that a car remembers from one step to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chassis {
    /// Whether the button for jumps was pressed.
    pub was_pressed: bool,
    /// Seconds in which a second jump is left.
    pub second_left: f32,
    /// Seconds that a dodge goes on for.
    pub dodge_left: f32,
    /// The axis about which a dodge turns it.
    pub dodge_axis: Vec3,
    /// Seconds for which a second jump is told.
    pub double_left: f32,
}

impl Chassis {
    /// Moves on by a step: the velocities that `motion` has after it, before the physics engine's own part.
    pub fn drive(&mut self, controls: &Hands, motion: &mut MetricMotion) {
        let stands = stands(motion);
        self.jump(controls, motion, stands);
        if stands {
            roll_on(controls, motion);
        } else {
            fly_on(controls, motion, self.dodge_left > 0.0);
        }
        if self.dodge_left > 0.0 {
            motion.spin = self.dodge_axis * SPIN_MAX;
        }
        for left in [&mut self.second_left, &mut self.dodge_left, &mut self.double_left] {
            *left = (*left - STEP_SECONDS).max(0.0);
        }
        motion.velocity = motion.velocity.clamp_length_max(SPEED_MAX);
        motion.spin = motion.spin.clamp_length_max(SPIN_MAX);
    }

    fn jump(&mut self, controls: &Hands, motion: &mut MetricMotion, stands: bool) {
        let pressed = controls.jump & !core::mem::replace(&mut self.was_pressed, controls.jump);
        if pressed && lies(motion) {
            // A hop, and round to its wheels.
            let up = motion.rotation * Vec3::Z;
            let axis = up.cross(Vec3::Z).try_normalize().unwrap_or(motion.rotation * Vec3::X);
            motion.velocity += Vec3::Z * JUMP;
            motion.spin = axis * SPIN_MAX;
        } else if pressed && stands {
            motion.velocity += motion.rotation * Vec3::Z * JUMP;
            self.second_left = SECOND_JUMP_SECONDS;
        } else if pressed && self.second_left > 0.0 {
            self.second_left = 0.0;
            let ahead = (motion.rotation * Vec3::X).with_z(0.0).normalize_or_zero();
            let aside = Vec3::Z.cross(ahead);
            let way = ahead * -controls.pitch - aside * controls.steer;
            if way.length() > 0.5 {
                motion.velocity += way.normalize() * DODGE;
                (self.dodge_left, self.dodge_axis) = (DODGE_SECONDS, Vec3::Z.cross(way.normalize()));
            } else {
                motion.velocity += motion.rotation * Vec3::Z * JUMP;
                self.double_left = 0.1;
            }
        }
    }

    /// The flags that are recorded of it and its controls.
    #[must_use]
    pub fn flags(&self, controls: &Hands) -> u8 {
        let flags = [controls.boost, controls.handbrake, controls.jump, self.dodge_left > 0.0, self.double_left > 0.0];
        flags.iter().enumerate().map(|(bit, is_set)| u8::from(*is_set) << bit).sum()
    }
}

/// Whether its wheels touch the floor.
#[must_use]
pub fn stands(motion: &MetricMotion) -> bool {
    motion.position.z < STANDS_BELOW && (motion.rotation * Vec3::Z).z > UPRIGHT
}

/// Whether it lies on its roof or side, or leans on something, and does not move.
#[must_use]
pub fn lies(motion: &MetricMotion) -> bool {
    motion.position.z < 1.2 && !stands(motion) && motion.velocity.length() < 3.0
}

pub(crate) fn roll_on(controls: &Hands, motion: &mut MetricMotion) {
    let [ahead, aside, up] = [Vec3::X, Vec3::Y, Vec3::Z].map(|axis| motion.rotation * axis);
    let (speed, sideways) = (motion.velocity.dot(ahead), motion.velocity.dot(aside));
    let throttle = if controls.boost { 1.0 } else { controls.throttle };
    let push = if throttle == 0.0 {
        -speed.clamp(-COAST * STEP_SECONDS, COAST * STEP_SECONDS) / STEP_SECONDS
    } else if throttle * speed < -0.1 {
        BRAKE * throttle.signum()
    } else {
        ENGINE * throttle * (1.0 - speed.abs() / ENGINE_SPEED_MAX).max(0.0)
    };
    let boost = if controls.boost { BOOST } else { 0.0 };
    let grip = if controls.handbrake { SLIDE } else { GRIP };
    motion.velocity += ahead * ((push + boost) * STEP_SECONDS);
    motion.velocity -= aside * (sideways * (1.0 - libm::expf(-grip * STEP_SECONDS)));
    let slide = if controls.handbrake { 1.6 } else { 1.0 };
    let yaw = -controls.steer * speed * curvature(speed.abs()) * slide;
    // Its wheels hold it upright.
    let wanted = up * yaw + up.cross(Vec3::Z) * 8.0;
    motion.spin += (wanted - motion.spin) * (1.0 - libm::expf(-TURN_RATE * STEP_SECONDS));
}

fn fly_on(controls: &Hands, motion: &mut MetricMotion, dodges: bool) {
    if controls.boost {
        motion.velocity += motion.rotation * Vec3::X * (BOOST * STEP_SECONDS);
    }
    if !dodges {
        let own = motion.rotation.conjugate() * motion.spin;
        let torque = Vec3::new(controls.roll, -controls.pitch, -controls.steer) * AIR_TORQUE;
        motion.spin += motion.rotation * ((torque - own * AIR_DRAG) * STEP_SECONDS);
    }
}

fn curvature(speed: f32) -> f32 {
    let next = CURVATURES.iter().position(|(at, _)| *at > speed).unwrap_or(CURVATURES.len() - 1).max(1);
    let ((from, tight), (to, wide)) = (CURVATURES[next - 1], CURVATURES[next]);
    tight + (wide - tight) * ((speed - from) / (to - from)).clamp(0.0, 1.0)
}
