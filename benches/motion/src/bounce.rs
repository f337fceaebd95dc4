//! Bouncing: what floor, walls and ceiling of the recorded matches' field make of a body that reaches them in a tick,
//! as players of the game have measured it (samuelpmish's notes on Rocket League, "ball simulation"). Centimetres,
//! seconds, radians; plain float operations only, so that both ends get the same row.

use glam::Vec3;

use crate::body::BodyMotion;

/// Centimetres a second squared: that of the recorded matches.
pub(crate) const GRAVITY: f32 = 650.0;
/// A car whose middle is lower stands on the floor; gravity does not move it.
pub(crate) const CAR_FLIES_ABOVE: f32 = 40.0;
/// Half of the field's width and length, and its height.
const FIELD: Vec3 = Vec3::new(4096.0, 5120.0, 2044.0);
/// Its corners are cut off where width and length together are more.
const CORNER: f32 = 8064.0;
/// Radius of the ramp between the floor and a wall.
const RAMP: f32 = 256.0;
/// The end of the field is open where a goal is: half of its width, and its height.
const GOAL: [f32; 2] = [893.0, 643.0];
/// The ball's middle comes no nearer to anything.
const BALL_RADIUS: f32 = 93.15;
/// A car's middle is as far from what it stands on with its wheels.
pub(crate) const CAR_STANDS_AT: f32 = 17.0;
/// Its wheels reach so much further.
const WHEELS_REACH: f32 = 8.0;
/// Share of a spin over its side that a car keeps whose wheels come to a surface, or are on one.
const SPIN_KEPT: f32 = 0.55;
/// Share of its speed with which the ball comes back from a wall.
const RESTITUTION: f32 = 0.6;
/// Share of what slips that is lost, at most.
const FRICTION: f32 = 0.285;
/// Spin that the ball takes from what slips.
const SPINS_BY: f32 = 0.0003;
/// Centimetres of rounding, and of what a body did besides in the tick.
const DEEP: f32 = 5.0;
/// A ball that comes back more slowly stays where it is.
const STAYS_BELOW: f32 = 30.0;

/// Something that bears a body: the way from it, and how far away it is, below 0 where the body is within.
#[derive(Clone, Copy, Debug)]
struct Surface {
    normal: Vec3,
    far: f32,
    is_ramp: bool,
}

/// Throws the ball back from whatever it went into in a tick of so many seconds.
pub(crate) fn bounce(ball: &mut BodyMotion, seconds: f32) {
    for wall in walls(ball.position, BALL_RADIUS) {
        let Some(towards) = wall.is_met(ball, seconds) else { continue };
        let slips = ball.velocity + wall.normal * towards + wall.normal.cross(ball.spin) * BALL_RADIUS;
        let share = (2.0 * towards / slips.length().max(1.0)).min(1.0) * FRICTION;
        let along = slips * -share;
        let back = if towards * RESTITUTION < STAYS_BELOW { 0.0 } else { towards * RESTITUTION };
        ball.velocity += wall.normal * (towards + back) + along;
        ball.spin += along.cross(wall.normal) * (SPINS_BY * BALL_RADIUS);
        ball.position -= wall.normal * (wall.far * (1.0 + back / towards));
    }
}

/// Has floor, walls and ramps bear a car that went into them in a tick of so many seconds: it goes on along them.
pub(crate) fn bear(car: &mut BodyMotion, seconds: f32) {
    for wall in walls(car.position, CAR_STANDS_AT) {
        let Some(towards) = wall.is_met(car, seconds) else { continue };
        let speed = car.velocity.length();
        car.position -= wall.normal * wall.far;
        car.velocity += wall.normal * towards;
        if wall.is_ramp {
            // It loses nothing of its speed.
            car.velocity = car.velocity.normalize_or_zero() * speed;
        } else {
            let along = wall.normal * car.spin.dot(wall.normal);
            car.spin = along + (car.spin - along) * SPIN_KEPT;
        }
    }
}

/// The normal of the surface that is nearest to the wheels of a body that keeps `radius` away from it, and whose roof
/// points away from it by the cosine `upright`.
pub(crate) fn surface(at: Vec3, radius: f32, up: Vec3, upright: f32) -> Option<Vec3> {
    let bears = |wall: &Surface| wall.far < WHEELS_REACH && wall.normal.dot(up) > upright;
    walls(at, radius).filter(bears).min_by(|one, other| one.far.total_cmp(&other.far)).map(|wall| wall.normal)
}

