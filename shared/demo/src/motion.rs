//! The one motion of each kind: the server steps by it, both ends foresee by it, and a player's own ship is
//! predicted by it.
//!
//! Whole numbers throughout. It must take any row and any rules, since both may come from a peer: sums are in
//! 64 bits and clamped, and nothing is divided by what could be zero.

use auspice::Fate;
use glam::IVec2;

use crate::Ship;
use crate::entity::{Asteroid, Entity, Missile, Shot};
use crate::grid::{AGE_MAX, SPEED_MAX, STEPS_PER_UNIT, UNITS_MAX, VELOCITY_STEPS_PER_UNIT};
use crate::heading::{TURN, UNIT, rounded, unit};
use crate::level::Level;
use crate::rules::Rules;

/// Moves `entity` by a tick, left to itself.
pub fn advance(level: &Level, entity: &mut Entity) -> Fate {
    match entity {
        Entity::Ship(ship) => advance_ship(level, ship),
        Entity::Asteroid(asteroid) => advance_asteroid(level, asteroid),
        Entity::Shot(shot) => return advance_shot(level, shot),
        Entity::Missile(missile) => return advance_missile(level, missile),
        Entity::Pickup(pickup) => pickup.due = pickup.due.saturating_sub(1),
        Entity::Standing(_) => {}
        Entity::Round(round) => round.ticks_left = round.ticks_left.saturating_sub(1),
    }
    Fate::Continues
}

fn advance_ship(level: &Level, ship: &mut Ship) {
    ship.run_down(level.hz, &level.rules);
    if ship.is_alive() {
        let turned = i64::from(ship.heading) + i64::from(ship.turn()) * level.ship_turn;
        ship.heading = turned.rem_euclid(i64::from(TURN)) as u16;
        if ship.is_thrusting() {
            let thrust = i64::from(level.rules.thrust) * i64::from(VELOCITY_STEPS_PER_UNIT);
            ship.velocity = bounded(ship.velocity + along(ship.heading, thrust, level.hz));
        }
    }
    ship.velocity = ship.velocity
        - IVec2::from_array(ship.velocity.to_array().map(|speed| lost(speed, level.hz, level.rules.drag)));
    let (position, bounced) = glide(level, level.rules.ship_radius, ship.position, ship.velocity);
    // Edge and walls take half of a ship's speed against them.
    ship.velocity = IVec2::select(bounced, -ship.velocity / 2, ship.velocity);
    ship.position = position;
}

fn advance_asteroid(level: &Level, asteroid: &mut Asteroid) {
    let turned = rounded(i64::from(asteroid.spin) * 256, level.hz);
    asteroid.heading = asteroid.heading.wrapping_add(turned as u16);
    let radius = asteroid_radius(&level.rules, asteroid.size);
    let (position, bounced) = glide(level, radius, asteroid.position, asteroid.velocity);
    asteroid.velocity = IVec2::select(bounced, -asteroid.velocity, asteroid.velocity);
    asteroid.position = position;
}

fn advance_shot(level: &Level, shot: &mut Shot) -> Fate {
    let step = shot_step(level, shot.heading);
    fly_on(level, level.shot_ticks, step, &mut shot.position, &mut shot.age)
}

fn advance_missile(level: &Level, missile: &mut Missile) -> Fate {
    let turn = (i64::from(missile.turn) - 1) * level.missile_turn;
    missile.heading = (i64::from(missile.heading) + turn).rem_euclid(i64::from(TURN)) as u16;
    let step = missile_step(level, missile.heading);
    fly_on(level, level.missile_ticks, step, &mut missile.position, &mut missile.age)
}

/// Moves what flies, which ends on time, at walls and at the world's edge.
fn fly_on(level: &Level, ticks: u32, step: IVec2, position: &mut IVec2, age: &mut u16) -> Fate {
    let from = core::mem::replace(position, *position + step);
    *age = age.saturating_add(1).min(AGE_MAX as u16);
    let edge = IVec2::splat((level.rules.size.min(UNITS_MAX) as i32) * STEPS_PER_UNIT);
    let is_inside = position.cmpge(IVec2::ZERO).all() && position.cmple(edge).all();
    let is_young = u32::from(*age) < ticks;
    if is_young && is_inside && !level.walls.contain(*position) {
        return Fate::Continues;
    }
    // At the wall that it met, not in it.
    *position = level.walls.first(from, *position).unwrap_or(*position);
    Fate::Ends
}

/// Distance that a shot flies in a tick, in steps of position.
pub(crate) fn shot_step(level: &Level, heading: u16) -> IVec2 {
    along(heading, i64::from(level.rules.shot_speed.min(SPEED_MAX)) * i64::from(STEPS_PER_UNIT), level.hz)
}

