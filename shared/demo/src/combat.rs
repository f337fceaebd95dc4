//! Stages of a tick in which ships fight: shots, hits, collisions, death and return.

use auspice::EntityId;
use glam::{I64Vec2, IVec2};

use crate::Event;
use crate::entity::{DRONE, Entity, IDLE, RAPID, SHIELD, SHOT_TICKS_MAX, STEPS_PER_UNIT, Ship, Shot, VELOCITY_STEPS_PER_UNIT};
use crate::heading::{UNIT, unit};
use crate::motion::{bounded, confined, shot_step};
use crate::near::{Item, Near};
use crate::rules::ticks_in;
use crate::world::{Crew, Key, Told, World};

impl World {
    /// Wrecks whose time has come are new ships; shields and rapid fire run out.
    pub(crate) fn return_ships(&mut self) {
        for index in 0..self.ships.len() {
            let key = self.ships[index];
            let (Some(Entity::Ship(ship)), Some(crew)) = (self.entities.get_mut(key), self.crews.get_mut(key)) else {
                continue;
            };
            if ship.is_alive() {
                wear_off(ship, crew);
            } else if crew.return_left == 0 {
                self.renew(key);
            }
        }
    }

    /// Loaded ships whose trigger is held put a shot before their nose.
    pub(crate) fn fire(&mut self) {
        let (rules, hz) = (self.terms.rules, self.terms.tick_hz);
        for index in 0..self.ships.len() {
            let key = self.ships[index];
            let (Some(Entity::Ship(ship)), Some(crew)) = (self.entities.get(key), self.crews.get_mut(key)) else { continue };
            if !crew.is_firing || crew.reload_left > 0 || !ship.is_alive() {
                continue;
            }
            crew.reload_left = ticks_in(if ship.bears(RAPID) { rules.rapid_reload_ms } else { rules.reload_ms }, hz);
            let nose = unit(ship.heading) * (rules.ship_radius as i32 * STEPS_PER_UNIT) / UNIT;
            let shot = Shot {
                position: ship.position + nose,
                heading: ship.heading,
                ticks_left: ticks_in(rules.shot_ms, hz).min(SHOT_TICKS_MAX) as u16,
            };
            let shot = self.entities.insert(Entity::Shot(shot));
            self.shots.push((shot, key));
        }
    }

    /// Shots end at the first ship or asteroid on this tick's way. A shooter's own ship is no target.
    pub(crate) fn hit(&mut self) {
        let (rules, hz) = (self.terms.rules, i64::from(self.terms.tick_hz));
        for index in 0..self.shots.len() {
            let (key, shooter) = self.shots[index];
            let Some(Entity::Shot(shot)) = self.entities.get(key) else { continue };
            let to = shot.position;
            let from = to - shot_step(hz, &rules, shot.heading);
            let ship = first_on_way(&self.ships_near, shooter, from, to);
            let asteroid = first_on_way(&self.asteroids_near, shooter, from, to);
            let Some((_, target)) = ship.into_iter().chain(asteroid).min_by_key(|(distance, _)| *distance) else { continue };
            self.entities.remove(key);
            self.harm(target, rules.shot_damage, Some(shooter));
        }
        let Self { entities, shots, .. } = self;
        shots.retain(|(shot, _)| entities.contains_key(*shot));
    }

    /// Asteroids push ships away, and the harder the worse.
    pub(crate) fn collide(&mut self) {
        let rules = self.terms.rules;
        let radius = rules.ship_radius as i32 * STEPS_PER_UNIT;
        let reach = IVec2::splat(radius + 3 * rules.asteroid_radius as i32 * STEPS_PER_UNIT);
        for index in 0..self.ships.len() {
            let key = self.ships[index];
            let Some(&Entity::Ship(mut ship)) = self.entities.get(key) else { continue };
            if !ship.is_alive() {
                continue;
            }
            let mut damage = 0;
            for item in self.asteroids_near.within(ship.position - reach, ship.position + reach) {
                if let Some(Entity::Asteroid(asteroid)) = self.entities.get(item.key) {
                    let impact = push(&mut ship, radius, item, asteroid.velocity);
                    damage += impact * rules.asteroid_damage / 100;
                }
            }
            ship.position = confined(rules.size, rules.ship_radius, ship.position);
            self.entities[key] = Entity::Ship(ship);
            if damage > 0 {
                self.harm(key, damage, None);
            }
        }
    }

