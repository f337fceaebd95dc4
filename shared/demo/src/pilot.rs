//! A pilot flies a ship without a player: the server's computer-driven ships and a load test's bots. It sees
//! what a player sees and answers with what a player presses.
//!
//! It makes a plan, follows it for some ticks, and makes the next: a turn of so many ticks, then straight on.
//! Plans are as long as the flying allows, because every change of controls is news for all who see the ship.

use alloc::vec::Vec;

use auspice::{EntityId, Ground, Rng};
use glam::Vec2;
use serde::{Deserialize, Serialize};

use crate::entity::Entity;
use crate::grid::{ENERGY_STEPS_PER_UNIT, to_units, to_units_a_second};
use crate::heading::{TURN, heading_of, short_way};
use crate::outlook::{Looker, Outlook};
use crate::{Demo, Input, Ship, Weapon};

/// Three degrees: a better aim is not worth the news.
const AIM_STEPS: i32 = 34;
/// Errors of aim of the best pilot and of the worst, in steps of heading to either side: 5 and 14 degrees.
/// With the first about two shots of three hit at a usual distance, with the second one of three: nobody
/// likes to fight a machine that never misses.
const AIM_ERRORS: [i32; 2] = [57, 160];
/// Chance to launch a missile: one in so many plans that allow it.
const MISSILE_CHANCES: u32 = 12;
/// The same for the laser, and for holding fire altogether.
const LASER_CHANCES: u32 = 4;
const PAUSE_CHANCES: u32 = 4;
/// Degrees of `AIM_STEPS` beyond which a laser is a waste, and its best distances in units.
const LASER_DISTANCE: core::ops::Range<f32> = 60.0..380.0;
const MISSILE_DISTANCE: core::ops::Range<f32> = 180.0..520.0;

/// Flies one ship.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pilot {
    rng: Rng,
    /// Error of its aim, in steps of heading to either side.
    aim_error: i32,
    plan: Course,
    /// Whom it hunts.
    quarry: Option<EntityId>,
    /// The place to go to when there is nothing else to do, in units.
    goal: Option<Vec2>,
    /// Kept for its memory.
    #[serde(skip)]
    others: Vec<(EntityId, Ship)>,
}

/// Controls for the next ticks.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Course {
    ticks_left: u32,
    turn: i8,
    turn_ticks_left: u32,
    thrust: bool,
    /// Once the turn is done.
    trigger: Option<Weapon>,
}

