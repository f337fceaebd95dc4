//! Every number that the game is played by.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::grid::{AGE_MAX, DUE_MAX, ENERGY_MAX, HEALTH_MAX, SPEED_MAX, TICKS_MAX, UNITS_MAX};

/// The numbers of the game: whole, in units (about a screen pixel), seconds, and degrees. The server sends them in its
/// welcome, since both ends foresee by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Edge of the square world in units, 500 to [`UNITS_MAX`].
    pub size: u32,
    /// Ships that computers fly while nobody plays, at most 2000. For each player there is one less.
    pub npcs: u32,
    /// Asteroids, at most 2000.
    pub asteroids: u32,
    /// Walls: of a hundred squares of 800 units, so many have one in them.
    pub walls: u32,
    /// Places at which pickups appear, at most 500; a small world has room for fewer.
    pub pickups: u32,
    /// Length of a round in seconds, 10 to 900.
    pub round_seconds: u32,
    /// Seconds from the end of a round to the next.
    pub intermission_seconds: u32,

    /// Acceleration of a burning engine, units a second squared.
    pub thrust: u32,
    /// Thousandths of its speed that a ship loses in a second, 0 to 5000. `thrust * 1000 / drag` is the top speed.
    pub drag: u32,
    /// Degrees a second that a ship turns.
    pub turn: u32,
    /// A ship's radius in units.
    pub ship_radius: u32,
    /// Health of a new ship, 1 to 15.
    pub health: u32,
    /// Energy of a new ship in units, 1 to 100.
    pub energy: u32,
    /// Units of energy that come back in a second.
    pub recharge: u32,
    /// Time from death to return, in milliseconds.
    pub respawn_ms: u32,
    /// Time for which a ship that enters the world is shielded, in milliseconds.
    pub spawn_shield_ms: u32,

    /// Speed of a shot of the gun, units a second.
    pub shot_speed: u32,
    /// Life of a shot in milliseconds.
    pub shot_ms: u32,
    /// Health that a shot takes.
    pub shot_damage: u32,
    /// Energy that a shot takes.
    pub shot_energy: u32,
    /// Time from a shot of a ship to its next, in milliseconds.
    pub reload_ms: u32,
    /// The same with rapid fire.
    pub rapid_reload_ms: u32,

    /// Reach of the laser, in units.
    pub laser_range: u32,
    /// Health that the laser takes.
    pub laser_damage: u32,
    /// Energy that it takes.
    pub laser_energy: u32,
    /// Time from a laser's shot to the next of any weapon, in milliseconds.
    pub laser_reload_ms: u32,

    /// Speed of a missile, units a second.
    pub missile_speed: u32,
    /// Degrees a second that it turns.
    pub missile_turn: u32,
    /// Its life in milliseconds.
    pub missile_ms: u32,
    /// Health that it takes.
    pub missile_damage: u32,
    /// Energy that it takes.
    pub missile_energy: u32,
    /// Time from a missile's launch to the next shot of any weapon, in milliseconds.
    pub missile_reload_ms: u32,

    /// Fastest asteroid at the start, units a second.
    pub asteroid_speed: u32,
    /// Radius of the smallest asteroid in units; the others have two and three times as much.
    pub asteroid_radius: u32,
    /// Health that an asteroid takes for each 100 units a second of impact.
    pub asteroid_damage: u32,

    /// A pickup's radius in units.
    pub pickup_radius: u32,
    /// Time from taking a prize to the next at the same place, in milliseconds.
    pub pickup_ms: u32,
    /// Health that a repair gives.
    pub repair: u32,
    /// Time that a shield, rapid fire or a charge lasts, in milliseconds.
    pub power_ms: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            size: 4000,
            npcs: 40,
            asteroids: 110,
            walls: 70,
            pickups: 24,
            round_seconds: 180,
            intermission_seconds: 10,
            thrust: 260,
            drag: 700,
            turn: 220,
            ship_radius: 16,
            health: 10,
            energy: 100,
            recharge: 14,
            respawn_ms: 2500,
            spawn_shield_ms: 2000,
            shot_speed: 650,
            shot_ms: 900,
            shot_damage: 1,
            shot_energy: 3,
            reload_ms: 330,
            rapid_reload_ms: 150,
            laser_range: 480,
            laser_damage: 3,
            laser_energy: 35,
            laser_reload_ms: 700,
            missile_speed: 300,
            missile_turn: 110,
            missile_ms: 4500,
            missile_damage: 5,
            missile_energy: 50,
            missile_reload_ms: 900,
            asteroid_speed: 50,
            asteroid_radius: 20,
            asteroid_damage: 1,
            pickup_radius: 14,
            pickup_ms: 12000,
            repair: 5,
            power_ms: 8000,
        }
    }
}

