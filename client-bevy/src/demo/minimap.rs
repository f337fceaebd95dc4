//! The minimap: the world's edge, how far one sees, and everything within that. Drawn into a small picture
//! ten times a second.

use auspice_demo::{Demo, Entity as Thing, Rules};
use bevy::asset::RenderAssetUsages;
use bevy::image::ImageSampler;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};

use super::art::{prize_colour, ship_colour};
use super::camera::View;
use super::things::{DemoThing, Of, own_ship};
use crate::style::{pane, placed, show};
use crate::{Screen, Session, Stage};

/// Pixels of an edge.
const SIZE: usize = 180;
/// Pixels around the world.
const MARGIN: f32 = 4.0;
const EVERY_SECONDS: f32 = 0.1;

pub(crate) struct MinimapPlugin;

impl Plugin for MinimapPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, build).add_systems(Update, draw.in_set(Stage::Show));
    }
}

#[derive(Component)]
struct Minimap;
#[derive(Component)]
struct MinimapPicture;

fn build(screens: Query<(Entity, &Screen)>, mut images: ResMut<Assets<Image>>, mut commands: Commands) {
    let extent = Extent3d { width: SIZE as u32, height: SIZE as u32, depth_or_array_layers: 1 };
    let usage = RenderAssetUsages::RENDER_WORLD | RenderAssetUsages::MAIN_WORLD;
    for (session, screen) in &screens {
        let mut image = Image::new_fill(extent, TextureDimension::D2, &[0; 4], TextureFormat::Rgba8UnormSrgb, usage);
        image.sampler = ImageSampler::linear();
        let image = images.add(image);
        let node = placed(Node { left: px(16), bottom: px(16), padding: UiRect::all(px(3)), ..default() });
        commands.spawn((Minimap, Of(session), UiTargetCamera(screen.0), pane(node))).with_children(|pane| {
            let node = Node { width: px(SIZE as u32), height: px(SIZE as u32), ..default() };
            pane.spawn((MinimapPicture, Of(session), ImageNode::new(image), node));
        });
    }
}

fn draw(
    time: Res<Time>,
    sessions: Query<(&Session<Demo>, &View)>,
    things: Query<(&DemoThing, &Transform)>,
    mut due: Local<f32>,
    mut minimaps: Query<(&Of, &mut Node), With<Minimap>>,
    pictures: Query<(&Of, &ImageNode), With<MinimapPicture>>,
    mut images: ResMut<Assets<Image>>,
) {
    *due -= time.delta_secs();
    for (of, mut minimap) in &mut minimaps {
        show(&mut minimap, sessions.get(of.0).is_ok_and(|(session, _)| session.welcomes() > 0));
    }
    if *due > 0.0 {
        return;
    }
    *due = EVERY_SECONDS;
    for (of, picture) in &pictures {
        let Ok((session, view)) = sessions.get(of.0) else { continue };
        let Some(terms) = session.replica().and_then(|replica| replica.terms()) else { continue };
        let Some(mut image) = images.get_mut(&picture.image) else { continue };
        let Some(pixels) = image.data.as_mut() else { continue };
        let mut canvas = Canvas { pixels, scale: (SIZE as f32 - 2.0 * MARGIN) / terms.rules.size as f32 };
        canvas.clear();
        canvas.edge();
        if let Some((_, own)) = own_ship(of.0, things.iter()) {
            canvas.disc(own, terms.interest_radius, [90, 160, 255, 22]);
            canvas.ring(own, terms.interest_radius, [110, 190, 255, 130]);
        }
        canvas.frame(view.centre, view.half, [200, 225, 255, 70]);
        for (thing, transform) in things.iter().filter(|(thing, _)| thing.session == of.0) {
            canvas.thing(thing, transform.translation.truncate(), &terms.rules);
        }
    }
}

/// A picture with straight colours, drawn on in units of the world.
struct Canvas<'a> {
    pixels: &'a mut [u8],
    /// Pixels a unit.
    scale: f32,
}

