//! What flies a ship without a player: the server's computer-driven ships and a load test's bots. It sees what a player
//! sees and answers with what a player presses.
//!
//! It makes a plan, follows it for some ticks, and makes the next: a turn of so many ticks, then straight on. Plans are as
//! long as the flying allows, because every change of controls is news for all who see the ship.

use auspice::{EntityId, Rng, Terms};
use glam::Vec2;

use crate::entity::{Asteroid, Entity, Prize, SHIELD, Ship, to_units, to_units_a_second};
use crate::heading::{TURN, heading_of, short_way};
use crate::motion::{asteroid_radius, turn_per_tick};
use crate::{Input, Rules};

/// Flies one ship.
#[derive(Clone, Debug)]
pub struct Pilot {
    rng: Rng,
    plan: Plan,
    /// Whom it hunts.
    quarry: Option<EntityId>,
    /// Where it goes when there is nothing else to do, in units.
    goal: Option<Vec2>,
}

/// Controls for the next ticks.
#[derive(Clone, Copy, Debug, Default)]
struct Plan {
    ticks_left: u32,
    turn: i8,
    turn_ticks_left: u32,
    thrust: bool,
    /// Once the turn is done.
    fire: bool,
}

/// What matters of all that is in sight.
#[derive(Default)]
struct Outlook {
    /// The direction that leads away from the asteroid that would be hit soonest, and when.
    escape: Option<(f32, Vec2)>,
    /// The best quarry: its worth (less is better), who it is, and where and how fast.
    quarry: Option<(f32, EntityId, Ship)>,
    /// The nearest pickup worth having: distance and place.
    prize: Option<(f32, Vec2)>,
}

impl Pilot {
    /// A pilot whose whims depend on `seed` alone.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        let plan = Plan { ticks_left: 0, turn: 0, turn_ticks_left: 0, thrust: false, fire: false };
        Self { rng: Rng::new(seed), plan, quarry: None, goal: None }
    }

    /// The input for one tick of `ship`, whose name is `own`, among everything `seen`. Looks at `seen` only when it makes a
    /// plan, some six times a second; what is out of sight it ignores.
    pub fn fly(
        &mut self,
        terms: &Terms<Rules>,
        own: EntityId,
        ship: &Ship,
        seen: impl IntoIterator<Item = (EntityId, Entity)>,
    ) -> Input {
        if !ship.is_alive() {
            self.plan = Plan::default();
            return Input::default();
        }
        if self.plan.ticks_left == 0 {
            let outlook = self.look(terms, own, ship, seen);
            self.plan = self.decide(terms, ship, &outlook);
        }
        self.plan.next()
    }

    fn look(
        &self,
        terms: &Terms<Rules>,
        own: EntityId,
        ship: &Ship,
        seen: impl IntoIterator<Item = (EntityId, Entity)>,
    ) -> Outlook {
        let mut outlook = Outlook::default();
        let here = to_units(ship.position);
        for (id, entity) in seen {
            let Some(there) = entity.point() else { continue };
            let distance = here.distance(there);
            if id == own || distance > terms.interest_radius {
                continue;
            }
            match entity {
                Entity::Asteroid(asteroid) => {
                    let escape = escape(&terms.rules, ship, &asteroid);
                    outlook.escape = sooner(outlook.escape, escape, |escape| escape.0);
                }
                Entity::Ship(other) if other.is_alive() && !other.bears(SHIELD) => {
                    // Staying with one quarry looks like a fight; and the weak are worth a detour.
                    let habit = if self.quarry == Some(id) { 0.6 } else { 1.0 };
                    let worth = habit * distance * (0.5 + f32::from(other.health) / 16.0);
                    outlook.quarry = sooner(outlook.quarry, Some((worth, id, other)), |quarry| quarry.0);
                }
                Entity::Pickup(pickup) if is_wanted(&terms.rules, ship, pickup.prize()) => {
                    outlook.prize = sooner(outlook.prize, Some((distance, there)), |prize| prize.0);
                }
                _ => {}
            }
        }
        outlook
    }

    /// First live, then heal, then hunt, then wander.
    fn decide(&mut self, terms: &Terms<Rules>, ship: &Ship, outlook: &Outlook) -> Plan {
        let here = to_units(ship.position);
        self.quarry = outlook.quarry.map(|quarry| quarry.1);
        if let Some((_, away)) = outlook.escape {
            return plan(terms, ship, away, 0, 6, true, false);
        }
        let is_weak = u32::from(ship.health) * 3 <= terms.rules.health;
        if let Some((_, place)) = outlook.prize.filter(|(distance, _)| is_weak || *distance < 200.0) {
            // What drifts sideways is taken out of the course.
            let course = place - here - to_units_a_second(ship.velocity) * 0.6;
            return plan(terms, ship, course, 0, 5, true, false);
        }
        match outlook.quarry {
            Some((_, _, other)) if is_weak => {
                let away = here - to_units(other.position);
                plan(terms, ship, away, self.wobble(300), 3, true, false)
            }
            Some((_, _, other)) => self.hunt(terms, ship, &other),
            None => self.wander(terms, ship),
        }
    }

    fn hunt(&mut self, terms: &Terms<Rules>, ship: &Ship, other: &Ship) -> Plan {
        let rules = &terms.rules;
        let apart = to_units(other.position) - to_units(ship.position);
        let distance = apart.length();
        let speed = rules.shot_speed.max(1) as f32;
        // A shot does not inherit its ship's speed, so only the quarry's own motion leads. Once more with the better time.
        let moving = to_units_a_second(other.velocity);
        let aim = apart + moving * ((apart + moving * (distance / speed)).length() / speed);
        let range = speed * rules.shot_ms as f32 / 1000.0 * 0.9;
        let closing = to_units_a_second(ship.velocity - other.velocity).dot(apart) / distance.max(1.0);
        let thrust = closing < (distance - 180.0) * 0.8;
        plan(terms, ship, aim, self.wobble(AIM_ERROR_STEPS), 5, thrust, aim.length() < range)
    }

    fn wander(&mut self, terms: &Terms<Rules>, ship: &Ship) -> Plan {
        let here = to_units(ship.position);
        let size = terms.rules.size as i32;
        let rng = &mut self.rng;
        let goal = self.goal.filter(|goal| goal.distance(here) > 250.0).unwrap_or_else(|| {
            let margin = size / 10;
            Vec2::new(rng.between(margin, size - margin) as f32, rng.between(margin, size - margin) as f32)
        });
        self.goal = Some(goal);
        let course = goal - here - to_units_a_second(ship.velocity) * 0.5;
        plan(terms, ship, course, 0, 2, true, false)
    }

    /// An error of aim of up to `steps` of heading either way: nobody likes to fight a machine that never misses.
    fn wobble(&mut self, steps: i32) -> i32 {
        self.rng.between(-steps, steps)
    }
}

