//! A pilot's judgement of all that is in sight.

use alloc::vec::Vec;

use auspice::{EntityId, Ground};
use glam::Vec2;

use crate::entity::{Asteroid, Entity, Missile, Pickup};
use crate::grid::{to_units, to_units_a_second};
use crate::heading::{heading_of, short_way, unit};
use crate::motion::asteroid_radius;
use crate::ship::Prize;
use crate::{Demo, Ship};

/// A ship that has so many after it already is left to them.
const HUNTERS_MAX: usize = 2;
/// Angle between a ship's nose and another, to either side, within which it is after the other: 14 degrees.
const AFTER_STEPS: i32 = 160;
/// And is within this many units of it.
const AFTER_UNITS: f32 = 420.0;
/// Seconds of flight in which walls, asteroids and missiles are looked for.
const AHEAD_SECONDS: f32 = 1.3;

/// A summary of all that is in sight.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outlook {
    /// The direction that leads away from what would be hit soonest, and when.
    pub(crate) escape: Option<(f32, Vec2)>,
    /// The best quarry: its worth (less is better), who it is, and where and how fast.
    pub(crate) quarry: Option<(f32, EntityId, Ship)>,
    /// The nearest living ship that can shoot, wanted or not.
    pub(crate) threat: Option<(f32, Ship)>,
    /// The nearest prize worth having: distance and place.
    pub(crate) prize: Option<(f32, Vec2)>,
}

/// The pilot that looks.
pub(crate) struct Looker<'a> {
    pub(crate) ground: &'a Ground<Demo>,
    pub(crate) own: EntityId,
    pub(crate) ship: &'a Ship,
    /// Whom it hunts so far.
    pub(crate) quarry: Option<EntityId>,
}

