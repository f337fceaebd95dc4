//! Ships: hull, flame, glow, shield, health and name, and what they leave behind.

use auspice_demo::{Demo, Entity as Thing, Power, STEPS_PER_UNIT, Ship, TURN, Weapon, laser_ray};
use bevy::prelude::*;

use super::art::{Art, prize_colour, ship_colour, sprite};
use super::camera::View;
use super::effects::{Burst, Effects};
use super::things::{DemoThing, FADE_IN, moved_in_tick, radians, units_a_second};
use crate::letters::legible;
use crate::style::{BAD, GOOD, WARNING};
use crate::{Presence, Present, Session};

/// Order of drawing: above everything but effects.
const SHIP_LAYER: f32 = 5.0;
/// Units of the ship's picture for each unit of its radius. Its wings reach a little beyond the circle that is hit.
const HULL_PER_RADIUS: f32 = 64.0 / 22.0;
const BAR: Vec2 = Vec2::new(38.0, 4.0);
/// Time in which all but a third of a correction of the heading is smoothed away.
const TURN_SMOOTHING_SECONDS: f32 = 0.06;

/// The parts of a ship's look, and what they showed last.
#[derive(Component)]
pub(crate) struct ShipLook {
    body: Entity,
    hull: Entity,
    flame: Entity,
    glow: Entity,
    shield: Entity,
    bar: Entity,
    bar_back: Entity,
    name: Entity,
    heading: Option<f32>,
    flame_power: f32,
    health: u8,
    /// The ship as it was last looked at: a weapon that fired since then shows in its reload.
    last: Ship,
    flash: f32,
    smoke_due: f32,
    label: Box<[u8]>,
}

pub(crate) fn dress_ship(commands: &mut Commands, art: &Art, root: Entity, ship: &Ship, radius: f32) {
    let hull_size = radius * HULL_PER_RADIUS;
    let mut part = |sprite: Sprite, x: f32, z: f32, parent: Entity| {
        let child = commands.spawn((sprite, Transform::from_xyz(x, 0.0, z))).id();
        commands.entity(parent).add_child(child);
        child
    };
    let glow = part(sprite(&art.glow, Vec2::splat(radius * 7.0), Color::NONE), 0.0, -0.3, root);
    let shield = part(sprite(&art.ring, Vec2::splat(radius * 4.4), Color::NONE), 0.0, 0.2, root);
    let bar_back = part(Sprite::from_color(Color::NONE, BAR + 2.0), 0.0, 0.3, root);
    let bar = part(Sprite::from_color(Color::NONE, BAR), 0.0, 0.4, root);
    let body = commands.spawn((Transform::default(), Visibility::default())).id();
    commands.entity(root).add_child(body);
    let mut part = |sprite: Sprite, x: f32, z: f32| {
        let child = commands.spawn((sprite, Transform::from_xyz(x, 0.0, z))).id();
        commands.entity(body).add_child(child);
        child
    };
    let hull = part(sprite(&art.ship, Vec2::splat(hull_size), Color::NONE), 0.0, 0.0);
    let flame = part(sprite(&art.flame, Vec2::new(46.0, 18.0), Color::NONE), -radius, -0.1);
    let name = commands
        .spawn((
            Text2d::default(),
            TextFont::from_font_size(FontSize::Px(13.0)),
            TextColor(Color::NONE),
            Transform::from_xyz(0.0, -radius - 25.0, 0.4),
        ))
        .id();
    commands.entity(root).add_child(name).insert(ShipLook {
        body,
        hull,
        flame,
        glow,
        shield,
        bar,
        bar_back,
        name,
        heading: None,
        flame_power: 0.0,
        health: ship.health,
        last: *ship,
        flash: 0.0,
        smoke_due: 0.0,
        label: Box::default(),
    });
}

type Parts<'w, 's> =
    Query<'w, 's, (&'static mut Sprite, &'static mut Transform), (Without<DemoThing>, Without<Camera2d>)>;

/// Time from one puff to the next, of an engine and of a wreck.
const EXHAUST_SECONDS: f32 = 0.022;
const SMOKE_SECONDS: f32 = 0.07;
/// In one frame.
const PUFFS_MAX: f32 = 6.0;