impl Plan {
    fn next(&mut self) -> Input {
        self.ticks_left = self.ticks_left.saturating_sub(1);
        let is_turning = self.turn_ticks_left > 0;
        self.turn_ticks_left = self.turn_ticks_left.saturating_sub(1);
        Input { turn: if is_turning { self.turn } else { 0 }, thrust: self.thrust, fire: self.fire && !is_turning }
    }
}

/// Turns along `course`, off by `error` steps of heading; to be made anew `rate` times a second.
fn plan(terms: &Terms<Rules>, ship: &Ship, course: Vec2, error: i32, rate: u32, thrust: bool, fire: bool) -> Plan {
    let wanted = heading_of(course).wrapping_add(error as u16) % TURN;
    let off = short_way(ship.heading, wanted);
    let step = turn_per_tick(i64::from(terms.tick_hz), &terms.rules) as u32;
    let turn_ticks = if off.abs() < AIM_STEPS { 0 } else { (off.unsigned_abs() + step / 2) / step };
    Plan {
        ticks_left: (terms.tick_hz / rate).max(1),
        turn: off.signum() as i8,
        turn_ticks_left: turn_ticks,
        // An engine that burns the wrong way is worse than none.
        thrust: thrust && off.abs() < i32::from(TURN) / 4,
        fire,
    }
}

/// Three degrees: a better aim is not worth the news.
const AIM_STEPS: i32 = 34;

/// Eight degrees: about half of the shots at a usual distance miss.
const AIM_ERROR_STEPS: i32 = 90;

/// When `ship` would hit the asteroid if both flew on, and where to turn instead; `None` if it would not, or not soon.
fn escape(rules: &Rules, ship: &Ship, asteroid: &Asteroid) -> Option<(f32, Vec2)> {
    let apart = to_units(asteroid.position) - to_units(ship.position);
    let closing = to_units_a_second(ship.velocity - asteroid.velocity);
    let reach = (asteroid_radius(rules, asteroid.size) + rules.ship_radius) as f32 + 25.0;
    let time = (apart.dot(closing) / closing.length_squared().max(1.0)).clamp(0.0, 1.3);
    let nearest = apart - closing * time;
    if nearest.length() >= reach || apart.dot(closing) <= 0.0 && apart.length() > reach {
        return None;
    }
    // Out to the side on which it passes already, and back a little.
    Some((time, -nearest.normalize_or(Vec2::Y) - 0.4 * apart.normalize_or(Vec2::X)))
}

fn is_wanted(rules: &Rules, ship: &Ship, prize: Prize) -> bool {
    prize != Prize::Repair || u32::from(ship.health) * 4 < rules.health * 3
}

/// Whichever of the two comes first by `measure`; the one that was there if they are equal.
fn sooner<T>(held: Option<T>, found: Option<T>, measure: impl Fn(&T) -> f32) -> Option<T> {
    match (held, found) {
        (Some(held), Some(found)) if measure(&held) <= measure(&found) => Some(held),
        (held, None) => held,
        (_, found) => found,
    }
}