/// Distance that a missile flies in a tick, in steps of position.
pub(crate) fn missile_step(level: &Level, heading: u16) -> IVec2 {
    along(heading, i64::from(level.rules.missile_speed.min(SPEED_MAX)) * i64::from(STEPS_PER_UNIT), level.hz)
}

/// Radius in units of an asteroid of `size`.
pub(crate) fn asteroid_radius(rules: &Rules, size: u8) -> u32 {
    rules.asteroid_radius.saturating_mul(u32::from(size) + 1)
}

/// `velocity` with both axes within what is published.
pub(crate) fn bounded(velocity: IVec2) -> IVec2 {
    let most = SPEED_MAX as i32 * VELOCITY_STEPS_PER_UNIT;
    velocity.clamp(IVec2::splat(-most), IVec2::splat(most))
}

/// `position` after a tick at `velocity`, thrown back at walls and at the edge of the world; and on which axes it was.
fn glide(level: &Level, radius: u32, position: IVec2, velocity: IVec2) -> (IVec2, glam::BVec2) {
    let (low, high) = bounds(level.rules.size, radius);
    let mut moved = [0; 2];
    let mut bounced = [false; 2];
    for axis in 0..2 {
        let step =
            rounded(i64::from(velocity[axis]) * i64::from(STEPS_PER_UNIT / VELOCITY_STEPS_PER_UNIT), level.hz) as i32;
        let free = position[axis].saturating_add(step);
        // Only what flies outwards turns round: what was pushed over the edge comes back in by itself.
        bounced[axis] = (free < low && step < 0) || (free > high && step > 0);
        moved[axis] = free.clamp(low, high);
    }
    let mut moved = IVec2::from_array(moved);
    let out = level.walls.push_out(radius, position, &mut moved);
    // As at the edge: only what flies inwards turns round.
    let struck = (out * velocity).cmplt(IVec2::ZERO);
    (moved, glam::BVec2::from_array(bounced) | struck)
}

/// `position` moved into a world of `size`, `radius` units from its edge.
pub(crate) fn confined(size: u32, radius: u32, position: IVec2) -> IVec2 {
    let (low, high) = bounds(size, radius);
    position.clamp(IVec2::splat(low), IVec2::splat(high))
}

/// The least and the most of either axis for the centre of something of `radius` units, in steps.
fn bounds(size: u32, radius: u32) -> (i32, i32) {
    let low = radius.min(UNITS_MAX / 2) as i32 * STEPS_PER_UNIT;
    (low, (size.min(UNITS_MAX) as i32 * STEPS_PER_UNIT - low).max(low))
}

/// A vector along `heading` of `length` a second, for one tick.
fn along(heading: u16, length: i64, hz: i64) -> IVec2 {
    let part = |unit: i32| rounded(i64::from(unit) * length, i64::from(UNIT) * hz).clamp(-STEP_MAX, STEP_MAX) as i32;
    let unit = unit(heading);
    IVec2::new(part(unit.x), part(unit.y))
}

/// Beyond any playable length, and far from overflow when added to a position or a velocity.
const STEP_MAX: i64 = 1 << 24;

/// Speed that drag takes in a tick: rounded up, so that everything comes to rest.
fn lost(speed: i32, hz: i64, drag: u32) -> i32 {
    if drag == 0 {
        return 0;
    }
    let part = (i64::from(speed.unsigned_abs()) * i64::from(drag)).div_euclid(1000 * hz) + 1;
    part.min(i64::from(speed.unsigned_abs())) as i32 * speed.signum()
}

#[cfg(test)]
mod tests {
    use auspice::Rng;

    use super::*;
    use crate::rules::ticks_in;
    use crate::ship::IDLE;

    fn level(tick_hz: u32, rules: Rules) -> Level {
        Level::from(&auspice::Terms { tick_hz, ..auspice::Terms::of::<crate::Demo>(rules) })
    }

    fn ship_at(x: i32, y: i32) -> Ship {
        Ship {
            position: IVec2::new(x, y) * STEPS_PER_UNIT,
            velocity: IVec2::ZERO,
            heading: 0,
            controls: IDLE,
            health: 10,
            energy: 0,
            reload: 0,
            power_index: 0,
            ticks_left: 0,
            is_computer: false,
            score: 0,
        }
    }

