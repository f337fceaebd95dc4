//! The camera: it follows the own ship, looks ahead of it, and shakes a little when something blows up near by.

use auspice_demo::{Demo, Ship};
use bevy::camera::{ScalingMode, Viewport};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use super::order::Order;
use super::pictures::Pictures;
use super::things::{DemoThing, direction, own_ship, ship_at, units_a_second};
use super::watching::Watched;
use crate::{Screen, Session};

/// Height of the view in units, at rest.
const VIEW_UNITS: f32 = 640.0;
/// A view in which text has its own size; in one that is narrower or lower it is smaller, in a larger one larger.
const VIEW_PIXELS: Vec2 = Vec2::new(800.0, 720.0);
/// Below the first it cannot be read, and above the second there is enough of it.
const SCALE_MIN: f32 = 0.6;
const SCALE_MAX: f32 = 2.0;
/// Share by which more of the world is seen at top speed.
const ZOOM_OUT: f32 = 0.14;
/// A speed that counts as top.
const TOP_SPEED: f32 = 370.0;
/// Seconds of flight that the camera looks ahead.
const AHEAD_SECONDS: f32 = 0.38;
/// Units that it looks towards where the nose points.
const AHEAD_NOSE: f32 = 46.0;
/// Time in which all but a third of a change of view is made.
const EASE_SECONDS: f32 = 0.35;
/// Longest shake, in units.
const SHAKE_UNITS: f32 = 7.0;

pub(crate) struct CameraPlugin;

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(PreStartup, open)
            .add_systems(Update, (share_window, scale_text, follow).chain().in_set(Order::Camera));
    }
}

/// Sessions stand this far apart in Bevy's space, so that no camera sees another's world.
const APART_UNITS: f32 = 32_768.0;

/// The camera's place and motion, for a session.
#[derive(Component, Default)]
pub(crate) struct View {
    /// In units.
    pub(crate) centre: Vec2,
    /// Half of what is seen.
    pub(crate) half: Vec2,
    /// Lead of the camera on the ship.
    ahead: Vec2,
    /// The point that a scenario wants it to look at, in units.
    pub(crate) fixed: Option<Vec2>,
    zoom: f32,
    /// Rest of a shake, 0 to 1.
    shake: f32,
    seconds: f32,
    welcomes: u32,
}

impl View {
    /// Shakes by the strength of 0 to 1 of something at `place`.
    pub(crate) fn shake(&mut self, place: Vec2, strength: f32) {
        let nearness = (1.0 - place.distance(self.centre) / 500.0).clamp(0.0, 1.0);
        self.shake = (self.shake + strength * nearness).min(1.0);
    }

    /// Whether something of `radius` at `place` is to be seen.
    pub(crate) fn sees(&self, place: Vec2, radius: f32) -> bool {
        ((place - self.centre).abs() - radius).cmple(self.half).all()
    }
}

/// A camera for each session.
fn open(
    pictures: Res<Pictures>,
    mut sessions: Query<(Entity, &mut Transform), With<Session<Demo>>>,
    mut commands: Commands,
) {
    for (index, (session, mut transform)) in sessions.iter_mut().enumerate() {
        transform.translation.x = index as f32 * APART_UNITS;
        let scaling_mode = ScalingMode::FixedVertical { viewport_height: VIEW_UNITS };
        let projection = OrthographicProjection { scaling_mode, ..OrthographicProjection::default_2d() };
        // The first clears all of the window.
        let clear_color = if index == 0 { ClearColorConfig::Default } else { ClearColorConfig::None };
        let camera = Camera { order: index as isize, clear_color, ..default() };
        let camera =
            commands.spawn((Camera2d, Msaa::Off, camera, Projection::Orthographic(projection), ChildOf(session))).id();
        if let Some(canvas) = &pictures.canvas {
            commands.entity(camera).insert(canvas.target());
        }
        commands.entity(session).insert((View::default(), Screen(camera)));
    }
}