    /// Takes health from a ship that is not shielded, and ends it at 0. Anything else takes no harm.
    fn harm(&mut self, key: Key, damage: u32, by: Option<Key>) {
        let Some(ship) = self.entities.get_mut(key).and_then(Entity::as_ship_mut) else { return };
        if ship.bears(SHIELD) || !ship.is_alive() {
            return;
        }
        ship.health = u32::from(ship.health).saturating_sub(damage) as u8;
        if ship.is_alive() {
            return;
        }
        ship.controls = IDLE;
        ship.marks &= DRONE;
        if let Some(crew) = self.crews.get_mut(key) {
            crew.return_left = ticks_in(self.terms.rules.respawn_ms, self.terms.tick_hz);
        }
        if let Some(winner) = by.and_then(|by| self.entities.get_mut(by)).and_then(Entity::as_ship_mut) {
            winner.score = winner.score.saturating_add(1);
        }
        let (ship, by) = (EntityId::from_key(key), by.map(EntityId::from_key));
        self.tell(Told::Near(ship, Event::Destroyed { ship, by }));
    }
}

fn wear_off(ship: &mut Ship, crew: &mut Crew) {
    for (left, mark) in [(&mut crew.shield_left, SHIELD), (&mut crew.rapid_left, RAPID)] {
        *left = left.saturating_sub(1);
        if *left == 0 {
            ship.marks &= !mark;
        }
    }
}

/// The first of `targets` that the way between two points touches, except `shooter`; and how far its edge is.
fn first_on_way(targets: &Near, shooter: Key, from: IVec2, to: IVec2) -> Option<(i64, Key)> {
    let reach = IVec2::splat(targets.radius_max());
    targets
        .within(from.min(to) - reach, from.max(to) + reach)
        .filter(|item| item.key != shooter && touches(item, from, to))
        .map(|item| ((item.position - from).as_i64vec2().length_squared().isqrt() - i64::from(item.radius), item.key))
        .min_by_key(|(distance, _)| *distance)
}

/// Whether the straight way between two points comes within the item's radius of its centre.
fn touches(item: &Item, from: IVec2, to: IVec2) -> bool {
    let way = (to - from).as_i64vec2();
    let centre = (item.position - from).as_i64vec2();
    let radius_squared = i64::from(item.radius) * i64::from(item.radius);
    let (along, length_squared) = (centre.dot(way), way.length_squared());
    if along <= 0 {
        return centre.length_squared() <= radius_squared;
    }
    if along >= length_squared {
        return (centre - way).length_squared() <= radius_squared;
    }
    let across = centre.perp_dot(way);
    // across / length is the distance from the line: all below 2^62, since a way is below 2^15 and a radius below 2^13.
    across * across <= radius_squared * length_squared
}

/// Moves `ship` out of the asteroid and throws its speed back; returns the speed of the impact in units a second.
fn push(ship: &mut Ship, radius: i32, asteroid: &Item, asteroid_velocity: IVec2) -> u32 {
    let apart = (ship.position - asteroid.position).as_i64vec2();
    let reach = i64::from(radius + asteroid.radius);
    let distance_squared = apart.length_squared();
    if distance_squared >= reach * reach {
        return 0;
    }
    let distance = distance_squared.isqrt();
    // A ship in the very middle is pushed along the first axis.
    let (apart, distance) = if distance == 0 { (I64Vec2::X, 1) } else { (apart, distance) };
    ship.position = asteroid.position + (apart * (reach + 1) / distance).as_ivec2();
    let closing = (ship.velocity - asteroid_velocity).as_i64vec2().dot(apart) / distance;
    if closing >= 0 {
        return 0;
    }
    // An asteroid is immovable: the speed towards it is thrown back by three quarters.
    ship.velocity = bounded(ship.velocity - (apart * closing * 7 / 4 / distance).as_ivec2());
    closing.unsigned_abs() as u32 / VELOCITY_STEPS_PER_UNIT as u32
}
