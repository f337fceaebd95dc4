//! Behind the game: clouds, stars in three depths, the grid and the world's edge.

use std::collections::HashMap;

use auspice::Rng;
use auspice_demo::{Demo, Level, Rules, STEPS_PER_UNIT, Wall};
use bevy::prelude::*;

use super::art::{Art, sprite};
use super::camera::View;
use super::order::Order;
use crate::Session;

/// Edge of a tile of clouds, in units.
const CLOUD_UNITS: f32 = 1500.0;
/// Stars wrap around in a box of this size: larger than any view.
const SKY_BOX: Vec2 = Vec2::new(2400.0, 1500.0);
/// Stars of each depth: how many, how far they go with the camera (0 is far), and their size.
const DEPTHS: [(u32, f32, f32); 3] = [(120, 0.12, 7.0), (70, 0.28, 11.0), (36, 0.5, 17.0)];
/// Walls.
const WALL: Color = Color::srgb(0.45, 0.66, 1.0);
/// The world's edge.
const EDGE: Color = Color::srgb(1.0, 0.35, 0.55);
/// Extent of the dark outside of it.
const OUTSIDE_UNITS: f32 = 2000.0;
/// Pixels of the glow's picture from its edge to next to its middle.
const GLOW_BORDER: f32 = 31.0;
/// Distance from one line of the grid to the next.
const GRID_UNITS: f32 = 250.0;

pub(crate) struct SkyPlugin;

impl Plugin for SkyPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, scatter).add_systems(Update, (fence, follow).chain().in_set(Order::Things));
    }
}

/// Goes with the camera, a little slower, and comes back on the other side.
#[derive(Component)]
struct Parallax {
    home: Vec2,
    depth: f32,
    wrap: Vec2,
}

/// Part of the grid or the edge, made for a world of this size.
#[derive(Component)]
struct Fence;

fn scatter(art: Res<Art>, sessions: Query<Entity, With<View>>, mut commands: Commands) {
    for session in &sessions {
        scatter_for(session, &art, &mut commands);
    }
}

fn scatter_for(session: Entity, art: &Art, commands: &mut Commands) {
    let mut rng = Rng::new(4);
    let mut unit = || rng.below(10_000) as f32 / 10_000.0;
    for tile in 0..6 {
        let sprite = Sprite { custom_size: Some(Vec2::splat(CLOUD_UNITS)), ..Sprite::from_image(art.nebula.clone()) };
        let home = Vec2::new((tile % 3) as f32, (tile / 3) as f32) * CLOUD_UNITS;
        let wrap = Vec2::new(3.0, 2.0) * CLOUD_UNITS;
        let place = Transform::from_xyz(0.0, 0.0, -100.0);
        commands.spawn((sprite, place, Parallax { home, depth: 0.05, wrap }, ChildOf(session)));
    }
    for (layer, (count, depth, size)) in DEPTHS.into_iter().enumerate() {
        for _ in 0..count {
            let tint = Color::hsla(200.0 + 60.0 * unit(), 0.6, 0.8 + 0.2 * unit(), 0.25 + 0.6 * unit() * unit());
            let custom_size = Some(Vec2::splat(size * (0.6 + 0.6 * unit())));
            let sprite = Sprite { color: tint, custom_size, ..Sprite::from_image(art.star.clone()) };
            let home = Vec2::new(unit(), unit()) * SKY_BOX;
            let transform = Transform::from_xyz(0.0, 0.0, -90.0 + layer as f32);
            commands.spawn((sprite, transform, Parallax { home, depth, wrap: SKY_BOX }, ChildOf(session)));
        }
    }
}

fn follow(views: Query<&View>, mut sky: Query<(&Parallax, &ChildOf, &mut Transform)>) {
    for (parallax, of, mut transform) in &mut sky {
        let Ok(view) = views.get(of.parent()) else { continue };
        let free = parallax.home - view.centre * parallax.depth;
        let wrapped = free - (free / parallax.wrap).floor() * parallax.wrap - parallax.wrap / 2.0;
        transform.translation = (view.centre + wrapped).extend(transform.translation.z);
    }
}

/// Builds grid and edge when the world's size is known.
fn fence(
    sessions: Query<(Entity, &Session<Demo>)>,
    mut known: Local<HashMap<Entity, Rules>>,
    old: Query<(Entity, &ChildOf), With<Fence>>,
    art: Res<Art>,
    mut commands: Commands,
) {
    for (entity, session) in &sessions {
        let Some(ground) = session.replica().and_then(|replica| replica.ground()) else { continue };
        if known.insert(entity, ground.terms.rules) == Some(ground.terms.rules) {
            continue;
        }
        for (part, _) in old.iter().filter(|(_, of)| of.parent() == entity) {
            commands.entity(part).despawn();
        }
        fence_for(entity, &ground.level, &art, &mut commands);
    }
}