impl Looker<'_> {
    /// Looks at everything once. What is out of sight is ignored; `others` is memory to work in.
    pub(crate) fn look(
        &self,
        seen: impl IntoIterator<Item = (EntityId, Entity)>,
        others: &mut Vec<(EntityId, Ship)>,
    ) -> Outlook {
        let mut outlook = Outlook { escape: self.escape_from_wall(), ..Outlook::default() };
        let here = to_units(self.ship.position);
        others.clear();
        for (id, entity) in seen {
            let Some(there) = entity.point() else { continue };
            let distance = here.distance(there);
            if id == self.own || distance > self.ground.terms.interest_radius {
                continue;
            }
            match entity {
                Entity::Asteroid(asteroid) => {
                    outlook.escape = sooner(outlook.escape, self.escape_from(&asteroid), |escape| escape.0);
                }
                Entity::Missile(missile) => {
                    outlook.escape = sooner(outlook.escape, self.escape_from_missile(&missile), |escape| escape.0);
                }
                Entity::Pickup(pickup) if self.wants(&pickup, distance) => {
                    outlook.prize = sooner(outlook.prize, Some((distance, there)), |prize| prize.0);
                }
                Entity::Ship(other) if other.is_alive() => {
                    outlook.threat = sooner(outlook.threat, Some((distance, other)), |threat| threat.0);
                    others.push((id, other));
                }
                _ => {}
            }
        }
        outlook.quarry = self.choose(others);
        outlook
    }

    /// The ship to hunt: near, weak, the same as before, and not one that others are after.
    fn choose(&self, others: &[(EntityId, Ship)]) -> Option<(f32, EntityId, Ship)> {
        let here = to_units(self.ship.position);
        let mut best = None;
        for (id, other) in others.iter().filter(|(_, other)| !other.is_shielded()) {
            let is_habit = self.quarry == Some(*id);
            let hunters = others.iter().filter(|(hunter, ship)| hunter != id && is_after(ship, other)).count();
            if hunters >= HUNTERS_MAX && !is_habit || hunters > HUNTERS_MAX {
                continue;
            }
            // Staying with one quarry looks like a fight; the weak are worth a detour, and a player is worth
            // more than a computer.
            let habit = if is_habit { 0.6 } else { 1.0 };
            let kind = if other.is_computer { 1.25 } else { 1.0 };
            let hidden =
                if self.ground.level.walls.first(self.ship.position, other.position).is_some() { 2.0 } else { 1.0 };
            let weakness = 0.5 + f32::from(other.health) / 16.0;
            let worth = habit * kind * hidden * weakness * here.distance(to_units(other.position));
            best = sooner(best, Some((worth, *id, *other)), |quarry: &(f32, EntityId, Ship)| quarry.0);
        }
        best
    }

    fn wants(&self, pickup: &Pickup, distance: f32) -> bool {
        // One that comes while it is flown to is as good as there.
        let arrival = distance / 250.0 * self.ground.terms.tick_hz as f32;
        f32::from(pickup.due) <= arrival
            && match pickup.prize() {
                Prize::Repair => u32::from(self.ship.health) * 4 < self.ground.terms.rules.health * 3,
                _ => distance < 320.0,
            }
    }

    /// Time until the ship would hit the asteroid if both flew on, and where to turn instead; `None` if it
    /// would not, or not soon.
    fn escape_from(&self, asteroid: &Asteroid) -> Option<(f32, Vec2)> {
        let rules = &self.ground.terms.rules;
        let apart = to_units(asteroid.position) - to_units(self.ship.position);
        let closing = to_units_a_second(self.ship.velocity - asteroid.velocity);
        let reach = (asteroid_radius(rules, asteroid.size) + rules.ship_radius) as f32 + 25.0;
        escape(apart, closing, reach)
    }

    fn escape_from_missile(&self, missile: &Missile) -> Option<(f32, Vec2)> {
        let apart = to_units(missile.position) - to_units(self.ship.position);
        let flies = unit(missile.heading).as_vec2().normalize_or_zero() * self.ground.terms.rules.missile_speed as f32;
        let closing = to_units_a_second(self.ship.velocity) - flies;
        if apart.length() > 160.0 {
            None
        } else {
            escape(apart, closing, self.ground.terms.rules.ship_radius as f32 + 20.0)
        }
    }

    /// A wall on the way ahead: along it, to the side to which the ship flies already.
    fn escape_from_wall(&self) -> Option<(f32, Vec2)> {
        let (rules, velocity) = (&self.ground.terms.rules, to_units_a_second(self.ship.velocity));
        let speed = velocity.length();
        if speed < 40.0 {
            return None;
        }
        let step = |seconds: f32| (velocity * seconds * crate::STEPS_PER_UNIT as f32).as_ivec2();
        let ahead = self.ship.position + step(AHEAD_SECONDS) + step(1.5 * rules.ship_radius as f32 / speed);
        let met = self.ground.level.walls.first(self.ship.position, ahead)?;
        let distance = to_units(met).distance(to_units(self.ship.position));
        let side = velocity.perp();
        let is_free = |way: Vec2| {
            let end = self.ship.position + (way.normalize_or_zero() * 220.0 * crate::STEPS_PER_UNIT as f32).as_ivec2();
            self.ground.level.walls.first(self.ship.position, end).is_none()
        };
        let ways = [velocity + side, velocity - side, side, -side];
        let way = ways.into_iter().find(|way| is_free(*way)).unwrap_or(-velocity);
        Some((distance / speed, way.normalize_or(Vec2::Y)))
    }
}

/// Whether `hunter` is after `prey`, as far as can be seen.
fn is_after(hunter: &Ship, prey: &Ship) -> bool {
    let apart = to_units(prey.position) - to_units(hunter.position);
    hunter.is_computer
        && apart.length() < AFTER_UNITS
        && short_way(hunter.heading, heading_of(apart)).abs() < AFTER_STEPS
}

/// Time until two that close at a velocity come within `reach`, and the way that leads out of it.
fn escape(apart: Vec2, closing: Vec2, reach: f32) -> Option<(f32, Vec2)> {
    let time = (apart.dot(closing) / closing.length_squared().max(1.0)).clamp(0.0, AHEAD_SECONDS);
    let nearest = apart - closing * time;
    if nearest.length() >= reach || apart.dot(closing) <= 0.0 && apart.length() > reach {
        return None;
    }
    // Out to the side on which it passes already, and back a little.
    Some((time, -nearest.normalize_or(Vec2::Y) - 0.4 * apart.normalize_or(Vec2::X)))
}

/// Whichever of the two comes first by `measure`; the one that was there if they are equal.
fn sooner<T>(held: Option<T>, found: Option<T>, measure: impl Fn(&T) -> f32) -> Option<T> {
    match (held, found) {
        (Some(held), Some(found)) if measure(&held) <= measure(&found) => Some(held),
        (held, None) => held,
        (_, found) => found,
    }
}