/// Brings each ship's parts to this frame.
pub(crate) fn fly_ships(
    time: Res<Time>,
    sessions: Query<(&Session<Demo>, &Present, &View)>,
    mut ships: Query<(&DemoThing, &Presence, &mut Transform, &mut ShipLook)>,
    mut parts: Parts,
    mut bodies: Query<&mut Transform, (Without<Sprite>, Without<DemoThing>, Without<Text2d>)>,
    mut names: Query<(&mut Text2d, &mut TextColor)>,
    mut effects: ResMut<Effects>,
) {
    let seconds = time.delta_secs();
    for (thing, presence, mut transform, mut look) in &mut ships {
        let (Some(ship), Ok((session, present, view))) = (thing.ship(), sessions.get(thing.session)) else { continue };
        let Some(ground) = session.replica().and_then(|replica| replica.ground()) else { continue };
        let hz = ground.terms.tick_hz as f32;
        let look = &mut *look;
        transform.translation.z = SHIP_LAYER + if thing.is_own { 1.0 } else { 0.0 };
        if presence.gone_for.is_some() {
            transform.translation += (moved_in_tick(thing) * hz * seconds).extend(0.0);
        }
        let place = transform.translation.truncate();
        let heading = smooth_heading(thing, present.blend, look.heading, seconds, hz);
        look.heading = Some(heading);
        let colour = ship_colour(thing.id, ship, thing.is_own);
        if ship.fired_since(&look.last) == Some(Weapon::Laser) {
            let (from, to) = laser_ray(&ground.level, ship);
            let (from, to) = (from.as_vec2() / STEPS_PER_UNIT as f32, to.as_vec2() / STEPS_PER_UNIT as f32);
            effects.add(thing.session, Burst::Beam { from, to, colour });
        }
        look.last = *ship;
        note_harm(look, ship, place, thing.session, &mut effects);
        look.flash = (look.flash - seconds * 5.0).max(0.0);
        let power = if ship.is_alive() && ship.is_thrusting() { 1.0 } else { 0.0 };
        look.flame_power += (power - look.flame_power) * (1.0 - (-seconds / 0.06).exp());

        let opacity = presence.opacity(FADE_IN);
        let life = if ship.is_alive() { 1.0 } else { 0.0 };
        if let Ok(mut body) = bodies.get_mut(look.body) {
            body.rotation = Quat::from_rotation_z(heading);
        }
        let hull = if ship.is_alive() {
            colour.mix(&Color::WHITE, 0.12 + look.flash * 0.8)
        } else {
            Color::srgb(0.22, 0.2, 0.2)
        };
        tint(&mut parts, look.hull, hull.with_alpha(opacity * if ship.is_alive() { 1.0 } else { 0.75 }));
        tint(
            &mut parts,
            look.glow,
            colour.with_alpha(opacity * life * (0.17 + 0.12 * look.flame_power + look.flash * 0.4)),
        );
        let flicker = 0.85 + 0.15 * (time.elapsed_secs() * 53.0 + thing.id.slot as f32).sin();
        show_flame(&mut parts, look, opacity, flicker);
        let pulse = 0.75 + 0.25 * (time.elapsed_secs() * 6.0).sin();
        let shield = if ship.is_shielded() { opacity * life * pulse * 0.85 } else { 0.0 };
        tint(&mut parts, look.shield, prize_colour(auspice_demo::Prize::Shield).with_alpha(shield));
        show_health(&mut parts, look, ship, ground.terms.rules.health, opacity * life);
        if let Ok((mut text, mut ink)) = names.get_mut(look.name) {
            if look.label != thing.label {
                look.label.clone_from(&thing.label);
                text.0 = legible(&thing.label_text()).into_owned();
            }
            let plain = if ship.is_computer { 0.55 } else { 0.95 };
            ink.0 = colour.mix(&Color::WHITE, 0.35).with_alpha(opacity * life * plain);
        }
        if ship.power() == Power::Rapid && ship.is_alive() {
            tint(&mut parts, look.glow, prize_colour(auspice_demo::Prize::Rapid).with_alpha(opacity * 0.3 * pulse));
        }
        trail(look, ship, place, heading, seconds, opacity, colour, thing.session, view, &mut effects);
    }
}