fn fence_for(session: Entity, level: &Level, art: &Art, commands: &mut Commands) {
    let size = level.rules.size as f32;
    let mut lay = |centre: Vec2, z: f32, sprite: Sprite| {
        commands.spawn((Fence, sprite, Transform::from_translation(centre.extend(z)), ChildOf(session)));
    };
    // What glows around a rectangle fades within `reach` of it.
    let mut glow = |centre: Vec2, extent: Vec2, reach: f32, colour: Color, z: f32| {
        let slicer =
            TextureSlicer { border: BorderRect::all(GLOW_BORDER), max_corner_scale: reach / GLOW_BORDER, ..default() };
        let image_mode = SpriteImageMode::Sliced(slicer);
        lay(centre, z, Sprite { image_mode, ..sprite(&art.glow, extent + 2.0 * reach, colour) });
    };
    for wall in level.walls.iter() {
        let (middle, extent) = rectangle(&wall);
        glow(middle, extent, 24.0, WALL.with_alpha(0.5), -49.9);
    }
    for (on_edge, extent) in edges(size, 2.0) {
        glow(on_edge, extent, 28.0, EDGE.with_alpha(0.5), -50.0);
    }
    let mut bar =
        |centre: Vec2, extent: Vec2, colour: Color, z: f32| lay(centre, z, Sprite::from_color(colour, extent));
    for index in 1..(size / GRID_UNITS).ceil() as u32 {
        let at = index as f32 * GRID_UNITS;
        let colour = Color::srgba(0.45, 0.62, 1.0, if index.is_multiple_of(4) { 0.075 } else { 0.038 });
        bar(Vec2::new(at, size / 2.0), Vec2::new(1.2, size), colour, -60.0);
        bar(Vec2::new(size / 2.0, at), Vec2::new(size, 1.2), colour, -60.0);
    }
    for wall in level.walls.iter() {
        let (middle, size) = rectangle(&wall);
        // A bright edge, and a dark body with a lit spine.
        bar(middle, size, WALL.with_alpha(0.9), -49.8);
        bar(middle, size - 3.0, Color::srgb(0.02, 0.04, 0.085), -49.7);
        bar(middle, size - 14.0, WALL.with_alpha(0.07), -49.6);
        let spine = if size.x > size.y { Vec2::new(size.x - 44.0, 2.0) } else { Vec2::new(2.0, size.y - 44.0) };
        bar(middle, spine, WALL.with_alpha(0.45), -49.5);
    }
    for (on_edge, extent) in edges(size, 2.0) {
        bar(on_edge, extent, EDGE, -49.4);
        bar(on_edge, extent + 2.0, EDGE.with_alpha(0.35), -49.4);
    }
    // Outside is dark.
    for (on_edge, _) in edges(size, 0.0) {
        let outwards = (on_edge - size / 2.0).normalize();
        // The corners belong to the upright two.
        let long = if outwards.x == 0.0 { size } else { size + 2.0 * OUTSIDE_UNITS };
        let extent = outwards.abs() * OUTSIDE_UNITS + outwards.perp().abs() * long;
        bar(on_edge + outwards * OUTSIDE_UNITS / 2.0, extent, Color::srgba(0.05, 0.0, 0.03, 0.5), -55.0);
    }
}

/// Middle and extent of a wall, in units.
fn rectangle(wall: &Wall) -> (Vec2, Vec2) {
    let (low, high) = (wall.low.as_vec2() / STEPS_PER_UNIT as f32, wall.high.as_vec2() / STEPS_PER_UNIT as f32);
    ((low + high) / 2.0, high - low)
}

/// Middle and extent of each side of a world of this size.
fn edges(size: f32, thick: f32) -> [(Vec2, Vec2); 4] {
    let (half, long) = (size / 2.0, size + thick);
    let (upright, level) = (Vec2::new(thick, long), Vec2::new(long, thick));
    let at = |x: f32, y: f32| Vec2::new(half + x * half, half + y * half);
    [(at(-1.0, 0.0), upright), (at(1.0, 0.0), upright), (at(0.0, -1.0), level), (at(0.0, 1.0), level)]
}
