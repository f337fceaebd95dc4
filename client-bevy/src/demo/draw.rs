//! Asteroids, shots and pickups as sprites on their mirrored entities; ships are in `ships`.

use auspice_demo::{Asteroid, Demo, Entity as Thing, Shot};
use bevy::prelude::*;

use super::art::{Art, prize_colour, ship_colour, sprite};
use super::camera::View;
use super::effects::{Burst, Effects};
use super::order::Order;
use super::ships::{ShipLook, dress_ship, fly_ships};
use super::things::{DemoThing, FADE_IN, direction, is_placed};
use crate::{Meter, Presence, Present, Session, Switches};

/// Order of drawing.
const PICKUP_LAYER: f32 = 1.0;
const ROCK_LAYER: f32 = 2.0;
const SHOT_LAYER: f32 = 4.0;

/// A shot is there at once.
const SHOT_FADE_IN: f32 = 0.03;
/// Pixels of a rock's picture for each pixel of its radius.
const ROCK_PER_RADIUS: f32 = 128.0 / 55.0;
const MISSILE_COLOUR: Color = Color::srgb(1.0, 0.45, 0.3);

pub(crate) struct DrawPlugin;

impl Plugin for DrawPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(
            Update,
            (dress, fly_ships, spin_rocks, fly_shots, fly_missiles, float_pickups, count_on_screen)
                .chain()
                .in_set(Order::Things),
        );
    }
}

/// The look of a shot: the colour of the ship that it seems to come from.
#[derive(Component)]
pub(crate) struct ShotLook {
    colour: Color,
    core: Entity,
}

fn dress(
    art: Res<Art>,
    sessions: Query<(&Session<Demo>, &Switches)>,
    came: Query<(Entity, &DemoThing, &Transform), Added<DemoThing>>,
    ships: Query<(&DemoThing, &Transform), With<ShipLook>>,
    mut effects: ResMut<Effects>,
    mut commands: Commands,
) {
    for (entity, thing, transform) in &came {
        let Ok((session, switches)) = sessions.get(thing.session) else { continue };
        let Some(terms) = session.replica().and_then(|replica| replica.terms()) else { continue };
        match &thing.after {
            Thing::Ship(ship) => dress_ship(&mut commands, &art, entity, ship, terms.rules.ship_radius as f32),
            Thing::Asteroid(asteroid) => {
                let size = rock_radius(asteroid, terms.rules.asteroid_radius) * ROCK_PER_RADIUS;
                let picture = &art.rocks[thing.id.slot as usize % art.rocks.len()];
                commands.entity(entity).insert(sprite(picture, Vec2::splat(size), Color::NONE));
            }
            Thing::Shot(shot) => {
                let (colour, is_own) = shooter_colour(thing.session, shot, transform, &ships, terms.tick_hz);
                let core = commands
                    .spawn((sprite(&art.core, Vec2::new(36.0, 7.0), Color::NONE), Transform::from_xyz(2.0, 0.0, 0.1)));
                let core = core.id();
                let look = ShotLook { colour, core };
                commands
                    .entity(entity)
                    .insert((sprite(&art.bolt, Vec2::new(58.0, 25.0), Color::NONE), look))
                    .add_child(core);
                // A shot of one's own was seen to leave when it was foretold.
                let was_foretold = is_own && !thing.is_foretold && switches.prediction;
                if !was_foretold {
                    effects
                        .add(thing.session, Burst::Muzzle { place: transform.translation.truncate(), colour, is_own });
                }
            }
            Thing::Pickup(_) => {
                let halo = sprite(&art.glow, Vec2::splat(96.0), Color::NONE);
                commands.entity(entity).insert(sprite(&art.ring, Vec2::splat(44.0), Color::NONE)).with_child(halo);
            }
            Thing::Missile(_) => {
                effects.add(thing.session, Burst::Launch { place: transform.translation.truncate() });
                let halo = sprite(&art.glow, Vec2::splat(64.0), MISSILE_COLOUR.with_alpha(0.35));
                commands
                    .entity(entity)
                    .insert(sprite(&art.missile, Vec2::new(44.0, 22.0), Color::WHITE))
                    .with_child(halo);
            }
            Thing::Standing(_) | Thing::Round(_) => {}
        }
    }
}

fn rock_radius(asteroid: &Asteroid, smallest: u32) -> f32 {
    smallest as f32 * f32::from(asteroid.size + 1)
}

/// A shot does not say whose it is; but it came straight from a nose.
fn shooter_colour(
    session: Entity,
    shot: &Shot,
    transform: &Transform,
    ships: &Query<(&DemoThing, &Transform), With<ShipLook>>,
    tick_hz: u32,
) -> (Color, bool) {
    let backwards = -direction(shot.heading) * 650.0 / tick_hz as f32;
    let at = transform.translation.truncate();
    let mut best = (90.0, Color::srgb(1.0, 0.85, 0.5), false);
    for (thing, place) in ships.iter().filter(|(thing, _)| thing.session == session) {
        let Some(ship) = thing.ship() else { continue };
        for back in 0..5 {
            let distance = (at + backwards * back as f32).distance(place.translation.truncate());
            let turned = direction(ship.heading).angle_to(direction(shot.heading)).abs() * 40.0;
            if distance + turned < best.0 {
                best = (distance + turned, ship_colour(thing.id, ship, thing.is_own), thing.is_own);
            }
        }
    }
    (best.1, best.2)
}