/// Views stand side by side.
fn share_window(
    pictures: Res<Pictures>,
    window: Option<Single<&Window, With<PrimaryWindow>>>,
    screens: Query<&Screen>,
    mut cameras: Query<&mut Camera>,
) {
    let canvas = pictures.canvas.as_ref().map(|canvas| canvas.size);
    let count = screens.iter().len() as u32;
    let Some(size) = canvas.or_else(|| window.map(|window| window.physical_size())).filter(|_| count > 1) else {
        return;
    };
    let width = size.x / count;
    for screen in &screens {
        let Ok(mut camera) = cameras.get_mut(screen.0) else { continue };
        let physical_position = UVec2::new(width * camera.order as u32, 0);
        let physical_size = UVec2::new(width, size.y);
        let is_so = camera.viewport.as_ref();
        let is_so =
            is_so.is_some_and(|old| old.physical_size == physical_size && old.physical_position == physical_position);
        if !is_so && width > 0 && size.y > 0 {
            camera.viewport = Some(Viewport { physical_position, physical_size, ..default() });
        }
    }
}

/// Text and panes grow with the view: they are made for one of [`VIEW_PIXELS`].
fn scale_text(
    pictures: Res<Pictures>,
    window: Option<Single<&Window, With<PrimaryWindow>>>,
    screens: Query<(), With<Screen>>,
    mut scale: ResMut<UiScale>,
) {
    let canvas = pictures.canvas.as_ref().map(|canvas| canvas.size.as_vec2());
    let Some(size) = canvas.or_else(|| window.map(|window| window.size())) else { return };
    let view = size / Vec2::new(screens.iter().len().max(1) as f32, 1.0);
    let wanted = (view / VIEW_PIXELS).min_element().clamp(SCALE_MIN, SCALE_MAX);
    if (scale.0 - wanted).abs() > 0.01 {
        scale.0 = wanted;
    }
}

fn follow(
    time: Res<Time>,
    mut sessions: Query<(Entity, &Session<Demo>, &Screen, &mut View, Option<&Watched>)>,
    things: Query<(&DemoThing, &Transform), Without<Camera2d>>,
    mut cameras: Query<(&mut Transform, &mut Projection), With<Camera2d>>,
) {
    let seconds = time.delta_secs();
    for (entity, session, screen, mut view, watched) in &mut sessions {
        view.seconds += seconds;
        let followed = own_ship(entity, things.iter())
            .or_else(|| watched.and_then(|watched| ship_at(entity, watched.0?, things.iter())));
        view.look(followed, session.welcomes(), seconds);
        let Ok((mut transform, mut projection)) = cameras.get_mut(screen.0) else { continue };
        transform.translation = (view.centre + view.wobble()).extend(transform.translation.z);
        if let Projection::Orthographic(orthographic) = &mut *projection {
            orthographic.scale = view.zoom.max(0.5);
            view.half = orthographic.area.half_size();
        }
    }
}

impl View {
    fn look(&mut self, own: Option<(&Ship, Vec2)>, welcomes: u32, seconds: f32) {
        let ease = 1.0 - (-seconds / EASE_SECONDS).exp();
        self.shake = (self.shake - seconds * 2.2).max(0.0);
        if let Some(fixed) = self.fixed {
            (self.centre, self.zoom) = (fixed, 1.0);
        } else if let Some((ship, place)) = own {
            let velocity = units_a_second(ship.velocity);
            let speed = velocity.length() / TOP_SPEED;
            let is_new = self.welcomes != welcomes;
            let nose = if ship.is_alive() { direction(ship.heading) * AHEAD_NOSE } else { Vec2::ZERO };
            let ahead = velocity * AHEAD_SECONDS + nose;
            self.ahead = if is_new { ahead } else { self.ahead.lerp(ahead, ease) };
            self.zoom += (1.0 + ZOOM_OUT * speed.min(1.2) - self.zoom) * ease;
            let wanted = place + self.ahead;
            // The ship is held still on the screen; only a return elsewhere is flown to.
            let is_far = wanted.distance(self.centre) > 90.0 && !is_new;
            self.centre = if is_far { self.centre.lerp(wanted, 1.0 - (-seconds / 0.18).exp()) } else { wanted };
            self.welcomes = welcomes;
        } else if self.welcomes == 0 {
            self.centre += Vec2::new(14.0, 5.0) * seconds;
            self.zoom = 1.0;
        }
    }

    /// Offset of the picture by a shake now.
    fn wobble(&self) -> Vec2 {
        Vec2::new((self.seconds * 61.0).sin(), (self.seconds * 47.0).cos()) * self.shake * self.shake * SHAKE_UNITS
    }
}
