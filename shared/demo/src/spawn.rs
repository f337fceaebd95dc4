//! How things come into the world: asteroids and ships, and where.

use alloc::string::String;

use glam::IVec2;

use crate::entity::{Asteroid, Entity, IDLE, SHIELD, STEPS_PER_UNIT, Ship, VELOCITY_STEPS_PER_UNIT};
use crate::heading::{TURN, UNIT, unit};
use crate::motion::asteroid_radius;
use crate::rules::{ASTEROIDS_MAX, ticks_in};
use crate::world::{Crew, Key, Seat, World};

impl World {
    pub(crate) fn scatter_asteroids(&mut self) {
        let rules = self.terms.rules;
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

    pub(crate) fn add_ship(&mut self, name: String, marks: u8, seat: Seat) -> Key {
        let ship =
            Ship { position: IVec2::ZERO, velocity: IVec2::ZERO, heading: 0, controls: IDLE, health: 0, marks, score: 0 };
        let crew = Crew {
            name,
            seat,
            is_firing: false,
            reload_left: 0,
            return_left: 0,
            shield_left: 0,
            rapid_left: 0,
            command_left: 0,
        };
        let key = self.entities.insert(Entity::Ship(ship));
        self.crews.insert(key, crew);
        self.ships.push(key);
        self.renew(key);
        key
    }

    /// A wreck becomes a ship as it enters the world: whole, at rest, somewhere safe, shielded for a while.
    pub(crate) fn renew(&mut self, key: Key) {
        let (rules, hz) = (self.terms.rules, self.terms.tick_hz);
        let position = self.safe_position(rules.ship_radius);
        let heading = self.rng.below(u32::from(TURN)) as u16;
        let (Some(Entity::Ship(ship)), Some(crew)) = (self.entities.get_mut(key), self.crews.get_mut(key)) else { return };
        ship.position = position;
        ship.velocity = IVec2::ZERO;
        ship.heading = heading;
        ship.health = rules.health as u8;
        ship.marks |= SHIELD;
        crew.shield_left = ticks_in(rules.spawn_shield_ms, hz);
    }

    /// Of a dozen positions the one that is farthest from every asteroid and ship.
    fn safe_position(&mut self, radius: u32) -> IVec2 {
        let (mut best, mut best_room) = (IVec2::ZERO, -1);
        for _ in 0..12 {
            let candidate = self.any_position(radius);
            let room = self.room_around(candidate);
            if room > best_room {
                (best, best_room) = (candidate, room);
            }
        }
        best
    }

    /// Steps to the nearest asteroid or living ship, squared.
    fn room_around(&self, point: IVec2) -> i64 {
        let squared = |entity: &Entity| match entity {
            Entity::Ship(ship) if !ship.is_alive() => None,
            Entity::Asteroid(Asteroid { position, .. }) | Entity::Ship(Ship { position, .. }) => {
                Some((*position - point).as_i64vec2().length_squared())
            }
            _ => None,
        };
        self.entities.values().filter_map(squared).min().unwrap_or(i64::MAX)
    }

    /// Anywhere in the world, `radius` units from its edge.
    pub(crate) fn any_position(&mut self, radius: u32) -> IVec2 {
        let low = (radius as i32 + 1) * STEPS_PER_UNIT;
        let high = self.terms.rules.size as i32 * STEPS_PER_UNIT - low;
        IVec2::new(self.rng.between(low, high), self.rng.between(low, high))
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
