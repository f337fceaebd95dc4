//! Keys, mouse, gamepad or an autopilot: whoever flies, it becomes one [`Input`].

use auspice::Tick;
use auspice_demo::{Demo, Input, Pilot};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use super::camera::View;
use super::menu::Menu;
use super::{DemoThing, direction, own_ship};
use crate::{Controls, Present, Session, Stage};

/// A nose within this of the mouse is not turned: a tick turns it by some 7 degrees.
const AIM_RADIANS: f32 = 0.08;

/// The player flies by keys and mouse.
pub struct ControlsPlugin;

impl Plugin for ControlsPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Update, fly.in_set(Stage::Control).run_if(not(resource_exists::<Autopilot>)));
    }
}

/// A pilot of the demo's own flies.
pub struct AutopilotPlugin {
    /// Of its whims.
    pub seed: u64,
}

impl Plugin for AutopilotPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(Autopilot { pilot: Pilot::new(self.seed), flown: Tick::default() })
            .add_systems(Update, fly_by_itself.in_set(Stage::Control));
    }
}

#[derive(Resource)]
struct Autopilot {
    pilot: Pilot,
    flown: Tick,
}

fn fly(
    keys: Res<ButtonInput<KeyCode>>,
    buttons: Res<ButtonInput<MouseButton>>,
    window: Single<&Window, With<PrimaryWindow>>,
    view: Res<View>,
    menu: Res<Menu>,
    things: Query<(&DemoThing, &Transform)>,
    #[cfg(feature = "gamepad")] gamepads: Query<&Gamepad>,
    mut controls: ResMut<Controls<Demo>>,
) {
    if menu.is_open() {
        controls.0 = Input::default();
        return;
    }
    let mut input = from_keys(&keys);
    input.fire |= buttons.pressed(MouseButton::Left);
    if buttons.pressed(MouseButton::Right)
        && let (Some((ship, place)), Some(cursor)) = (own_ship(things.iter()), window.cursor_position())
    {
        let half = window.size() / 2.0;
        let pointed = view.centre + (cursor - half) * Vec2::new(1.0, -1.0) / half * view.half;
        let angle = direction(ship.heading).angle_to(pointed - place);
        input.turn = if angle.abs() < AIM_RADIANS { 0 } else { angle.signum() as i8 };
        input.thrust = true;
    }
    #[cfg(feature = "gamepad")]
    for gamepad in &gamepads {
        add_gamepad(gamepad, &mut input);
    }
    controls.0 = input;
}

fn from_keys(keys: &ButtonInput<KeyCode>) -> Input {
    use KeyCode::{ArrowLeft, ArrowRight, ArrowUp, KeyA, KeyD, KeyW, Space};
    let left = i8::from(keys.any_pressed([ArrowLeft, KeyA]));
    let right = i8::from(keys.any_pressed([ArrowRight, KeyD]));
    Input { turn: left - right, thrust: keys.any_pressed([ArrowUp, KeyW]), fire: keys.pressed(Space) }
}

#[cfg(feature = "gamepad")]
fn add_gamepad(gamepad: &Gamepad, input: &mut Input) {
    let stick = gamepad.left_stick().x + gamepad.dpad().x;
    if stick.abs() > 0.35 {
        input.turn = -stick.signum() as i8;
    }
    input.thrust |= gamepad.pressed(GamepadButton::RightTrigger2) || gamepad.pressed(GamepadButton::LeftTrigger2);
    input.fire |= gamepad.pressed(GamepadButton::South);
}

/// Once for each tick, as the server's own pilots do.
fn fly_by_itself(
    session: Res<Session<Demo>>,
    present: Res<Present>,
    mut autopilot: ResMut<Autopilot>,
    mut controls: ResMut<Controls<Demo>>,
) {
    if autopilot.flown == present.tick {
        return;
    }
    autopilot.flown = present.tick;
    let Some(replica) = session.replica() else { return };
    let (Some(terms), Some(own)) = (replica.terms(), replica.own()) else { return };
    let Some(held) = replica.entity(own) else { return };
    let Some(ship) = held.entity.as_ship() else { return };
    let seen = replica.entities().map(|held| (held.id, held.entity));
    controls.0 = autopilot.pilot.fly(terms, own, ship, seen);
}