/// The heading as it is shown: where it should be, by way of where it was.
fn smooth_heading(thing: &DemoThing, blend: f32, shown: Option<f32>, seconds: f32, hz: f32) -> f32 {
    let of = |entity: &Thing| entity.as_ship().map_or(0.0, |ship| radians(ship.heading, u32::from(TURN)));
    let (before, after) = (of(&thing.before), of(&thing.after));
    let turned = short_angle(after - before);
    let wanted = before + turned * blend;
    let Some(shown) = shown.filter(|_| !thing.is_own) else { return wanted };
    let expected = shown + turned * hz * seconds;
    expected + short_angle(wanted - expected) * (1.0 - (-seconds / TURN_SMOOTHING_SECONDS).exp())
}

/// The same angle from -pi to pi.
fn short_angle(angle: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    (angle + PI).rem_euclid(TAU) - PI
}

/// Health that is lost is a hit; the last of it a blast.
fn note_harm(look: &mut ShipLook, ship: &Ship, place: Vec2, session: Entity, effects: &mut Effects) {
    if ship.health < look.health {
        look.flash = 1.0;
        if ship.is_alive() {
            effects.add(session, Burst::Hit { place });
        } else {
            effects.add(session, Burst::Blast { place, velocity: units_a_second(ship.velocity) });
        }
    } else if look.health == 0 && ship.health > 0 {
        effects.add(session, Burst::Arrival { place });
        look.heading = None;
    }
    look.health = ship.health;
}

fn tint(parts: &mut Parts, part: Entity, colour: Color) {
    if let Ok((mut sprite, _)) = parts.get_mut(part) {
        sprite.color = colour;
    }
}

/// The engine's flame, as long as its power has it.
fn show_flame(parts: &mut Parts, look: &ShipLook, opacity: f32, flicker: f32) {
    if let Ok((mut sprite, mut flame)) = parts.get_mut(look.flame) {
        sprite.color = Color::WHITE.with_alpha(opacity * look.flame_power);
        let length = 46.0 * (0.35 + 0.65 * look.flame_power) * flicker;
        sprite.custom_size = Some(Vec2::new(length, 17.0));
        flame.translation.x = -11.0 - length / 2.0;
    }
}

/// A bar above the ship, hidden while it is whole.
fn show_health(parts: &mut Parts, look: &ShipLook, ship: &Ship, full: u32, opacity: f32) {
    let share = (f32::from(ship.health) / full as f32).clamp(0.0, 1.0);
    let opacity = if share < 1.0 { opacity } else { 0.0 };
    let colour = if share > 0.6 {
        GOOD
    } else if share > 0.3 {
        WARNING
    } else {
        BAD
    };
    for (part, colour, width) in [
        (look.bar_back, Color::srgba(0.0, 0.0, 0.0, 0.6 * opacity), BAR.x + 2.0),
        (look.bar, colour.with_alpha(opacity), BAR.x * share),
    ] {
        if let Ok((mut sprite, mut transform)) = parts.get_mut(part) {
            sprite.color = colour;
            let height = sprite.custom_size.map_or(BAR.y, |size| size.y);
            sprite.custom_size = Some(Vec2::new(width, height));
            transform.translation.x = if part == look.bar { (width - BAR.x) / 2.0 } else { 0.0 };
            transform.translation.y = 31.0;
        }
    }
}

/// Burnt fuel behind an engine, smoke behind a wreck.
fn trail(
    look: &mut ShipLook,
    ship: &Ship,
    place: Vec2,
    heading: f32,
    seconds: f32,
    opacity: f32,
    colour: Color,
    session: Entity,
    view: &View,
    effects: &mut Effects,
) {
    look.smoke_due -= seconds;
    let every = if ship.is_alive() { EXHAUST_SECONDS } else { SMOKE_SECONDS };
    if opacity < 0.5 || !view.sees(place, 60.0) || (ship.is_alive() && !ship.is_thrusting()) {
        look.smoke_due = look.smoke_due.max(0.0);
        return;
    }
    let (backwards, velocity) = (-Vec2::from_angle(heading), units_a_second(ship.velocity));
    // A long frame has several, each where the ship was by then: a trail is as dense at any frame rate.
    look.smoke_due = look.smoke_due.max(-PUFFS_MAX * every);
    while look.smoke_due <= 0.0 {
        let place = place + velocity * look.smoke_due;
        look.smoke_due += every;
        effects.add(
            session,
            if ship.is_alive() {
                Burst::Exhaust { place: place + backwards * 20.0, velocity: velocity * 0.4 + backwards * 90.0, colour }
            } else {
                Burst::Smoke { place, velocity: velocity * 0.3 }
            },
        );
    }
}
