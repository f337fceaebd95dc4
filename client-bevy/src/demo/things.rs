//! Things of the demo's world as Bevy has them, and figures of the published grid in units.

use auspice::EntityId;
use auspice_demo::{Demo, Entity as Thing, STEPS_PER_UNIT, Ship, TURN, VELOCITY_STEPS_PER_UNIT};
use bevy::prelude::*;

use crate::Mirrored;

/// Seconds in which things fade in at the edge of sight.
pub(crate) const FADE_IN: f32 = 0.35;

/// A thing of the demo's world in Bevy's.
pub(crate) type DemoThing = Mirrored<Demo>;

impl DemoThing {
    /// The ship, if it is one.
    pub(crate) const fn ship(&self) -> Option<&Ship> {
        self.after.as_ship()
    }
}

/// The view that a piece of the screen belongs to.
#[derive(Component, Clone, Copy)]
pub(crate) struct Of(pub(crate) Entity);

/// The own ship of a session, and where it is shown.
pub(crate) fn own_ship<'a>(
    session: Entity,
    mut things: impl Iterator<Item = (&'a DemoThing, &'a Transform)>,
) -> Option<(&'a Ship, Vec2)> {
    let (thing, transform) = things.find(|(thing, _)| thing.is_own && thing.session == session)?;
    Some((thing.ship()?, transform.translation.truncate()))
}

/// A ship that a session sees, and where.
pub(crate) fn ship_at<'a>(
    session: Entity,
    id: EntityId,
    mut things: impl Iterator<Item = (&'a DemoThing, &'a Transform)>,
) -> Option<(&'a Ship, Vec2)> {
    let (thing, transform) = things.find(|(thing, _)| thing.id == id && thing.session == session)?;
    Some((thing.ship()?, transform.translation.truncate()))
}

/// Radians of a heading in steps of a turn.
pub(crate) fn radians(heading: u16, turn: u32) -> f32 {
    f32::from(heading) / turn as f32 * std::f32::consts::TAU
}

/// The direction that a heading of the demo points to.
pub(crate) fn direction(heading: u16) -> Vec2 {
    Vec2::from_angle(radians(heading, u32::from(TURN)))
}

/// Units a second of a velocity on the published grid.
pub(crate) fn units_a_second(velocity: IVec2) -> Vec2 {
    velocity.as_vec2() / VELOCITY_STEPS_PER_UNIT as f32
}

/// Units that a thing moves in a tick.
pub(crate) fn moved_in_tick(thing: &DemoThing) -> Vec2 {
    match (thing.before.position(), thing.after.position()) {
        (Some(before), Some(after)) => (after - before).as_vec2() / STEPS_PER_UNIT as f32,
        _ => Vec2::ZERO,
    }
}

/// Whether a thing is drawn at a place at all.
pub(crate) const fn is_placed(thing: &Thing) -> bool {
    !matches!(thing, Thing::Round(_) | Thing::Standing(_))
}
