//! Driving: what engine, brakes, booster and wheels make of a car in a tick, as players of the recorded game have
//! measured it (samuelpmish's notes on Rocket League, "ground control"). Centimetres, seconds, radians; plain float
//! operations only, so that both ends get the same row.

use glam::Vec3;

use crate::body::Car;
use crate::bounce::{CAR_FLIES_ABOVE, CAR_STANDS_AT, GRAVITY, surface};

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
/// A roof that points by this cosine away from a surface that is as near as its wheels reach: the car stands on it.
const STANDS_UPRIGHT: f32 = 0.8;
/// A surface whose normal points up by this cosine is floor.
const FLOOR_UPRIGHT: f32 = 0.95;
/// Share of a car's speed that a radian of turning takes.
const TURN_LOSES: f32 = 0.04;
/// Share of gravity along a wall that its wheels hold, where they do not roll.
const WALL_HOLDS: f32 = 0.43;

/// The hold that its wheels have on what a car stands on. Fitted to a match of two against two, beside what lasts of
/// changes, so that all of it together takes the fewest bits.
struct Grip {
    /// Share of its turn by which the way of a car turns with it.
    turns: f32,
    /// Share of its speed sideways that is lost in a thirtieth of a second.
    sideways: f32,
    /// Share of the way to the turn that the wheels ask for, in a thirtieth of a second.
    steers: f32,
    /// Share of the engine's acceleration.
    engine: f32,
}

const ON_FLOOR: Grip = Grip { turns: 0.5, sideways: 0.23, steers: 0.1, engine: 1.0 };
const ON_WALL: Grip = Grip { turns: 0.72, sideways: 0.09, steers: 0.06, engine: 0.8 };
/// Grip with the handbrake.
const SLIDING: Grip = Grip { turns: 0.6, sideways: 0.0, steers: 0.0, engine: 0.2 };

/// Share of its spin that a car in the air loses in a second, about its own axes, while its driver does not steer...
const DRAG: Vec3 = Vec3::new(4.35, 2.7, 1.7);
/// ... and what full steer adds about the last of them: radians a second squared.
const STEER_IN_AIR: f32 = 6.2;
/// The same with the handbrake, by which drivers roll.
const SLIDING_DRAG: Vec3 = Vec3::new(0.0, 0.0, 3.0);
const SLIDING_STEER_IN_AIR: f32 = 8.6;
/// A throttle below is none.
const THROTTLE_LEAST: f32 = 0.02;

const BOOSTS: u8 = 1;
const SLIDES: u8 = 2;
const DODGES: u8 = 8;

/// Changes a car's motion by what its driver, and gravity, do in a tick of so many seconds.
pub(crate) fn drive(car: &mut Car, seconds: f32) {
    let before = car.motion.velocity;
    let from = car.motion.position - before * seconds;
    match surface(from, CAR_STANDS_AT, car.motion.rotation * Vec3::Z, STANDS_UPRIGHT) {
        Some(normal) => roll(car, normal, seconds),
        None => fly(car, seconds),
    }
    car.motion.velocity = car.motion.velocity.clamp_length_max(SPEED_MAX);
    // It was moved on by the velocity that it had, and had the mean of both.
    car.motion.position += (car.motion.velocity - before) * (seconds / 2.0);
}

/// A car with its wheels on a surface.
fn roll(car: &mut Car, normal: Vec3, seconds: f32) {
    let (slides, is_floor) = (car.flags & SLIDES != 0, normal.z > FLOOR_UPRIGHT);
    let grip = match (slides, is_floor) {
        (true, _) => SLIDING,
        (false, true) => ON_FLOOR,
        (false, false) => ON_WALL,
    };
    let in_tick = |share: f32| (share * 30.0 * seconds).min(1.0);
    let (throttle, boosts) = throttle(car);
    let motion = &mut car.motion;
    let [ahead, left, up] = [Vec3::X, Vec3::Y, Vec3::Z].map(|axis| motion.rotation * axis);
    let (turned, speed, slip) = (motion.spin.dot(up), motion.velocity.dot(ahead), motion.velocity.dot(left));
    let angle = turned * seconds * grip.turns;
    let across = motion.velocity - up * motion.velocity.dot(up);
    motion.velocity += up.cross(across) * angle - across * (angle * angle / 2.0);
    motion.velocity -= left * (in_tick(grip.sideways) * slip);
    let engine = pull(throttle, boosts, speed, seconds) * grip.engine;
    motion.velocity += ahead * ((engine - TURN_LOSES * turned.abs() * speed) * seconds);
    if !is_floor {
        let down = Vec3::NEG_Z * (GRAVITY * seconds);
        motion.velocity += ahead * down.dot(ahead) + left * (down.dot(left) * (1.0 - WALL_HOLDS));
    }
    let wanted = control(car.steer) * between(&CURVATURE, speed.abs()) * speed;
    motion.spin += up * ((wanted - turned) * in_tick(grip.steers));
}