impl Rules {
    /// Whether the game can be played by these numbers.
    ///
    /// # Errors
    /// [`RulesError`] names the first number that is out of its range.
    pub fn check(&self) -> Result<(), RulesError> {
        let bounds: [(&'static str, u32, u32, u32); 39] = [
            ("size", self.size, 500, UNITS_MAX),
            ("npcs", self.npcs, 0, NPCS_MAX),
            ("asteroids", self.asteroids, 0, ASTEROIDS_MAX),
            ("walls", self.walls, 0, 100),
            ("pickups", self.pickups, 0, PICKUPS_MAX),
            ("round_seconds", self.round_seconds, 10, 900),
            ("intermission_seconds", self.intermission_seconds, 1, 60),
            ("thrust", self.thrust, 0, 10_000),
            ("drag", self.drag, 0, 5000),
            ("turn", self.turn, 0, 1000),
            ("ship_radius", self.ship_radius, 1, 50),
            ("health", self.health, 1, HEALTH_MAX),
            ("energy", self.energy, 1, ENERGY_MAX),
            ("recharge", self.recharge, 0, 1000),
            ("respawn_ms", self.respawn_ms, 0, TIME_MS_MAX),
            ("spawn_shield_ms", self.spawn_shield_ms, 0, TIME_MS_MAX),
            ("shot_speed", self.shot_speed, 1, SPEED_MAX),
            ("shot_ms", self.shot_ms, 1, AGE_MS_MAX),
            ("shot_damage", self.shot_damage, 0, HEALTH_MAX),
            ("shot_energy", self.shot_energy, 0, ENERGY_MAX),
            ("reload_ms", self.reload_ms, 0, TIME_MS_MAX),
            ("rapid_reload_ms", self.rapid_reload_ms, 0, TIME_MS_MAX),
            ("laser_range", self.laser_range, 1, 2000),
            ("laser_damage", self.laser_damage, 0, HEALTH_MAX),
            ("laser_energy", self.laser_energy, 0, ENERGY_MAX),
            ("laser_reload_ms", self.laser_reload_ms, 0, TIME_MS_MAX),
            ("missile_speed", self.missile_speed, 1, SPEED_MAX),
            ("missile_turn", self.missile_turn, 0, 1000),
            ("missile_ms", self.missile_ms, 1, AGE_MS_MAX),
            ("missile_damage", self.missile_damage, 0, HEALTH_MAX),
            ("missile_energy", self.missile_energy, 0, ENERGY_MAX),
            ("missile_reload_ms", self.missile_reload_ms, 0, TIME_MS_MAX),
            ("asteroid_speed", self.asteroid_speed, 0, SPEED_MAX),
            ("asteroid_radius", self.asteroid_radius, 1, 50),
            ("asteroid_damage", self.asteroid_damage, 0, HEALTH_MAX),
            ("pickup_radius", self.pickup_radius, 1, 50),
            ("pickup_ms", self.pickup_ms, 0, DUE_MS_MAX),
            ("repair", self.repair, 0, HEALTH_MAX),
            ("power_ms", self.power_ms, 0, TIME_MS_MAX),
        ];
        match bounds.into_iter().find(|&(_, value, min, max)| !(min..=max).contains(&value)) {
            Some((name, value, min, max)) => Err(RulesError { name, value, min, max }),
            None => Ok(()),
        }
    }
}

/// A rule that is out of its range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesError {
    /// The rule's name.
    pub name: &'static str,
    /// The rule's value.
    pub value: u32,
    /// Smallest that is allowed.
    pub min: u32,
    /// Largest that is allowed.
    pub max: u32,
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the rule {} is {}, and must be from {} to {}", self.name, self.value, self.min, self.max)
    }
}

impl core::error::Error for RulesError {}

/// Whole ticks in `milliseconds`, to the nearest, at least 1.
pub(crate) fn ticks_in(milliseconds: u32, tick_hz: u32) -> u32 {
    ((u64::from(milliseconds) * u64::from(tick_hz) + 500) / 1000).clamp(1, u64::from(u32::MAX)) as u32
}

/// Computer-driven ships: with as many players beside them the world still fits the published slots many times.
pub(crate) const NPCS_MAX: u32 = 2000;
pub(crate) const ASTEROIDS_MAX: u32 = 2000;
pub(crate) const PICKUPS_MAX: u32 = 500;
/// Greatest time that the fields which count ticks hold at 240 Hz, in milliseconds.
const TIME_MS_MAX: u32 = TICKS_MAX * 1000 / 240;
const AGE_MS_MAX: u32 = AGE_MAX * 1000 / 240;
const DUE_MS_MAX: u32 = DUE_MAX * 1000 / 240;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_rules_are_playable() {
        assert_eq!(Rules::default().check(), Ok(()));
    }

    #[test]
    fn a_rule_out_of_range_is_named() {
        let error = Rules { health: 16, ..Rules::default() }.check().unwrap_err();
        assert_eq!((error.name, error.value, error.min, error.max), ("health", 16, 1, 15));
    }

    #[test]
    fn times_become_ticks_of_any_rate() {
        assert_eq!([1, 30, 60, 240].map(|hz| ticks_in(900, hz)), [1, 27, 54, 216]);
        assert_eq!(ticks_in(0, 30), 1);
    }
}
