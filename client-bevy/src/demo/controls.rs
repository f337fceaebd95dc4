//! Keys, mouse, gamepad, fingers or an autopilot: whoever flies, it becomes one [`Input`].

use auspice::Tick;
use auspice_demo::{Command, Demo, Input, Pilot, Watch};
use bevy::input::InputSystems;
use bevy::input::touch::TouchInput;
use bevy::prelude::*;
use bevy::window::{PrimaryWindow, WindowFocused};

use super::camera::View;
use super::keys::{Action, Buttons, Fingers, Keys, Unfocused, feel, let_go};
use super::scores::standings;
use super::things::{DemoThing, direction, own_ship};
use crate::{Controls, Present, Session, Stage, Typing};

/// A nose within this of the mouse, or of where a thumb points, is not turned: a tick turns it by some 7 degrees.
const AIM_RADIANS: f32 = 0.08;

/// Whoever flies a session: a pilot if it has an [`Autopilot`], what is [`Held`] if something is, the player otherwise.
pub struct ControlsPlugin;

impl Plugin for ControlsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Keys>()
            .init_resource::<Typing>()
            .init_resource::<Unfocused>()
            .init_resource::<ButtonInput<KeyCode>>()
            .init_resource::<ButtonInput<MouseButton>>()
            .add_message::<WindowFocused>()
            .init_resource::<Fingers>()
            .add_message::<TouchInput>()
            .add_systems(PreUpdate, (let_go, feel).chain().after(InputSystems))
            .add_systems(Update, (fly, fly_by_itself, hold, watch).in_set(Stage::Control));
    }
}

/// A pilot of the demo's own flies this session.
#[derive(Component)]
pub struct Autopilot {
    pilot: Pilot,
    flown: Tick,
}

impl Autopilot {
    /// A pilot whose whims depend on `seed` alone.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { pilot: Pilot::new(seed), flown: Tick(0) }
    }
}

/// A scenario holds this for the session.
#[derive(Component, Clone, Copy)]
pub struct Held(pub Input);

fn hold(mut sessions: Query<(&Held, &mut Controls<Demo>)>) {
    for (held, mut controls) in &mut sessions {
        controls.0 = held.0;
    }
}

type Flown<'a> = (Entity, &'a View, &'a mut Controls<Demo>);

fn fly(
    buttons: Buttons,
    fingers: Res<Fingers>,
    window: Option<Single<&Window, With<PrimaryWindow>>>,
    things: Query<(&DemoThing, &Transform)>,
    mut sessions: Query<Flown, (Without<Autopilot>, Without<Held>)>,
) {
    let input = Input {
        turn: buttons.turn(),
        thrust: buttons.held(Action::Thrust),
        fire: buttons.held(Action::Fire),
        laser: buttons.held(Action::Laser),
        missile: buttons.held(Action::Missile),
    };
    // Where the mouse points within its view, as if it were in each.
    let views = sessions.iter().len().max(1) as f32;
    let cursor = window.filter(|_| buttons.held(Action::FlyThere)).and_then(|window| {
        let half = window.size() / Vec2::new(views, 1.0) / 2.0;
        window.cursor_position().map(|at| Vec2::new(at.x.rem_euclid(half.x * 2.0), at.y) / half - 1.0)
    });
    for (session, view, mut controls) in &mut sessions {
        controls.0 = input;
        let Some((ship, place)) = own_ship(session, things.iter()) else { continue };
        let pointed = cursor.map(|cursor| (view.centre + cursor * Vec2::new(1.0, -1.0) * view.half - place, true));
        if let Some((way, is_thrusting)) = fingers.way().or(pointed) {
            let angle = direction(ship.heading).angle_to(way);
            controls.0.turn = if angle.abs() < AIM_RADIANS { 0 } else { angle.signum() as i8 };
            controls.0.thrust = is_thrusting;
        }
    }
}

/// Gives up the ship to watch the best of the others, or the next one; takes a ship again.
fn watch(
    buttons: Buttons,
    things: Query<&DemoThing>,
    mut watched: Local<usize>,
    mut sessions: Query<(Entity, &mut Session<Demo>)>,
) {
    let next = buttons.pressed(Action::Watch);
    let play = buttons.pressed(Action::Play);
    if !next && !play {
        return;
    }
    *watched += usize::from(next);
    for (entity, mut session) in &mut sessions {
        let own = things.iter().find(|thing| thing.session == entity && thing.is_own).map(|thing| thing.id.slot);
        let rows = standings(entity, &things);
        let others: Vec<_> = rows.iter().filter(|row| Some(u32::from(row.ship)) != own).collect();
        let command = if play {
            Command::Play
        } else if others.is_empty() {
            continue;
        } else {
            Command::Spectate(Watch::Ship(others[(*watched - 1) % others.len()].ship.into()))
        };
        if let Err(error) = session.command(&command) {
            info!("not done: {error}");
        }
    }
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

/// The pilot's input, if there is a ship to fly.
fn steer(pilot: &mut Pilot, session: &Session<Demo>) -> Option<Input> {
    let replica = session.replica()?;
    let own = replica.own()?;
    let ship = replica.entity(own)?.entity;
    let seen = replica.entities().map(|held| (held.id, held.entity));
    Some(pilot.fly(replica.ground()?, own, ship.as_ship()?, seen))
}