/// A car in the air.
fn fly(car: &mut Car, seconds: f32) {
    let (throttle, boosts) = throttle(car);
    let (steer, slides) = (control(car.steer), car.flags & SLIDES != 0);
    let motion = &mut car.motion;
    let push = THROTTLE_IN_AIR * throttle + if boosts { BOOST } else { 0.0 };
    motion.velocity += motion.rotation * Vec3::X * (push * seconds);
    if motion.position.z > CAR_FLIES_ABOVE {
        motion.velocity -= Vec3::Z * (GRAVITY * seconds);
    }
    if car.flags & DODGES != 0 {
        // A dodge has it turn as it does.
        return;
    }
    let spin = motion.rotation.conjugate() * motion.spin;
    let held = Vec3::new(1.0, 1.0, 1.0 - steer.abs());
    let change = match slides {
        true => Vec3::Z * (SLIDING_STEER_IN_AIR * steer) - SLIDING_DRAG * spin,
        false => Vec3::Z * (STEER_IN_AIR * steer) - DRAG * held * spin,
    };
    motion.spin += motion.rotation * (change * seconds);
}

/// Its throttle, which the booster opens, and whether that is on.
fn throttle(car: &Car) -> (f32, bool) {
    let boosts = car.flags & BOOSTS != 0;
    (if boosts { 1.0 } else { control(car.throttle) }, boosts)
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
    fn what_rolls_turns_with_the_car_and_loses_little_by_it() {
        let mut turning = car(255, 128, 0, 1410.0);
        turning.motion.spin = Vec3::Z * 1.5;
        drive(&mut turning, SECONDS);
        let Vec3 { x, y, .. } = turning.motion.velocity;
        let share = y.atan2(x) / (1.5 * SECONDS);
        assert!((0.4..1.0).contains(&share), "{share}");
        assert!((1405.0..1410.0).contains(&x.hypot(y)), "{x} {y}");
        let mut steered = car(255, 255, 0, 1000.0);
        drive(&mut steered, SECONDS);
        assert!(steered.motion.spin.z > 0.1, "{:?}", steered.motion.spin);
    }

    #[test]
    fn wheels_hold_what_goes_sideways_unless_it_slides() {
        let sideways = |flags| {
            let mut car = car(128, 128, flags, 0.0);
            car.motion.velocity = Vec3::Y * 100.0;
            drive(&mut car, SECONDS);
            car.motion.velocity.y
        };
        assert_eq!((sideways(0), sideways(SLIDES)), (77.0, 100.0));
    }

    #[test]
    fn a_car_on_a_wall_rolls_down_it_and_one_beside_it_falls() {
        let falls_by = |x: f32| {
            let mut car = car(128, 128, 0, 0.0);
            car.motion.position = Vec3::new(x, 0.0, 1000.0);
            // Its nose points up, its roof into the field.
            car.motion.rotation = Quat::from_rotation_y(-core::f32::consts::FRAC_PI_2);
            car.motion.velocity = Vec3::new(0.0, 100.0, 0.0);
            drive(&mut car, SECONDS);
            (car.motion.velocity.z, car.motion.velocity.y)
        };
        let (rolls, holds) = falls_by(4079.0);
        assert!((rolls + GRAVITY * SECONDS).abs() < 0.01 && holds < 95.0, "{rolls} {holds}");
        assert_eq!(falls_by(4000.0), (-GRAVITY * SECONDS, 100.0));
    }

    #[test]
    fn air_takes_of_a_spin_but_of_no_dodge() {
        let spin_after = |flags, steer| {
            let mut car = car(128, steer, flags, 0.0);
            (car.motion.position.z, car.motion.spin) = (500.0, Vec3::new(2.0, 0.0, 2.0));
            drive(&mut car, SECONDS);
            car.motion.spin
        };
        let free = spin_after(0, 128);
        assert!(free.x < 1.8 && free.z < 1.9 && free.z > free.x, "{free}");
        assert!(spin_after(0, 255).z > 2.0);
        assert_eq!(spin_after(DODGES, 255), Vec3::new(2.0, 0.0, 2.0));
    }
}
