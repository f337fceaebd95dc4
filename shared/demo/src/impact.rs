//! A ship and asteroids: the server collides them by this, and a player's client predicts its own ship by it.

use glam::{I64Vec2, IVec2};

use crate::Ship;
use crate::entity::Asteroid;
use crate::grid::{STEPS_PER_UNIT, UNITS_MAX, VELOCITY_STEPS_PER_UNIT};
use crate::motion::{asteroid_radius, bounded, confined};
use crate::rules::Rules;

/// The box in which the centre of an asteroid lies that `ship` may touch.
pub(crate) fn reach(rules: &Rules, ship: &Ship) -> (IVec2, IVec2) {
    let reach = IVec2::splat(steps_apart(rules, SIZE_MAX) as i32);
    (ship.position - reach, ship.position + reach)
}

/// The largest size of an asteroid.
const SIZE_MAX: u8 = 2;

/// Between the centres of a ship and an asteroid that touch. Whatever the rules, it is no more than the
/// world's edge twice.
fn steps_apart(rules: &Rules, size: u8) -> i64 {
    let radii = rules.ship_radius.min(UNITS_MAX) + asteroid_radius(rules, size).min(UNITS_MAX);
    i64::from(radii) * i64::from(STEPS_PER_UNIT)
}

/// Asteroids push a living ship away, one after the other; the harm that they do to it.
pub(crate) fn collide(rules: &Rules, ship: &mut Ship, asteroids: impl Iterator<Item = Asteroid>) -> u32 {
    if !ship.is_alive() {
        return 0;
    }
    let harm = asteroids.map(|asteroid| push(rules, ship, &asteroid).saturating_mul(rules.asteroid_damage) / 100);
    let harm = harm.fold(0, u32::saturating_add);
    ship.position = confined(rules.size, rules.ship_radius, ship.position);
    harm
}

/// Moves `ship` out of the asteroid and throws its speed back; returns the speed of the impact in units a second.
fn push(rules: &Rules, ship: &mut Ship, asteroid: &Asteroid) -> u32 {
    let apart = (ship.position - asteroid.position).as_i64vec2();
    let reach = steps_apart(rules, asteroid.size);
    let distance_squared = apart.length_squared();
    if distance_squared >= reach * reach {
        return 0;
    }
    let distance = distance_squared.isqrt();
    // A ship in the very middle is pushed along the first axis.
    let (apart, distance) = if distance == 0 { (I64Vec2::X, 1) } else { (apart, distance) };
    ship.position = asteroid.position + (apart * (reach + 1) / distance).as_ivec2();
    let closing = (ship.velocity - asteroid.velocity).as_i64vec2().dot(apart) / distance;
    if closing >= 0 {
        return 0;
    }
    // An asteroid is immovable: the speed towards it is thrown back by three quarters.
    ship.velocity = bounded(ship.velocity - (apart * closing * 7 / 4 / distance).as_ivec2());
    closing.unsigned_abs() as u32 / VELOCITY_STEPS_PER_UNIT as u32
}
