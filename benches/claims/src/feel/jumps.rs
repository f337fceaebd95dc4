//! Jumps: what moves, from one picture to the next, by more than its own motion explains.

use std::collections::HashMap;

use auspice::replica::{Frame, Shown};
use auspice::{EntityId, Game};
use auspice_demo::{Demo, Entity, Rules, STEPS_PER_UNIT, TURN, VELOCITY_STEPS_PER_UNIT};
use glam::Vec2;

/// A picture in which something moves by more than this beyond what its motion explains shows a jump.
const JUMP_METRES: f32 = 0.25;
/// The same for a ship's direction: so far does the nose of a body of two metres move.
const JUMP_RADIANS: f32 = 0.25;

/// A thing in a picture.
#[derive(Clone, Copy)]
struct Glimpse {
    place: Vec2,
    /// Least and most of its velocity on each axis in this tick, units a second. What bounces off a wall in a
    /// tick flies on until then: only its velocity of before explains that.
    slowest: Vec2,
    fastest: Vec2,
    /// Radians.
    direction: f32,
    is_alive: bool,
}

/// Jumps: what moved in the picture before, and how often it jumped.
#[derive(Default)]
pub(super) struct Watch {
    /// In ticks.
    present: f64,
    seen: HashMap<EntityId, Glimpse>,
    /// Jumps of everything that moves: ships, wrecks, asteroids, shots, missiles.
    pub(super) jumps: u64,
    /// Things and pictures looked at.
    pub(super) looks: u64,
}

impl Watch {
    /// Looks at a picture. A wreck that is a ship again has returned elsewhere, and is shown as gone and
    /// come; nothing else may leap.
    pub(super) fn look(&mut self, frame: &Frame<'_, Demo>, period_micros: f64, rules: &Rules, counts: bool) {
        let present = f64::from(frame.tick.0) + f64::from(frame.blend);
        let seconds = ((present - self.present) * period_micros / 1e6) as f32;
        let seen = frame
            .shown
            .iter()
            .filter_map(|shown| Some((shown.id, glimpse(shown, frame.blend, (period_micros / 1e6) as f32, rules)?)))
            .collect();
        let before = std::mem::replace(&mut self.seen, seen);
        self.present = present;
        for (id, now) in self.seen.iter().filter(|_| counts) {
            let Some(was) = before.get(id).filter(|was| was.is_alive || !now.is_alive) else { continue };
            self.looks += 1;
            self.jumps += u64::from(is_jump(was, now, seconds, rules));
        }
    }
}

fn is_jump(was: &Glimpse, now: &Glimpse, seconds: f32, rules: &Rules) -> bool {
    let moved = now.place - was.place;
    let explained = moved.clamp(was.slowest.min(now.slowest) * seconds, was.fastest.max(now.fastest) * seconds);
    let turned = Vec2::from_angle(was.direction).angle_to(Vec2::from_angle(now.direction)).abs();
    let turn_explained = (rules.turn as f32).to_radians() * seconds;
    (moved - explained).length() > JUMP_METRES * Demo::UNITS_PER_METRE || turned > turn_explained + JUMP_RADIANS
}

/// `shown`, `blend` of the way through a tick of so long; `None` for what does not move.
fn glimpse(shown: &Shown<Entity>, blend: f32, tick_seconds: f32, rules: &Rules) -> Option<Glimpse> {
    let (from, to) = (place(&shown.before)?, place(&shown.after)?);
    let velocity = |entity| velocity(entity, (to - from) / tick_seconds, rules);
    let (one, other) = (velocity(&shown.before)?, velocity(&shown.after)?);
    let (before, after) = (shown.before.as_ship(), shown.after.as_ship());
    let direction = before.zip(after).map_or(Vec2::X, |(before, after)| {
        let angle = |heading: u16| f32::from(heading) * std::f32::consts::TAU / f32::from(TURN);
        let (from, to) = (Vec2::from_angle(angle(before.heading)), Vec2::from_angle(angle(after.heading)));
        Vec2::from_angle(from.angle_to(to) * blend).rotate(from)
    });
    Some(Glimpse {
        place: from.lerp(to, blend),
        slowest: one.min(other),
        fastest: one.max(other),
        direction: direction.to_angle(),
        is_alive: after.is_none_or(|ship| ship.is_alive()),
    })
}

fn place(entity: &Entity) -> Option<Vec2> {
    entity.position().map(|steps| steps.as_vec2() / STEPS_PER_UNIT as f32)
}

/// Units a second; `None` for what does not move. A shot or a missile goes `on` as it does in this tick, at
/// its speed at most: at a wall it is at its end before the tick is.
fn velocity(entity: &Entity, on: Vec2, rules: &Rules) -> Option<Vec2> {
    match entity {
        Entity::Ship(ship) => Some(ship.velocity.as_vec2() / VELOCITY_STEPS_PER_UNIT as f32),
        Entity::Asteroid(asteroid) => Some(asteroid.velocity.as_vec2() / VELOCITY_STEPS_PER_UNIT as f32),
        Entity::Shot(_) => Some(on.clamp_length_max(rules.shot_speed as f32)),
        Entity::Missile(_) => Some(on.clamp_length_max(rules.missile_speed as f32)),
        Entity::Pickup(_) | Entity::Standing(_) | Entity::Round(_) => None,
    }
}
