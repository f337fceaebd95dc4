//! Stages of a tick in which ships fight: shots, hits, collisions, death and return.

use alloc::string::String;

use auspice::{Audience, ClientId, EntityId};
use glam::IVec2;
use serde::{Deserialize, Serialize};

use crate::entity::Entity;
use crate::grid::TICKS_MAX;
use crate::impact;
use crate::motion::{missile_step, shot_step};
use crate::near::Near;
use crate::rules::ticks_in;
use crate::ship::{IDLE, Power};
use crate::world::{Key, PlayerSeat, World};
use crate::{Event, Weapon};

/// Cause of a ship's destruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// Another's weapon.
    Shot(Weapon),
    /// An asteroid.
    Asteroid,
}

impl World {
    /// Wrecks whose time has come are new ships; a computer that is not needed any more does not return.
    pub(crate) fn return_ships(&mut self) {
        let mut spare = self.computers().saturating_sub(self.computers_wanted());
        for index in (0..self.ships.len()).rev() {
            let key = self.ships[index];
            let Some(ship) = self.ship(key) else { continue };
            if ship.is_alive() || ship.ticks_left > 1 {
                continue;
            }
            if spare > 0 && ship.is_computer {
                spare -= 1;
                self.remove_ship(key);
            } else {
                self.renew(key);
            }
        }
    }

    /// Each weapon that went off in this tick's motion: a shot or a missile before the ship's nose. Lasers
    /// are judged later.
    pub(crate) fn fire(&mut self) {
        for index in 0..self.fired.len() {
            let (key, weapon) = self.fired[index];
            let Some(&ship) = self.ship(key) else { continue };
            let Some(launched) = ship.launched(&self.ground.terms.rules, weapon) else { continue };
            let launched = self.entities.insert(launched);
            match weapon {
                Weapon::Gun => self.shots.push((launched, key)),
                Weapon::Missile => self.guide(launched, key, &ship),
                Weapon::Laser => {}
            }
        }
    }

    /// Shots and missiles end at the first thing on this tick's way. A shooter's own ship is no target.
    pub(crate) fn hit(&mut self) {
        for index in 0..self.shots.len() {
            let (key, shooter) = self.shots[index];
            let Some(Entity::Shot(shot)) = self.entities.get(key) else { continue };
            let step = shot_step(&self.ground.level, shot.heading);
            self.strike(key, shooter, shot.position, step, self.ground.terms.rules.shot_damage, Weapon::Gun);
        }
        for index in 0..self.missiles.len() {
            let guide = self.missiles[index];
            let Some(Entity::Missile(missile)) = self.entities.get(guide.missile) else { continue };
            let step = missile_step(&self.ground.level, missile.heading);
            self.strike(
                guide.missile,
                guide.shooter,
                missile.position,
                step,
                self.ground.terms.rules.missile_damage,
                Weapon::Missile,
            );
        }
        let Self { entities, shots, missiles, .. } = self;
        shots.retain(|(shot, _)| entities.contains_key(*shot));
        missiles.retain(|guide| entities.contains_key(guide.missile));
    }

    /// Whether what came to `to` by `step` met something; both are harmed.
    fn strike(&mut self, key: Key, shooter: Key, to: IVec2, step: IVec2, damage: u32, weapon: Weapon) {
        let from = to - step;
        let missiles = if weapon == Weapon::Gun { self.first_missile(shooter, from, to) } else { None };
        let ship = first_on_way(&self.ships_near, shooter, from, to);
        let asteroid = first_on_way(&self.asteroids_near, shooter, from, to);
        let all = ship.into_iter().chain(asteroid).chain(missiles);
        let Some((_, target)) = all.min_by_key(|(distance, _)| *distance) else { return };
        self.entities.remove(key);
        if let Some(Entity::Missile(_)) = self.entities.get(target) {
            self.entities.remove(target);
        } else {
            self.harm(target, damage, Cause::Shot(weapon), Some(shooter));
        }
    }

    /// A shot brings down others' missiles.
    fn first_missile(&self, shooter: Key, from: IVec2, to: IVec2) -> Option<(i64, Key)> {
        let (distance, missile) = first_on_way(&self.missiles_near, shooter, from, to)?;
        let guide = self.missiles.iter().find(|guide| guide.missile == missile)?;
        (guide.shooter != shooter).then_some((distance, missile))
    }

