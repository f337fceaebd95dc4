//! Driving: what engine, brakes, booster and wheels make of a car in a tick, as players of the recorded game have
//! measured it (samuelpmish's notes on Rocket League, "ground control"). Centimetres, seconds, radians; plain float
//! operations only, so that both ends get the same row.

use glam::Vec3;

use crate::body::Car;

/// Speed that no car exceeds.
const SPEED_MAX: f32 = 2300.0;
/// Acceleration by full throttle, at these speeds.
const THROTTLE: [(f32, f32); 3] = [(0.0, 1600.0), (1400.0, 160.0), (1410.0, 0.0)];
/// The same in the air.
const THROTTLE_IN_AIR: f32 = 66.7;
/// Acceleration by the booster.
const BOOST: f32 = 991.667;
/// Deceleration by a throttle against the way of the car, and without any throttle.
const BRAKE: f32 = 3500.0;
const COAST: f32 = 525.0;
/// Curvature of the way at full steer, at these speeds: radians a centimetre.
const CURVATURE: [(f32, f32); 6] =
    [(0.0, 0.0069), (500.0, 0.003_98), (1000.0, 0.002_35), (1500.0, 0.001_375), (1750.0, 0.0011), (2300.0, 0.000_88)];
/// Share of the way to the turn that the wheels ask for, in a thirtieth of a second.
const TURNS_BY: f32 = 0.25;
/// A car whose middle is lower, and whose roof points up by this cosine, has its wheels on the floor.
const STANDS_BELOW: f32 = 22.0;
const STANDS_UPRIGHT: f32 = 0.95;
/// A throttle below is none.
const THROTTLE_LEAST: f32 = 0.02;

const BOOSTS: u8 = 1;
const SLIDES: u8 = 2;

/// Changes a car's motion by what its driver does in a tick of so many seconds.
pub(crate) fn drive(car: &mut Car, seconds: f32) {
    let before = car.motion.velocity;
    push(car, seconds);
    // It was moved on by the velocity that it had, and had the mean of both.
    car.motion.position += (car.motion.velocity - before) * (seconds / 2.0);
}

fn push(car: &mut Car, seconds: f32) {
    let motion = &mut car.motion;
    let (ahead, up) = (motion.rotation * Vec3::X, motion.rotation * Vec3::Z);
    let boosts = car.flags & BOOSTS != 0;
    let throttle = if boosts { 1.0 } else { control(car.throttle) };
    let stands = motion.position.z < STANDS_BELOW && up.z > STANDS_UPRIGHT;
    if !stands {
        let boost = if boosts { BOOST } else { 0.0 };
        motion.velocity += ahead * ((boost + THROTTLE_IN_AIR * throttle) * seconds);
        motion.velocity = motion.velocity.clamp_length_max(SPEED_MAX);
        return;
    }
    let turned = motion.spin.dot(up);
    let speed = motion.velocity.dot(ahead);
    // What rolls turns with the car.
    let angle = turned * seconds;
    let across = motion.velocity - up * motion.velocity.dot(up);
    motion.velocity += up.cross(across) * angle - across * (angle * angle / 2.0);
    motion.velocity += ahead * (pull(throttle, boosts, speed, seconds) * seconds);
    motion.velocity = motion.velocity.clamp_length_max(SPEED_MAX);
    if car.flags & SLIDES == 0 {
        let wanted = control(car.steer) * between(&CURVATURE, speed.abs()) * speed;
        motion.spin += up * ((wanted - turned) * (TURNS_BY * 30.0 * seconds).min(1.0));
    }
}

/// Acceleration along the way of a car on its wheels that goes at `speed`.
fn pull(throttle: f32, boosts: bool, speed: f32, seconds: f32) -> f32 {
    let is_against = throttle * speed < 0.0;
    let engine = if throttle.abs() < THROTTLE_LEAST {
        -(COAST.min(speed.abs() / seconds)).copysign(speed)
    } else if is_against {
        BRAKE.copysign(throttle)
    } else {
        between(&THROTTLE, speed.abs()) * throttle
    };
    engine + if boosts { BOOST } else { 0.0 }
}

/// A control from -1 to 1, of one from 0 to 255, of which 128 is none.
fn control(value: u8) -> f32 {
    let value = f32::from(value) - 128.0;
    if value < 0.0 { value / 128.0 } else { value / 127.0 }
}

/// The value at `at` of a line through points in rising order; that of an end beyond it.
fn between(points: &[(f32, f32)], at: f32) -> f32 {
    let Some(next) = points.iter().position(|point| at < point.0) else {
        return points.last().map_or(0.0, |last| last.1);
    };
    let Some(before) = next.checked_sub(1) else { return points[0].1 };
    let ((from, low), (to, high)) = (points[before], points[next]);
    low + (high - low) * (at - from) / (to - from)
}

#[cfg(test)]
mod tests {
    use glam::Quat;

    use super::*;
    use crate::body::BodyMotion;

    const SECONDS: f32 = 1.0 / 30.0;

    fn car(throttle: u8, steer: u8, flags: u8, speed: f32) -> Car {
        let motion = BodyMotion {
            position: Vec3::Z * 17.0,
            velocity: Vec3::X * speed,
            rotation: Quat::IDENTITY,
            spin: Vec3::ZERO,
        };
        Car { throttle, steer, flags, motion }
    }

    fn speed_after(mut car: Car, ticks: u32) -> f32 {
        (0..ticks).for_each(|_| drive(&mut car, SECONDS));
        car.motion.velocity.dot(car.motion.rotation * Vec3::X)
    }

    #[test]
    fn full_throttle_leads_to_its_own_top_speed_and_the_booster_to_that_of_all() {
        assert!((speed_after(car(255, 128, 0, 0.0), 1) - 1600.0 * SECONDS).abs() < 0.01);
        assert!((1400.0..=1411.0).contains(&speed_after(car(255, 128, 0, 0.0), 150)));
        assert_eq!(speed_after(car(128, 128, BOOSTS, 0.0), 300), SPEED_MAX);
    }

    #[test]
    fn without_throttle_it_rolls_out_and_against_its_way_it_brakes() {
        assert_eq!(speed_after(car(128, 128, 0, 100.0), 30), 0.0);
        assert!((speed_after(car(0, 128, 0, 1000.0), 3) - (1000.0 - 3.0 * BRAKE * SECONDS)).abs() < 0.01);
    }

    #[test]
    fn what_turns_goes_where_it_turns_to_as_fast_as_before() {
        let mut turning = car(255, 128, 0, 1410.0);
        turning.motion.spin = Vec3::Z * 1.5;
        drive(&mut turning, SECONDS);
        let Vec3 { x, y, .. } = turning.motion.velocity;
        assert!((y.atan2(x) - 1.5 * SECONDS).abs() < 1e-3 && (x.hypot(y) - 1410.0).abs() < 2.0, "{x} {y}");
        let mut steered = car(255, 255, 0, 1000.0);
        drive(&mut steered, SECONDS);
        assert!(steered.motion.spin.z > 0.3, "{:?}", steered.motion.spin);
    }
}