impl Surface {
    /// The speed with which a body goes into it, if it does. What is deeper within than a tick goes is behind it: in a
    /// goal, or on a field of another shape.
    fn is_met(&self, body: &BodyMotion, seconds: f32) -> Option<f32> {
        let towards = -body.velocity.dot(self.normal);
        (self.far < 0.0 && towards > 0.0 && -self.far <= towards * seconds + DEEP).then_some(towards)
    }
}

/// Floor, ceiling, the walls that are nearest, and their ramps, for a body whose middle keeps `radius` away.
fn walls(at: Vec3, radius: f32) -> impl Iterator<Item = Surface> {
    let plane = move |normal, far: f32| Surface { normal, far: far - radius, is_ramp: false };
    let sign = Vec3::new(1.0_f32.copysign(at.x), 1.0_f32.copysign(at.y), 1.0);
    let across = core::f32::consts::FRAC_1_SQRT_2;
    let is_in_goal = at.x.abs() < GOAL[0] && at.z < GOAL[1];
    let side = (Vec3::new(-sign.x, 0.0, 0.0), FIELD.x - at.x.abs());
    let end = (Vec3::new(0.0, -sign.y, 0.0), FIELD.y - at.y.abs());
    let corner = (Vec3::new(-sign.x, -sign.y, 0.0) * across, (CORNER - at.x.abs() - at.y.abs()) * across);
    let upright = [Some(side), Some(corner), (!is_in_goal).then_some(end)].into_iter().flatten();
    let ramp = move |(normal, far): (Vec3, f32)| {
        let (inwards, upwards) = (RAMP - far, RAMP - at.z);
        (inwards > 0.0 && upwards > 0.0).then(|| {
            let long = (inwards * inwards + upwards * upwards).sqrt();
            let normal = (normal * inwards + Vec3::Z * upwards) / long;
            Surface { normal, far: RAMP - long - radius, is_ramp: true }
        })
    };
    let lying = [plane(Vec3::Z, at.z), plane(Vec3::NEG_Z, FIELD.z - at.z)];
    let ramps = upright.clone().filter_map(ramp);
    lying.into_iter().chain(upright.map(move |(normal, far)| plane(normal, far))).chain(ramps)
}

#[cfg(test)]
mod tests {
    use glam::Quat;

    use super::*;

    const SECONDS: f32 = 1.0 / 30.0;

    fn moving(position: Vec3, velocity: Vec3) -> BodyMotion {
        BodyMotion { position, velocity, rotation: Quat::IDENTITY, spin: Vec3::ZERO }
    }

    #[test]
    fn a_ball_comes_back_from_the_floor_and_rolls_more_than_it_slips() {
        let mut ball = moving(Vec3::Z * 90.0, Vec3::new(1000.0, 0.0, -500.0));
        bounce(&mut ball, SECONDS);
        assert_eq!(ball.velocity.z, 300.0);
        assert!(ball.velocity.x > 700.0 && ball.velocity.x < 1000.0 && ball.spin.y > 0.0, "{ball:?}");
        assert!(ball.position.z > BALL_RADIUS && ball.position.z < 97.0);
    }

    #[test]
    fn a_ball_flies_into_a_goal_and_back_from_beside_it() {
        let velocity = Vec3::Y * 2000.0;
        let mut flies = moving(Vec3::new(0.0, 5100.0, 300.0), velocity);
        bounce(&mut flies, SECONDS);
        assert_eq!(flies.velocity, velocity);
        let mut comes_back = moving(Vec3::new(2000.0, 5060.0, 300.0), velocity);
        bounce(&mut comes_back, SECONDS);
        assert!(comes_back.velocity.y == -1200.0 && comes_back.position.y < 5120.0 - BALL_RADIUS);
    }

    #[test]
    fn a_car_that_falls_stands_and_one_that_comes_to_a_wall_goes_up_its_ramp() {
        let mut falls = moving(Vec3::Z * 5.0, Vec3::new(500.0, 0.0, -900.0));
        bear(&mut falls, SECONDS);
        assert_eq!((falls.position.z, falls.velocity), (CAR_STANDS_AT, Vec3::X * 500.0));
        let mut comes = moving(Vec3::new(3930.0, 0.0, 17.0), Vec3::X * 1000.0);
        bear(&mut comes, SECONDS);
        assert!(comes.velocity.z > 300.0 && comes.position.z > 30.0, "{comes:?}");
        assert!((comes.velocity.length() - 1000.0).abs() < 0.1);
    }
}
