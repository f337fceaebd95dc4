//! The laser: a ray that is there at once. It is judged by what the shooter saw, and each shot is explained
//! to both sides.

use auspice::{Audience, ClientId, EntityId, Rewind};
use glam::IVec2;
use serde::{Deserialize, Serialize};

use crate::combat::{Cause, off_way, touches};
use crate::entity::Entity;
use crate::grid::STEPS_PER_UNIT;
use crate::heading::{UNIT, unit};
use crate::level::Level;
use crate::motion::asteroid_radius;
use crate::world::{Key, World};
use crate::{Demo, Event, Rules, Ship, Weapon};

/// Greatest distance that a ship may have moved since the shooter saw it, in units: ships farther from the
/// ray than this are not looked at. A ship at top speed flies 75 units in the 200 ms that are rewound at
/// most.
const REWIND_REACH: i32 = 120;
/// A miss names the ship that came nearest to the ray, if it was within this many units.
const NEAR_MISS: i64 = 100;

/// Memory of what a player's client showed.
pub trait Hindsight {
    /// The ship `entity` as `client` saw it when it gave the input of this tick; `None` where it is judged in
    /// the present.
    fn seen(&self, client: ClientId, entity: EntityId) -> Option<Seen>;
}

/// A ship as a client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// In steps.
    pub position: IVec2,
    /// Age of the knowledge from which the client drew it, in ticks.
    pub ticks_rewound: u32,
    /// Older than that, but this is as far as a client is believed.
    pub is_clamped: bool,
}

/// The engine's memory of every client's view.
impl Hindsight for Rewind<'_, Demo> {
    fn seen(&self, client: ClientId, entity: EntityId) -> Option<Seen> {
        let seen = self.seen_by(client, entity)?;
        let ship = seen.entity.as_ship().filter(|ship| ship.is_alive())?;
        Some(Seen { position: ship.position, ticks_rewound: seen.rewound, is_clamped: seen.is_clamped })
    }
}

/// No memory: all are judged in the present.
impl Hindsight for () {
    fn seen(&self, _client: ClientId, _entity: EntityId) -> Option<Seen> {
        None
    }
}

/// Judgement of a laser's shot, and its grounds. Places are in steps of 1/32 unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaserReport {
    /// The tick in which it was fired and judged.
    pub tick: u32,
    /// The ship that fired.
    pub shooter: EntityId,
    /// The ship that was hit, or came nearest to it.
    pub target: Option<EntityId>,
    /// Start of the ray.
    pub from: [i32; 2],
    /// End of the ray: at what it hit, or at its range.
    pub to: [i32; 2],
    /// The target's place as the shooter saw it: this is what was judged.
    pub target_seen: [i32; 2],
    /// The target's place by then.
    pub target_now: [i32; 2],
    /// Age of the shooter's knowledge of the target, in ticks: what the server made good.
    pub ticks_rewound: u32,
    /// The shooter saw even older a state, but this is as far as a client is believed.
    pub is_clamped: bool,
    /// Outcome of the shot.
    pub verdict: Verdict,
}

/// Outcome of a laser's shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The target took harm.
    Hit,
    /// The target was hit, and its shield held.
    Shielded,
    /// The ray passed the target's edge at this distance in units.
    Missed(u32),
    /// A wall or an asteroid was in the way.
    Blocked,
}

/// A ship near a ray.
#[derive(Clone, Copy)]
struct Candidate {
    key: Key,
    seen: Seen,
    /// Distance from the ray to the ship's edge, in steps; 0 or less is a hit.
    off: i64,
    distance: i64,
}

/// Start and end of the ray of a laser that `ship` fires, in steps. The end is at a wall, or at the laser's
/// range, if no ship is in the way. Asteroids are not looked at.
#[must_use]
pub fn laser_ray(Level { rules, walls, .. }: &Level, ship: &Ship) -> (IVec2, IVec2) {
    let along = unit(ship.heading);
    let from = ship.position + along * (rules.ship_radius as i32 * STEPS_PER_UNIT) / UNIT;
    let way = along.as_i64vec2() * i64::from(rules.laser_range) * i64::from(STEPS_PER_UNIT) / i64::from(UNIT);
    let to = from + way.as_ivec2();
    (from, walls.first(from, to).unwrap_or(to))
}

impl World {
    pub(crate) fn judge_lasers(&mut self, hindsight: &impl Hindsight) {
        for index in 0..self.fired.len() {
            let (key, weapon) = self.fired[index];
            if weapon == Weapon::Laser {
                self.judge_laser(key, hindsight);
            }
        }
    }