fn spin_rocks(presents: Query<&Present>, mut rocks: Query<(&DemoThing, &Presence, &mut Transform, &mut Sprite)>) {
    for (thing, presence, mut transform, mut sprite) in &mut rocks {
        let (Thing::Asteroid(before), Thing::Asteroid(after)) = (&thing.before, &thing.after) else { continue };
        let Ok(present) = presents.get(thing.session) else { continue };
        let turned = f32::from(after.heading.wrapping_sub(before.heading).cast_signed()) * present.blend;
        let turn = (f32::from(before.heading) + turned) / 65_536.0;
        transform.rotation = Quat::from_rotation_z(turn * std::f32::consts::TAU);
        transform.translation.z = ROCK_LAYER + f32::from(after.size) * 0.1 + thing.id.slot as f32 * 1e-5;
        // Each has a tone of its own, all between slate and rust.
        let tone = (thing.id.slot.wrapping_mul(2_654_435_761) >> 24) as f32 / 255.0;
        let colour = Color::srgb(0.92, 0.95, 1.08).mix(&Color::srgb(1.06, 0.86, 0.74), tone);
        sprite.color = colour.with_alpha(presence.opacity(FADE_IN));
    }
}

fn fly_shots(
    sessions: Query<(&Session<Demo>, &View)>,
    time: Res<Time>,
    mut shots: Query<(&DemoThing, &Presence, &mut Transform, &mut Sprite, &ShotLook)>,
    mut cores: Query<&mut Sprite, Without<DemoThing>>,
    mut effects: ResMut<Effects>,
) {
    for (thing, presence, mut transform, mut sprite, look) in &mut shots {
        let (Thing::Shot(shot), Ok((session, view))) = (&thing.after, sessions.get(thing.session)) else { continue };
        let Some(terms) = session.replica().and_then(|replica| replica.terms()) else { continue };
        transform.translation.z = SHOT_LAYER;
        transform.rotation = Quat::from_rotation_z(direction(shot.heading).to_angle());
        let Some(gone) = presence.gone_for else {
            let dying =
                (shot.ticks_left(terms.tick_hz, &terms.rules) as f32 / terms.tick_hz as f32 / 0.15).clamp(0.0, 1.0);
            let opacity = presence.opacity(SHOT_FADE_IN) * dying;
            sprite.color = look.colour.with_alpha(opacity * 0.9);
            if let Ok(mut core) = cores.get_mut(look.core) {
                core.color = Color::WHITE.with_alpha(opacity);
            }
            continue;
        };
        // One that ends before its time has hit something.
        let place = transform.translation.truncate();
        if gone <= time.delta_secs()
            && shot.ticks_left(terms.tick_hz, &terms.rules) > 2
            && sprite.color.alpha() > 0.0
            && view.sees(place, 0.0)
        {
            effects.add(thing.session, Burst::Impact { place, colour: look.colour });
        }
        sprite.color = Color::NONE;
        if let Ok(mut core) = cores.get_mut(look.core) {
            core.color = Color::NONE;
        }
    }
}

fn fly_missiles(
    time: Res<Time>,
    mut missiles: Query<(&DemoThing, &Presence, &mut Transform, &mut Sprite)>,
    mut effects: ResMut<Effects>,
) {
    for (thing, presence, mut transform, mut sprite) in &mut missiles {
        let Thing::Missile(missile) = &thing.after else { continue };
        let (place, forwards) = (transform.translation.truncate(), direction(missile.heading));
        transform.translation.z = SHOT_LAYER;
        transform.rotation = Quat::from_rotation_z(forwards.to_angle());
        match presence.gone_for {
            None => {
                let smoke = Burst::Exhaust {
                    place: place - forwards * 14.0,
                    velocity: -forwards * 60.0,
                    colour: MISSILE_COLOUR,
                };
                effects.add(thing.session, smoke);
            }
            Some(gone) if gone <= time.delta_secs() => {
                effects.add(thing.session, Burst::Hit { place });
                effects.add(thing.session, Burst::Impact { place, colour: MISSILE_COLOUR });
                sprite.color = Color::NONE;
            }
            Some(_) => {}
        }
    }
}

fn float_pickups(
    time: Res<Time>,
    art: Res<Art>,
    mut pickups: Query<(&DemoThing, &Presence, &mut Transform, &mut Sprite, &Children)>,
    mut halos: Query<&mut Sprite, Without<DemoThing>>,
) {
    for (thing, presence, mut transform, mut sprite, children) in &mut pickups {
        let Thing::Pickup(pickup) = &thing.after else { continue };
        let beat = (time.elapsed_secs() * 2.2 + thing.id.slot as f32).sin();
        // A place that waits for its prize is faint, and grows brighter.
        let waits = if pickup.is_there() { 1.0 } else { 0.1 + 0.2 / (1.0 + f32::from(pickup.due) / 60.0) };
        let (colour, opacity) = (prize_colour(pickup.prize()), presence.opacity(FADE_IN) * waits);
        sprite.image = art.prize(pickup.prize()).clone();
        sprite.color = colour.with_alpha(opacity);
        transform.translation.z = PICKUP_LAYER;
        transform.scale = Vec3::splat(1.0 + 0.06 * beat + presence.gone_for.map_or(0.0, |gone| gone * 2.0));
        for child in children {
            if let Ok(mut halo) = halos.get_mut(*child) {
                halo.color = colour.with_alpha(opacity * (0.22 + 0.08 * beat));
            }
        }
    }
}

fn count_on_screen(mut sessions: Query<(Entity, &View, &mut Meter)>, things: Query<(&DemoThing, &Transform)>) {
    for (session, view, mut meter) in &mut sessions {
        let placed = things.iter().filter(|(thing, _)| thing.session == session && is_placed(&thing.after));
        meter.on_screen = Some(placed.filter(|(_, at)| view.sees(at.translation.truncate(), 0.0)).count());
    }
}
