//! Coasting: how a car or the ball goes on by its published row alone, without a physics engine. Plain float
//! operations only, so that both ends get the same row.

use glam::{Quat, Vec3};

use crate::chassis::{Chassis, HALF, MetricMotion, roll_on, stands};
use crate::entity::{Ball, Car};
use crate::hands::Hands;
use crate::pitch::{BALL_RADIUS, GRAVITY, HEIGHT};
use crate::rules::{STEP_SECONDS, STEPS_HZ};

/// A ball whose middle is lower rolls.
const ROLLS_BELOW: f32 = BALL_RADIUS + 0.05;

/// Share of its speed with which the ball comes back from a wall, and friction: the means of both, as the engine takes
/// them.
const BOUNCES_BY: f32 = 0.5;
const GRIPS_BY: f32 = 0.275;
/// Speed below which it stays where it is: metres a second.
const BOUNCES_FROM: f32 = 0.3;

/// Moves a car on by so many steps, as others foresee it: its wheels push it as its driver told them, and in the air it
/// falls.
pub(crate) fn coast(car: &mut Car, steps: u32) {
    let (hands, mut motion) = (car.hands(), car.motion());
    for _ in 0..steps {
        if stands(&motion) {
            roll_on(&hands, &mut motion);
        } else if hands.boost {
            motion.velocity += motion.rotation * Vec3::X * (crate::chassis::BOOST * STEP_SECONDS);
        }
        carry(&mut motion);
    }
    car.move_to(&motion);
    let passes = |left: u8| left.saturating_sub(steps.min(255) as u8);
    (car.second_left, car.dodge_left) = (passes(car.second_left), passes(car.dodge_left));
}

/// Moves a player's own car on by so many steps, as its driver's hands have it, and knows nothing that it could run
/// into but the floor.
pub(crate) fn drive_alone(chassis: &mut Chassis, hands: &Hands, motion: &mut MetricMotion, steps: u32) {
    for _ in 0..steps {
        chassis.drive(hands, motion);
        carry(motion);
    }
}

/// A step by gravity, floor and velocities.
fn carry(motion: &mut MetricMotion) {
    let rests = motion.position.z <= HALF.z + 0.02 && motion.velocity.z <= 0.0 && stands(motion);
    motion.velocity.z = if rests { 0.0 } else { motion.velocity.z - GRAVITY * STEP_SECONDS };
    motion.position += motion.velocity * STEP_SECONDS;
    motion.position.z = motion.position.z.max(HALF.z);
    motion.rotation = turned(motion.rotation, motion.spin * (STEP_SECONDS / 2.0));
}

/// Moves the ball on by so many steps, on a field of which half of the width and length is given.
pub(crate) fn fly(ball: &mut Ball, half: [f32; 2], steps: u32) {
    for _ in 0..steps {
        if ball.position.z > ROLLS_BELOW || ball.velocity.z > 0.0 {
            ball.velocity.z -= GRAVITY * STEP_SECONDS;
        }
        ball.velocity *= 1.0 / (1.0 + STEP_SECONDS * crate::pitch::BALL_DRAG);
        ball.position += ball.velocity * STEP_SECONDS;
        bounce(ball, half);
        ball.rotation = turned(ball.rotation, ball.spin * (STEP_SECONDS / 2.0));
    }
}

/// Throws the ball back from floor, ceiling and walls, as far as it goes into them. The corners are left out.
fn bounce(ball: &mut Ball, [x, y]: [f32; 2]) {
    let at = ball.position;
    let planes = [
        (Vec3::Z, at.z),
        (Vec3::NEG_Z, HEIGHT - at.z),
        (Vec3::new(-1.0_f32.copysign(at.x), 0.0, 0.0), x - at.x.abs()),
        (Vec3::new(0.0, -1.0_f32.copysign(at.y), 0.0), y - at.y.abs()),
    ];
    for (normal, far) in planes {
        let (within, towards) = (BALL_RADIUS - far, -ball.velocity.dot(normal));
        if within > 0.0 && towards > 0.0 {
            let back = if towards < BOUNCES_FROM { 0.0 } else { BOUNCES_BY };
            let slips = ball.velocity + normal * towards + normal.cross(ball.spin) * BALL_RADIUS;
            // A ball of one stuff throughout rolls after it has lost two sevenths of what slips.
            let loses = (GRIPS_BY * towards * (1.0 + back)).min(slips.length() * 2.0 / 7.0);
            let along = slips.normalize_or_zero() * -loses;
            ball.velocity += normal * (towards * (1.0 + back)) + along;
            ball.spin += along.cross(normal) * (2.5 / BALL_RADIUS);
            ball.position += normal * within;
        }
    }
}

/// A rotation after a small turn, of which half is given. Written out, since products of quaternions have other bits on
/// other machines.
fn turned(q: Quat, Vec3 { x, y, z }: Vec3) -> Quat {
    let [a, b, c, d] = [
        q.x + (x * q.w + y * q.z - z * q.y),
        q.y + (y * q.w + z * q.x - x * q.z),
        q.z + (z * q.w + x * q.y - y * q.x),
        q.w - (x * q.x + y * q.y + z * q.z),
    ];
    let scale = 1.0 / libm::sqrtf(a * a + b * b + c * c + d * d);
    Quat::from_xyzw(a * scale, b * scale, c * scale, d * scale)
}

/// Steps of physics in a tick.
pub(crate) const fn steps(tick_hz: u32) -> u32 {
    let steps = STEPS_HZ / tick_hz;
    if steps == 0 { 1 } else { steps }
}