    fn judge_laser(&mut self, shooter: Key, hindsight: &impl Hindsight) {
        let Some(&ship) = self.ship(shooter) else { return };
        let (from, ends) = laser_ray(&self.ground.level, &ship);
        let to = self.first_asteroid(from, ends).unwrap_or(ends);
        let nearest = self.nearest_to_ray(shooter, from, to, hindsight);
        let hit = nearest.filter(|candidate| candidate.off <= 0);
        let to_hit = hit.map_or(to, |hit| at_distance(from, to, hit.distance));
        let shielded = hit.and_then(|hit| self.ship(hit.key)).is_some_and(Ship::is_shielded);
        let verdict = match (hit, nearest) {
            (Some(_), _) if shielded => Verdict::Shielded,
            (Some(_), _) => Verdict::Hit,
            (None, _) if to != ends || is_short(&self.ground.terms.rules, from, to) => Verdict::Blocked,
            (None, nearest) => Verdict::Missed(nearest.map_or(0, |nearest| nearest.off as u32 / STEPS_PER_UNIT as u32)),
        };
        let report = LaserReport {
            tick: self.ticks,
            shooter: EntityId::from_key(shooter),
            target: nearest.map(|nearest| EntityId::from_key(nearest.key)),
            from: from.to_array(),
            to: to_hit.to_array(),
            target_seen: nearest.map_or(to, |nearest| nearest.seen.position).to_array(),
            target_now: nearest.and_then(|nearest| self.ship(nearest.key)).map_or(to, |ship| ship.position).to_array(),
            ticks_rewound: nearest.map_or(0, |nearest| nearest.seen.ticks_rewound),
            is_clamped: nearest.is_some_and(|nearest| nearest.seen.is_clamped),
            verdict,
        };
        for side in [Some(shooter), nearest.map(|nearest| nearest.key)] {
            if let Some(client) = side.and_then(|ship| self.client_of(ship)) {
                self.events.send(Audience::One(client), Event::Laser(report.clone()));
            }
        }
        if let Some(hit) = hit {
            self.harm(hit.key, self.ground.terms.rules.laser_damage, Cause::Shot(Weapon::Laser), Some(shooter));
        }
    }

    /// The ship that the ray hits first; where it hits none, the one that it passes nearest.
    fn nearest_to_ray(&self, shooter: Key, from: IVec2, to: IVec2, hindsight: &impl Hindsight) -> Option<Candidate> {
        let client = self.client_of(shooter);
        let radius = self.ships_near.radius_max();
        let reach = IVec2::splat(radius + REWIND_REACH * STEPS_PER_UNIT);
        let near =
            self.ships_near.within(from.min(to) - reach, from.max(to) + reach).filter(|item| item.key != shooter);
        let candidates = near.map(|item| {
            let present = Seen { position: item.position, ticks_rewound: 0, is_clamped: false };
            let seen =
                client.and_then(|client| hindsight.seen(client, EntityId::from_key(item.key))).unwrap_or(present);
            let off = off_way(seen.position, from, to) - i64::from(item.radius);
            let distance = (seen.position - from).as_i64vec2().length_squared().isqrt() - i64::from(item.radius);
            Candidate { key: item.key, seen, off, distance: distance.max(0) }
        });
        let near_miss = NEAR_MISS * i64::from(STEPS_PER_UNIT);
        let order = |candidate: &Candidate| (candidate.off.max(0), candidate.distance);
        candidates.filter(|candidate| candidate.off <= near_miss).min_by_key(order)
    }

    /// The point where the straight way between two points first meets an asteroid.
    fn first_asteroid(&self, from: IVec2, to: IVec2) -> Option<IVec2> {
        let rules = &self.ground.terms.rules;
        let reach = IVec2::splat(self.asteroids_near.radius_max());
        let near = self.asteroids_near.within(from.min(to) - reach, from.max(to) + reach);
        let met = near.filter_map(|item| {
            let Some(Entity::Asteroid(asteroid)) = self.entities.get(item.key) else { return None };
            let radius = asteroid_radius(rules, asteroid.size) as i32 * STEPS_PER_UNIT;
            let distance = (item.position - from).as_i64vec2().length_squared().isqrt() - i64::from(radius);
            touches(item.position, radius, from, to).then_some(distance.max(0))
        });
        met.min().map(|distance| at_distance(from, to, distance))
    }
}

/// The point `distance` steps along the way between two points, or the end of it.
fn at_distance(from: IVec2, to: IVec2, distance: i64) -> IVec2 {
    let way = (to - from).as_i64vec2();
    let length = way.length_squared().isqrt().max(1);
    from + (way * distance.min(length) / length).as_ivec2()
}

/// Whether a ray ends before its range.
fn is_short(rules: &Rules, from: IVec2, to: IVec2) -> bool {
    let range = i64::from(rules.laser_range) * i64::from(STEPS_PER_UNIT);
    (to - from).as_i64vec2().length_squared().isqrt() < range - i64::from(STEPS_PER_UNIT)
}