    /// Asteroids push ships away, and the harder the worse.
    pub(crate) fn collide(&mut self) {
        let rules = self.ground.terms.rules;
        for index in 0..self.ships.len() {
            let key = self.ships[index];
            let Some(&Entity::Ship(mut ship)) = self.entities.get(key) else { continue };
            let (low, high) = impact::reach(&rules, &ship);
            self.near_by.clear();
            self.near_by.extend(self.asteroids_near.within(low, high).map(|item| item.key));
            // As clients go through them, who know of no grid.
            self.near_by.sort_unstable_by_key(|asteroid| EntityId::from_key(*asteroid).slot);
            let asteroids =
                self.near_by.iter().filter_map(|asteroid| self.entities.get(*asteroid)?.as_asteroid().copied());
            let damage = impact::collide(&rules, &mut ship, asteroids);
            self.entities[key] = Entity::Ship(ship);
            if damage > 0 {
                self.harm(key, damage, Cause::Asteroid, None);
            }
        }
    }

    /// Takes health from a ship that is not shielded, and ends it at 0. Anything else takes no harm, and
    /// nothing does after the round.
    pub(crate) fn harm(&mut self, key: Key, damage: u32, cause: Cause, by: Option<Key>) {
        if self.is_round_over() {
            return;
        }
        let return_ticks =
            ticks_in(self.ground.terms.rules.respawn_ms, self.ground.terms.tick_hz).min(TICKS_MAX) as u16;
        let Some(ship) = self.ship_mut(key).filter(|ship| ship.is_alive() && !ship.is_shielded()) else { return };
        ship.health = ship.health_after(damage);
        if ship.is_alive() {
            return;
        }
        (ship.controls, ship.power_index, ship.ticks_left) = (IDLE, Power::None as u8, return_ticks);
        if let Some(crew) = self.crews.get_mut(key) {
            crew.deaths = crew.deaths.saturating_add(1);
        }
        if let Some(winner) = by.and_then(|by| self.ship_mut(by)) {
            winner.score = winner.score.saturating_add(1);
        }
        self.tell_of_death(key, cause, by);
    }

    /// Tells those who saw it, and whoever did it, from however far.
    fn tell_of_death(&mut self, key: Key, cause: Cause, by: Option<Key>) {
        let name = |key| self.crews.get(key).map_or_else(String::new, |crew| crew.name.clone());
        let (victim, killer) = (name(key), by.map_or_else(String::new, name));
        let (ship, by_id) = (EntityId::from_key(key), by.map(EntityId::from_key));
        let event = Event::Destroyed { ship, by: by_id, victim, killer, cause };
        let audience = Audience::Near(ship, by.and_then(|by| self.client_of(by)));
        self.events.send(audience, event);
    }

    /// The client that flies a ship; none for a computer.
    pub(crate) fn client_of(&self, ship: Key) -> Option<ClientId> {
        match self.crews.get(ship)?.seat {
            PlayerSeat::Player(client) => Some(client),
            PlayerSeat::Computer(_) => None,
        }
    }
}

/// The first of `targets` that the way between two points touches, except `shooter`; and how far its edge is.
fn first_on_way(targets: &Near, shooter: Key, from: IVec2, to: IVec2) -> Option<(i64, Key)> {
    let reach = IVec2::splat(targets.radius_max());
    targets
        .within(from.min(to) - reach, from.max(to) + reach)
        .filter(|item| item.key != shooter && touches(item.position, item.radius, from, to))
        .map(|item| ((item.position - from).as_i64vec2().length_squared().isqrt() - i64::from(item.radius), item.key))
        .min_by_key(|(distance, _)| *distance)
}

/// Whether the straight way between two points comes within `radius` of `centre`, all in steps.
pub(crate) fn touches(centre: IVec2, radius: i32, from: IVec2, to: IVec2) -> bool {
    off_way(centre, from, to) <= i64::from(radius)
}

/// Distance of `centre` from the straight way between two points, in steps, rounded down.
pub(crate) fn off_way(centre: IVec2, from: IVec2, to: IVec2) -> i64 {
    let way = (to - from).as_i64vec2();
    let centre = (centre - from).as_i64vec2();
    let (along, length_squared) = (centre.dot(way), way.length_squared());
    if along <= 0 {
        return centre.length_squared().isqrt();
    }
    if along >= length_squared {
        return (centre - way).length_squared().isqrt();
    }
    // across / length is the distance from the line. Both are below 2^39: a world's edge is below 2^19 steps.
    centre.perp_dot(way).abs() / length_squared.isqrt().max(1)
}