    #[test]
    fn a_ship_under_thrust_reaches_its_top_speed_and_then_comes_to_rest() {
        let rules = Rules::default();
        for hz in [10, 30, 60, 240] {
            let level = level(hz, rules);
            let mut ship = Ship { controls: 4, ..ship_at(2000, 2000) };
            for _ in 0..8 * hz {
                ship.position = IVec2::splat(2000 * STEPS_PER_UNIT);
                advance_ship(&level, &mut ship);
            }
            let top = ship.velocity.x / VELOCITY_STEPS_PER_UNIT;
            assert!((320..=375).contains(&top), "at {hz} Hz the top speed is {top}");
            ship.controls = IDLE;
            for _ in 0..15 * hz {
                advance_ship(&level, &mut ship);
            }
            assert_eq!(ship.velocity, IVec2::ZERO);
        }
    }

    #[test]
    fn nothing_leaves_the_world_whatever_the_controls() {
        let mut rng = Rng::new(5);
        let rules = Rules::default();
        let edge = IVec2::splat(rules.size as i32 * STEPS_PER_UNIT);
        let level = level(30, rules);
        let mut ship = ship_at(3990, 2000);
        let mut touched = 0;
        for _ in 0..20_000 {
            if rng.one_in(40) {
                ship.controls = rng.below(6) as u8;
            }
            let before = ship.velocity;
            advance_ship(&level, &mut ship);
            touched += u32::from(before.dot(ship.velocity) < 0);
            assert!(ship.position.cmpge(IVec2::ZERO).all() && ship.position.cmple(edge).all(), "{ship:?}");
        }
        assert!(touched > 10, "the ship met the edge {touched} times only");
    }

    #[test]
    fn an_asteroid_keeps_its_speed_at_the_edge() {
        let level = level(30, Rules::default());
        let velocity = IVec2::new(700, -333);
        let mut asteroid = Asteroid { position: IVec2::splat(50_000), velocity, heading: 0, spin: 9, size: 2 };
        for _ in 0..20_000 {
            advance_asteroid(&level, &mut asteroid);
            assert_eq!(asteroid.velocity.abs(), velocity.abs());
        }
    }

    #[test]
    fn what_flies_ends_at_the_wall_that_it_met() {
        let level = level(30, Rules { walls: 100, shot_ms: 3000, ..Rules::default() });
        let (mut rng, mut at_walls) = (Rng::new(3), 0);
        for _ in 0..300 {
            let position = IVec2::new(rng.between(0, 127_000), rng.between(0, 127_000));
            let mut shot = Shot { position, heading: rng.below(u32::from(TURN)) as u16, age: 0 };
            if level.walls.contain(position) {
                continue;
            }
            while advance_shot(&level, &mut shot) == Fate::Continues {}
            assert!(!level.walls.contain(shot.position), "{shot:?} from {position}");
            at_walls += u32::from(u32::from(shot.age) < ticks_in(3000, 30));
        }
        assert!(at_walls > 100, "{at_walls}");
    }

    #[test]
    fn rows_and_rules_from_a_stranger_do_no_harm() {
        let most = u32::MAX;
        let wild = Rules { size: most, thrust: most, drag: most, turn: most, ship_radius: most, ..Rules::default() };
        let wild = Rules { shot_speed: most, asteroid_radius: most, walls: most, missile_turn: most, ..wild };
        let wild = Rules { energy: most, recharge: most, reload_ms: most, shot_ms: most, ..wild };
        let none = Rules { size: 0, thrust: 0, drag: 0, turn: 0, ..wild };
        for rules in [wild, none] {
            let mut ship = Entity::Ship(Ship {
                controls: 11,
                energy: 1600,
                velocity: IVec2::splat(-16_000),
                ..ship_at(16_000, 1)
            });
            let mut rock = Entity::Asteroid(Asteroid {
                position: IVec2::ZERO,
                velocity: IVec2::splat(16_000),
                heading: 0,
                spin: -64,
                size: 2,
            });
            let most = Rules { asteroid_damage: most, ..rules };
            for _ in 0..100 {
                if let (Entity::Ship(ship), Entity::Asteroid(rock)) = (&mut ship, rock) {
                    crate::impact::collide(
                        &most,
                        ship,
                        [rock, Asteroid { position: ship.position, ..rock }].into_iter(),
                    );
                }
                advance(&level(1, rules), &mut ship);
                advance(&level(240, rules), &mut rock);
                advance(&level(0, rules), &mut Entity::Shot(Shot { position: IVec2::ZERO, heading: 9, age: 0 }));
                let missile = Missile { position: IVec2::ZERO, heading: 9, turn: 2, age: 2000 };
                advance(&level(1, rules), &mut Entity::Missile(missile));
            }
        }
    }
}
