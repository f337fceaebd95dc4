//! Births: asteroids, ships and what these shoot come into the world, and where.

use alloc::string::String;

use glam::IVec2;

use crate::entity::{Asteroid, Entity, Missile, Shot};
use crate::grid::{ENERGY_MAX, ENERGY_STEPS_PER_UNIT, STEPS_PER_UNIT, VELOCITY_STEPS_PER_UNIT};
use crate::heading::{TURN, UNIT, heading_of, unit};
use crate::motion::asteroid_radius;
use crate::rules::{ASTEROIDS_MAX, Rules};
use crate::ship::{IDLE, Power, Ship, Weapon};
use crate::world::{Crew, Key, PlayerSeat, World};

/// Units to the nearest ship for one that begins: out of a gun's range, within a few seconds of flight.
const GOOD_DISTANCE: i64 = 560;
/// Units to the nearest asteroid's centre that are enough.
const CLEAR: i64 = 200;

impl Ship {
    /// The entity that `weapon` brings into the world as it fires: the server's shots and those that a client
    /// foretells are made here.
    pub(crate) fn launched(&self, rules: &Rules, weapon: Weapon) -> Option<Entity> {
        let (position, heading) = (self.nose(rules), self.heading);
        match weapon {
            Weapon::Gun => Some(Entity::Shot(Shot { position, heading, age: 0 })),
            // It leaves straight, and looks round a moment later.
            Weapon::Missile => Some(Entity::Missile(Missile { position, heading, turn: 1, age: 0 })),
            Weapon::Laser => None,
        }
    }

    /// The point where its shots begin, in steps.
    fn nose(&self, rules: &Rules) -> IVec2 {
        self.position + unit(self.heading) * (rules.ship_radius as i32 * STEPS_PER_UNIT) / UNIT
    }
}

impl World {
    pub(crate) fn scatter_asteroids(&mut self) {
        let rules = self.ground.terms.rules;
        for _ in 0..rules.asteroids.min(ASTEROIDS_MAX) {
            let size = self.rng.below(3) as u8;
            let speed = self.rng.between(0, rules.asteroid_speed as i32 * VELOCITY_STEPS_PER_UNIT);
            let velocity = unit(self.rng.below(u32::from(TURN)) as u16) * speed / UNIT;
            let asteroid = Asteroid {
                position: self.any_position(asteroid_radius(&rules, size)),
                velocity,
                heading: self.rng.bits() as u16,
                spin: self.rng.between(-24, 24) as i8,
                size,
            };
            self.entities.insert(Entity::Asteroid(asteroid));
        }
    }

    /// A new ship. Its first round counts from now.
    pub(crate) fn add_ship(&mut self, name: String, seat: PlayerSeat) -> Key {
        let ship = Ship {
            position: IVec2::ZERO,
            velocity: IVec2::ZERO,
            heading: 0,
            controls: IDLE,
            health: 0,
            energy: 0,
            reload: 0,
            power_index: 0,
            ticks_left: 0,
            is_computer: matches!(seat, PlayerSeat::Computer(_)),
            score: 0,
        };
        let key = self.entities.insert(Entity::Ship(ship));
        self.crews.insert(key, Crew { name, seat, deaths: 0 });
        self.ships.push(key);
        self.renew(key);
        key
    }

    pub(crate) fn remove_ship(&mut self, key: Key) {
        self.entities.remove(key);
        self.ships.retain(|&other| other != key);
        self.crews.remove(key);
    }

    /// A wreck becomes a ship as it enters the world: whole, at rest, somewhere safe, shielded for a moment.
    pub(crate) fn renew(&mut self, key: Key) {
        let (rules, hz) = (self.ground.terms.rules, self.ground.terms.tick_hz);
        let position = self.safe_position(rules.ship_radius);
        // Towards the middle, where the others are.
        let middle = IVec2::splat(rules.size as i32 / 2 * STEPS_PER_UNIT);
        let heading = heading_of((middle - position).as_vec2());
        let Some(ship) = self.ship_mut(key) else { return };
        *ship = Ship {
            position,
            velocity: IVec2::ZERO,
            heading,
            health: rules.health as u8,
            energy: (rules.energy.min(ENERGY_MAX) * ENERGY_STEPS_PER_UNIT) as u16,
            reload: 0,
            ..*ship
        };
        ship.empower(Power::Shield, rules.spawn_shield_ms, hz);
    }

    /// The best of a dozen positions: clear of asteroids, out of the others' fire, and not so far that nobody comes.
    fn safe_position(&mut self, radius: u32) -> IVec2 {
        let (mut best, mut best_worth) = (IVec2::ZERO, i64::MIN);
        for _ in 0..12 {
            let candidate = self.any_position(radius);
            let worth = self.worth_of(candidate);
            if worth > best_worth {
                (best, best_worth) = (candidate, worth);
            }
        }
        best
    }

    /// Worth of a place to begin at: in units, more is better.
    fn worth_of(&self, point: IVec2) -> i64 {
        let (mut to_ship, mut to_asteroid) = (2 * GOOD_DISTANCE, CLEAR);
        for entity in self.entities.values() {
            let distance =
                |place: IVec2| (place - point).as_i64vec2().length_squared().isqrt() / i64::from(STEPS_PER_UNIT);
            match entity {
                Entity::Ship(ship) if ship.is_alive() => to_ship = to_ship.min(distance(ship.position)),
                Entity::Asteroid(asteroid) => to_asteroid = to_asteroid.min(distance(asteroid.position)),
                _ => {}
            }
        }
        // An asteroid near by is worse than any ship.
        2 * to_asteroid - (to_ship - GOOD_DISTANCE).abs()
    }

    /// Anywhere in the world, `radius` units from its edge and outside of its walls.
    pub(crate) fn any_position(&mut self, radius: u32) -> IVec2 {
        let low = (radius as i32 + 1) * STEPS_PER_UNIT;
        let high = self.ground.terms.rules.size as i32 * STEPS_PER_UNIT - low;
        let mut position = IVec2::new(self.rng.between(low, high), self.rng.between(low, high));
        self.ground.level.walls.push_out(radius, position, &mut position);
        position
    }
}

/// The birds that augurs watched, and others.
const BIRDS: [&str; 40] = [
    "Raven",
    "Crow",
    "Eagle",
    "Owl",
    "Vulture",
    "Woodpecker",
    "Osprey",
    "Wren",
    "Kite",
    "Heron",
    "Rook",
    "Stork",
    "Swift",
    "Merlin",
    "Plover",
    "Curlew",
    "Teal",
    "Lapwing",
    "Shrike",
    "Kestrel",
    "Jay",
    "Magpie",
    "Hobby",
    "Harrier",
    "Crane",
    "Ibis",
    "Petrel",
    "Gannet",
    "Tern",
    "Skua",
    "Dunlin",
    "Martin",
    "Finch",
    "Siskin",
    "Linnet",
    "Bunting",
    "Thrush",
    "Robin",
    "Nightjar",
    "Hoopoe",
];

/// The name of the computer-driven ship that came as number `index`.
pub(crate) fn computer_name(index: u32) -> String {
    let (bird, flock) = (BIRDS[index as usize % BIRDS.len()], index as usize / BIRDS.len());
    if flock == 0 { bird.into() } else { alloc::format!("{bird} {}", flock + 1) }
}