impl Canvas<'_> {
    fn clear(&mut self) {
        self.pixels.chunks_exact_mut(4).for_each(|pixel| pixel.copy_from_slice(&[6, 10, 22, 0]));
    }

    fn at(&self, point: Vec2) -> Vec2 {
        Vec2::new(MARGIN + point.x * self.scale, SIZE as f32 - MARGIN - point.y * self.scale)
    }

    /// Lays a colour over a pixel.
    fn blend(&mut self, x: i32, y: i32, colour: [u8; 4], cover: f32) {
        let inside = |value: i32| (0..SIZE as i32).contains(&value);
        if !inside(x) || !inside(y) || cover <= 0.0 {
            return;
        }
        let pixel = &mut self.pixels[(y as usize * SIZE + x as usize) * 4..][..4];
        let top = f32::from(colour[3]) / 255.0 * cover.min(1.0);
        let under = f32::from(pixel[3]) / 255.0 * (1.0 - top);
        let alpha = top + under;
        for (old, new) in pixel.iter_mut().zip(colour).take(3) {
            *old = ((f32::from(new) * top + f32::from(*old) * under) / alpha) as u8;
        }
        pixel[3] = (alpha * 255.0) as u8;
    }

    /// Covers each pixel by its distance from the middle, in pixels.
    fn round(&mut self, middle: Vec2, reach: f32, colour: [u8; 4], cover: impl Fn(f32) -> f32) {
        let (low, high) = ((middle - reach - 1.0).floor().as_ivec2(), (middle + reach + 1.0).ceil().as_ivec2());
        for y in low.y.max(0)..=high.y.min(SIZE as i32 - 1) {
            for x in low.x.max(0)..=high.x.min(SIZE as i32 - 1) {
                let distance = (Vec2::new(x as f32, y as f32) + 0.5).distance(middle);
                self.blend(x, y, colour, cover(distance));
            }
        }
    }

    fn disc(&mut self, centre: Vec2, radius: f32, colour: [u8; 4]) {
        let radius = radius * self.scale;
        self.round(self.at(centre), radius, colour, |distance| radius + 0.5 - distance);
    }

    fn dot(&mut self, centre: Vec2, pixels: f32, colour: [u8; 4]) {
        self.round(self.at(centre), pixels, colour, |distance| pixels + 0.5 - distance);
    }

    fn ring(&mut self, centre: Vec2, radius: f32, colour: [u8; 4]) {
        let radius = radius * self.scale;
        self.round(self.at(centre), radius + 1.0, colour, |distance| 1.1 - (distance - radius).abs());
    }

    fn frame(&mut self, centre: Vec2, half: Vec2, colour: [u8; 4]) {
        let (low, high) = (self.at(centre - half), self.at(centre + half));
        let (left, right) = (low.x as i32, high.x as i32);
        let (top, bottom) = (high.y as i32, low.y as i32);
        for x in left..=right {
            self.blend(x, top, colour, 1.0);
            self.blend(x, bottom, colour, 1.0);
        }
        for y in top + 1..bottom {
            self.blend(left, y, colour, 1.0);
            self.blend(right, y, colour, 1.0);
        }
    }

    fn edge(&mut self) {
        let (low, high) = (MARGIN as i32 - 1, SIZE as i32 - MARGIN as i32);
        for step in low..=high {
            for (x, y) in [(step, low), (step, high), (low, step), (high, step)] {
                self.blend(x, y, [255, 90, 140, 190], 1.0);
            }
        }
    }

    fn thing(&mut self, thing: &DemoThing, place: Vec2, rules: &Rules) {
        match &thing.after {
            Thing::Ship(ship) if ship.is_alive() => {
                let colour = bytes(ship_colour(thing.id, ship, thing.is_own));
                self.dot(place, if thing.is_own { 2.6 } else { 1.9 }, colour);
            }
            Thing::Asteroid(asteroid) => {
                let radius = rules.asteroid_radius as f32 * f32::from(asteroid.size + 1) * self.scale;
                self.dot(place, radius.max(0.6), [135, 142, 155, 150]);
            }
            Thing::Pickup(pickup) => {
                self.dot(place, if pickup.is_there() { 1.3 } else { 0.6 }, bytes(prize_colour(pickup.prize())));
            }
            Thing::Shot(_) => self.dot(place, 0.5, [255, 240, 200, 160]),
            Thing::Missile(_) => self.dot(place, 1.2, [255, 90, 60, 220]),
            Thing::Ship(_) | Thing::Standing(_) | Thing::Round(_) => {}
        }
    }
}

fn bytes(colour: Color) -> [u8; 4] {
    colour.to_srgba().to_u8_array()
}
