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
        app.add_systems(Update, fly.in_set(Stage::Control));
    }
}

/// A pilot of the demo's own flies.
pub struct AutopilotPlugin {
    /// Of its whims.
    pub seed: u64,
}

impl Plugin for AutopilotPlugin {
    fn build(&self, app: &mut App) {
        let seed = self.seed;
        let board = move |sessions: Query<Entity, With<Session<Demo>>>, mut commands: Commands| {
            for session in &sessions {
                commands.entity(session).insert(Autopilot { pilot: Pilot::new(seed), flown: Tick::default() });
            }
        };
        app.add_systems(Startup, board).add_systems(Update, fly_by_itself.in_set(Stage::Control));
    }
}

#[derive(Component)]
struct Autopilot {
    pilot: Pilot,
    flown: Tick,
}

fn fly(
    keys: Res<ButtonInput<KeyCode>>,
    buttons: Res<ButtonInput<MouseButton>>,
    window: Single<&Window, With<PrimaryWindow>>,
    menu: Res<Menu>,
    things: Query<(&DemoThing, &Transform)>,
    #[cfg(feature = "gamepad")] gamepads: Query<&Gamepad>,
    mut sessions: Query<(Entity, &View, &mut Controls<Demo>)>,
) {
    let mut input = if menu.is_open() { Input::default() } else { from_keys(&keys) };
    #[cfg(feature = "gamepad")]
    for gamepad in gamepads.iter().filter(|_| !menu.is_open()) {
        add_gamepad(gamepad, &mut input);
    }
    input.fire |= buttons.pressed(MouseButton::Left) && !menu.is_open();
    // Where the mouse points within its view, as if it were in each.
    let half = window.size() / Vec2::new(sessions.iter().len().max(1) as f32, 1.0) / 2.0;
    let cursor = window.cursor_position().map(|at| Vec2::new(at.x.rem_euclid(half.x * 2.0), at.y) / half - 1.0);
    let cursor = cursor.filter(|_| buttons.pressed(MouseButton::Right) && !menu.is_open());
    for (session, view, mut controls) in &mut sessions {
        controls.0 = input;
        if let (Some((ship, place)), Some(cursor)) = (own_ship(session, things.iter()), cursor) {
            let pointed = view.centre + cursor * Vec2::new(1.0, -1.0) * view.half;
            let angle = direction(ship.heading).angle_to(pointed - place);
            controls.0.turn = if angle.abs() < AIM_RADIANS { 0 } else { angle.signum() as i8 };
            controls.0.thrust = true;
        }
    }
}

fn from_keys(keys: &ButtonInput<KeyCode>) -> Input {
    use KeyCode::{ArrowLeft, ArrowRight, ArrowUp, KeyA, KeyD, KeyE, KeyQ, KeyW, Space};
    let left = i8::from(keys.any_pressed([ArrowLeft, KeyA]));
    let right = i8::from(keys.any_pressed([ArrowRight, KeyD]));
    Input {
        turn: left - right,
        thrust: keys.any_pressed([ArrowUp, KeyW]),
        fire: keys.pressed(Space),
        laser: keys.pressed(KeyE),
        missile: keys.pressed(KeyQ),
    }
}

#[cfg(feature = "gamepad")]
fn add_gamepad(gamepad: &Gamepad, input: &mut Input) {
    let stick = gamepad.left_stick().x + gamepad.dpad().x;
    if stick.abs() > 0.35 {
        input.turn = -stick.signum() as i8;
    }
    input.thrust |= gamepad.pressed(GamepadButton::RightTrigger2) || gamepad.pressed(GamepadButton::LeftTrigger2);
    input.fire |= gamepad.pressed(GamepadButton::South);
    input.laser |= gamepad.pressed(GamepadButton::West);
    input.missile |= gamepad.pressed(GamepadButton::North);
}

/// Once for each tick, as the server's own pilots do.
fn fly_by_itself(mut sessions: Query<(&Session<Demo>, &Present, &mut Autopilot, &mut Controls<Demo>)>) {
    for (session, present, mut autopilot, mut controls) in &mut sessions {
        if autopilot.flown == present.tick {
            continue;
        }
        autopilot.flown = present.tick;
        if let Some(input) = steer(&mut autopilot.pilot, session) {
            controls.0 = input;
        }
    }
}

/// What the pilot does, if there is a ship to fly.
fn steer(pilot: &mut Pilot, session: &Session<Demo>) -> Option<Input> {
    let replica = session.replica()?;
    let own = replica.own()?;
    let ship = replica.entity(own)?.entity;
    let seen = replica.entities().map(|held| (held.id, held.entity));
    Some(pilot.fly(replica.terms()?, own, ship.as_ship()?, seen))
}
