//! The camera: it follows the own ship, looks ahead of it, and shakes a little when something blows up near by.

use auspice_demo::Demo;
use bevy::camera::ScalingMode;
use bevy::prelude::*;

use super::{DemoThing, direction, own_ship, units_a_second};
use crate::{Session, Stage};

/// Height of the view in units, at rest.
const VIEW_UNITS: f32 = 640.0;
/// How much more of the world is seen at top speed.
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
        app.init_resource::<View>().add_systems(Startup, open).add_systems(Update, follow.in_set(Stage::Show));
    }
}

/// What the camera looks at.
#[derive(Resource, Default)]
pub(crate) struct View {
    /// In units.
    pub(crate) centre: Vec2,
    /// Half of what is seen.
    pub(crate) half: Vec2,
    /// How far the camera looks ahead of the ship.
    ahead: Vec2,
    zoom: f32,
    /// What is left of a shake, 0 to 1.
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

fn open(mut commands: Commands) {
    let scaling_mode = ScalingMode::FixedVertical { viewport_height: VIEW_UNITS };
    let projection = Projection::Orthographic(OrthographicProjection { scaling_mode, ..OrthographicProjection::default_2d() });
    commands.spawn((Camera2d, Msaa::Off, projection));
}

pub(crate) fn follow(
    time: Res<Time>,
    session: Res<Session<Demo>>,
    mut view: ResMut<View>,
    things: Query<(&DemoThing, &Transform), Without<Camera2d>>,
    mut camera: Single<(&mut Transform, &mut Projection), With<Camera2d>>,
) {
    let seconds = time.delta_secs();
    let ease = 1.0 - (-seconds / EASE_SECONDS).exp();
    view.seconds += seconds;
    if let Some((ship, place)) = own_ship(things.iter()) {
        let velocity = units_a_second(ship.velocity);
        let speed = velocity.length() / TOP_SPEED;
        let is_new = view.welcomes != session.welcomes();
        let nose = if ship.is_alive() { direction(ship.heading) * AHEAD_NOSE } else { Vec2::ZERO };
        let ahead = velocity * AHEAD_SECONDS + nose;
        view.ahead = if is_new { ahead } else { view.ahead.lerp(ahead, ease) };
        view.zoom += (1.0 + ZOOM_OUT * speed.min(1.2) - view.zoom) * ease;
        let wanted = place + view.ahead;
        // The ship is held still on the screen; only a return elsewhere is flown to.
        let is_far = wanted.distance(view.centre) > 90.0 && !is_new;
        view.centre = if is_far { view.centre.lerp(wanted, 1.0 - (-seconds / 0.18).exp()) } else { wanted };
        view.welcomes = session.welcomes();
    } else if view.welcomes == 0 {
        view.centre += Vec2::new(14.0, 5.0) * seconds;
        view.zoom = 1.0;
    }
    view.shake = (view.shake - seconds * 2.2).max(0.0);
    let wobble = Vec2::new((view.seconds * 61.0).sin(), (view.seconds * 47.0).cos()) * view.shake * view.shake * SHAKE_UNITS;
    let (transform, projection) = &mut *camera;
    transform.translation = (view.centre + wobble).extend(transform.translation.z);
    if let Projection::Orthographic(orthographic) = &mut **projection {
        orthographic.scale = view.zoom.max(0.5);
        view.half = orthographic.area.half_size();
    }
}