impl Pilot {
    /// A pilot whose skill and whims depend on `seed` alone.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let [best, worst] = AIM_ERRORS;
        let aim_error = rng.between(best, worst);
        Self { rng, aim_error, plan: Course::default(), quarry: None, goal: None, others: Vec::new() }
    }

    /// Goes there, in units, unless there is something better to do.
    pub fn seek(&mut self, goal: Vec2) {
        self.goal = Some(goal);
    }

    /// Whether it has nobody to fight.
    pub(crate) const fn is_idle(&self) -> bool {
        self.quarry.is_none()
    }

    /// The input for one tick of `ship`, whose name is `own`, among everything `seen`. Looks at `seen` only
    /// when it makes a plan, some six times a second; what is out of sight it ignores.
    pub fn fly(
        &mut self,
        ground: &Ground<Demo>,
        own: EntityId,
        ship: &Ship,
        seen: impl IntoIterator<Item = (EntityId, Entity)>,
    ) -> Input {
        if !ship.is_alive() {
            self.plan = Course::default();
            return Input::default();
        }
        if self.plan.ticks_left == 0 {
            let looker = Looker { ground, own, ship, quarry: self.quarry };
            let outlook = looker.look(seen, &mut self.others);
            self.plan = self.decide(ground, ship, &outlook);
        }
        self.plan.next()
    }

    /// First live, then heal, then hunt, then wander.
    fn decide(&mut self, ground: &Ground<Demo>, ship: &Ship, outlook: &Outlook) -> Course {
        let here = to_units(ship.position);
        self.quarry = outlook.quarry.map(|quarry| quarry.1);
        if let Some((_, away)) = outlook.escape {
            return plan(ground, ship, away, 0, 6, true, None);
        }
        let is_weak = u32::from(ship.health) * 3 <= ground.terms.rules.health;
        if let Some((_, place)) = outlook.prize.filter(|(distance, _)| is_weak || *distance < 200.0) {
            // What drifts sideways is taken out of the course.
            let course = place - here - to_units_a_second(ship.velocity) * 0.6;
            return plan(ground, ship, course, 0, 5, true, None);
        }
        match (outlook.quarry, outlook.threat) {
            (_, Some((_, other))) if is_weak => {
                let away = here - to_units(other.position);
                plan(ground, ship, away, self.wobble(300), 3, true, None)
            }
            (Some((_, _, other)), _) => self.hunt(ground, ship, &other),
            _ => self.wander(ground, ship),
        }
    }

    fn hunt(&mut self, ground: &Ground<Demo>, ship: &Ship, other: &Ship) -> Course {
        let rules = &ground.terms.rules;
        let apart = to_units(other.position) - to_units(ship.position);
        let distance = apart.length();
        let moving = to_units_a_second(other.velocity);
        let weapon = self.choose_weapon(ground, ship, other, distance);
        let speed = match weapon {
            Some(Weapon::Laser) => f32::INFINITY,
            _ => rules.shot_speed.max(1) as f32,
        };
        // A shot does not inherit its ship's speed, so only the quarry's own motion leads. Once more with the
        // better time.
        let aim = apart + moving * ((apart + moving * (distance / speed)).length() / speed);
        let closing = to_units_a_second(ship.velocity - other.velocity).dot(apart) / distance.max(1.0);
        let thrust = closing < (distance - 180.0) * 0.8;
        plan(ground, ship, aim, self.wobble(self.aim_error), 5, thrust, weapon)
    }

    /// Chooses a weapon against a ship at a distance, if any.
    fn choose_weapon(&mut self, ground: &Ground<Demo>, ship: &Ship, other: &Ship, distance: f32) -> Option<Weapon> {
        let rules = &ground.terms.rules;
        if ground.level.walls.first(ship.position, other.position).is_some() || self.rng.one_in(PAUSE_CHANCES) {
            return None;
        }
        // Something is left for the gun.
        let affords = |weapon: Weapon| ship.energy >= weapon.energy(rules) + 20 * ENERGY_STEPS_PER_UNIT as u16;
        if MISSILE_DISTANCE.contains(&distance) && affords(Weapon::Missile) && self.rng.one_in(MISSILE_CHANCES) {
            return Some(Weapon::Missile);
        }
        if LASER_DISTANCE.contains(&distance) && affords(Weapon::Laser) && self.rng.one_in(LASER_CHANCES) {
            return Some(Weapon::Laser);
        }
        let range = rules.shot_speed as f32 * rules.shot_ms as f32 / 1000.0 * 0.9;
        (distance < range).then_some(Weapon::Gun)
    }

    fn wander(&mut self, ground: &Ground<Demo>, ship: &Ship) -> Course {
        let here = to_units(ship.position);
        let size = ground.terms.rules.size as i32;
        let rng = &mut self.rng;
        let goal = self.goal.filter(|goal| goal.distance(here) > 250.0).unwrap_or_else(|| {
            let margin = size / 10;
            Vec2::new(rng.between(margin, size - margin) as f32, rng.between(margin, size - margin) as f32)
        });
        self.goal = Some(goal);
        let course = goal - here - to_units_a_second(ship.velocity) * 0.5;
        plan(ground, ship, course, 0, 2, true, None)
    }

    fn wobble(&mut self, steps: i32) -> i32 {
        self.rng.between(-steps, steps)
    }
}

impl Course {
    fn next(&mut self) -> Input {
        self.ticks_left = self.ticks_left.saturating_sub(1);
        let is_turning = self.turn_ticks_left > 0;
        self.turn_ticks_left = self.turn_ticks_left.saturating_sub(1);
        let trigger = self.trigger.filter(|_| !is_turning);
        Input {
            turn: if is_turning { self.turn } else { 0 },
            thrust: self.thrust,
            fire: trigger == Some(Weapon::Gun),
            laser: trigger == Some(Weapon::Laser),
            missile: trigger == Some(Weapon::Missile),
        }
    }
}

/// Turns along `course`, off by `error` steps of heading; to be made anew `rate` times a second.
fn plan(
    ground: &Ground<Demo>,
    ship: &Ship,
    course: Vec2,
    error: i32,
    rate: u32,
    thrust: bool,
    trigger: Option<Weapon>,
) -> Course {
    let wanted = heading_of(course).wrapping_add(error as u16) % TURN;
    let off = short_way(ship.heading, wanted);
    let step = ground.level.ship_turn as u32;
    let turn_ticks = if off.abs() < AIM_STEPS { 0 } else { (off.unsigned_abs() + step / 2) / step };
    Course {
        ticks_left: (ground.terms.tick_hz / rate).max(1),
        turn: off.signum() as i8,
        turn_ticks_left: turn_ticks,
        // An engine that burns the wrong way is worse than none.
        thrust: thrust && off.abs() < i32::from(TURN) / 4,
        trigger,
    }
}
